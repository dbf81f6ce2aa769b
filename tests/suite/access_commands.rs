//! `portcullis access` as its users meet it: the real binary, and files.

use serde_json::{Value, json};
use shared::authz::AccessTable;
use tests::aws::unique;
use tests::root;
use tests::tool::{self, Done, File};

mod cases;
mod diff;
mod import;
mod lint;
mod table;

/// Runs `portcullis` with an empty environment and `input` on its standard input.
fn run_with(arguments: &[&str], input: &str) -> Done {
    tool::run([], arguments, input)
}

fn run(arguments: &[&str]) -> Done {
    run_with(arguments, "")
}

/// What a command that succeeds prints as JSON.
#[track_caller]
fn printed(arguments: &[&str]) -> Value {
    let done = run(arguments);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    done.json()
}

fn default_table() -> String {
    std::fs::read_to_string(root().join("infra/access.toml")).unwrap()
}
