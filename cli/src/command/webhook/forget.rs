//! `portcullis webhook forget`: lets a delivery through again.

use clap::Args;
use serde::Serialize;
use shared::ids::{DeliveryId, WebhookId};
use shared::webhook::{ReplayKey, Scheme, ToldApartBy};

use super::checks;
use super::opened::Webhooks;
use super::view::record;
use crate::env::Env;
use crate::exit::CommandError;
use crate::registry::{Forgotten, Replays};
use crate::text::json;

pub(super) const EXAMPLE: &str =
    "portcullis webhook forget wh_4rKq0YbUo2mXw81sTzJe --delivery msg_2KUaYTVoIkVTdOdJQ4BzYHUd8NM";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The webhook.
    #[arg(value_name = "WEBHOOK ID", value_parser = checks::id)]
    id: WebhookId,
    /// The delivery: `delivery_id` of the answer to a duplicate, or `delivery` of the decision log.
    #[arg(long, value_name = "ID", value_parser = checks::delivery)]
    delivery: DeliveryId,
    /// The DynamoDB table of the deliveries. Without it: REPLAY_TABLE.
    #[arg(long, value_name = "NAME")]
    replay_table: Option<String>,
    /// Does not ask. Needed where there is no terminal.
    #[arg(long)]
    yes: bool,
    /// Writes a JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    webhooks: Webhooks,
}

#[derive(Serialize)]
struct Json<'f> {
    webhook_id: &'f str,
    delivery_id: &'f str,
    forgotten: bool,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    if !arguments.yes && !env.is_terminal {
        return Err(CommandError::usage("there is no terminal to ask on: add `--yes`"));
    }
    let opened = arguments.webhooks.open(env).await?;
    let table = arguments.replay_table.as_deref();
    let table = Webhooks::setting(table, ("--replay-table", "REPLAY_TABLE"), &opened, env);
    let table = table.ok_or_else(|| {
        CommandError::failed(
            "no table of deliveries is known: give `--replay-table`, or set REPLAY_TABLE",
        )
    })?;
    let (id, delivery) = (&arguments.id, &arguments.delivery);
    let row = opened.find(id).await?;
    let keys = keys(record(&row, id)?.scheme(), delivery);
    let question = format!("Let the delivery `{delivery}` through once more?");
    if !arguments.yes && !env.confirm(&question) {
        return Err(CommandError::refused("nothing was changed"));
    }
    let replays = Replays::new(&opened.config, &table);
    for key in keys {
        match replays.forget(id, &key, (env.clock.now)()).await? {
            Forgotten::Absent => {}
            Forgotten::Done => return report(arguments, env),
            Forgotten::InProgress => {
                return Err(CommandError::refused(format!(
                    "the delivery `{delivery}` is being forwarded at the moment: try again in a minute"
                )));
            }
        }
    }
    Err(CommandError::refused(format!(
        "no delivery `{delivery}` of the webhook `{id}` is remembered: nothing keeps it back"
    )))
}

/// Under which keys a delivery may be remembered. Only the sender of an RFC 9421 signature chooses whether it has an
/// id.
fn keys(scheme: &Scheme, delivery: &DeliveryId) -> Vec<ReplayKey> {
    let by = match scheme {
        Scheme::Rfc9421 => vec![ToldApartBy::Id, ToldApartBy::Time],
        _ => vec![scheme.told_apart_by()],
    };
    by.into_iter().map(|by| ReplayKey::new(by, delivery)).collect()
}

fn report(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let (id, delivery) = (arguments.id.as_str(), arguments.delivery.as_str());
    if arguments.json {
        return env.print(&json(&Json { webhook_id: id, delivery_id: delivery, forgotten: true })?);
    }
    env.print(&format!("{delivery} of {id} is forgotten: the next one is forwarded\n"))
}
