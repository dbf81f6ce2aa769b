//! Asking AWS in the function's own name: a request is signed with its credentials (SigV4).
//!
//! Without the SDK: this function has at most two such questions, both at the opening of a connection,
//! and the SDK would double the size of every instance, also of those that never ask.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>

mod secrets_manager;

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningInstructions, SigningParams,
    SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use shared::time::Timestamp;
use shell::Misconfigured;
use shell::aws::Caller;
use zeroize::Zeroizing;

pub use secrets_manager::SecretsManager;

/// How long a token for a database may be used to log in: the longest that IAM takes.
const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);

/// What `caller` logs in with at the database `host:port` as `user`, instead of a password, signed at
/// `now`. Nobody is asked for it.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.Connecting.html>
///
/// # Errors
/// The credentials cannot sign.
pub fn database_token(
    caller: &Caller,
    host: &str,
    port: u16,
    user: &str,
    now: Timestamp,
) -> Result<Zeroizing<String>, Misconfigured> {
    let user: String = user.bytes().map(percent_encoded).collect();
    let url = format!("https://{host}:{port}/?Action=connect&DBUser={user}");
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(TOKEN_LIFE);
    let request = SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::Bytes(b""));
    let request = request.map_err(|_| cannot_sign())?;
    let (_, parameters) = signed(caller, "rds-db", settings, request, now)?.into_parts();
    let mut token = Zeroizing::new(String::with_capacity(4096));
    token.push_str(url.strip_prefix("https://").unwrap_or_default());
    for (name, value) in parameters {
        token.push('&');
        token.push_str(name);
        token.push('=');
        value.bytes().for_each(|byte| token.push_str(&percent_encoded(byte)));
    }
    Ok(token)
}

fn signed(
    caller: &Caller,
    service: &str,
    settings: SigningSettings,
    request: SignableRequest<'_>,
    now: Timestamp,
) -> Result<SigningInstructions, Misconfigured> {
    let credentials = Credentials::new(
        caller.access_key_id.clone(),
        caller.secret_access_key.expose().clone(),
        caller.session_token.as_ref().map(|token| token.expose().clone()),
        None,
        "environment",
    );
    let identity = credentials.into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(&caller.region)
        .name(service)
        .time(UNIX_EPOCH + Duration::from_millis(now.unix_millis()))
        .settings(settings)
        .build()
        .map_err(|_| cannot_sign())?;
    let signed = sign(request, &SigningParams::V4(parameters)).map_err(|_| cannot_sign())?;
    Ok(signed.into_parts().0)
}

fn cannot_sign() -> Misconfigured {
    Misconfigured::new("the credentials of AWS cannot sign a request")
}

/// RFC 3986 §2.3: all but the unreserved characters.
fn percent_encoded(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        return char::from(byte).to_string();
    }
    format!("%{byte:02X}")
}

#[cfg(test)]
pub(crate) mod tests {
    use shared::secret::Secret;
    use shared::time::Timestamp;
    use shell::aws::Caller;

    use super::database_token;

    /// The credentials of AWS's own examples.
    pub(crate) fn caller(session_token: Option<&str>) -> Caller {
        Caller {
            region: "us-east-1".to_owned(),
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
            session_token: session_token.map(|token| Secret::new(token.to_owned())),
        }
    }

    /// The signatures were made by another implementation: Python's `hmac`, after AWS's description.
    #[test]
    fn database_tokens() {
        let new_year_2026 = Timestamp::from_unix_millis(1_767_225_600_000);
        let check = |user: &str, session_token: Option<&str>, expected: &str| {
            let host = "keys.cluster-abc.us-east-1.rds.amazonaws.com";
            let token = database_token(&caller(session_token), host, 5432, user, new_year_2026);
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
