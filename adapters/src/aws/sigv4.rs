//! Requests to AWS signed with the function's own credentials (SigV4).
//!
//! Without the SDK: the authorizer makes at most two such requests, both when it opens a connection
//! to the database, and the SDK would double the size of every instance, even of those that never
//! do.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningInstructions, SigningParams,
    SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use runtime::MisconfiguredError;
use shared::time::Timestamp;
use zeroize::Zeroizing;

use super::AwsCredentials;

/// How long a token for a database may be used to log in: the longest that IAM allows.
const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);

/// The token to log in with as `user` at the database `host:port`, in place of a password: a URL
/// presigned with `credentials` at `now`. No request is sent for it.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.Connecting.html>
///
/// # Errors
/// The credentials cannot sign.
pub fn database_token(
    credentials: &AwsCredentials,
    host: &str,
    port: u16,
    user: &str,
    now: Timestamp,
) -> Result<Zeroizing<String>, MisconfiguredError> {
    let user = utf8_percent_encode(user, RESERVED);
    let url = format!("https://{host}:{port}/?Action=connect&DBUser={user}");
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(TOKEN_LIFE);
    let request = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::Bytes(b""));
    let request = request.map_err(|_| cannot_sign())?;
    let (_, parameters) = signed(credentials, "rds-db", settings, request, now)?.into_parts();
    let mut token = Zeroizing::new(String::with_capacity(4096));
    token.push_str(url.strip_prefix("https://").unwrap_or_default());
    for (name, value) in parameters {
        token.push('&');
        token.push_str(name);
        token.push('=');
        token.extend(utf8_percent_encode(&value, RESERVED));
    }
    Ok(token)
}

pub(crate) fn signed(
    credentials: &AwsCredentials,
    service: &str,
    settings: SigningSettings,
    request: SignableRequest<'_>,
    now: Timestamp,
) -> Result<SigningInstructions, MisconfiguredError> {
    let identity = credentials.for_sdk().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&credentials.region)
        .name(service)
        .time(UNIX_EPOCH + Duration::from_millis(now.unix_millis()))
        .settings(settings)
        .build()
        .map_err(|_| cannot_sign())?;
    let signed = sign(request, &SigningParams::V4(parameters)).map_err(|_| cannot_sign())?;
    Ok(signed.into_parts().0)
}

pub(crate) fn cannot_sign() -> MisconfiguredError {
    MisconfiguredError::new("the credentials of AWS cannot sign a request")
}

/// RFC 3986 §2.3: all but the unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[cfg(test)]
mod tests {
    use shared::secret::Secret;
    use shared::time::Timestamp;

    use super::database_token;
    use crate::aws::AwsCredentials;

    /// The credentials of AWS's own examples.
    fn credentials(session_token: Option<&str>) -> AwsCredentials {
        AwsCredentials {
            region: "us-east-1".to_owned(),
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
            session_token: session_token.map(|token| Secret::new(token.to_owned())),
        }
    }

    /// The signatures were made by Python's `hmac`, after AWS's description.
    #[test]
    fn database_tokens() {
        let new_year_2026 = Timestamp::from_unix_millis(1_767_225_600_000);
        let check = |user: &str, session_token: Option<&str>, expected: &str| {
            let host = "keys.cluster-abc.us-east-1.rds.amazonaws.com";
            let token =
                database_token(&credentials(session_token), host, 5432, user, new_year_2026);
            let expected = format!("{host}:5432/?Action=connect&DBUser={expected}",);
            assert_eq!(*token.unwrap(), expected);
        };
        let signed = "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260101%2F\
                      us-east-1%2Frds-db%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=900";
        check(
            "portcullis_authorizer",
            None,
            &format!(
                "portcullis_authorizer{signed}&X-Amz-SignedHeaders=host&X-Amz-Signature=\
                 d82c725890da7064e8cb931580c296d2a0f7345593e25616ede74870d7865abc"
            ),
        );
        check(
            "a user@x",
            Some("IQoJ+/=="),
            &format!(
                "a%20user%40x{signed}&X-Amz-SignedHeaders=host&X-Amz-Signature=\
                 84ba249a67332840c29a7bf1221b948edadbad90f7052fe8b267077130e83e00\
                 &X-Amz-Security-Token=IQoJ%2B%2F%3D%3D"
            ),
        );
    }
}
