//! `portcullis key …`: API keys, one file per command.

mod checks;
pub(crate) mod connection;
mod id;
mod import;
mod issue;
mod list;
mod owner;
mod revoke;
mod rotate;
mod show;
mod state;
pub(crate) mod store;

use clap::Subcommand;
pub(crate) use id::{has_key, whole_key};

use crate::env::Env;
use crate::exit::{CommandError, help};

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a new key and shows it, this once.
    ///
    /// On standard output stands the key and nothing else. Only a hash of it is kept: whoever loses
    /// the key needs a new one.
    ///
    /// Besides the settings of the database it needs API_KEY_ENVIRONMENT, such as `prod`, and the
    /// access table: ACCESS_FILE, or infra/access.toml in the working directory. A scope that
    /// grants anything beyond the owner's role is refused.
    #[command(verbatim_doc_comment, after_help = help(issue::EXAMPLE))]
    Issue(issue::Arguments),
    /// Lists the keys that can still be used.
    ///
    /// No key and no hash is ever shown.
    #[command(verbatim_doc_comment, after_help = help(list::EXAMPLE))]
    List(list::Arguments),
    /// Replaces a key: shows a new one like it, this once, and ends the old one after a while.
    ///
    /// The new key has the same owner, name, scopes, networks and expiry, whatever its owner's role
    /// is now: it never does more than that role. On standard output stands
    /// the new key and nothing else. Besides the settings of the database it needs
    /// API_KEY_ENVIRONMENT, such as `prod`.
    #[command(verbatim_doc_comment, after_help = help(rotate::EXAMPLE))]
    Rotate(rotate::Arguments),
    /// Ends a key for ever.
    ///
    /// It shows the key's row and asks on the terminal whether that is the one.
    #[command(verbatim_doc_comment, after_help = help(revoke::EXAMPLE))]
    Revoke(revoke::Arguments),
    /// Takes keys over from another system, by their hashes.
    ///
    /// Such a key has 20 to 256 characters of printable ASCII, without blanks and commas.
    ///
    /// The file has one JSON object a line: `owner`, `name`, `scopes` (a list), `sha256` (64
    /// hexadecimal digits: the SHA-256 of the whole key), and if wanted `expires_at` (RFC 3339) and
    /// `allowed_cidrs` (a list). All of its keys are imported or, if a line has a mistake, none.
    ///
    /// Besides the settings of the database it needs the access table: ACCESS_FILE, or
    /// infra/access.toml in the working directory.
    #[command(verbatim_doc_comment, after_help = help(import::EXAMPLE))]
    Import(import::Arguments),
}

/// Does what `command` says.
pub(crate) async fn run(command: Command, env: &mut Env<'_>) -> Result<(), CommandError> {
    match command {
        Command::Issue(arguments) => issue::run(arguments, env).await,
        Command::List(arguments) => list::run(arguments, env).await,
        Command::Rotate(arguments) => rotate::run(arguments, env).await,
        Command::Revoke(arguments) => revoke::run(arguments, env).await,
        Command::Import(arguments) => import::run(arguments, env).await,
    }
}
