//! Secrets in a file: development secrets, worth nothing.

use serde_json::{Map, Value};
use shared::credential::webhook::SecretVersion;
use shell::{Failure, Misconfigured};
use webhook_authorizer::io::secrets::{Secret, Vault};

/// `events/dev-secrets.json`: an object from a secret's name to its versions, `current`, `created`
/// (seconds since 1970) and `previous`.
pub(crate) struct FileVault(Map<String, Value>);

impl FileVault {
    pub(crate) fn open() -> Result<Self, String> {
        super::read("dev-secrets").map(Self)
    }
}

impl Vault for FileVault {
    async fn secret(&self, name: &str, version: SecretVersion) -> Result<Option<Secret>, Failure> {
        let Some(entry) = self.0.get(name) else { return Ok(None) };
        super::check_available(entry, "the vault")?;
        let created = entry.get("created").and_then(Value::as_u64).unwrap_or_default();
        let created = super::seconds(created);
        match entry.get(version.as_str()) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(Secret { text: text.clone().into(), created })),
            Some(_) => Err(Misconfigured::new("the secret is no text").into()),
        }
    }
}
