//! `portcullis webhook show`: one webhook, and what to enter at its sender.

use clap::Args;
use shared::ids::WebhookId;

use super::checks;
use super::opened::{Opened, Webhooks};
use super::sender::Sender;
use super::view::View;
use crate::env::Env;
use crate::exit::CommandError;
use crate::text::json;

pub(super) const EXAMPLE: &str = "portcullis webhook show wh_4rKq0YbUo2mXw81sTzJe --sender github";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The webhook.
    #[arg(value_name = "WEBHOOK ID", value_parser = checks::id)]
    id: WebhookId,
    /// Shows what to enter at this sender: `github`, `stripe`, `slack` …
    #[arg(long, value_name = "NAME", value_parser = Sender::parse)]
    sender: Option<&'static Sender>,
    /// The address below which webhooks are delivered. Without it: WEBHOOK_URL, or `/v1/webhooks` of the API.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Writes a JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    webhooks: Webhooks,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let opened = arguments.webhooks.open(env).await?;
    let row = opened.find(&arguments.id).await?;
    let view = View::of(&row, &opened.prefix, (env.clock.now)());
    let Some(sender) = arguments.sender else {
        let printed = if arguments.json { json(&view)? } else { view.lines() };
        return env.print(&printed);
    };
    at_sender(arguments, sender, &view, &opened, env)
}

fn at_sender(
    arguments: &Arguments,
    sender: &Sender,
    view: &View,
    opened: &Opened,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    if view.scheme != sender.scheme {
        return Err(CommandError::refused(format!(
            "the webhook `{}` signs by `{}`, and {} by `{}`: create another for it",
            arguments.id, view.scheme, sender.title, sender.scheme
        )));
    }
    let base = Webhooks::setting(arguments.url.as_deref(), ("--url", "WEBHOOK_URL"), opened, env);
    let address = opened.address(base.as_deref(), &arguments.id);
    let rotate = opened.next(&format!("rotate {}", arguments.id));
    let printed = match arguments.json {
        true => json(&sender.json(&address))?,
        false => sender.lines(&address, &rotate),
    };
    env.print(&printed)?;
    env.say(&format!("next: {}", opened.next(&format!("test {}", arguments.id))));
    Ok(())
}
