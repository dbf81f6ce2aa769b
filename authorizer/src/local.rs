//! Settings for a laptop: what is not set is taken from `events/authorizer.env`, so that the samples
//! and their development key work at once. A release build cannot have this.

#[cfg(not(debug_assertions))]
compile_error!("the feature `local` trusts a development key: it is not for release builds");

const SAMPLE_SETTINGS: &str = include_str!("../../events/authorizer.env");
const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The samples' value of the setting `name`, files with their whole path.
pub(crate) fn setting(name: &str) -> Option<String> {
    let mut lines = SAMPLE_SETTINGS.lines().filter_map(|line| line.split_once('='));
    let (_, value) = lines.find(|(key, _)| *key == name)?;
    let is_file = matches!(name, "JWKS_FILE" | "ACCESS_FILE");
    Some(if is_file { format!("{REPOSITORY}/{value}") } else { value.to_owned() })
}
