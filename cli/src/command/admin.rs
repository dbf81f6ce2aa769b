//! `portcullis admin …`: the people of a user pool, one file per command.

mod delete_user;
mod invite_user;
mod list_users;
mod out;
mod password;
mod reset_password;
mod set_role;
pub(crate) mod table;

use clap::Subcommand;
use runtime::settings::Reader;

use crate::command::key::connection::{Connection, settled};
use crate::command::key::store::Store;
use crate::env::Env;
use crate::exit::{CommandError, help};

/// What to do with people.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a user, and shows the password and the bundle, this once.
    ///
    /// Nothing is sent: give both to the person yourself, each by a way of its own. The role must be one of
    /// the access table: ACCESS_FILE, or infra/access.toml in the working directory.
    #[command(verbatim_doc_comment, after_help = help(invite_user::EXAMPLE))]
    InviteUser(invite_user::Arguments),
    /// Lists the users of the pool.
    #[command(verbatim_doc_comment, after_help = help(list_users::EXAMPLE))]
    ListUsers(list_users::Arguments),
    /// Sets a new password, shows it this once, and ends the sessions of the user.
    ///
    /// Tokens that were issued before are good until they end.
    #[command(verbatim_doc_comment, after_help = help(reset_password::EXAMPLE))]
    ResetPassword(reset_password::Arguments),
    /// Suspends the account of a user, revokes the webhooks, and deletes the user.
    ///
    /// Keys are refused and webhooks revoked before the user is deleted: when it fails half-way, run it
    /// again. It needs the settings of the database (AURORA_HOST …) and WEBHOOK_TABLE, unless `--keep`
    /// says otherwise. Tokens that were issued before are good until they end.
    #[command(verbatim_doc_comment, after_help = help(delete_user::EXAMPLE))]
    DeleteUser(delete_user::Arguments),
    /// Gives a user another role, in the user pool and for API keys.
    ///
    /// The account of the API keys never has a right that the user has not: it changes first where rights
    /// go, and last where they come. When it fails half-way, run it again. Tokens that were issued before
    /// have the old role until they end. It needs the settings of the database (AURORA_HOST …), unless
    /// `--keep-account` says otherwise.
    #[command(verbatim_doc_comment, after_help = help(set_role::EXAMPLE))]
    SetRole(set_role::Arguments),
}

/// Does what `command` says.
pub(crate) async fn run(command: Command, env: &mut Env<'_>) -> Result<(), CommandError> {
    match command {
        Command::InviteUser(arguments) => invite_user::run(arguments, env).await,
        Command::ListUsers(arguments) => list_users::run(&arguments, env).await,
        Command::ResetPassword(arguments) => reset_password::run(&arguments, env).await,
        Command::DeleteUser(arguments) => delete_user::run(&arguments, env).await,
        Command::SetRole(arguments) => set_role::run(&arguments, env).await,
    }
}

/// Where the accounts are, connected. `or` says what to do where there is no database.
///
/// # Errors
/// A setting is missing or wrong, or the database cannot be reached.
async fn accounts(or: &str, env: &Env<'_>) -> Result<Store, CommandError> {
    let mut settings = Reader::new(env.setting);
    let connection = Connection::read(&mut settings, env);
    let connection = settled(settings, connection).map_err(|problem| problem.and(or))?;
    connection.open(env).await.map_err(|problem| problem.and(or))
}
