//! The samples of `events/`: their settings, and the files that stand for AWS.
//!
//! What is not set is taken from `events/<function>.env`, so that the samples and their development
//! keys work at once.

use std::io;
use std::path::Path;

use authorizer::config::ApiKeyConfig;
use runtime::UnavailableError;
use runtime::settings::{Files, Lookup, SettingsError};
use serde_json::{Map, Value};
use webhook_authorizer::config::Config;
use webhook_authorizer::{DeliveryStores, Stores};

use crate::{FileApiKeys, FileSecrets, FileWebhooks, LocalTarget, MemoryReplays};

const AUTHORIZER: &str = include_str!("../../events/authorizer.env");
const WEBHOOK_AUTHORIZER: &str = include_str!("../../events/webhook-authorizer.env");
const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The value of the authorizer's setting `name`: `set`, or that of the samples, files with their
/// whole path.
#[must_use]
pub fn authorizer_setting(name: &str, set: Option<String>) -> Option<String> {
    let is_file = matches!(name, "JWKS_FILE" | "ACCESS_FILE");
    set.or_else(|| {
        let value = value(AUTHORIZER, name)?;
        Some(if is_file { format!("{REPOSITORY}/{value}") } else { value.to_owned() })
    })
}

/// The value of the webhook-authorizer's setting `name`: `set`, or that of the samples.
#[must_use]
pub fn webhook_authorizer_setting(name: &str, set: Option<String>) -> Option<String> {
    set.or_else(|| value(WEBHOOK_AUTHORIZER, name).map(str::to_owned))
}

fn value<'e>(env: &'e str, name: &str) -> Option<&'e str> {
    let mut lines = env.lines().filter_map(|line| line.split_once('='));
    lines.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// The API keys in the file of `events/` that is called like the database.
///
/// # Errors
/// The file cannot be read, or is no object from ids to rows.
pub fn open_api_keys(
    config: &ApiKeyConfig,
    _: Lookup<'_>,
    files: Files<'_>,
) -> Result<FileApiKeys, SettingsError> {
    Ok(FileApiKeys::new(read(&config.database.name, files)?)?)
}

/// The stores of a webhook-authorizer on the files of `events/`: a table is the file of its name.
///
/// # Errors
/// A file cannot be read.
pub fn open_stores(
    config: &Config,
    files: Files<'_>,
) -> Result<Stores<FileWebhooks, FileSecrets, MemoryReplays, LocalTarget>, SettingsError> {
    let registry = FileWebhooks::new(read(&config.webhook_table, files)?);
    let secrets = FileSecrets::new(read("dev-secrets", files)?);
    let delivery = match config.delivery.clone() {
        Some(delivery) => Some(DeliveryStores {
            replays: MemoryReplays::new(&read(&delivery.replay_table, files)?),
            target: LocalTarget::new(delivery.target_function, delivery.target_mode),
        }),
        None => None,
    };
    Ok(Stores { registry, secrets, delivery })
}

/// The object in `events/<name>.json`.
fn read(name: &str, files: Files<'_>) -> Result<Map<String, Value>, String> {
    let path = format!("{REPOSITORY}/events/{name}.json");
    let bytes =
        files(Path::new(&path)).map_err(|error| format!("{path} cannot be read: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{path}: {error}"))
}

/// The text of the file of the samples that is called like the last part of `path`: what a tool has that
/// is not run in a checkout.
///
/// # Errors
/// There is none.
pub fn sample_file(path: &Path) -> io::Result<&'static str> {
    match path.file_name().and_then(|name| name.to_str()) {
        Some("access.toml") => Ok(include_str!("../../infra/access.toml")),
        Some("dev-api-keys.json") => Ok(include_str!("../../events/dev-api-keys.json")),
        Some("dev-webhooks.json") => Ok(include_str!("../../events/dev-webhooks.json")),
        Some("dev-secrets.json") => Ok(include_str!("../../events/dev-secrets.json")),
        Some("dev-replays.json") => Ok(include_str!("../../events/dev-replays.json")),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

/// The events in which the samples' API keys stand, each with the scope of its key.
const WITH_API_KEYS: [(&str, &str); 2] = [
    ("read-only", include_str!("../../events/authorizer/api-key-allow-rest-request.json")),
    ("itsm-write", include_str!("../../events/authorizer/api-key-allow-write.json")),
];

/// The sample API key with the scope `name`, of those that [`sample_api_key_names`] has.
#[must_use]
pub fn sample_api_key(name: &str) -> Option<String> {
    let (_, event) = WITH_API_KEYS.iter().find(|(own, _)| *own == name)?;
    let event: Value = serde_json::from_str(event).ok()?;
    event.pointer("/headers/x-api-key")?.as_str().map(str::to_owned)
}

/// The scopes of the sample API keys.
pub fn sample_api_key_names() -> impl Iterator<Item = &'static str> {
    WITH_API_KEYS.iter().map(|(name, _)| *name)
}

/// The secret of the sample webhook `wh_portcullis`, as its sender has it.
#[must_use]
pub fn sample_webhook_secret() -> Option<String> {
    let secrets: Value =
        serde_json::from_str(include_str!("../../events/dev-secrets.json")).ok()?;
    secrets.pointer("/portcullis~1webhook~1wh_portcullis/current")?.as_str().map(str::to_owned)
}

/// An entry `{"unavailable": true}` stands for a store that is out of reach.
pub(crate) fn check_available(entry: &Value, store: &str) -> Result<(), UnavailableError> {
    if entry.get("unavailable") == Some(&Value::Bool(true)) {
        return Err(UnavailableError::new(format!("{store} is out of reach")));
    }
    Ok(())
}
