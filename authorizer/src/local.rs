//! What a laptop has instead of AWS: what is not set is taken from `events/authorizer.env`, so that the
//! samples and their development key work at once, and API keys are in a file. A release build cannot
//! have this.

mod api_keys;

use authorizer::Authorizer;
use authorizer::io::jwks::{Http, JwksStore};
use shared::time::Timestamp;

use crate::start;
use api_keys::FileKeys;

#[cfg(not(debug_assertions))]
compile_error!("the feature `local` trusts development keys: it is not for release builds");

const SAMPLE_SETTINGS: &str = include_str!("../../events/authorizer.env");
const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The function on the files of `events/`: a database is the file of its name.
pub(crate) async fn authorizer(
    now: Timestamp,
) -> Result<Authorizer<JwksStore<Http>, FileKeys>, Vec<String>> {
    let open = |name: &str| FileKeys::open(&format!("{REPOSITORY}/events/{name}.json"));
    start::with_store(now, |config| open(&config.database.name).map_err(|problem| vec![problem]))
        .await
}

/// The samples' value of the setting `name`, files with their whole path.
pub(crate) fn setting(name: &str) -> Option<String> {
    let mut lines = SAMPLE_SETTINGS.lines().filter_map(|line| line.split_once('='));
    let (_, value) = lines.find(|(key, _)| *key == name)?;
    let is_file = matches!(name, "JWKS_FILE" | "ACCESS_FILE");
    Some(if is_file { format!("{REPOSITORY}/{value}") } else { value.to_owned() })
}
