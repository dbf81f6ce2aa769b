//! `portcullis webhook …`: webhooks, one file per command.
//!
//! | file | what it holds |
//! |---|---|
//! | `opened` | whose webhooks, and the stores they are in |
//! | `owner` | the owner: who is logged in, proven, or whom an administrator names |
//! | `scheme`, `secret`, `sender` | how the sender signs, its secret, and what to enter there |
//! | `view` | a webhook as it is shown |

mod checks;
mod create;
mod forget;
mod list;
mod opened;
mod owner;
mod revoke;
mod rotate;
mod scheme;
mod secret;
mod sender;
mod show;
mod test;
mod view;

use clap::Subcommand;

use crate::env::Env;
use crate::exit::{CommandError, help};

/// What to do with webhooks.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Registers a webhook, and shows its secret, this once.
    ///
    /// A sender without a scheme of its own is described, by flags or in a file: `--scheme hmac`. Where a
    /// scheme signs neither time nor id, two deliveries may rightly be the same bytes: then it is asked for how long
    /// the same bytes are a repetition.
    #[command(verbatim_doc_comment, after_help = help(create::EXAMPLE))]
    Create(Box<create::Arguments>),
    /// Lists the webhooks that can still be used.
    #[command(verbatim_doc_comment, after_help = help(list::EXAMPLE))]
    List(list::Arguments),
    /// Shows a webhook, and what to enter at its sender.
    ///
    /// The secret is never shown again.
    #[command(verbatim_doc_comment, after_help = help(show::EXAMPLE))]
    Show(show::Arguments),
    /// Replaces a webhook's secret, and shows the new one, this once.
    ///
    /// The one before it still verifies for a while, a day unless the webhook says otherwise.
    #[command(verbatim_doc_comment, after_help = help(rotate::EXAMPLE))]
    Rotate(rotate::Arguments),
    /// Ends a webhook for ever, from the next delivery on.
    ///
    /// It shows the webhook and asks on the terminal whether that is the one.
    #[command(verbatim_doc_comment, after_help = help(revoke::EXAMPLE))]
    Revoke(revoke::Arguments),
    /// Signs a body as the sender would, and sends it.
    ///
    /// Standard output has the status and the body of the answer. With `--print` nothing is sent: it has the
    /// request as a command for a shell, with the signature and without the secret.
    #[command(verbatim_doc_comment, after_help = help(test::EXAMPLE))]
    Test(test::Arguments),
    /// Lets a delivery through again that was forwarded before.
    ///
    /// The next one like it is not a duplicate any more, whoever sends it.
    #[command(verbatim_doc_comment, after_help = help(forget::EXAMPLE))]
    Forget(forget::Arguments),
}

/// Does what `command` says.
pub(crate) async fn run(command: Command, env: &mut Env<'_>) -> Result<(), CommandError> {
    match command {
        Command::Create(arguments) => create::run(*arguments, env).await,
        Command::List(arguments) => list::run(&arguments, env).await,
        Command::Show(arguments) => show::run(&arguments, env).await,
        Command::Rotate(arguments) => rotate::run(&arguments, env).await,
        Command::Revoke(arguments) => revoke::run(&arguments, env).await,
        Command::Test(arguments) => test::run(&arguments, env).await,
        Command::Forget(arguments) => forget::run(&arguments, env).await,
    }
}
