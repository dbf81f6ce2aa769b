//! `portcullis logout`: the end of a session, at Cognito as well as here.

use clap::Args;

use crate::cognito::Cognito;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::{Place, ProfileArguments};

pub(crate) const EXAMPLE: &str = "portcullis logout --profile staging";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Forgets the tokens without asking Cognito to end the session: for a machine without a network.
    #[arg(long)]
    local: bool,
    #[command(flatten)]
    profile: ProfileArguments,
}

pub(crate) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let profile = Place::of(&arguments.profile, env)?.profile(env)?;
    let name = profile.place.name.clone();
    let _lock = profile.place.lock(env).await?;
    // Tokens that cannot be read need not stay where they are.
    let credentials = match profile.credentials(env) {
        Err(_) if arguments.local => None,
        credentials => credentials?,
    };
    let Some(credentials) = credentials else {
        profile.forget(env)?;
        env.say(&format!("Nobody is logged in with the profile `{name}`."));
        return Ok(());
    };
    let mut ended = "Logged out";
    if arguments.local {
        ended =
            "The tokens are forgotten, and the session goes on at Cognito until it ends by itself";
    } else if let Some(token) = &credentials.refresh_token {
        match Cognito::of(&profile, env)?.revoke(token).await {
            Ok(()) => {}
            Err(error) if error.ends_the_session() => {}
            Err(error) if error.has_no_revocation() => {
                ended = "The tokens are forgotten; the app client has no revocation, so the session goes on at \
                         Cognito until it ends by itself";
            }
            Err(error) => {
                let local = profile.place.next("logout --local");
                let sentence = format!("still logged in; {local} forgets the tokens here alone");
                return Err(error.sentence(&profile).and(sentence));
            }
        }
    }
    profile.forget(env)?;
    env.say(&format!("{ended}."));
    Ok(())
}
