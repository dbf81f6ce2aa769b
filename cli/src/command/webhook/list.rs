//! `portcullis webhook list`: which webhooks there are.

use clap::Args;

use super::opened::Webhooks;
use super::view::View;
use crate::env::Env;
use crate::exit::CommandError;
use crate::text::{json, table};

pub(super) const EXAMPLE: &str = "portcullis webhook list --all --json";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Lists those too that cannot be used: revoked, expired, or with a mistake in their row.
    #[arg(long)]
    all: bool,
    /// Writes a JSON array, one object a webhook.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    webhooks: Webhooks,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let opened = arguments.webhooks.open(env).await?;
    let rows = opened.registry.of_owner(&opened.owner.id).await?;
    let now = (env.clock.now)();
    let mut views: Vec<View> = rows.iter().map(|row| View::of(row, &opened.prefix, now)).collect();
    let hidden = views.iter().filter(|view| !view.is_usable()).count();
    views.retain(|view| arguments.all || view.is_usable());
    if arguments.json {
        return env.print(&json(&views)?);
    }
    let rows: Vec<_> = views.iter().map(View::row).collect();
    env.print_table(&table(["WEBHOOK", "NAME", "SCHEME", "STATE", "CREATED"], &rows))?;
    if hidden > 0 && !arguments.all {
        let are = if hidden == 1 { "is 1" } else { &format!("are {hidden}") };
        env.say(&format!("There {are} more that cannot be used: `--all` lists them too."));
    }
    if rows.is_empty() {
        let create = opened.next("create NAME --scheme SCHEME");
        env.say(&format!("next: {create}"));
    }
    Ok(())
}
