//! `portcullis change-password`.

use clap::Args;

use super::login::refused;
use crate::cognito::Cognito;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::{Place, ProfileArguments, Use};
use crate::prompt::{TRIES, hidden, hidden_twice};
use crate::session;

pub(crate) const EXAMPLE: &str = "portcullis change-password";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    profile: ProfileArguments,
}

pub(crate) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let profile = Place::of(&arguments.profile, env)?.profile(env)?;
    let credentials = session::fresh(&profile, Use::Access, env).await?;
    let cognito = Cognito::of(&profile, env)?;
    let previous = hidden("password", env)?;
    for _ in 0..TRIES {
        let proposed = hidden_twice("new password", env)?;
        let token = credentials.token(Use::Access);
        let Err(error) = cognito.change_password(token, &previous, &proposed).await else {
            env.say("The password is changed.");
            return Ok(());
        };
        match error.refused_password() {
            Some(problem) if env.is_terminal => {
                env.say(&format!("The user pool refuses it: {problem}."));
            }
            Some(problem) => return Err(refused(problem)),
            None if error.is_wrong_password() => {
                return Err(CommandError::refused("the password is wrong: nothing was changed"));
            }
            None => return Err(error.sentence(&profile)),
        }
    }
    Err(CommandError::refused(
        "no password was chosen that the user pool takes: nothing was changed",
    ))
}
