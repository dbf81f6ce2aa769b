//! Tokens that are fresh, whoever else asks for them at the same time.
//!
//! A refresh token may be good for one refresh alone, and a pool that sees it twice ends the session. So the
//! processes of a profile refresh one after the other, and what a refresh brought is on disk before the next
//! one looks.

use std::time::Duration;

use runtime::printable;
use shared::time::Timestamp;

use crate::cognito::{Cognito, CognitoError};
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::{Credentials, Profile, Use};

/// From this difference of the clocks on it is said: the authorizer takes no token of the future.
const CLOCKS_APART: Duration = Duration::from_secs(60);

/// The tokens of whoever is logged in, with one `which` is good for some minutes at least.
///
/// # Errors
/// Nobody is logged in, the session has ended, or Cognito did not answer and the token is over.
pub(crate) async fn fresh(
    profile: &Profile,
    which: Use,
    env: &mut Env<'_>,
) -> Result<Credentials, CommandError> {
    let credentials = profile.logged_in(env)?;
    if credentials.is_fresh(which, (env.clock.now)()) {
        return Ok(credentials);
    }
    let _lock = profile.place.lock(env).await?;
    // Whoever had the lock has refreshed them, or logged out.
    let credentials = profile.logged_in(env)?;
    if credentials.is_fresh(which, (env.clock.now)()) {
        return Ok(credentials);
    }
    refresh(profile, credentials, which, env).await
}

/// Refreshes `credentials`. The caller holds the lock.
async fn refresh(
    profile: &Profile,
    credentials: Credentials,
    which: Use,
    env: &mut Env<'_>,
) -> Result<Credentials, CommandError> {
    let Some(token) = &credentials.refresh_token else {
        return Err(ended(profile, "it cannot be refreshed"));
    };
    match Cognito::of(profile, env)?.refresh(token).await {
        Ok(tokens) => {
            let now = (env.clock.now)();
            let new = tokens.credentials(profile, credentials.refresh_token, now);
            say_if_clocks_differ(&new, now, env)?;
            profile.keep(&new, env).map_err(|problem| {
                problem.and(format!("the session was refreshed and is lost: {}", profile.log_in()))
            })?;
            Ok(new)
        }
        Err(error) if error.ends_the_session() => over(profile, credentials, &error, which, env),
        // It was refreshed early, and is good for a while.
        Err(error) if credentials.is_alive(which, (env.clock.now)()) => {
            for sentence in error.sentence(profile).sentences {
                env.say(&format!("not refreshed yet: {sentence}"));
            }
            Ok(credentials)
        }
        Err(error) => Err(error.sentence(profile)),
    }
}

/// The session is over, unless somebody who does not know the lock has written other tokens meanwhile.
fn over(
    profile: &Profile,
    used: Credentials,
    error: &CognitoError,
    which: Use,
    env: &mut Env<'_>,
) -> Result<Credentials, CommandError> {
    if let Some(other) = profile.credentials(env)? {
        if other.refresh_token != used.refresh_token {
            return match other.is_alive(which, (env.clock.now)()) {
                true => Ok(other),
                false => Err(CommandError::failed("the tokens were changed meanwhile: try again")),
            };
        }
        profile.forget(env)?;
    }
    let why = match error {
        CognitoError::Answered { message, .. } => message.trim_end_matches('.'),
        CognitoError::Unanswered(why) => why,
        CognitoError::Unreadable => "it cannot be refreshed",
    };
    Err(ended(profile, why))
}

fn ended(profile: &Profile, why: &str) -> CommandError {
    let name = &profile.place.name;
    let log_in = profile.log_in();
    CommandError::refused(format!(
        "the session of the profile `{name}` has ended ({}): log in again: {log_in}",
        printable(why)
    ))
}

/// Says so where this machine's clock is not the pool's: then the API may refuse what is good.
///
/// # Errors
/// The token cannot be read.
pub(crate) fn say_if_clocks_differ(
    credentials: &Credentials,
    now: Timestamp,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let issued = credentials.claims(Use::Id)?.issued();
    let (apart, which) = match now > issued {
        true => (now.since(issued), "ahead of"),
        false => (issued.since(now), "behind"),
    };
    if apart > CLOCKS_APART {
        let seconds = apart.as_secs();
        env.say(&format!(
            "warning: this machine's clock is {seconds} s {which} the user pool's: set it"
        ));
    }
    Ok(())
}
