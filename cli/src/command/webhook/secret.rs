//! The secret of a webhook: made, kept in Secrets Manager, and read to try the webhook out.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::printable_within;
use shared::hex;
use shared::secret::Secret;
use shared::time::Timestamp;
use shared::webhook::{KeyForm, SecretReference};
use zeroize::Zeroizing;

use crate::env::Env;
use crate::exit::CommandError;
use crate::{aws, prompt};

/// Twice the strength that HMAC-SHA256 needs.
const KEY_BYTES: usize = 32;
/// Letters and digits: 43 of them are as many as 32 bytes have bits for.
const TEXT_CHARS: usize = 43;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A secret that `reference` takes: the one that the sender has shown, if it `is_given`, or a new one.
///
/// # Errors
/// There is none, or it cannot be what the sender signs with.
pub(super) fn given_or_made(
    is_given: bool,
    reference: &SecretReference,
    env: &mut Env<'_>,
) -> Result<Secret<Zeroizing<String>>, CommandError> {
    let secret = match is_given {
        true => Secret::new(Zeroizing::new(prompt::hidden("secret", env)?.expose().clone())),
        false => make(&reference.form, env)?,
    };
    match reference.key(secret.expose()) {
        Ok(_) => Ok(secret),
        Err(error) => Err(CommandError::refused(error.to_string())),
    }
}

/// A new secret in the form that a sender of this form wants.
///
/// # Errors
/// There is no randomness.
fn make(form: &KeyForm, env: &Env<'_>) -> Result<Secret<Zeroizing<String>>, CommandError> {
    let text = match form {
        KeyForm::Text { prefix } => format!("{prefix}{}", *letters(env)?),
        KeyForm::Rfc9421 => letters(env)?.to_string(),
        KeyForm::Base64 { prefix } => format!("{prefix}{}", STANDARD.encode(*bytes(env)?)),
        KeyForm::Hex { prefix } => format!("{prefix}{}", hex::encode(&*bytes(env)?)),
    };
    Ok(Secret::new(text.into()))
}

/// `count` letters and digits for a name that is no secret.
///
/// # Errors
/// There is no randomness.
pub(super) fn name(count: usize, env: &Env<'_>) -> Result<String, CommandError> {
    Ok(letters(env)?.chars().take(count).collect())
}

fn bytes(env: &Env<'_>) -> Result<Zeroizing<[u8; KEY_BYTES]>, CommandError> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    (env.random)(&mut *bytes)?;
    Ok(bytes)
}

fn letters(env: &Env<'_>) -> Result<Zeroizing<String>, CommandError> {
    let mut text = Zeroizing::new(String::with_capacity(TEXT_CHARS));
    // Bytes from 248 on are passed over: with them some letters would be more frequent than others.
    while text.len() < TEXT_CHARS {
        let bytes = bytes(env)?;
        let plain = bytes.iter().filter(|byte| **byte < 248);
        let found = plain.filter_map(|byte| ALPHABET.get(usize::from(byte % 62)));
        let missing = TEXT_CHARS - text.len();
        text.extend(found.take(missing).map(|letter| char::from(*letter)));
    }
    Ok(text)
}

/// Secrets Manager, with the secrets of webhooks.
pub(super) struct Secrets(Client);

impl Secrets {
    /// Nothing is connected yet.
    pub(super) fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// Keeps `secret` under the new name `name`.
    ///
    /// # Errors
    /// There is one of this name, or it could not be kept.
    pub(super) async fn create(
        &self,
        name: &str,
        secret: &Secret<Zeroizing<String>>,
    ) -> Result<(), CommandError> {
        let create = self.0.create_secret().name(name).secret_string(secret.expose().as_str());
        let create = create.description("The secret of a webhook, made by portcullis");
        create.send().await.map(drop).map_err(|error| {
            let shown = shown(name);
            match error.code() {
                Some("ResourceExistsException") => CommandError::refused(format!(
                    "there is a secret `{shown}` already: nothing was changed"
                )),
                _ => failed(name, "to keep the secret", &error),
            }
            .and_if(aws::answered(&error).is_none(), || {
                format!(
                    "if the secret `{shown}` is there all the same, remove it: `aws secretsmanager delete-secret \
                     --secret-id {shown}`"
                )
            })
        })
    }

    /// Removes the secret `name`, which nobody has seen, for good.
    ///
    /// # Errors
    /// It could not be removed.
    pub(super) async fn remove(&self, name: &str) -> Result<(), CommandError> {
        let delete = self.0.delete_secret().secret_id(name).force_delete_without_recovery(true);
        delete.send().await.map(drop).map_err(|error| failed(name, "to remove the secret", &error))
    }

    /// Puts `secret` in the place of the version that is current, which becomes AWSPREVIOUS.
    ///
    /// # Errors
    /// It is gone, is marked for deletion, or could not be changed.
    pub(super) async fn replace(
        &self,
        name: &str,
        secret: &Secret<Zeroizing<String>>,
    ) -> Result<(), CommandError> {
        let put = self.0.put_secret_value().secret_id(name).secret_string(secret.expose().as_str());
        put.send().await.map(drop).map_err(|error| {
            let problem = failed(name, "to replace the secret", &error);
            problem.and_if(aws::answered(&error).is_none(), || {
                "if it is replaced all the same, nobody has seen the new one: rotate again"
                    .to_owned()
            })
        })
    }

    /// The version that is current.
    ///
    /// # Errors
    /// It is gone, is marked for deletion, is no text, or could not be read.
    pub(super) async fn read(&self, name: &str) -> Result<Secret<Zeroizing<String>>, CommandError> {
        let answer = self.0.get_secret_value().secret_id(name).send().await;
        let answer = answer.map_err(|error| failed(name, "for the secret", &error))?;
        let text = answer.secret_string.ok_or_else(|| {
            CommandError::failed(format!("the secret `{}` is no text", shown(name)))
        })?;
        Ok(Secret::new(text.into()))
    }

    /// When the secret was rotated last; `None` if it never was.
    ///
    /// # Errors
    /// It is gone, or could not be asked for.
    pub(super) async fn rotated(&self, name: &str) -> Result<Option<Timestamp>, CommandError> {
        let answer = self.0.describe_secret().secret_id(name).send().await;
        let answer = answer.map_err(|error| failed(name, "about the secret", &error))?;
        let stages = answer.version_ids_to_stages().into_iter().flatten();
        let has_previous =
            stages.flat_map(|(_, stages)| stages).any(|stage| stage == "AWSPREVIOUS");
        let changed = answer.last_changed_date().filter(|_| has_previous);
        let millis = changed.and_then(|changed| changed.to_millis().ok());
        Ok(millis.and_then(|millis| u64::try_from(millis).ok()).map(Timestamp::from_unix_millis))
    }
}

fn shown(name: &str) -> String {
    printable_within(name, 200)
}

/// What happened to which secret, and what to do next.
fn failed<E: ProvideErrorMetadata, R>(
    name: &str,
    purpose: &str,
    error: &SdkError<E, R>,
) -> CommandError {
    let shown = shown(name);
    match (error.code(), error.message()) {
        (Some("ResourceNotFoundException"), _) => CommandError::failed(format!(
            "the secret `{shown}` is gone: revoke its webhook and create another, or create the secret again"
        )),
        (Some("InvalidRequestException"), Some(text)) if text.contains("deletion") => {
            CommandError::failed(format!(
                "the secret `{shown}` is marked for deletion: take it back with `aws secretsmanager \
                 restore-secret --secret-id {shown}`"
            ))
        }
        _ => aws::failed("Secrets Manager", &format!("{purpose} `{shown}`"), error),
    }
}
