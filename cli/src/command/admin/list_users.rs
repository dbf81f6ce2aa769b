//! `portcullis admin list-users`: who can log in.

use clap::Args;
use runtime::printable_within;
use serde::Serialize;

use crate::env::Env;
use crate::exit::CommandError;
use crate::moment::rfc3339;
use crate::text::{json, table};
use crate::user_pool::{PoolArguments, User, UserPool};

pub(super) const EXAMPLE: &str = "portcullis admin list-users --json";

/// The longest part of an attribute that a table shows, in bytes.
const SHOWN_BYTES: usize = 64;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Writes a JSON array, one object a user.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pool: PoolArguments,
}

/// A user as JSON, for programs.
#[derive(Serialize)]
struct Json<'u> {
    email: Option<&'u str>,
    user_id: &'u str,
    role: Option<&'u str>,
    tenant_id: Option<&'u str>,
    status: &'u str,
    is_enabled: bool,
    created_at: String,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let profile = arguments.pool.profile(env)?;
    let pool = UserPool::open(&profile, &arguments.pool.aws, env).await?;
    let mut users = pool.users().await?;
    users.sort_by(|one, other| (&one.email, &one.id).cmp(&(&other.email, &other.id)));
    if arguments.json {
        return env.print(&json(&users.iter().map(as_json).collect::<Vec<_>>())?);
    }
    let rows: Vec<_> = users.iter().map(row).collect();
    env.print_table(&table(["EMAIL", "ROLE", "TENANT", "STATUS", "CREATED", "USER ID"], &rows))?;
    if users.is_empty() {
        let invite = profile.place.next("admin invite-user EMAIL --role ROLE --tenant TENANT");
        env.say(&format!("The user pool `{}` has no users. next: {invite}", pool.id()));
    }
    Ok(())
}

fn as_json(user: &User) -> Json<'_> {
    Json {
        email: user.email.as_deref(),
        user_id: &user.id,
        role: user.role.as_deref(),
        tenant_id: user.tenant.as_deref(),
        status: &user.status,
        is_enabled: user.is_enabled,
        created_at: rfc3339(user.created),
    }
}

fn row(user: &User) -> [String; 6] {
    let or_none = |text: &Option<String>| {
        text.as_deref().map_or_else(|| "-".to_owned(), |text| printable_within(text, SHOWN_BYTES))
    };
    [
        or_none(&user.email),
        or_none(&user.role),
        or_none(&user.tenant),
        status(user),
        rfc3339(user.created),
        printable_within(&user.id, SHOWN_BYTES),
    ]
}

/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserType.html>
fn status(user: &User) -> String {
    if !user.is_enabled {
        return "disabled".to_owned();
    }
    match user.status.as_str() {
        "CONFIRMED" => "active".to_owned(),
        "FORCE_CHANGE_PASSWORD" => "temporary password".to_owned(),
        "RESET_REQUIRED" => "password reset".to_owned(),
        other => printable_within(&other.to_ascii_lowercase().replace('_', " "), SHOWN_BYTES),
    }
}
