//! What a token says that came from the pool itself, over TLS: OpenID Connect Core §3.1.3.7 (6) asks for no
//! more. Nothing is allowed by it here; the authorizer verifies.

use std::time::Duration;

use serde_json::{Map, Value};
use shared::authn::Jws;
use shared::secret::Secret;
use shared::time::Timestamp;

use crate::exit::CommandError;

/// What a token says.
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    /// Reads the claims of `token`.
    ///
    /// # Errors
    /// It is no token whose end is known.
    pub(crate) fn read(token: &str) -> Result<Self, CommandError> {
        let unreadable = || CommandError::failed("the user pool sent a token that cannot be read");
        let jws = Jws::decode(Secret::new(token)).map_err(|_| unreadable())?;
        let claims = serde_json::from_slice(jws.unverified_payload()).map_err(|_| unreadable())?;
        let claims = Self(claims);
        if claims.moment("exp").is_none() || claims.moment("iat").is_none() {
            return Err(unreadable());
        }
        Ok(claims)
    }

    /// A claim that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim of one text or of several.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        match self.0.get(name) {
            Some(Value::String(text)) => vec![text],
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// When the token was issued, by the pool's clock.
    pub(crate) fn issued(&self) -> Timestamp {
        self.moment("iat").unwrap_or_default()
    }

    /// When it ends, by the pool's clock.
    pub(crate) fn expires(&self) -> Timestamp {
        self.moment("exp").unwrap_or_default()
    }

    /// For how long it is good.
    pub(crate) fn lifetime(&self) -> Duration {
        self.expires().since(self.issued())
    }

    fn moment(&self, name: &str) -> Option<Timestamp> {
        self.0.get(name)?.as_f64().and_then(Timestamp::from_unix_seconds)
    }
}
