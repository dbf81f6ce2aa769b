//! `portcullis explain` as its users meet it: the real binary, and files.

use std::collections::BTreeMap;

use tests::tool::{self, Done, File};

mod events;
mod log;
mod supposed;
mod tokens;

/// Runs `portcullis explain` with `env` as its environment and `input` on its standard input.
fn run_in(env: &BTreeMap<String, String>, arguments: &[&str], input: &str) -> Done {
    let env = env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    tool::run(env, &[&["explain"], arguments].concat(), input)
}

fn run(arguments: &[&str]) -> Done {
    run_in(&BTreeMap::new(), arguments, "")
}
