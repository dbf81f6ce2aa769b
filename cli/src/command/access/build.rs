//! `portcullis access build`: the proof, kept in a file.

use std::path::PathBuf;

use clap::Args;
use runtime::printable;
use shared::authz::{AccessTable, PolicyExtent};

use crate::env::Env;
use crate::exit::{CommandError, Exit};

pub(super) const EXAMPLE: &str = "portcullis access build infra/access.toml";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The table. Its compiled table is written to the file of this name and `.compiled`.
    #[arg(default_value = crate::access_table::DEFAULT)]
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let file = printable(&arguments.file.to_string_lossy());
    let source = env
        .contents(&arguments.file)
        .map_err(|error| CommandError::failed(format!("{file} cannot be read: {error}")))?;
    let source = String::from_utf8(source)
        .map_err(|_| CommandError::failed(format!("{file} is not UTF-8")))?;
    let table = AccessTable::prove(&file, &source).map_err(|errors| CommandError {
        exit: Exit::Refused,
        sentences: errors.iter().map(|error| printable(&error.to_string())).collect(),
    })?;
    for warning in table.warnings() {
        env.say(&format!("warning: {}", printable(&warning.to_string())));
    }
    let mut path = arguments.file.clone().into_os_string();
    path.push(".compiled");
    let path = PathBuf::from(path);
    let written = (env.save)(&path, table.to_compiled().as_bytes());
    let path = printable(&path.to_string_lossy());
    written.map_err(|error| CommandError::failed(format!("{path} cannot be written: {error}")))?;
    env.print(&format!("{path}\n"))?;
    let is = match table.policy_extent() {
        Some(PolicyExtent::Request) => "is in order, and its answers are about single requests",
        Some(PolicyExtent::Caller) | None => "is proven",
    };
    env.say(&format!("{file} {is}: keep {path} beside it."));
    Ok(())
}
