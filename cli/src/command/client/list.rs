//! `portcullis client list`: which services there are.

use clap::Args;
use runtime::printable_within;
use serde::Serialize;

use crate::env::Env;
use crate::exit::CommandError;
use crate::moment::rfc3339;
use crate::text::{json, listed, table};
use crate::user_pool::{PoolArguments, ServiceClient, UserPool};

pub(super) const EXAMPLE: &str = "portcullis client list --json";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Writes a JSON array, one object a service.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pool: PoolArguments,
}

/// A service as JSON, for programs.
#[derive(Serialize)]
struct Json<'c> {
    name: &'c str,
    client_id: &'c str,
    scopes: &'c [String],
    created_at: String,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let profile = arguments.pool.profile(env)?;
    let pool = UserPool::open(&profile, &arguments.pool.aws, env).await?;
    let mut clients = pool.service_clients().await?;
    clients.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    if arguments.json {
        return env.print(&json(&clients.iter().map(as_json).collect::<Vec<_>>())?);
    }
    let rows: Vec<_> = clients.iter().map(row).collect();
    env.print_table(&table(["NAME", "CLIENT ID", "SCOPES", "CREATED"], &rows))?;
    if clients.is_empty() {
        let create = profile.place.next("client create NAME --tenant TENANT --scope SCOPE");
        env.say(&format!("The user pool `{}` has no services. next: {create}", pool.id()));
    }
    Ok(())
}

fn as_json(client: &ServiceClient) -> Json<'_> {
    Json {
        name: &client.name,
        client_id: &client.id,
        scopes: &client.scopes,
        created_at: rfc3339(client.created),
    }
}

fn row(client: &ServiceClient) -> [String; 4] {
    [
        printable_within(&client.name, 100),
        printable_within(&client.id, 128),
        listed(&client.scopes),
        rfc3339(client.created),
    ]
}
