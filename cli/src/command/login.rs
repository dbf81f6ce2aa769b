//! `portcullis login`: tokens for whoever has the password.

mod browser;
mod password;

use clap::Args;
use runtime::printable;

pub(crate) use self::password::refused;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::{Credentials, Place, Profile, ProfileArguments, Use};
use crate::session::say_if_clocks_differ;

pub(crate) const EXAMPLE: &str = "portcullis login --username alice@example.com";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The email address of the user.
    #[arg(long, value_name = "EMAIL", required_unless_present = "browser")]
    username: Option<String>,
    /// In the browser, on the login page of the user pool.
    #[arg(long, conflicts_with = "username")]
    browser: bool,
    /// Prints the address of the login page in place of opening a browser.
    #[arg(long, requires = "browser")]
    no_browser: bool,
    #[command(flatten)]
    profile: ProfileArguments,
}

pub(crate) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let profile = Place::of(&arguments.profile, env)?.profile(env)?;
    let path = profile.place.credentials_path();
    env.say(&format!(
        "The tokens will lie in {}, for your eyes alone.",
        printable(&path.to_string_lossy())
    ));
    let credentials = match &arguments.username {
        Some(username) => password::log_in(&profile, username, env).await?,
        None => browser::log_in(&profile, !arguments.no_browser, env).await?,
    };
    finish(&profile, &credentials, env).await
}

async fn finish(
    profile: &Profile,
    credentials: &Credentials,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let claims = credentials.claims(Use::Id)?;
    say_if_clocks_differ(credentials, (env.clock.now)(), env)?;
    let _lock = profile.place.lock(env).await?;
    profile.keep(credentials, env)?;
    let who = claims.text("email").or_else(|| claims.text("cognito:username"));
    env.say(&format!("Logged in as {}.", printable(who.unwrap_or("a user without a name"))));
    env.say(&format!("next: {}", profile.place.next("token")));
    Ok(())
}
