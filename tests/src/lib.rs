//! What the suite, the benchmarks and the samples share.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a harness that cannot go on fails the test that uses it"
)]

pub mod api_keys;
pub mod aws;
pub mod doorway;
pub mod events;
pub mod faults;
mod http;
pub mod key_server;
pub mod mint;
pub mod oracle;
pub mod postgres;
mod process;
pub mod runtime_api;
pub mod samples;
pub mod scripted_cognito;
mod server;
pub mod shapes;
pub mod target;
pub mod tcp_proxy;
pub mod template;
pub mod terminal;
pub mod test_authorizer;
pub mod test_key_authorizer;
pub mod test_webhook_authorizer;
pub mod tool;
pub mod webhook_events;

use std::io;
use std::path::{Path, PathBuf};

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether golden files are to be written instead of compared: `UPDATE_GOLDEN=1`.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a switch of the tests, not a setting of a function")]
pub fn updates_golden_files() -> bool {
    std::env::var_os("UPDATE_GOLDEN").is_some()
}

/// The value of `name` among `settings`, where a later one counts more.
#[must_use]
pub fn lookup(settings: &[(&str, &str)], name: &str) -> Option<String> {
    let own = settings.iter().rev().find(|(key, _)| *key == name);
    own.map(|(_, value)| (*value).to_owned())
}

/// The binary `name`, built with the profile of the executable that asks. Cargo tells a test only
/// where the binaries of its own package are.
///
/// # Errors
/// It is not there; the sentence says which command builds it.
pub fn binary(name: &str) -> io::Result<PathBuf> {
    let executable = std::env::current_exe()?;
    // Tests and benchmarks are in `<target>/<profile>/deps`.
    let profile = executable.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
    let binary = profile.join(name);
    if binary.is_file() {
        return Ok(binary);
    }
    let command = if profile.ends_with("release") { "make bench" } else { "make binaries" };
    let sentence = format!("`{}` is missing: build it with `{command}`", binary.display());
    Err(io::Error::new(io::ErrorKind::NotFound, sentence))
}
