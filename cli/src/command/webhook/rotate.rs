//! `portcullis webhook rotate`: another secret, beside the one before it for a while.

use std::time::Duration;

use clap::Args;
use serde::Serialize;
use shared::ids::WebhookId;
use shared::secret::Secret;
use shared::time::Timestamp;
use shared::webhook::WebhookRecord;
use zeroize::Zeroizing;

use super::opened::{Opened, Webhooks};
use super::view::{View, line, record};
use super::{checks, secret};
use crate::env::Env;
use crate::exit::CommandError;
use crate::moment::rfc3339;
use crate::text::json;

pub(super) const EXAMPLE: &str = "portcullis webhook rotate wh_4rKq0YbUo2mXw81sTzJe";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The webhook.
    #[arg(value_name = "WEBHOOK ID", value_parser = checks::id)]
    id: WebhookId,
    /// Asks for the secret, which the sender has shown, in place of making one. From a pipe it is a line of
    /// standard input.
    #[arg(long)]
    secret_given: bool,
    /// Does not ask whether the secret before the current one may end early.
    #[arg(long)]
    yes: bool,
    /// Writes a JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    webhooks: Webhooks,
}

/// What was rotated, for programs.
#[derive(Serialize)]
struct Json<'r> {
    webhook_id: &'r str,
    secret_id: &'r str,
    /// `null` where the sender has shown it.
    secret: Option<&'r str>,
    /// Until when the secret before it verifies.
    previous_until: String,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let opened = arguments.webhooks.open(env).await?;
    let row = opened.find(&arguments.id).await?;
    let view = View::of(&row, &opened.prefix, (env.clock.now)());
    let record = record(&row, &arguments.id)?;
    if !view.is_usable() {
        let (id, state) = (&arguments.id, view.state);
        return Err(CommandError::refused(format!(
            "the webhook `{id}` is {state}: create another"
        )));
    }
    let reference = record.secret(&opened.prefix);
    if reference.field.is_some() {
        return Err(CommandError::refused(format!(
            "the secret `{}` is a JSON object (`secret_field`): change its member by hand",
            reference.name
        )));
    }
    let overlap = record.secret_overlap();
    let rotated = opened.secrets.rotated(&reference.name).await?;
    if !arguments.yes {
        may_end_early(rotated, overlap, env)?;
    }
    let secret = secret::given_or_made(arguments.secret_given, &reference, env)?;
    opened.secrets.replace(&reference.name, &secret).await?;
    report(arguments, &record, &secret, &opened, env)
}

/// Secrets Manager keeps one version before the current one. While that one still verifies, another rotation ends
/// it.
fn may_end_early(
    rotated: Option<Timestamp>,
    overlap: Duration,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let until = rotated.map(|rotated| rotated.after(overlap));
    let Some(until) = until.filter(|until| *until > (env.clock.now)()) else { return Ok(()) };
    let until = rfc3339(until);
    if !env.is_terminal {
        return Err(CommandError::refused(format!(
            "the secret was rotated a short while ago, and the one before it verifies until {until}: to end that \
             one now, add `--yes`"
        )));
    }
    env.say(&format!(
        "The secret before the current one verifies until {until}, and would end now."
    ));
    match env.confirm("Rotate again?") {
        true => Ok(()),
        false => Err(CommandError::refused("nothing was changed")),
    }
}

fn report(
    arguments: &Arguments,
    record: &WebhookRecord,
    new: &Secret<Zeroizing<String>>,
    opened: &Opened,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let id = &arguments.id;
    let secret = (!arguments.secret_given).then(|| new.expose().as_str());
    let until = rfc3339((env.clock.now)().after(record.secret_overlap()));
    let secret_id = record.secret(&opened.prefix).name;
    let printed = if arguments.json {
        let (webhook_id, secret_id) = (id.as_str(), secret_id.as_str());
        json(&Json { webhook_id, secret_id, secret, previous_until: until.clone() })?
    } else {
        let shown = secret.map(|secret| line("secret", secret)).unwrap_or_default();
        format!("{}{shown}", line("webhook", id.as_str()))
    };
    env.print_once(&Zeroizing::new(printed)).map_err(|problem| {
        problem.and("the secret is replaced, and the new one was not shown: rotate again")
    })?;
    match record.secret_overlap().is_zero() {
        true => env.say("The secret before it ends within five minutes."),
        false => env.say(&format!("The secret before it verifies until {until}.")),
    }
    env.say(&format!("next: {}", opened.next(&format!("test {id}"))));
    Ok(())
}
