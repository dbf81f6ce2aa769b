//! The owner of keys: the user whose id is given, or who is logged in.

use clap::Args;

use crate::env::Env;
use crate::exit::CommandError;
use crate::logged_in;
use crate::profile::{Place, ProfileArguments};

/// In place of a user's id.
#[derive(Debug, Args)]
pub(super) struct OwnerProfile {
    /// In place of `--owner`: who is logged in with this profile.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

impl OwnerProfile {
    /// The user id `owner`, or that of whoever is logged in; `None` if neither is named.
    ///
    /// # Errors
    /// Nobody is logged in, or it is not proven.
    pub(super) async fn or(
        self,
        owner: Option<String>,
        env: &mut Env<'_>,
    ) -> Result<Option<String>, CommandError> {
        let Some(name) = self.profile else { return Ok(owner) };
        let arguments = ProfileArguments { profile: Some(name), verbose: false };
        let profile = Place::of(&arguments, env)?.profile(env)?;
        let (identity, _) = logged_in::verified(&profile, env).await?;
        Ok(Some(identity.subject().to_string()))
    }
}
