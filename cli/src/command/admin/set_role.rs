//! `portcullis admin set-role`: another role, in the user pool and for API keys.
//!
//! An account must never have a right that its user has not, whatever fails in between. So the account changes first
//! where rights go, and last where they come. Where each role has rights that the other has not, the account has
//! none while the user changes.

use clap::Args;
use runtime::printable_within;
use serde::Serialize;
use shared::authz::AccessTable;
use shared::ids::TenantId;

use super::accounts;
use super::table::{self, Rights, compare};
use crate::command::key::store::Store;
use crate::env::Env;
use crate::exit::CommandError;
use crate::text::json;
use crate::user_pool::{PoolArguments, User, UserPool};

pub(super) const EXAMPLE: &str = "portcullis admin set-role alice@example.com --role itsm_agent";

/// The role of an account meanwhile: no name of a role, so no access table has it, and it grants nothing.
const NO_ROLE: &str = "(changing)";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The email address of the user, or the user id.
    #[arg(value_name = "EMAIL")]
    name: String,
    /// What the person may do: a role of the access table.
    #[arg(long)]
    role: String,
    /// Writes the account, if there is none, by which the person can own API keys.
    #[arg(long)]
    account: bool,
    /// Leaves the account as it is: its API keys keep the rights that they have.
    #[arg(long, conflicts_with = "account")]
    keep_account: bool,
    /// Writes one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pool: PoolArguments,
}

/// What became of the account.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Account {
    /// Its role is the new one.
    Changed,
    /// There was none.
    Written,
    /// There is none.
    None,
    /// Nobody looked.
    Kept,
}

#[derive(Serialize)]
struct Changed<'c> {
    email: Option<&'c str>,
    user_id: &'c str,
    previous_role: Option<&'c str>,
    role: &'c str,
    account: Account,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let table = table::load(env)?;
    table::check_role(&table, &arguments.role)?;
    let profile = arguments.pool.profile(env)?;
    let store = match arguments.keep_account {
        true => None,
        false => Some(accounts(KEEP, env).await?),
    };
    let pool = UserPool::open(&profile, &arguments.pool.aws, env).await?;
    pool.require_attributes()?;
    let user = pool.user(arguments.name.trim()).await?;
    let account = match &store {
        None => pool.set_role(&user, &arguments.role).await.map(|()| Account::Kept)?,
        Some(store) => {
            Change { pool: &pool, store, table: &table, user: &user, arguments }.make().await?
        }
    };
    report(&user, account, arguments, env)
}

const KEEP: &str =
    "with `--keep-account` the account stays as it is, and so do the rights of its API keys";

/// A user and an account, one after the other.
struct Change<'c> {
    pool: &'c UserPool<'c>,
    store: &'c Store,
    table: &'c AccessTable,
    user: &'c User,
    arguments: &'c Arguments,
}

impl Change<'_> {
    async fn make(&self) -> Result<Account, CommandError> {
        let role = &self.arguments.role;
        let found = self.store.accounts(std::slice::from_ref(&self.user.id)).await?;
        let Some(found) = found.into_iter().next() else { return self.without_account().await };
        let of_user = self.user.role.as_deref().unwrap_or_default();
        let rights = match compare(self.table, &found.role, role) {
            // The account has more than the user, and the new role lies between.
            Rights::Shrink if compare(self.table, of_user, role) != Rights::Shrink => {
                Rights::Differ
            }
            rights => rights,
        };
        match rights {
            Rights::Shrink => {
                self.account(&found.role, role).await?;
                self.user().await.map_err(|error| {
                    error.and(format!(
                        "the account has the role `{role}`, and the user has not: run it again"
                    ))
                })?;
            }
            Rights::Grow => {
                self.user().await?;
                self.account(&found.role, role).await.map_err(|error| {
                    error.and(format!(
                        "the user has the role `{role}`, and the account has not: run it again"
                    ))
                })?;
            }
            Rights::Differ => {
                self.account(&found.role, NO_ROLE).await?;
                let half = "until it is done the account has no role, and its API keys are refused: run it again";
                self.user().await.map_err(|error| error.and(half))?;
                self.account(NO_ROLE, role).await.map_err(|error| error.and(half))?;
            }
        }
        Ok(Account::Changed)
    }

    /// The account comes last: it brings rights.
    async fn without_account(&self) -> Result<Account, CommandError> {
        if !self.arguments.account {
            self.user().await?;
            return Ok(Account::None);
        }
        let tenant = self.user.tenant.as_deref().and_then(TenantId::parse);
        let tenant = tenant.ok_or_else(|| {
            CommandError::failed(format!(
                "the user `{}` has no tenant that can be used, so there can be no account: nothing was changed",
                self.user.shown()
            ))
        })?;
        self.user().await?;
        let written =
            self.store.add_account(&self.user.id, tenant.as_str(), &self.arguments.role).await;
        written.map_err(|error| {
            CommandError::from(error).and(format!(
                "the user has the role `{}`, and there is no account: run it again",
                self.arguments.role
            ))
        })?;
        Ok(Account::Written)
    }

    async fn user(&self) -> Result<(), CommandError> {
        self.pool.set_role(self.user, &self.arguments.role).await
    }

    async fn account(&self, from: &str, to: &str) -> Result<(), CommandError> {
        let changed = self.store.change_role(&self.user.id, from, to).await;
        let open = "whether the account was changed is not known";
        if changed.map_err(|error| error.or_open(open))? {
            return Ok(());
        }
        Err(CommandError::failed("somebody else has changed the account meanwhile"))
    }
}

fn report(
    user: &User,
    account: Account,
    arguments: &Arguments,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let Arguments { role, .. } = arguments;
    if arguments.json {
        env.print(&json(&Changed {
            email: user.email.as_deref(),
            user_id: &user.id,
            previous_role: user.role.as_deref(),
            role,
            account,
        })?)?;
    } else {
        let before = user.role.as_deref().map_or_else(
            || "no role".to_owned(),
            |role| format!("`{}`", printable_within(role, 64)),
        );
        env.print(&format!("{} has the role `{role}`, and had {before}\n", user.shown()))?;
    }
    match account {
        Account::Changed => env.say("The account for API keys has it too."),
        Account::Written => env.say("The account for API keys is written."),
        Account::None => env.say("There is no account for API keys: `--account` would write it."),
        Account::Kept => env.say("The account for API keys was left as it is, if there is one."),
    }
    env.say("Tokens that were issued before have the old role until they end.");
    Ok(())
}
