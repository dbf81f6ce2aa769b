//! The arguments: which command, and what it was told.

use std::ffi::OsString;

use clap::{Error, Parser, Subcommand};

use crate::{exit, key};

/// Issues, lists, rotates, revokes and imports the API keys that the Portcullis authorizer takes.
#[derive(Debug, Parser)]
#[command(
    name = "portcullis",
    version,
    disable_help_subcommand = true,
    after_help = exit::help("portcullis key list --owner alice")
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// API keys: for scripts that call the API in their owner's name.
    ///
    /// Every command asks the database in which the keys are, with the settings AURORA_HOST,
    /// AURORA_DATABASE, AURORA_USER (such as portcullis_operator), AURORA_AUTH (`iam` or
    /// `secret:<id>`) and, where it needs one, AURORA_CA_FILE. AWS_REGION, AWS_ACCESS_KEY_ID,
    /// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN say who asks AWS for the login.
    #[command(
        subcommand,
        verbatim_doc_comment,
        disable_help_subcommand = true,
        after_help = exit::help("portcullis key list --owner alice")
    )]
    Key(key::Command),
}

/// Takes the arguments apart; the first is the program's own name.
///
/// # Errors
/// What to tell whoever wrote them: their mistake, or the help they asked for.
pub(crate) fn read(arguments: Vec<OsString>) -> Result<key::Command, Error> {
    let Command::Key(command) = Arguments::try_parse_from(arguments)?.command;
    Ok(command)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Arguments;

    #[test]
    fn the_commands_do_not_contradict_themselves() {
        Arguments::command().debug_assert();
    }
}
