//! `portcullis whoami`: who is logged in.

use clap::Args;
use runtime::{printable, printable_within};
use serde::Serialize;
use shared::time::Timestamp;

use crate::claims::Claims;
use crate::env::Env;
use crate::exit::CommandError;
use crate::moment::rfc3339;
use crate::profile::{Place, ProfileArguments, Use};
use crate::text::json;

pub(crate) const EXAMPLE: &str = "portcullis whoami --json";

/// The longest claim that is shown, in bytes.
const SHOWN_BYTES: usize = 200;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Writes a JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    profile: ProfileArguments,
}

/// Who is logged in as JSON, for programs.
#[derive(Serialize)]
struct Json {
    user: Option<String>,
    user_id: Option<String>,
    role: Option<String>,
    tenant_id: Option<String>,
    expires_at: String,
    is_expired: bool,
    profile: String,
    api_url: String,
    user_pool_id: String,
    client_id: String,
    credentials_file: String,
}

pub(crate) fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let profile = Place::of(&arguments.profile, env)?.profile(env)?;
    let credentials = profile.logged_in(env)?;
    let claims = credentials.claims(Use::Id)?;
    let claim = |name: &str, default: &str, env: &Env<'_>| {
        let name = (env.setting)(name).filter(|own| !own.is_empty());
        listed(&claims, name.as_deref().unwrap_or(default))
    };
    let config = profile.config.clone();
    let said = Json {
        user: listed(&claims, "email").or_else(|| listed(&claims, "cognito:username")),
        user_id: listed(&claims, "sub"),
        role: claim("ROLE_CLAIM", "custom:role", env),
        tenant_id: claim("TENANT_CLAIM", "custom:tenant_id", env),
        expires_at: rfc3339(claims.expires()),
        is_expired: !credentials.is_alive(Use::Id, env.now),
        profile: profile.place.name.to_string(),
        api_url: printable(&config.api_url),
        user_pool_id: config.user_pool_id,
        client_id: config.client_id,
        credentials_file: printable(&profile.place.credentials_path().to_string_lossy()),
    };
    if arguments.json {
        return env.print(&json(&said)?);
    }
    let expires = ending(claims.expires(), said.is_expired, env.now);
    env.print(&said.lines(&expires))
}

impl Json {
    fn lines(&self, expires: &str) -> String {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        let rows = [
            ("user", or_none(&self.user)),
            ("user id", or_none(&self.user_id)),
            ("role", or_none(&self.role)),
            ("tenant", or_none(&self.tenant_id)),
            ("token", format!("{} ({expires})", self.expires_at)),
            ("profile", self.profile.clone()),
            ("API", self.api_url.clone()),
            ("user pool", self.user_pool_id.clone()),
            ("tokens in", self.credentials_file.clone()),
        ];
        rows.map(|(name, value)| format!("{name:10} {value}\n")).concat()
    }
}

/// What the claim `name` holds: `a, b` where it is a list.
fn listed(claims: &Claims, name: &str) -> Option<String> {
    let texts = claims.texts(name).join(", ");
    (!texts.is_empty()).then(|| printable_within(&texts, SHOWN_BYTES))
}

fn ending(expires: Timestamp, is_expired: bool, now: Timestamp) -> String {
    if is_expired {
        return "over: `portcullis token` refreshes it".to_owned();
    }
    match expires.since(now).as_secs() / 60 {
        0 => "less than a minute left".to_owned(),
        1 => "1 minute left".to_owned(),
        minutes => format!("{minutes} minutes left"),
    }
}
