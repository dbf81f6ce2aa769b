//! `portcullis` at a terminal, by `tests/terminal.py`.

use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

use crate::{binary, root};

/// What is left of a session at a terminal.
#[derive(Debug, Deserialize)]
pub struct Session {
    /// All that the terminal showed.
    pub shown: String,
    /// The exit code; negative for a signal.
    pub code: i32,
    /// Whether the terminal was left as it was found.
    pub restored: bool,
}

/// Runs `portcullis` in the checkout at a terminal of so many `columns`, with `env` besides the tests' own
/// environment. `steps` is a list of pairs: once the first is shown, the second is typed; a number in its place
/// makes the terminal so many columns wide.
///
/// # Panics
/// It cannot be run, or ended before something was shown.
pub fn session<'e>(
    env: impl IntoIterator<Item = (&'e str, &'e str)>,
    arguments: &[&str],
    columns: usize,
    steps: &Value,
) -> Session {
    let output = Command::new("python3")
        .arg(root().join("tests/terminal.py"))
        .arg(steps.to_string())
        .arg(binary("portcullis").expect("`make binaries` has built it"))
        .args(arguments)
        .current_dir(root())
        .envs(env)
        .env("TERMINAL_COLUMNS", columns.to_string())
        .output()
        .expect("python3 runs");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}
