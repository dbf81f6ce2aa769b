//! The tokens of whoever is logged in.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::time::Timestamp;
use zeroize::Zeroizing;

use super::{Profile, private};
use crate::claims::Claims;
use crate::env::Env;
use crate::exit::CommandError;

/// The most by which a token is refreshed before it ends.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// Which of the two tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// The one for the API.
    Id,
    /// The one for Cognito itself, and for an API that takes access tokens of users.
    Access,
}

/// The tokens of one login, as `credentials.json` has them. There is no `Debug`: all of it is secret.
#[derive(Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// The pool that issued them.
    pub(crate) user_pool_id: String,
    /// The app client for which it did.
    pub(crate) client_id: String,
    pub(crate) id_token: Zeroizing<String>,
    pub(crate) access_token: Zeroizing<String>,
    pub(crate) refresh_token: Option<Zeroizing<String>>,
    /// When they came, in milliseconds since 1970 by this machine's clock.
    pub(crate) received_at: u64,
}

impl Credentials {
    pub(crate) fn token(&self, which: Use) -> &str {
        match which {
            Use::Id => &self.id_token,
            Use::Access => &self.access_token,
        }
    }

    /// What the token says.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn claims(&self, which: Use) -> Result<Claims, CommandError> {
        Claims::read(self.token(which))
    }

    /// Whether the token need not be refreshed yet.
    pub(crate) fn is_fresh(&self, which: Use, now: Timestamp) -> bool {
        self.remaining(which, now).is_some_and(|(remaining, lifetime)| remaining > early(lifetime))
    }

    /// Whether the token is not over yet.
    pub(crate) fn is_alive(&self, which: Use, now: Timestamp) -> bool {
        self.remaining(which, now).is_some_and(|(remaining, _)| remaining > Duration::ZERO)
    }

    /// How long the token is good for, and how long it was. The pool's clock says for how long, this
    /// machine's since when: so it does not matter if they differ. If the machine's was set back since, nobody
    /// knows, and `None` is returned.
    fn remaining(&self, which: Use, now: Timestamp) -> Option<(Duration, Duration)> {
        let lifetime = self.claims(which).ok()?.lifetime();
        let received = Timestamp::from_unix_millis(self.received_at);
        if now < received {
            return None;
        }
        Some((received.after(lifetime).since(now), lifetime))
    }
}

/// How long before its end a token of `lifetime` is refreshed.
pub(crate) fn early(lifetime: Duration) -> Duration {
    EARLY.min(lifetime / 10)
}

impl Profile {
    /// The tokens of whoever is logged in; `None` if nobody is, or to another pool or app client.
    ///
    /// # Errors
    /// The file cannot be used.
    pub(crate) fn credentials(
        &self,
        env: &mut Env<'_>,
    ) -> Result<Option<Credentials>, CommandError> {
        let path = self.place.credentials_path();
        let remedy = format!("remove it, and log in again: {}", self.log_in());
        let read: Option<Credentials> = private::read(&path, &remedy, env)?;
        Ok(read.filter(|own| {
            own.user_pool_id == self.config.user_pool_id && own.client_id == self.config.client_id
        }))
    }

    /// The same, where somebody must be logged in.
    ///
    /// # Errors
    /// Nobody is.
    pub(crate) fn logged_in(&self, env: &mut Env<'_>) -> Result<Credentials, CommandError> {
        self.credentials(env)?.ok_or_else(|| {
            let name = &self.place.name;
            let log_in = self.log_in();
            CommandError::failed(format!("nobody is logged in with the profile `{name}`: {log_in}"))
        })
    }

    /// Keeps `credentials`. The caller holds the lock.
    ///
    /// # Errors
    /// They cannot be written.
    pub(crate) fn keep(
        &self,
        credentials: &Credentials,
        env: &Env<'_>,
    ) -> Result<(), CommandError> {
        private::write(&self.place.credentials_path(), credentials, env)
    }

    /// Forgets the tokens. The caller holds the lock.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub(crate) fn forget(&self, env: &Env<'_>) -> Result<(), CommandError> {
        private::remove(&self.place.credentials_path(), env)
    }

    /// How to log in.
    pub(crate) fn log_in(&self) -> String {
        self.place.next("login --username EMAIL")
    }
}
