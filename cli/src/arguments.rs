//! The arguments: which command, and its options.

use std::ffi::OsString;

use clap::{Args, CommandFactory as _, Error, Parser, Subcommand};
use clap_complete::Shell;

use crate::command::{
    access, admin, change_password, client, configure, dev, doctor, explain, key, login, logout,
    token, webhook, whoami,
};
use crate::env::Env;
use crate::exit::{self, CommandError};

/// Logs people in and prints their tokens, manages what Portcullis decides with, API keys and the access table,
/// and explains its decisions.
#[derive(Debug, Parser)]
#[command(
    name = "portcullis",
    version,
    disable_help_subcommand = true,
    verbatim_doc_comment,
    after_help = exit::help("portcullis login --username alice@example.com")
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The access table: what may be done, and by whom.
    #[command(
        subcommand,
        verbatim_doc_comment,
        disable_help_subcommand = true,
        after_help = exit::help("portcullis access build infra/access.toml")
    )]
    Access(access::Command),
    /// The people of a user pool: invites them, gives them roles, and ends their access.
    ///
    /// The pool is that of the profile. Every call is signed with AWS credentials, as every tool of AWS finds
    /// them. What changes accounts for API keys works on the database of `portcullis key`, with its
    /// settings (AURORA_HOST …) and another role, AURORA_USER=portcullis_administrator.
    #[command(
        subcommand,
        verbatim_doc_comment,
        disable_help_subcommand = true,
        after_help = exit::help("portcullis admin invite-user alice@example.com --role viewer --tenant acme")
    )]
    Admin(admin::Command),
    /// Changes the password of whoever is logged in.
    ///
    /// It is asked for on the terminal; from a pipe, the first line is the password that is, the second
    /// the new one.
    #[command(
        name = "change-password",
        verbatim_doc_comment,
        after_help = exit::help(change_password::EXAMPLE)
    )]
    ChangePassword(change_password::Arguments),
    /// Services: app clients with a secret, which ask for tokens by client credentials.
    ///
    /// The user pool is that of the profile. Every call is signed with AWS credentials, as every tool of AWS
    /// finds them.
    #[command(
        subcommand,
        verbatim_doc_comment,
        disable_help_subcommand = true,
        after_help = exit::help("portcullis client create billing --tenant acme --scope api.read")
    )]
    Client(client::Command),
    /// Prints what a shell needs to complete commands and flags.
    #[command(
        verbatim_doc_comment,
        after_help = exit::help("portcullis completions bash > ~/.local/share/bash-completion/completions/portcullis")
    )]
    Completions(Completions),
    /// Says which API to call, and where to log in.
    ///
    /// The values stand in a bundle that an administrator sends, or in the outputs of a CloudFormation
    /// stack, or are given one by one. They replace those of the profile, and its tokens are dropped.
    #[command(verbatim_doc_comment, after_help = exit::help(configure::EXAMPLE))]
    Configure(configure::Arguments),
    /// Runs API Gateway, a user pool and both functions on this machine.
    ///
    /// Requests go through the routes of the access table, or of a template, and the real authorizer to an
    /// upstream, with who was proven in the headers `x-portcullis-user-id`, `-tenant-id`, `-role`, `-scopes` and
    /// `-auth-method`, and without the credential. Without any argument it runs on the samples: their
    /// access table, a development user pool, sample API keys and webhooks, and an echo. Nothing leaves
    /// the machine.
    #[command(verbatim_doc_comment, after_help = exit::help(dev::EXAMPLE))]
    Dev(dev::Arguments),
    /// Looks whether API, user pool, keys, template and tables are as they should be, and says what to do.
    ///
    /// Nothing is changed. What needs AWS credentials is looked at with those of the SDK's default chain. A check
    /// that could not be made is `unknown`, and never `ok`; what is none of yours is left out with `--skip`.
    #[command(
        verbatim_doc_comment,
        after_help = exit::help_with(doctor::EXAMPLE, doctor::EXIT_CODES)
    )]
    Doctor(doctor::Arguments),
    /// Says why a request is allowed or denied, and what would have to change.
    ///
    /// The caller is supposed (a role, scopes), or the one of a token, of a sample event or of a line of the
    /// decision log; without any of them it is nobody. No network is asked. A token is verified if the
    /// pool's keys are at hand: in `--jwks`, or in JWKS_FILE. The other settings of the authorizer
    /// (CREDENTIALS, USER_POOL_IDS, APP_CLIENT_IDS …) count as it would read them.
    #[command(
        verbatim_doc_comment,
        after_help = exit::help_with(explain::EXAMPLE, explain::EXIT_CODES)
    )]
    Explain(explain::Arguments),
    /// API keys: for scripts that call the API in their owner's name.
    ///
    /// Every command works on the database in which the keys are, with the settings AURORA_HOST,
    /// AURORA_DATABASE, AURORA_USER (such as portcullis_operator), AURORA_AUTH (`iam` or
    /// `secret:<id>`) and, where it needs one, AURORA_CA_FILE. AWS_REGION, AWS_ACCESS_KEY_ID,
    /// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN are the AWS credentials that the login takes.
    #[command(
        subcommand,
        verbatim_doc_comment,
        disable_help_subcommand = true,
        after_help = exit::help("portcullis key list --owner alice")
    )]
    Key(key::Command),
    /// Logs in, with a password or in the browser.
    ///
    /// The password is asked for on the terminal and not shown; from a pipe it is the first line of standard
    /// input, and what else is asked for the next ones. It is never an argument, which others could see.
    #[command(verbatim_doc_comment, after_help = exit::help(login::EXAMPLE))]
    Login(login::Arguments),
    /// Ends the session and forgets its tokens.
    #[command(verbatim_doc_comment, after_help = exit::help(logout::EXAMPLE))]
    Logout(logout::Arguments),
    /// Prints a token that is good for some minutes at least, and nothing else.
    ///
    /// It is refreshed when less than five minutes or a tenth of its lifetime are left. Any number of
    /// processes may ask at once: one of them refreshes.
    #[command(verbatim_doc_comment, after_help = exit::help(token::EXAMPLE))]
    Token(token::Arguments),
    /// Webhooks: signed deliveries of other systems, registered by whoever is logged in.
    ///
    /// Rows lie in the DynamoDB table of `--table` or WEBHOOK_TABLE, secrets in Secrets Manager; AWS credentials
    /// are found as every SDK of AWS does. A webhook belongs to who created it: that of another user is not
    /// found. Administrators say whose with `--owner`.
    #[command(
        subcommand,
        verbatim_doc_comment,
        disable_help_subcommand = true,
        after_help = exit::help("portcullis webhook create Builds --scheme github --replay-window 10m")
    )]
    Webhook(webhook::Command),
    /// Says who is logged in: user, role, tenant, until when, and where the tokens lie.
    #[command(verbatim_doc_comment, after_help = exit::help(whoami::EXAMPLE))]
    Whoami(whoami::Arguments),
}

/// Which shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_parser = clap::builder::EnumValueParser::<Shell>::new())]
    shell: Shell,
}

/// Prints the completions of all commands.
pub(crate) fn completions(arguments: &Completions, env: &mut Env<'_>) -> Result<(), CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "portcullis", &mut script);
    env.print(&String::from_utf8_lossy(&script))
}

/// Parses the arguments; the first is the program's own name.
///
/// # Errors
/// What to print: the mistake, or the help that was requested.
pub(crate) fn read(arguments: Vec<OsString>) -> Result<Command, Error> {
    Ok(Arguments::try_parse_from(arguments)?.command)
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
