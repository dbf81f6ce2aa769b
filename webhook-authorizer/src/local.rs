//! What a laptop has instead of AWS: webhooks and secrets in files, deliveries in memory, a target
//! that answers by its name, a clock that stands still. A release build cannot have this.

mod deliveries;
mod registry;
mod vault;

use std::fs;
use std::sync::LazyLock;

use serde_json::{Map, Value};
use shared::time::Timestamp;
use shell::{Clock, Unavailable};
use webhook_authorizer::config::Config;
use webhook_authorizer::io::secrets::Secrets;
use webhook_authorizer::{OnDelivery, WebhookAuthorizer};

use crate::start;
use deliveries::{LocalTarget, MemoryReplays};
use registry::FileRegistry;
use vault::FileVault;

#[cfg(not(debug_assertions))]
compile_error!("the feature `local` trusts published secrets: it is not for release builds");

const SAMPLE_SETTINGS: &str = include_str!("../../events/webhook-authorizer.env");
const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../events");

type OnFiles = WebhookAuthorizer<FileRegistry, FileVault, MemoryReplays, LocalTarget>;

/// The function on the files of `events/`: a table is the file of its name.
pub(crate) async fn webhook_authorizer(_: Timestamp) -> Result<OnFiles, Vec<String>> {
    let config = Config::read(start::setting).map_err(|mistakes| mistakes.0)?;
    on_files(config).map_err(|problem| vec![problem])
}

fn on_files(config: Config) -> Result<OnFiles, String> {
    let registry = FileRegistry::open(&config.webhook_table)?;
    let secrets = Secrets::new(FileVault::open()?, config.secret_prefix.clone());
    let delivery = match config.delivery.clone() {
        Some(delivery) => Some(OnDelivery {
            replays: MemoryReplays::open(&delivery.replay_table)?,
            target: LocalTarget::new(delivery.target_function, delivery.target_mode),
        }),
        None => None,
    };
    Ok(WebhookAuthorizer { config, registry, secrets, delivery })
}

/// The samples' value of the setting `name`.
pub(crate) fn setting(name: &str) -> Option<String> {
    let mut lines = SAMPLE_SETTINGS.lines().filter_map(|line| line.split_once('='));
    lines.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// A clock that stands still at `LOCAL_NOW` (seconds since 1970), so that the signatures of the
/// samples do not expire; the machine's clock where that setting is empty.
pub(crate) fn clock() -> Clock {
    match *STANDS_STILL_AT {
        Some(_) => Clock { now: || STANDS_STILL_AT.unwrap_or(NEVER), ..Clock::system() },
        None => Clock::system(),
    }
}

const NEVER: Timestamp = Timestamp::from_unix_millis(0);

static STANDS_STILL_AT: LazyLock<Option<Timestamp>> = LazyLock::new(|| {
    let setting = start::setting("LOCAL_NOW").filter(|text| !text.trim().is_empty())?;
    // A time that cannot be read is no time at which anything was signed.
    Some(seconds(setting.trim().parse().unwrap_or_default()))
});

/// The object in `events/<name>.json`.
fn read(name: &str) -> Result<Map<String, Value>, String> {
    let path = format!("{EVENTS}/{name}.json");
    let bytes = fs::read(&path).map_err(|error| format!("{path} cannot be read: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{path}: {error}"))
}

/// An entry `{"unavailable": true}` stands for a store that cannot be asked.
fn check_available(entry: &Value, store: &str) -> Result<(), Unavailable> {
    if entry.get("unavailable") == Some(&Value::Bool(true)) {
        return Err(Unavailable::new(format!("{store} is out of reach")));
    }
    Ok(())
}

const fn seconds(since_1970: u64) -> Timestamp {
    Timestamp::from_unix_millis(since_1970.saturating_mul(1000))
}
