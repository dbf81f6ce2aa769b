//! The secrets of webhooks, through the SDK.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use runtime::{Failure, MisconfiguredError};
use shared::time::Timestamp;
use shared::webhook::SecretVersion;
use zeroize::Zeroizing;

use crate::aws::sdk::{Aws, Service, failure};

/// Looks up secrets.
pub trait SecretStore {
    /// The version `version` of the secret `name`; `None` if there is no such secret or version.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: it could not be looked up. [`Failure::Misconfigured`]: it is being
    /// deleted, or is binary.
    fn secret(
        &self,
        name: &str,
        version: SecretVersion,
    ) -> impl Future<Output = Result<Option<StoredSecret>, Failure>>;
}

/// One version of a secret, wiped when dropped.
pub struct StoredSecret {
    /// Its text.
    pub text: Zeroizing<String>,
    /// When this version was created.
    pub created: Timestamp,
}

/// AWS Secrets Manager.
#[derive(Debug)]
pub struct SecretsManager {
    client: Client,
}

impl SecretsManager {
    /// The secrets of the function's account and region.
    #[must_use]
    pub fn new(aws: &Aws) -> Self {
        Self { client: Client::new(&aws.config(Service::SecretsManager)) }
    }
}

impl SecretStore for SecretsManager {
    async fn secret(
        &self,
        name: &str,
        version: SecretVersion,
    ) -> Result<Option<StoredSecret>, Failure> {
        let stage = match version {
            SecretVersion::Current => "AWSCURRENT",
            SecretVersion::Previous => "AWSPREVIOUS",
        };
        let answer =
            self.client.get_secret_value().secret_id(name).version_stage(stage).send().await;
        let output = match answer {
            Ok(output) => output,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => {
                let purpose = "for the webhook's secret";
                return Err(failure(Service::SecretsManager, purpose, &error));
            }
        };
        let created = output.created_date.and_then(|date| date.to_millis().ok());
        let created = created.and_then(|millis| u64::try_from(millis).ok()).unwrap_or_default();
        let Some(text) = output.secret_string.map(Zeroizing::new) else {
            let reason = format!("the secret `{name}` is binary: it must be a text");
            return Err(MisconfiguredError::new(reason).into());
        };
        Ok(Some(StoredSecret { text, created: Timestamp::from_unix_millis(created) }))
    }
}

fn is_absent(error: &SdkError<GetSecretValueError>) -> bool {
    matches!(error.as_service_error(), Some(GetSecretValueError::ResourceNotFoundException(_)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::webhook::SecretVersion;

    use super::{SecretStore as _, SecretsManager};
    use crate::aws::sdk::fake::{Answer, Fake, run};

    /// Checks what a response of Secrets Manager becomes: the text and its age, `none` or the
    /// failure.
    #[track_caller]
    fn finds(version: SecretVersion, stage: &str, answer: Answer, expected: &str) {
        let (aws, fake) = Fake::answering(&[answer]);
        let found = run(SecretsManager::new(&aws).secret("hooks/wh_1", version));
        let found = match found {
            Ok(Some(secret)) => format!("{} of {}", &*secret.text, secret.created.unix_millis()),
            Ok(None) => "none".to_owned(),
            Err(failure) => format!("{failure:?}"),
        };
        assert_eq!(found, expected);
        let call = json!({ "SecretId": "hooks/wh_1", "VersionStage": stage });
        assert_eq!(fake.calls(), [("GetSecretValue".to_owned(), call)]);
    }

    #[test]
    fn secrets() {
        use SecretVersion::{Current, Previous};
        let text = r#"{"SecretString":" text ","CreatedDate":1.7672256E9}"#;
        finds(Current, "AWSCURRENT", (200, text), " text  of 1767225600000");
        finds(Previous, "AWSPREVIOUS", (200, text), " text  of 1767225600000");
        // Without a date it counts as old, so that its predecessor does not verify.
        finds(Current, "AWSCURRENT", (200, r#"{"SecretString":"text"}"#), "text of 0");
        finds(
            Current,
            "AWSCURRENT",
            (200, r#"{"SecretBinary":"AAAA"}"#),
            r#"Misconfigured(MisconfiguredError("the secret `hooks/wh_1` is binary: it must be a text"))"#,
        );
        finds(Previous, "AWSPREVIOUS", (400, r#"{"__type":"ResourceNotFoundException"}"#), "none");
        finds(
            Current,
            "AWSCURRENT",
            (400, r#"{"__type":"InvalidRequestException","Message":"marked for deletion"}"#),
            r#"Misconfigured(MisconfiguredError("Secrets Manager could not be asked for the webhook's secret: InvalidRequestException"))"#,
        );
        finds(
            Current,
            "AWSCURRENT",
            (400, r#"{"__type":"AccessDeniedException"}"#),
            r#"Unavailable(UnavailableError("Secrets Manager could not be asked for the webhook's secret: AccessDeniedException"))"#,
        );
        finds(
            Current,
            "AWSCURRENT",
            (400, r#"{"__type":"DecryptionFailure"}"#),
            r#"Unavailable(UnavailableError("Secrets Manager could not be asked for the webhook's secret: DecryptionFailure"))"#,
        );
    }
}
