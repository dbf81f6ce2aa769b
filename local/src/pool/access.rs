//! Access tokens that are presented to the pool itself.

use shared::time::Timestamp;

use super::Pool;
use super::claims::{has_scope, seconds};
use super::users::User;

/// What a good access token says.
pub(super) struct Access {
    pub(super) sub: String,
    pub(super) scope: String,
}

/// Why an access token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccessError {
    Invalid,
    Expired,
    Revoked,
    WithoutScope,
}

impl Pool {
    /// Takes `token` if it is an access token of a user, of a session that goes on, with the scope
    /// `needed`. A minted token has no session, so it counts as revoked here.
    pub(super) fn access(
        &self,
        token: &str,
        needed: &str,
        now: Timestamp,
    ) -> Result<Access, AccessError> {
        let claims = self.keys.verify(token).ok_or(AccessError::Invalid)?;
        let text = |name: &str| claims.get(name).and_then(|value| value.as_str());
        if text("token_use") != Some("access") || text("username").is_none() {
            return Err(AccessError::Invalid);
        }
        let exp = claims.get("exp").and_then(serde_json::Value::as_u64).unwrap_or_default();
        if seconds(now) >= exp {
            return Err(AccessError::Expired);
        }
        let (sub, scope) = text("sub").zip(text("scope")).ok_or(AccessError::Invalid)?;
        let session = text("origin_jti").unwrap_or_default();
        if !self.sessions.is_live(session, now) {
            return Err(AccessError::Revoked);
        }
        if !has_scope(scope, needed) {
            return Err(AccessError::WithoutScope);
        }
        Ok(Access { sub: sub.to_owned(), scope: scope.to_owned() })
    }

    /// The user of name `name` whose password is `password`. A name that nobody has costs the same
    /// time as a wrong password.
    pub(super) fn check_password(&self, name: &str, password: &str) -> Option<&User> {
        let user = self.users.find(name);
        let hash = user.map_or(&self.nobody, |user| &user.password);
        if hash.matches(password) { user } else { None }
    }
}
