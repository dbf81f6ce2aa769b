//! `portcullis token`: a fresh token on standard output.

mod client_credentials;
pub(crate) mod secret;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::aws::AwsArguments;
use crate::env::Env;
use crate::exit::CommandError;
use crate::moment::rfc3339;
use crate::profile::{Place, ProfileArguments, Use};
use crate::session;
use crate::text::json;

pub(crate) const EXAMPLE: &str =
    "curl -H \"Authorization: Bearer $(portcullis token)\" https://api.example.com/incidents";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The access token in place of the ID token.
    #[arg(long, conflicts_with = "client_credentials")]
    access: bool,
    /// The token of a service, which has a secret of its own. It is kept until it ends: each costs money.
    #[arg(long, requires = "secret_id")]
    client_credentials: bool,
    /// The secret of the service in Secrets Manager: JSON with `client_id` and `client_secret`.
    #[arg(long, value_name = "NAME", requires = "client_credentials")]
    secret_id: Option<String>,
    /// The scopes of the service's token, separated by blanks. Without it: all that the service has.
    #[arg(long, requires = "client_credentials")]
    scope: Option<String>,
    #[command(flatten)]
    aws: AwsArguments,
    /// Writes a JSON object: `token` and `expires_at`.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    profile: ProfileArguments,
}

/// A token as JSON, for programs.
#[derive(Serialize)]
struct Json<'t> {
    token: &'t str,
    expires_at: String,
}

pub(crate) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let profile = Place::of(&arguments.profile, env)?.profile(env)?;
    if let Some(secret_id) = &arguments.secret_id {
        let scope = arguments.scope.as_deref();
        let token =
            client_credentials::token(&profile, secret_id, scope, &arguments.aws, env).await?;
        return print(&token.access_token, rfc3339(token.expires()), arguments.json, env);
    }
    let which = if arguments.access { Use::Access } else { Use::Id };
    let credentials = session::fresh(&profile, which, env).await?;
    let expires_at = rfc3339(credentials.claims(which)?.expires());
    print(credentials.token(which), expires_at, arguments.json, env)
}

fn print(
    token: &str,
    expires_at: String,
    as_json: bool,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let text = match as_json {
        true => json(&Json { token, expires_at })?,
        false => format!("{token}\n"),
    };
    env.print(&Zeroizing::new(text))
}
