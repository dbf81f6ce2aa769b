//! A profile: an API, its user pool, and who is logged in there. The people's commands all begin with one.
//!
//! ```text
//! <configuration directory>/<profile>/profile.json       what `configure` was told
//!                                    /credentials.json   the tokens of whoever is logged in
//!                                    /services.json      the tokens of services
//!                                    /lock               held while any of them changes; never removed
//! ```

mod bundle;
mod config;
mod credentials;
mod directory;
mod lock;
mod name;
mod private;
mod services;

use std::path::PathBuf;

use clap::Args;
use runtime::printable;

pub(crate) use self::bundle::{Bundle, MAX_BUNDLE_BYTES};
pub(crate) use self::config::Config;
pub(crate) use self::credentials::{Credentials, Use};
pub(crate) use self::name::ProfileName;
pub(crate) use self::services::ServiceToken;
use crate::env::Env;
use crate::exit::CommandError;
use crate::machine::Lock;

/// Which profile, the same for every command that has one.
#[derive(Debug, Args)]
pub(crate) struct ProfileArguments {
    /// The profile. Without it: that of PORTCULLIS_PROFILE, or `default`.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Says on standard error where each setting comes from.
    #[arg(long)]
    pub(crate) verbose: bool,
}

/// Where the files of a profile are.
pub(crate) struct Place {
    pub(crate) name: ProfileName,
    directory: PathBuf,
    is_verbose: bool,
}

/// A profile that is configured.
pub(crate) struct Profile {
    pub(crate) place: Place,
    pub(crate) config: Config,
}

impl Place {
    /// Where the files of the profile in `arguments` are.
    ///
    /// # Errors
    /// There is no directory for the configuration, or it is no name of a profile.
    pub(crate) fn of(
        arguments: &ProfileArguments,
        env: &mut Env<'_>,
    ) -> Result<Self, CommandError> {
        let (directory, from) = directory::directory(env.setting)?;
        let (name, named_by) = match (&arguments.profile, (env.setting)("PORTCULLIS_PROFILE")) {
            (Some(name), _) => (ProfileName::parse(name, "`--profile`")?, "--profile"),
            (None, Some(name)) if !name.is_empty() => {
                (ProfileName::parse(&name, "PORTCULLIS_PROFILE")?, "PORTCULLIS_PROFILE")
            }
            _ => (ProfileName::default(), "the default"),
        };
        let place =
            Self { directory: directory.join(name.as_str()), name, is_verbose: arguments.verbose };
        place.tell("configuration", &directory.to_string_lossy(), from, env);
        place.tell("profile", place.name.as_str(), named_by, env);
        Ok(place)
    }

    /// With `--verbose`, says which value `what` has, and from where.
    pub(crate) fn tell(&self, what: &str, value: &str, from: &str, env: &mut Env<'_>) {
        if self.is_verbose {
            env.say(&format!("{what}: {} ({from})", printable(value)));
        }
    }

    /// The command `portcullis <command>` for this profile, to type next.
    pub(crate) fn next(&self, command: &str) -> String {
        match self.name.is_default() {
            true => format!("`portcullis {command}`"),
            false => format!("`portcullis {command} --profile {}`", self.name),
        }
    }

    /// Where the tokens lie.
    pub(crate) fn credentials_path(&self) -> PathBuf {
        self.directory.join("credentials.json")
    }

    fn config_path(&self) -> PathBuf {
        self.directory.join("profile.json")
    }

    fn services_path(&self) -> PathBuf {
        self.directory.join("services.json")
    }

    /// Reads the profile.
    ///
    /// # Errors
    /// It is not configured, or its file cannot be used.
    pub(crate) fn profile(self, env: &mut Env<'_>) -> Result<Profile, CommandError> {
        let configure = self.next("configure --from-bundle -");
        let path = self.config_path();
        let remedy = format!("configure again: {configure}");
        let read: Option<Config> = private::read(&path, &remedy, env)?;
        let Some(config) = read else {
            return Err(CommandError::failed(format!(
                "the profile `{}` is not configured: ask an administrator for a bundle, and paste it into {configure}",
                self.name
            )));
        };
        config.check().map_err(|problem| {
            let path = printable(&path.to_string_lossy());
            CommandError::failed(format!("{path}: {problem}: {remedy}"))
        })?;
        let from = "the profile";
        self.tell("API", &config.api_url, from, env);
        self.tell("user pool", &config.user_pool_id, from, env);
        self.tell("app client", &config.client_id, from, env);
        Ok(Profile { place: self, config })
    }

    /// Keeps `config` in place of what was there, and forgets the tokens: they are of another pool, or of
    /// another app client.
    ///
    /// # Errors
    /// It cannot be written, or another process holds the lock for too long.
    pub(crate) async fn configure(
        &self,
        config: &Config,
        env: &mut Env<'_>,
    ) -> Result<(), CommandError> {
        let _lock = self.lock(env).await?;
        private::remove(&self.credentials_path(), env)?;
        private::remove(&self.services_path(), env)?;
        private::write(&self.config_path(), config, env)
    }

    /// Waits until no other process changes the files of this profile, and keeps others waiting.
    ///
    /// # Errors
    /// That takes too long, or the file cannot be locked.
    pub(crate) async fn lock(&self, env: &Env<'_>) -> Result<Lock, CommandError> {
        lock::wait(&self.directory.join("lock"), env).await
    }
}
