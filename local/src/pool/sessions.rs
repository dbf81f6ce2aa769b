//! Sign-ins and their refresh tokens. The tokens of one sign-in are a family: when one that was
//! replaced is used again, somebody has a copy, and all of them end (RFC 9700 §4.14.2).

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use shared::hex;
use shared::time::Timestamp;

use super::config::Rotation;

/// How long a sign-in can be refreshed: Cognito's default of 30 days.
const LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// When full, evicts the oldest session.
const MAX_SESSIONS: usize = 1000;
/// When full, forgets the oldest token of the family, which then is no token any more.
const MAX_TOKENS: usize = 1000;

/// A sign-in, named by the `origin_jti` of its tokens.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) sub: String,
    pub(super) client_id: String,
    /// Separated by blanks.
    pub(super) scope: String,
    /// In seconds since 1970.
    pub(super) auth_time: u64,
    /// In milliseconds since 1970.
    started: u64,
    revoked: bool,
    tokens: Vec<RefreshToken>,
}

#[derive(Clone, Serialize, Deserialize)]
struct RefreshToken {
    /// SHA-256 of its secret.
    hash: String,
    /// When another took its place, in milliseconds since 1970.
    replaced: Option<u64>,
}

/// Why a refresh token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefreshError {
    Invalid,
    Expired,
    Revoked,
}

impl Session {
    pub(super) fn new(
        sub: &str,
        client_id: &str,
        scope: &str,
        secret: &str,
        now: Timestamp,
    ) -> Self {
        Self {
            sub: sub.to_owned(),
            client_id: client_id.to_owned(),
            scope: scope.to_owned(),
            auth_time: now.unix_millis() / 1000,
            started: now.unix_millis(),
            revoked: false,
            tokens: vec![RefreshToken { hash: hash(secret), replaced: None }],
        }
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now >= Timestamp::from_unix_millis(self.started).after(LIFETIME)
    }
}

/// Sessions by their names.
#[derive(Serialize, Deserialize)]
pub(super) struct Sessions(BTreeMap<String, Session>);

impl Sessions {
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(super) fn open(&mut self, id: &str, session: Session, now: Timestamp) {
        self.0.retain(|_, session| !session.is_over(now));
        if self.0.len() >= MAX_SESSIONS {
            let oldest = self.0.iter().min_by_key(|(_, session)| session.started);
            if let Some(id) = oldest.map(|(id, _)| id.clone()) {
                self.0.remove(&id);
            }
        }
        self.0.insert(id.to_owned(), session);
    }

    /// The session of the refresh token `token` and its name. Where `rotation` says so, the token
    /// with the secret `next` takes its place.
    pub(super) fn refresh(
        &mut self,
        token: &str,
        client_id: &str,
        rotation: Rotation,
        next: &str,
        now: Timestamp,
    ) -> Result<(String, Session), RefreshError> {
        let (id, session, at) = self.find(token, client_id).ok_or(RefreshError::Invalid)?;
        if session.revoked {
            return Err(RefreshError::Revoked);
        }
        if session.is_over(now) {
            return Err(RefreshError::Expired);
        }
        let used = session.tokens.get_mut(at).ok_or(RefreshError::Invalid)?;
        let grace = if let Rotation::Enabled { grace } = rotation { grace } else { Duration::ZERO };
        let over = |replaced| now >= Timestamp::from_unix_millis(replaced).after(grace);
        if used.replaced.is_some_and(over) {
            session.revoked = true;
            return Err(RefreshError::Revoked);
        }
        if rotation != Rotation::Disabled {
            used.replaced.get_or_insert(now.unix_millis());
            if session.tokens.len() >= MAX_TOKENS {
                session.tokens.remove(0);
            }
            session.tokens.push(RefreshToken { hash: hash(next), replaced: None });
        }
        Ok((id, session.clone()))
    }

    /// Ends the session of the refresh token `token`, if it is one of the client's.
    pub(super) fn revoke_token(&mut self, token: &str, client_id: &str) {
        if let Some((_, session, _)) = self.find(token, client_id) {
            session.revoked = true;
        }
    }

    /// Ends the session `id`.
    pub(super) fn revoke(&mut self, id: &str) {
        if let Some(session) = self.0.get_mut(id) {
            session.revoked = true;
        }
    }

    /// Ends every session of the user `sub`.
    pub(super) fn revoke_user(&mut self, sub: &str) {
        for session in self.0.values_mut().filter(|session| session.sub == sub) {
            session.revoked = true;
        }
    }

    /// Whether the session `id` goes on.
    pub(super) fn is_live(&self, id: &str, now: Timestamp) -> bool {
        self.0.get(id).is_some_and(|session| !session.revoked && !session.is_over(now))
    }

    /// The session of `token`, with its name and the place of the token in its family.
    fn find(&mut self, token: &str, client_id: &str) -> Option<(String, &mut Session, usize)> {
        let (id, secret) = token.split_once('.')?;
        let session = self.0.get_mut(id).filter(|session| session.client_id == client_id)?;
        let hash = hash(secret);
        let is_it = |own: &RefreshToken| {
            verify_slices_are_equal(own.hash.as_bytes(), hash.as_bytes()).is_ok()
        };
        let at = session.tokens.iter().position(is_it)?;
        Some((id.to_owned(), session, at))
    }
}

/// The refresh token with `secret` of the session `id`. Clients see no parts in it.
pub(super) fn refresh_token(id: &str, secret: &str) -> String {
    format!("{id}.{secret}")
}

fn hash(secret: &str) -> String {
    hex::encode(digest(&SHA256, secret.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::time::Timestamp;

    use super::{MAX_SESSIONS, MAX_TOKENS, RefreshError, Session, Sessions, refresh_token};
    use crate::pool::config::Rotation;

    #[test]
    fn sessions_are_bounded() {
        let mut sessions = Sessions::new();
        for number in 0..=MAX_SESSIONS {
            let now = Timestamp::from_unix_millis(u64::try_from(number).unwrap());
            let session = Session::new("sub", "client", "openid", "secret", now);
            sessions.open(&number.to_string(), session, now);
        }
        let now = Timestamp::from_unix_millis(0);
        assert_eq!(sessions.0.len(), MAX_SESSIONS);
        assert!(!sessions.is_live("0", now) && sessions.is_live("1", now));
    }

    /// A token that was forgotten is unknown, and ends nothing.
    #[test]
    fn families_are_bounded() {
        let now = Timestamp::from_unix_millis(0);
        let rotation = Rotation::Enabled { grace: Duration::ZERO };
        let mut sessions = Sessions::new();
        sessions.open("id", Session::new("sub", "client", "openid", "0", now), now);
        let mut refresh = |used: usize, next: usize| {
            let token = refresh_token("id", &used.to_string());
            sessions.refresh(&token, "client", rotation, &next.to_string(), now).map(|_| ())
        };
        for number in 0..MAX_TOKENS {
            assert_eq!(refresh(number, number + 1), Ok(()));
        }
        assert_eq!(refresh(0, 0), Err(RefreshError::Invalid));
        assert_eq!(refresh(MAX_TOKENS, MAX_TOKENS + 1), Ok(()));
        assert_eq!(refresh(MAX_TOKENS, 0), Err(RefreshError::Revoked));
        assert_eq!(refresh(MAX_TOKENS + 1, 0), Err(RefreshError::Revoked));
    }
}
