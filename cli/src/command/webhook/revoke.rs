//! `portcullis webhook revoke`: the end of a webhook.

use clap::Args;
use serde::Serialize;
use shared::ids::WebhookId;

use super::checks;
use super::opened::Webhooks;
use super::view::View;
use crate::env::Env;
use crate::exit::CommandError;
use crate::moment::rfc3339;
use crate::text::json;

pub(super) const EXAMPLE: &str = "portcullis webhook revoke wh_4rKq0YbUo2mXw81sTzJe";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The webhook.
    #[arg(value_name = "WEBHOOK ID", value_parser = checks::id)]
    id: WebhookId,
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
struct Json<'r> {
    webhook_id: &'r str,
    revoked_at: String,
    /// It was revoked before this command.
    already: bool,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    if !arguments.yes && !env.is_terminal {
        return Err(CommandError::usage("there is no terminal to ask on: add `--yes`"));
    }
    let opened = arguments.webhooks.open(env).await?;
    let row = opened.find(&arguments.id).await?;
    let now = (env.clock.now)();
    let id = &arguments.id;
    if row.text("status") == Some("revoked") {
        let since = row.moment("revoked_at").map_or_else(|| "an unknown time".to_owned(), rfc3339);
        return report(id, since, true, arguments.json, env);
    }
    if !arguments.yes {
        env.say(View::of(&row, &opened.prefix, now).lines().trim_end());
        if !env.confirm("Revoke this webhook for ever?") {
            return Err(CommandError::refused("nothing was changed"));
        }
    }
    if !opened.registry.revoke(id, &opened.owner.id, now).await? {
        return Err(CommandError::failed(format!(
            "the webhook `{id}` was changed meanwhile: look at it with {}",
            opened.next(&format!("show {id}"))
        )));
    }
    report(id, rfc3339(now), false, arguments.json, env)?;
    let secret_id = View::of(&row, &opened.prefix, now).secret_id;
    if let Some(secret_id) = secret_id {
        env.say(&format!(
            "Its secret stays: `aws secretsmanager delete-secret --secret-id {secret_id}` removes it."
        ));
    }
    Ok(())
}

fn report(
    id: &WebhookId,
    since: String,
    already: bool,
    as_json: bool,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    if as_json {
        return env.print(&json(&Json { webhook_id: id.as_str(), revoked_at: since, already })?);
    }
    let already = if already { "already, " } else { "" };
    env.print(&format!("{id} was revoked {already}at {since}\n"))
}
