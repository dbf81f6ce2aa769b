//! How to log in: with a token of IAM authentication, or with a password from Secrets Manager.

use runtime::settings::Reader;
use runtime::{Failure, MisconfiguredError};
use serde::Deserialize;
use shared::time::Timestamp;
use zeroize::Zeroizing;

use super::database::{Auth, Database};
use crate::aws::sigv4::database_token;
use crate::aws::{AwsCredentials, endpoint};
use crate::secrets_manager::PasswordStore;

/// Where the credentials of the database come from.
#[derive(Debug)]
pub struct Login(How);

#[derive(Debug)]
enum How {
    Iam(AwsCredentials),
    Secret(PasswordStore, String),
}

/// The credentials of the database.
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: Zeroizing<String>,
}

/// What RDS keeps in a secret; it has more members.
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html>
#[derive(Deserialize)]
struct Secret {
    username: Option<String>,
    password: Zeroizing<String>,
}

impl Login {
    /// Reads AWS credentials and endpoint from the settings; `None` if one is missing or wrong,
    /// which is a mistake then.
    pub fn read(auth: &Auth, settings: &mut Reader<'_>) -> Option<Self> {
        let credentials = AwsCredentials::read(settings);
        let own = endpoint(settings, "AWS_ENDPOINT_URL_SECRETS_MANAGER");
        let Auth::Secret(id) = auth else { return Some(Self(How::Iam(credentials))) };
        let endpoint = own.or_else(|| endpoint(settings, "AWS_ENDPOINT_URL"));
        match PasswordStore::new(credentials, endpoint.as_deref()) {
            Ok(secrets) => Some(Self(How::Secret(secrets, id.clone()))),
            Err(problem) => {
                settings.mistake(problem);
                None
            }
        }
    }

    /// A password is looked up at each login: logins are rare, and a rotated password is seen at
    /// once.
    pub(super) async fn credentials(
        &self,
        database: &Database,
        now: Timestamp,
    ) -> Result<Credentials, Failure> {
        let Database { host, port, user, .. } = database;
        match &self.0 {
            How::Iam(credentials) => {
                let password = database_token(credentials, host, *port, user, now)?;
                Ok(Credentials { user: user.clone(), password })
            }
            How::Secret(secrets, id) => {
                let text = secrets.text(id, now).await?;
                Ok(of_secret(user, &text)?)
            }
        }
    }
}

/// If a rotation alternates between two users, the name of the second is that of the first with
/// `_clone` after it:
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/getting-started.html#rotation-strategy>.
fn of_secret(user: &str, text: &str) -> Result<Credentials, MisconfiguredError> {
    let wrong = |problem: &str| {
        MisconfiguredError::new(format!("the secret that `AURORA_AUTH` names {problem}"))
    };
    let secret: Secret = serde_json::from_str(text)
        .map_err(|_| wrong("is no JSON object with a string `password`"))?;
    if secret.password.is_empty() {
        return Err(wrong("has an empty `password`"));
    }
    let named = secret.username.unwrap_or_else(|| user.to_owned());
    if named.strip_suffix("_clone").unwrap_or(&named) != user && named != user {
        return Err(wrong("is of another user than `AURORA_USER`"));
    }
    Ok(Credentials { user: named, password: secret.password })
}

#[cfg(test)]
mod tests {
    use super::of_secret;

    #[test]
    fn secrets() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let read = of_secret("authorizer", text);
            let read = read.map(|read| format!("{}:{}", read.user, &*read.password));
            let expected = expected.map(str::to_owned);
            let sentence = |problem| format!("the secret that `AURORA_AUTH` names {problem}");
            assert_eq!(
                read.map_err(|wrong| wrong.to_string()),
                expected.map_err(sentence),
                "{text}"
            );
        };
        let full = r#"{"engine":"postgres","host":"h","username":"authorizer","password":"p","port":5432}"#;
        check(full, Ok("authorizer:p"));
        check(r#"{"password":" p "}"#, Ok("authorizer: p "));
        check(r#"{"username":"authorizer_clone","password":"p"}"#, Ok("authorizer_clone:p"));
        let other = Err("is of another user than `AURORA_USER`");
        check(r#"{"username":"postgres","password":"p"}"#, other);
        check(r#"{"username":"authorizer_clone_clone","password":"p"}"#, other);
        check(r#"{"username":"_clone","password":"p"}"#, other);
        check(r#"{"password":""}"#, Err("has an empty `password`"));
        for bad in ["", "p", "[]", "{}", r#"{"password":1}"#, r#"{"password":null}"#] {
            check(bad, Err("is no JSON object with a string `password`"));
        }
    }
}
