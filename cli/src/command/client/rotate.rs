//! `portcullis client rotate`: another secret, without a moment in which none is taken.
//!
//! An app client may have two. The new one is added, kept as AWSCURRENT, and the old one deleted once every service
//! has read the new one: the second half, `--finish`, is for people to start.

use clap::Args;
use runtime::printable_within;
use serde::Serialize;
use serde_json::Map;

use super::secret::{NotKept, Secret, Value};
use super::{name, secret_id};
use crate::command::token::secret::read;
use crate::env::Env;
use crate::exit::CommandError;
use crate::moment::rfc3339;
use crate::profile::Profile;
use crate::text::json;
use crate::user_pool::{ClientSecret, PoolArguments, UserPool};

pub(super) const EXAMPLE: &str = "portcullis client rotate billing --finish";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The name of the service.
    #[arg(value_parser = name)]
    name: String,
    /// The name of its secret in Secrets Manager. Without it: `services/<name>`.
    #[arg(long, value_name = "NAME")]
    secret_id: Option<String>,
    /// Deletes the old secret, which is no longer taken then.
    #[arg(long)]
    finish: bool,
    /// Does not ask whether the old secret can go. Needed with `--finish` where there is no terminal.
    #[arg(long, requires = "finish")]
    yes: bool,
    /// Writes one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pool: PoolArguments,
}

#[derive(Serialize)]
struct Rotated<'r> {
    name: &'r str,
    client_id: &'r str,
    secret_id: &'r str,
    /// Whether the old secret is still taken.
    has_old_secret: bool,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    if arguments.finish && !arguments.yes && !env.is_terminal {
        return Err(CommandError::usage("there is no terminal to ask on: add `--yes`"));
    }
    let profile = arguments.pool.profile(env)?;
    let pool = UserPool::open(&profile, &arguments.pool.aws, env).await?;
    let secret_id = secret_id(&arguments.name, arguments.secret_id.as_deref());
    let kept = read(&profile, &secret_id, &arguments.pool.aws, env).await?;
    let rotation = Rotation {
        arguments,
        profile: &profile,
        pool: &pool,
        secrets: pool.secrets(&kept.client_id).await?,
        client_id: &kept.client_id,
        current: kept.client_secret_id.as_deref(),
        secret_id: &secret_id,
        others: &kept.others,
    };
    let has_old_secret = !arguments.finish;
    match arguments.finish {
        true => rotation.finish(env).await?,
        false => rotation.begin(env).await?,
    }
    let name = &arguments.name;
    let client_id = &kept.client_id;
    let rotated = Rotated { name, client_id, secret_id: &secret_id, has_old_secret };
    if arguments.json {
        return env.print(&json(&rotated)?);
    }
    Ok(())
}

/// A service, its secrets, and what Secrets Manager has of them.
struct Rotation<'r> {
    arguments: &'r Arguments,
    profile: &'r Profile,
    pool: &'r UserPool<'r>,
    /// Those of the app client, the older ones first.
    secrets: Vec<ClientSecret>,
    client_id: &'r str,
    /// Which of them is AWSCURRENT; not known of the first one of an app client.
    current: Option<&'r str>,
    secret_id: &'r str,
    /// What else stands in the secret.
    others: &'r Map<String, serde_json::Value>,
}

impl Rotation<'_> {
    /// Adds a secret, and keeps it.
    async fn begin(&self, env: &mut Env<'_>) -> Result<(), CommandError> {
        if self.secrets.len() > 1 {
            return Err(self.unfinished());
        }
        let added = self.pool.add_secret(self.client_id).await?;
        let value = Value {
            client_id: self.client_id,
            client_secret: &added.value,
            client_secret_id: Some(&added.id),
            others: self.others,
        };
        let secret = Secret::new(&self.pool.aws, self.secret_id);
        if let Err(NotKept { error, is_known }) = secret.put(&value).await {
            if is_known {
                return Err(self.undo(&added.id, error).await);
            }
            // What has not arrived by now may still arrive: then the new secret is the one that services read.
            if !self.is_current(&added.id, env).await {
                return Err(error.and(self.open()));
            }
        }
        env.say(&format!(
            "The secret `{}` has a new value, and the old one is still taken.",
            printable_within(self.secret_id, 128)
        ));
        env.say(&format!(
            "next, once every service has read the new one: {}",
            self.command("--finish")
        ));
        Ok(())
    }

    /// Whether AWSCURRENT is known to be the secret `id`.
    async fn is_current(&self, id: &str, env: &mut Env<'_>) -> bool {
        let kept = read(self.profile, self.secret_id, &self.arguments.pool.aws, env).await;
        kept.is_ok_and(|kept| kept.client_secret_id.as_deref() == Some(id))
    }

    /// The secret that was added and not kept: nobody has it.
    async fn undo(&self, id: &str, problem: CommandError) -> CommandError {
        match self.pool.delete_secret(self.client_id, id).await {
            Ok(()) => problem.and("nothing was changed: the secret is the old one"),
            Err(second) => problem.with(second).and(format!(
                "the secret is the old one; the app client has a second one that nobody has: delete it with {}",
                self.deletion(id)
            )),
        }
    }

    /// Deletes the old secret.
    async fn finish(&self, env: &mut Env<'_>) -> Result<(), CommandError> {
        let Some(current) = self.current else {
            return Err(match self.secrets.len() > 1 {
                true => self.unfinished(),
                false => CommandError::refused(format!(
                    "the secret `{}` was never rotated: there is no old one",
                    printable_within(self.secret_id, 128)
                )),
            });
        };
        // What is deleted cannot be had again: the one that stays must be the one that services read.
        let Some(own) = self.secrets.iter().find(|secret| secret.id == current) else {
            return Err(self.foreign());
        };
        let old: Vec<_> = self.secrets.iter().filter(|secret| secret.id != current).collect();
        let [old] = old[..] else {
            env.say("There is no old secret any more.");
            return Ok(());
        };
        if !self.arguments.yes {
            env.say(&format!("new secret  since {}", rfc3339(own.created)));
            env.say(&format!("old secret  since {}", rfc3339(old.created)));
            if !env.confirm("Has every service read the new one, and can the old one go?") {
                return Err(CommandError::refused("not confirmed: nothing was changed"));
            }
        }
        self.pool.delete_secret(self.client_id, &old.id).await?;
        env.say("The old secret is deleted.");
        Ok(())
    }

    /// There are two secrets already.
    fn unfinished(&self) -> CommandError {
        let is_current = |own: &&ClientSecret| Some(own.id.as_str()) == self.current;
        if self.secrets.iter().any(|own| is_current(&own)) {
            return CommandError::refused(format!(
                "the last rotation is not finished: once every service has read the new secret, {}",
                self.command("--finish")
            ));
        }
        self.foreign()
    }

    /// Which of the secrets of the app client stands in Secrets Manager is not known.
    fn foreign(&self) -> CommandError {
        let each = self.secrets.iter().map(|own| {
            format!("`{}` since {}", printable_within(&own.id, 128), rfc3339(own.created))
        });
        let each = each.collect::<Vec<_>>().join(", ");
        let any = self.secrets.last().map_or("ID", |own| &own.id);
        CommandError::refused(format!(
            "the app client has the secrets {each}, and the secret `{}` does not say which it is: delete the one that \
             no service has, as with {}",
            printable_within(self.secret_id, 128),
            self.deletion(any)
        ))
    }

    fn open(&self) -> String {
        format!(
            "whether the new secret was kept is not known, and both are taken: {} says what to do",
            self.command("")
        )
    }

    /// The command that rotates this service, with `flag`.
    fn command(&self, flag: &str) -> String {
        let named = self.arguments.secret_id.as_ref();
        let named = named.map(|id| format!(" --secret-id {}", printable_within(id, 256)));
        let flag = if flag.is_empty() { String::new() } else { format!(" {flag}") };
        let command =
            format!("client rotate {}{}{flag}", self.arguments.name, named.unwrap_or_default());
        self.profile.place.next(&command)
    }

    fn deletion(&self, id: &str) -> String {
        format!(
            "`aws cognito-idp delete-user-pool-client-secret --user-pool-id {} --client-id {} --client-secret-id {}`",
            self.pool.id(),
            printable_within(self.client_id, 128),
            printable_within(id, 128)
        )
    }
}
