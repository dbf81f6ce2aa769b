//! `portcullis admin delete-user`: the end of a user, of the API keys and of the webhooks.
//!
//! The user goes last: after that nothing says any more whose the keys and webhooks are that may be left.

use clap::{Args, ValueEnum};
use runtime::settings::Reader;
use serde::Serialize;
use shared::ids::{Subject, WebhookId};
use shared::time::Timestamp;

use crate::command::key::connection::Connection;
use crate::command::key::store::Store;
use crate::env::Env;
use crate::exit::CommandError;
use crate::registry::Registry;
use crate::text::{json, listed};
use crate::user_pool::{PoolArguments, User, UserPool};

pub(super) const EXAMPLE: &str = "portcullis admin delete-user alice@example.com";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The email address of the user, or the user id.
    #[arg(value_name = "EMAIL")]
    name: String,
    /// Leaves what belongs to the user: the API keys, the webhooks, or without a word both.
    #[arg(long, value_name = "WHAT", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    keep: Option<Keep>,
    /// Does not ask. Needed where there is no terminal.
    #[arg(long)]
    yes: bool,
    /// Writes one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pool: PoolArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Keep {
    All,
    Keys,
    Webhooks,
}

/// What became of the account.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Account {
    Suspended,
    /// There is none.
    None,
    /// Nobody looked.
    Kept,
}

#[derive(Serialize)]
struct Deleted<'d> {
    email: Option<&'d str>,
    user_id: &'d str,
    account: Account,
    /// Those that were revoked; `null` where nobody looked.
    revoked_webhooks: Option<&'d [String]>,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    if !arguments.yes && !env.is_terminal {
        return Err(CommandError::usage("there is no terminal to ask on: add `--yes`"));
    }
    let profile = arguments.pool.profile(env)?;
    let Settings { webhook_table, database } = settings(arguments.keep, env)?;
    let store = match database {
        Some(database) => Some(database.open(env).await?),
        None => None,
    };
    let pool = UserPool::open(&profile, &arguments.pool.aws, env).await?;
    let who = Who::find(&pool, arguments.name.trim()).await?;
    let webhooks = match webhook_table {
        Some(table) => Some(Webhooks::of(&who.id, Registry::new(&pool.aws, &table)).await?),
        None => None,
    };
    let owned = webhooks.as_ref().map(|webhooks| &*webhooks.active);
    if !arguments.yes {
        ask(&who, store.is_some(), owned, env)?;
    }
    let account = match &store {
        Some(store) => suspend(store, &who.id).await?,
        None => Account::Kept,
    };
    if let Some(webhooks) = &webhooks {
        let revoked = webhooks.revoke((env.clock.now)()).await;
        revoked.map_err(|error| who.unfinished(error))?;
    }
    match &who.user {
        Some(user) => pool.delete(user).await.map_err(|error| who.unfinished(error))?,
        // Whoever has neither user, account nor webhooks is nobody: the id is a mistake.
        None if !matches!(account, Account::Suspended) && owned.is_none_or(<[_]>::is_empty) => {
            return Err(pool.nobody(&who.id));
        }
        None => {}
    }
    report(&who, account, owned, arguments.json, env)
}

/// Whose access ends.
struct Who {
    id: String,
    /// `None`: the user was deleted elsewhere, and account and webhooks are left.
    user: Option<User>,
}

impl Who {
    async fn find(pool: &UserPool<'_>, name: &str) -> Result<Self, CommandError> {
        if let Some(user) = pool.find(name).await? {
            return Ok(Self { id: user.id.clone(), user: Some(user) });
        }
        if !name.contains('@') && Subject::parse(name).is_some() {
            return Ok(Self { id: name.to_owned(), user: None });
        }
        Err(pool.nobody(name).and(
            "if the user was deleted elsewhere, name the user id in place of the email: API keys and webhooks may be left",
        ))
    }

    /// The same, and how to go on.
    fn unfinished(&self, error: CommandError) -> CommandError {
        error.and(match self.user {
            Some(_) => "the user may still be there, and able to log in: run it again",
            None => "some webhooks may still be active: run it again",
        })
    }

    fn email(&self) -> Option<&str> {
        self.user.as_ref()?.email.as_deref()
    }

    fn shown(&self) -> String {
        self.user.as_ref().map_or_else(|| self.id.clone(), User::shown)
    }
}

/// What the settings lead to, as far as it is not kept.
struct Settings {
    webhook_table: Option<String>,
    database: Option<Connection>,
}

fn settings(keep: Option<Keep>, env: &Env<'_>) -> Result<Settings, CommandError> {
    let keeps = |what: Keep| keep == Some(Keep::All) || keep == Some(what);
    let mut settings = Reader::new(env.setting);
    let webhook_table = (!keeps(Keep::Webhooks))
        .then(|| settings.required("WEBHOOK_TABLE", "the DynamoDB table of webhooks"));
    // Without a connection there is a mistake.
    let database = if keeps(Keep::Keys) { None } else { Connection::read(&mut settings, env) };
    settings.finish(Settings { webhook_table, database }).map_err(|error| {
        CommandError::from(error).and(
            "`--keep=keys` or `--keep=webhooks` leaves what belongs to the user as it is, and `--keep` both",
        )
    })
}

/// The active webhooks of a user.
struct Webhooks {
    registry: Registry,
    owner: Subject,
    active: Vec<String>,
}

impl Webhooks {
    async fn of(user_id: &str, registry: Registry) -> Result<Self, CommandError> {
        let owner = Subject::parse(user_id)
            .ok_or_else(|| CommandError::failed("Cognito says a `sub` that no webhook can have"))?;
        let rows = registry.of_owner(&owner).await?;
        let active = rows.iter().filter(|row| row.text("status") == Some("active"));
        let active = active.map(|row| row.id().to_owned()).collect();
        Ok(Self { registry, owner, active })
    }

    async fn revoke(&self, now: Timestamp) -> Result<(), CommandError> {
        // What is no id is no webhook of the functions.
        for id in self.active.iter().filter_map(|id| WebhookId::parse(id)) {
            self.registry.revoke(&id, &self.owner, now).await?;
        }
        Ok(())
    }
}

async fn suspend(store: &Store, user_id: &str) -> Result<Account, CommandError> {
    let open = "whether the account is suspended is not known: run it again";
    match store.suspend(user_id).await.map_err(|error| error.or_open(open))? {
        true => Ok(Account::Suspended),
        false => Ok(Account::None),
    }
}

/// Shows who it is, and what goes.
fn ask(
    who: &Who,
    ends_keys: bool,
    webhooks: Option<&[String]>,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let user = if who.user.is_some() { who.shown() } else { "none: deleted elsewhere".to_owned() };
    env.say(&format!("user      {user}"));
    env.say(&format!("user id   {}", who.id));
    env.say(match ends_keys {
        true => "API keys  are refused",
        false => "API keys  stay as they are",
    });
    env.say(&match webhooks {
        Some([]) => "webhooks  none".to_owned(),
        Some(ids) => format!("webhooks  {} revoked: {}", ids.len(), listed(ids)),
        None => "webhooks  stay as they are".to_owned(),
    });
    if env.confirm("Delete this user for ever?") {
        return Ok(());
    }
    Err(CommandError::refused("not confirmed: nothing was changed"))
}

fn report(
    who: &Who,
    account: Account,
    webhooks: Option<&[String]>,
    as_json: bool,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    if as_json {
        return env.print(&json(&Deleted {
            email: who.email(),
            user_id: &who.id,
            account,
            revoked_webhooks: webhooks,
        })?);
    }
    env.print(&format!("{} is deleted\n", who.shown()))?;
    env.say(match account {
        Account::Suspended => "The account is suspended: its API keys are refused.",
        Account::None => "There was no account, and so no API key.",
        Account::Kept => "The account was left as it is: if it has API keys, they go on.",
    });
    env.say(&match webhooks {
        Some([]) => "There was no active webhook.".to_owned(),
        Some(ids) => format!("Revoked webhooks: {}.", listed(ids)),
        None => "The webhooks were left as they are: if there are any, they go on.".to_owned(),
    });
    env.say("Tokens that were issued before are good until they end.");
    Ok(())
}
