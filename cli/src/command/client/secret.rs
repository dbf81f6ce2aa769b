//! The secret of a service in Secrets Manager, as `portcullis token --client-credentials` reads it.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use runtime::printable_within;
use serde::Serialize;
use serde_json::Map;
use zeroize::Zeroizing;

use crate::aws;
use crate::exit::CommandError;

/// What stands in the secret. There is no `Debug`.
#[derive(Serialize)]
pub(super) struct Value<'v> {
    pub(super) client_id: &'v str,
    pub(super) client_secret: &'v str,
    /// By which Cognito knows the secret. That of a new app client is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client_secret_id: Option<&'v str>,
    /// What somebody else has written there.
    #[serde(flatten)]
    pub(super) others: &'v Map<String, serde_json::Value>,
}

/// A secret in Secrets Manager.
pub(super) struct Secret {
    client: Client,
    id: String,
    shown: String,
}

impl Secret {
    /// The secret `id`. Nothing is asked yet.
    pub(super) fn new(config: &SdkConfig, id: &str) -> Self {
        let shown = printable_within(id, 128);
        Self { client: Client::new(config), id: id.to_owned(), shown }
    }

    /// Looks whether the secret can be made.
    ///
    /// # Errors
    /// It is there already, or Secrets Manager did not say.
    pub(super) async fn require_absent(&self) -> Result<(), CommandError> {
        let shown = &self.shown;
        match self.client.describe_secret().secret_id(&self.id).send().await {
            Ok(found) if found.deleted_date.is_some() => Err(CommandError::refused(format!(
                "the secret `{shown}` is marked for deletion: restore it, wait until it is gone, or name another \
                 with `--secret-id`"
            ))),
            Ok(_) => Err(CommandError::refused(format!(
                "there is a secret `{shown}` already: name another with `--secret-id`, or rotate that one"
            ))),
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(()),
            Err(error) => Err(self.failed("whether there is", &error)),
        }
    }

    /// Makes the secret.
    ///
    /// # Errors
    /// It was not made, or nobody knows.
    pub(super) async fn create(&self, name: &str, value: &Value<'_>) -> Result<(), CommandError> {
        let text = text(value)?;
        let call = self.client.create_secret().name(&self.id).secret_string(text.as_str());
        let answer = call.description(format!("Client credentials of {name}")).send().await;
        answer.map(drop).map_err(|error| {
            let problem = self.failed("to make", &error);
            if is_refused(&error) {
                return problem;
            }
            problem.and(format!(
                "whether the secret `{}` was made is not known: if it is there, it is of no use, and can be deleted",
                self.shown
            ))
        })
    }

    /// Keeps `value` as AWSCURRENT; what was there becomes AWSPREVIOUS.
    ///
    /// # Errors
    /// It was not kept, or nobody knows.
    pub(super) async fn put(&self, value: &Value<'_>) -> Result<(), NotKept> {
        let text = text(value).map_err(|error| NotKept { error, is_known: true })?;
        let call = self.client.put_secret_value().secret_id(&self.id).secret_string(text.as_str());
        call.send().await.map(drop).map_err(|error| NotKept {
            error: self.failed("to change", &error),
            is_known: is_refused(&error),
        })
    }

    fn failed<E: ProvideErrorMetadata, R>(
        &self,
        purpose: &str,
        error: &SdkError<E, R>,
    ) -> CommandError {
        aws::failed("Secrets Manager", &format!("{purpose} the secret `{}`", self.shown), error)
    }
}

/// Why a value was not kept.
pub(super) struct NotKept {
    pub(super) error: CommandError,
    /// Whether it is known that it was not.
    pub(super) is_known: bool,
}

/// Whether the call is known to have changed nothing: an error of the service itself may come after the change.
fn is_refused<E>(error: &SdkError<E>) -> bool {
    error.raw_response().is_some_and(|response| response.status().is_client_error())
}

fn text(value: &Value<'_>) -> Result<Zeroizing<String>, CommandError> {
    let text = serde_json::to_string(value).map(Zeroizing::new);
    text.map_err(|_| CommandError::failed("the secret cannot be written as JSON"))
}
