//! What is kept of a pool when it ends.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Pool;
use super::config::Config;
use super::error::PoolError;
use super::keys::SigningKeys;
use super::password::PasswordHash;
use super::random::{Fill, Random};
use super::sessions::Sessions;
use super::users::Users;

/// The form of a kept state.
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    keys: [String; 2],
    users: Users,
    sessions: Sessions,
    nobody: PasswordHash,
}

#[derive(Serialize)]
struct Keep<'p> {
    version: u32,
    keys: [String; 2],
    users: &'p Users,
    sessions: &'p Sessions,
    nobody: &'p PasswordHash,
}

impl Pool {
    /// The keys, users and sessions. Codes, sign-in pages and challenges last minutes and are not
    /// kept. Private keys stand in it: whoever stores it keeps it from others (mode 0600).
    ///
    /// # Errors
    /// [`PoolError::State`]: it cannot be written as JSON.
    pub fn export(&self) -> Result<Value, PoolError> {
        let keep = Keep {
            version: VERSION,
            keys: self.keys.export(),
            users: &self.users,
            sessions: &self.sessions,
            nobody: &self.nobody,
        };
        serde_json::to_value(keep).map_err(|error| PoolError::State(error.to_string()))
    }

    /// The pool of `config` with the keys, users and sessions of [`Pool::export`]: tokens that are
    /// out stay good. The users of `config` are not looked at.
    ///
    /// # Errors
    /// [`PoolError::State`], with what is wrong and nothing of the state itself.
    pub fn restore(config: Config, random: Fill, state: Value) -> Result<Self, PoolError> {
        // The crate's own sentences can repeat a value.
        let unreadable = |_| PoolError::State("it has another form".to_owned());
        let kept: Kept = serde_json::from_value(state).map_err(unreadable)?;
        if kept.version != VERSION {
            return Err(PoolError::State(format!("it has the version {}", kept.version)));
        }
        let keys = SigningKeys::import(&kept.keys)
            .map_err(|_| PoolError::State("a key in it is none".to_owned()))?;
        let random = Random::new(random);
        Ok(Self::with(config, random, keys, kept.users, kept.sessions, kept.nobody))
    }
}
