//! `portcullis client …`: services, one file per command.

mod create;
mod function;
mod list;
mod rotate;
mod secret;

use clap::Subcommand;
use runtime::printable_within;

use crate::env::Env;
use crate::exit::{CommandError, help};

/// What to do with services.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes an app client for a service, and keeps its secret in Secrets Manager.
    ///
    /// The secret is not shown. `portcullis token --client-credentials --secret-id …` reads it, and so does the
    /// service. The scopes must be scopes of service tokens of the access table: ACCESS_FILE, or
    /// infra/access.toml in the working directory.
    #[command(verbatim_doc_comment, after_help = help(create::EXAMPLE))]
    Create(create::Arguments),
    /// Gives a service a second secret, and keeps it in place of the first; `--finish` ends the first.
    ///
    /// Both secrets are taken until then, so no service is ever without: let each read the new one first.
    #[command(verbatim_doc_comment, after_help = help(rotate::EXAMPLE))]
    Rotate(rotate::Arguments),
    /// Lists the app clients that take client credentials.
    ///
    /// No secret is ever shown.
    #[command(verbatim_doc_comment, after_help = help(list::EXAMPLE))]
    List(list::Arguments),
}

/// Does what `command` says.
pub(crate) async fn run(command: Command, env: &mut Env<'_>) -> Result<(), CommandError> {
    match command {
        Command::Create(arguments) => create::run(&arguments, env).await,
        Command::Rotate(arguments) => rotate::run(&arguments, env).await,
        Command::List(arguments) => list::run(&arguments, env).await,
    }
}

/// The longest name of a service, in bytes.
const MAX_NAME_BYTES: usize = 100;

/// Reads the name of a service: what both Cognito and Secrets Manager take as a name.
fn name(text: &str) -> Result<String, String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let is_name = (1..=MAX_NAME_BYTES).contains(&text.len()) && text.bytes().all(plain);
    if is_name && text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return Ok(text.to_owned());
    }
    let shown = printable_within(text, MAX_NAME_BYTES);
    Err(format!(
        "`{shown}` is no name of a service: letters, digits, `.`, `_` and `-`, {MAX_NAME_BYTES} at most"
    ))
}

/// Where the secret of the service `name` lies, unless `given` says so.
fn secret_id(name: &str, given: Option<&str>) -> String {
    given.map_or_else(|| format!("services/{name}"), str::to_owned)
}
