//! `portcullis admin reset-password`: another password, and the end of all sessions.

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::out::{Out, OutArguments};
use super::password;
use crate::env::Env;
use crate::exit::CommandError;
use crate::text::json;
use crate::user_pool::{PoolArguments, UserPool};

pub(super) const EXAMPLE: &str = "portcullis admin reset-password alice@example.com --temporary";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The email address of the user, or the user id.
    #[arg(value_name = "EMAIL")]
    name: String,
    /// The password must be changed at the next login.
    #[arg(long)]
    temporary: bool,
    #[command(flatten)]
    out: OutArguments,
    /// Writes one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pool: PoolArguments,
}

/// What is shown once. There is no `Debug`.
#[derive(Serialize)]
struct Reset<'r> {
    email: Option<&'r str>,
    user_id: &'r str,
    password: &'r str,
    is_temporary: bool,
    has_ended_sessions: bool,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let profile = arguments.pool.profile(env)?;
    let pool = UserPool::open(&profile, &arguments.pool.aws, env).await?;
    let name = arguments.name.trim();
    let user = pool.user(name).await?;
    let password = password::generate(env)?;
    let out = Out::reserve(&arguments.out, env)?;
    pool.set_password(name, &password, !arguments.temporary)
        .await
        .inspect_err(|_| out.give_up(env))?;
    // Whoever knew the old password may be logged in.
    let signed_out = pool.sign_out(&user).await;
    let reset = Reset {
        email: user.email.as_deref(),
        user_id: &user.id,
        password: password.expose(),
        is_temporary: arguments.temporary,
        has_ended_sessions: signed_out.is_ok(),
    };
    let text = match arguments.json {
        true => Zeroizing::new(json(&reset)?),
        false => {
            Zeroizing::new(format!("email     {}\npassword  {}\n", user.shown(), password.expose()))
        }
    };
    let again = profile.place.next(&format!("admin reset-password {}", user.shown()));
    out.show(&text, env).map_err(|error| {
        error.and(format!("the password is changed, and the new one is lost: {again} sets another"))
    })?;
    signed_out.map_err(|error| {
        error.and(format!("the password is changed, and the sessions go on: end them with {again}"))
    })?;
    env.say("The sessions of the user are ended. Tokens that were issued before are good until they end.");
    Ok(())
}
