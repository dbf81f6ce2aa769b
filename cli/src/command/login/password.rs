//! With a password, and whatever else the pool asks for.

use aws_sdk_cognitoidentityprovider::types::ChallengeNameType;
use runtime::printable_within;
use shared::secret::Secret;

use crate::cognito::{Challenge, Cognito, CognitoError, Step};
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::{Credentials, Profile};
use crate::prompt::{TRIES, hidden, hidden_twice};

/// The most challenges of one login: more are a pool that does not know what it wants.
const MAX_CHALLENGES: usize = 5;

/// Logs in as `username`.
///
/// # Errors
/// It is refused, or could not be done.
pub(super) async fn log_in(
    profile: &Profile,
    username: &str,
    env: &mut Env<'_>,
) -> Result<Credentials, CommandError> {
    let cognito = Cognito::of(profile, env)?;
    let password = hidden("password", env)?;
    let mut step = cognito.log_in(username.trim(), &password).await;
    for _ in 0..MAX_CHALLENGES {
        match step.map_err(|error| error.sentence(profile))? {
            Step::Tokens(tokens) => {
                return Ok(tokens.credentials(profile, None, (env.clock.now)()));
            }
            Step::Challenge(challenge) => {
                step = answer(&cognito, &challenge, profile, env).await?;
            }
        }
    }
    Err(CommandError::failed("the user pool asks for more and more: log in with `--browser`"))
}

async fn answer(
    cognito: &Cognito<'_>,
    challenge: &Challenge,
    profile: &Profile,
    env: &mut Env<'_>,
) -> Result<Result<Step, CognitoError>, CommandError> {
    match &challenge.name {
        ChallengeNameType::NewPasswordRequired => new_password(cognito, challenge, env).await,
        ChallengeNameType::SoftwareTokenMfa => code(cognito, challenge, env).await,
        ChallengeNameType::SelectMfaType => {
            let which = Secret::new("SOFTWARE_TOKEN_MFA".to_owned());
            Ok(cognito.respond(challenge, "ANSWER", &which).await)
        }
        other => {
            let name = printable_within(other.as_str(), 64);
            let browser = profile.place.next("login --browser");
            Err(CommandError::failed(format!(
                "the user pool asks for {name}, which only a browser can answer: try {browser}"
            )))
        }
    }
}

/// The password was a temporary one.
async fn new_password(
    cognito: &Cognito<'_>,
    challenge: &Challenge,
    env: &mut Env<'_>,
) -> Result<Result<Step, CognitoError>, CommandError> {
    let required = challenge.required_attributes.as_deref().unwrap_or("[]");
    if required.trim() != "[]" {
        let required = printable_within(required, 100);
        return Err(CommandError::failed(format!(
            "the user lacks attributes that the user pool requires, {required}: ask an administrator to set them"
        )));
    }
    env.say("The password is a temporary one: choose another.");
    for _ in 0..TRIES {
        let password = hidden_twice("new password", env)?;
        let answer = cognito.respond(challenge, "NEW_PASSWORD", &password).await;
        let Err(error) = &answer else { return Ok(answer) };
        match error.refused_password() {
            Some(problem) if env.is_terminal => {
                env.say(&format!("The user pool refuses it: {problem}."));
            }
            Some(problem) => return Err(refused(problem)),
            None => return Ok(answer),
        }
    }
    Err(CommandError::refused("no password was chosen that the user pool takes: log in again"))
}

/// The sentence about a password that the pool's policy refuses.
pub(crate) fn refused(problem: &str) -> CommandError {
    CommandError::refused(format!("the user pool refuses the new password: {problem}"))
}

/// The code of an authenticator app (RFC 6238).
async fn code(
    cognito: &Cognito<'_>,
    challenge: &Challenge,
    env: &mut Env<'_>,
) -> Result<Result<Step, CognitoError>, CommandError> {
    for _ in 0..TRIES {
        let code = hidden("code of the authenticator app", env)?;
        let answer = cognito.respond(challenge, "SOFTWARE_TOKEN_MFA_CODE", &code).await;
        match &answer {
            Err(error) if error.is_wrong_code() && env.is_terminal => {
                env.say("The code is wrong, or over.");
            }
            _ => return Ok(answer),
        }
    }
    Err(CommandError::refused("no code was right: look at the clock of the authenticator app"))
}
