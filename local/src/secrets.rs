//! Secrets in a file: development secrets, worth nothing.

use adapters::secrets_manager::{SecretStore, StoredSecret};
use runtime::{Failure, MisconfiguredError};
use serde_json::{Map, Value};
use shared::webhook::SecretVersion;

use crate::clock::seconds;
use crate::samples::check_available;

/// An object from a secret's name to its versions, `current`, `created` (seconds since 1970) and
/// `previous`.
#[derive(Debug)]
pub struct FileSecrets(Map<String, Value>);

impl FileSecrets {
    /// The secrets of `entries`.
    #[must_use]
    pub const fn new(entries: Map<String, Value>) -> Self {
        Self(entries)
    }
}

impl SecretStore for FileSecrets {
    async fn secret(
        &self,
        name: &str,
        version: SecretVersion,
    ) -> Result<Option<StoredSecret>, Failure> {
        let Some(entry) = self.0.get(name) else { return Ok(None) };
        check_available(entry, "the secret store")?;
        let created = seconds(entry.get("created").and_then(Value::as_u64).unwrap_or_default());
        match entry.get(version.as_str()) {
            None => Ok(None),
            Some(Value::String(text)) => {
                Ok(Some(StoredSecret { text: text.clone().into(), created }))
            }
            Some(_) => Err(MisconfiguredError::new("the secret is no text").into()),
        }
    }
}
