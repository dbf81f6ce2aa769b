//! The password of a database, looked up without the SDK.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings};
use runtime::{Failure, MisconfiguredError, UnavailableError};
use serde::Deserialize;
use shared::time::Timestamp;
use zeroize::Zeroizing;

use crate::aws::AwsCredentials;
use crate::aws::sigv4::{cannot_sign, signed};
use crate::http::{Bytes, Client, Full, Request, Timeouts};
use crate::url::Url;

/// A secret has 64 KiB at most, and JSON may write a byte as six: `\u0000`.
const MAX_RESPONSE_BYTES: usize = 512 * 1024;

/// The secrets of the function's account and region.
#[derive(Debug)]
pub struct PasswordStore {
    credentials: AwsCredentials,
    url: Url,
    client: Client,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretValue {
    secret_string: Option<Zeroizing<String>>,
}

impl PasswordStore {
    /// Secrets Manager at `endpoint`, or at its own endpoint in the region of `credentials`.
    ///
    /// # Errors
    /// One sentence: `endpoint` is neither `https` nor `http` on loopback.
    pub fn new(credentials: AwsCredentials, endpoint: Option<&str>) -> Result<Self, String> {
        let suffix = if credentials.region.starts_with("cn-") { ".cn" } else { "" };
        let own = format!("https://secretsmanager.{}.amazonaws.com{suffix}/", credentials.region);
        let url = Url::parse(endpoint.unwrap_or(&own))
            .map_err(|problem| format!("the endpoint of Secrets Manager is {problem}"))?;
        Ok(Self { credentials, url, client: Client::of_aws(Timeouts::default()) })
    }

    /// The text of the current version of the secret `id`, requested at `now`.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: Secrets Manager could not be asked. [`Failure::Misconfigured`]:
    /// the secret is not there, may not be read, or is binary.
    pub async fn text(&self, id: &str, now: Timestamp) -> Result<Zeroizing<String>, Failure> {
        let request = self.request(id, now)?;
        let answer = self.client.send(&self.url, request, |_| Some(MAX_RESPONSE_BYTES)).await;
        let answer = answer.map_err(|error| cannot(&error.to_string()))?;
        let body = Zeroizing::new(answer.body);
        if answer.status != 200 {
            return Err(refused(answer.status, &body));
        }
        let answer: SecretValue = serde_json::from_slice(&body)
            .map_err(|_| cannot("the answer is not what it should be"))?;
        let problem = "the secret that `AURORA_AUTH` names is binary: it must be a text";
        answer.secret_string.ok_or_else(|| MisconfiguredError::new(problem).into())
    }

    fn request(&self, id: &str, now: Timestamp) -> Result<Request<Full<Bytes>>, Failure> {
        const HEADERS: [(&str, &str); 2] = [
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "secretsmanager.GetSecretValue"),
        ];
        let body = serde_json::json!({ "SecretId": id }).to_string();
        let url = self.url.to_string();
        let signable = SignableRequest::new(
            "POST",
            &url,
            HEADERS.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        );
        let signable = signable.map_err(|_| cannot_sign())?;
        let settings = SigningSettings::default();
        let signature = signed(&self.credentials, "secretsmanager", settings, signable, now)?;
        let mut request = Request::post(&url);
        for (name, value) in HEADERS {
            request = request.header(name, value);
        }
        let mut request =
            request.body(Full::from(body)).map_err(|_| cannot("it has no address"))?;
        signature.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// The failure of a response with an error, of which the sentence has the type alone.
fn refused(status: u16, body: &[u8]) -> Failure {
    #[derive(Deserialize)]
    struct ErrorResponse {
        #[serde(rename = "__type", default)]
        kind: String,
    }
    let kind = serde_json::from_slice::<ErrorResponse>(body).map(|response| response.kind);
    let kind = kind.unwrap_or_default();
    let kind = kind.rsplit('#').next().unwrap_or_default();
    match kind {
        "ResourceNotFoundException" => {
            MisconfiguredError::new("the secret that `AURORA_AUTH` names is not there").into()
        }
        "AccessDeniedException" | "InvalidRequestException" | "InvalidParameterException" => {
            let reason = format!("Secrets Manager refuses to give the database's password: {kind}");
            MisconfiguredError::new(reason).into()
        }
        _ if !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphanumeric()) => cannot(kind),
        _ => cannot(&format!("answered with status {status}")),
    }
}

fn cannot(reason: &str) -> Failure {
    let sentence =
        format!("Secrets Manager could not be asked for the database's password: {reason}");
    UnavailableError::new(sentence).into()
}
