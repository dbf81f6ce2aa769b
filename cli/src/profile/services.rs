//! The tokens of services: each costs money, so each is used until it ends.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use shared::time::Timestamp;
use zeroize::Zeroizing;

use super::credentials::early;
use super::{Profile, private};
use crate::env::Env;
use crate::exit::CommandError;

/// The most tokens that are kept: more would not fit into the file.
const MAX_TOKENS: usize = 32;

/// `services.json`.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Services {
    tokens: Vec<ServiceToken>,
}

/// The token of a service. There is no `Debug`: it is secret.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct ServiceToken {
    /// The secret with which it was asked for.
    pub(crate) secret_id: String,
    /// The scopes that were asked for, separated by blanks.
    pub(crate) scope: Option<String>,
    pub(crate) access_token: Zeroizing<String>,
    /// When it came, in milliseconds since 1970.
    pub(crate) received_at: u64,
    /// For how long it is good.
    pub(crate) lifetime_seconds: u64,
}

impl ServiceToken {
    /// When it ends, by this machine's clock.
    pub(crate) fn expires(&self) -> Timestamp {
        let lifetime = Duration::from_secs(self.lifetime_seconds);
        Timestamp::from_unix_millis(self.received_at).after(lifetime)
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        let early = early(Duration::from_secs(self.lifetime_seconds));
        now.unix_millis() >= self.received_at && self.expires().since(now) > early
    }
}

impl Services {
    /// The token that was asked for with the secret and the scopes, if it need not be asked for anew.
    pub(crate) fn fresh(
        &self,
        secret_id: &str,
        scope: Option<&str>,
        now: Timestamp,
    ) -> Option<ServiceToken> {
        let is_asked = |own: &&ServiceToken| {
            own.secret_id == secret_id && own.scope.as_deref() == scope && own.is_fresh(now)
        };
        self.tokens.iter().find(is_asked).cloned()
    }

    /// Adds `token`, and drops those that are over.
    pub(crate) fn add(&mut self, token: ServiceToken, now: Timestamp) {
        self.tokens.retain(|own| {
            own.is_fresh(now) && (&own.secret_id, &own.scope) != (&token.secret_id, &token.scope)
        });
        self.tokens.truncate(MAX_TOKENS - 1);
        self.tokens.insert(0, token);
    }
}

impl Profile {
    /// The tokens of services.
    ///
    /// # Errors
    /// The file cannot be used.
    pub(crate) fn services(&self, env: &mut Env<'_>) -> Result<Services, CommandError> {
        let path = self.place.services_path();
        Ok(private::read(&path, "remove it, and try again", env)?.unwrap_or_default())
    }

    /// Keeps `services`. The caller holds the lock.
    ///
    /// # Errors
    /// They cannot be written.
    pub(crate) fn keep_services(
        &self,
        services: &Services,
        env: &Env<'_>,
    ) -> Result<(), CommandError> {
        private::write(&self.place.services_path(), services, env)
    }
}
