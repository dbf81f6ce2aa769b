//! `portcullis dev token`: a token of the development pool.

use clap::Args;
use local::pool::{Config, Mint, POOL_ID, Pool, TokenKind};

use super::pool::{failed, fill};
use super::runtime_file;
use crate::env::Env;
use crate::exit::CommandError;

pub(super) const EXAMPLE: &str = "curl -H \"Authorization: Bearer $(portcullis dev token --role itsm_agent)\" \
                                  http://127.0.0.1:9000/api/incidents";

/// Whose token.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The role in the token.
    #[arg(long, default_value = "viewer")]
    role: String,
    /// The tenant in the token.
    #[arg(long, default_value = "acme")]
    tenant: String,
    /// A user's access token in place of the ID token.
    #[arg(long, conflicts_with = "service")]
    access: bool,
    /// A service's token in place of a user's.
    #[arg(long)]
    service: bool,
    /// The client that the token is for.
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// The scopes of an access token, separated by blanks.
    #[arg(long)]
    scope: Option<String>,
    /// A token that expired a minute ago.
    #[arg(long)]
    expired: bool,
}

pub(super) fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let running = runtime_file::read(env)?;
    let config = Config::development(POOL_ID, &running.endpoint).map_err(failed)?;
    let mut pool = Pool::restore(config, Box::new(fill), running.state).map_err(failed)?;
    let kind = match (arguments.access, arguments.service) {
        (_, true) => TokenKind::Service,
        (true, false) => TokenKind::UserAccess,
        (false, false) => TokenKind::Id,
    };
    let mint = Mint {
        kind,
        role: &arguments.role,
        tenant: &arguments.tenant,
        client: arguments.client.as_deref(),
        scope: arguments.scope.as_deref(),
        expired: arguments.expired,
    };
    let token = pool.mint(&mint, env.now).map_err(failed)?;
    env.print(&format!("{token}\n"))
}
