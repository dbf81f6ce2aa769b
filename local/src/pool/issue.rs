//! Tokens of a sign-in.

use shared::time::Timestamp;

use super::Pool;
use super::claims::{Claims, Grant, Issued, has_scope, id_token, seconds, user_access_token};
use super::config::{API_SCOPE, AppClient, Rotation};
use super::error::PoolError;
use super::sessions::{RefreshError, Session, refresh_token};

/// What a sign-in or a refresh gives.
pub(super) struct Tokens {
    pub(super) access: String,
    /// For Cognito's API, and at the token endpoint for those who asked for `openid`.
    pub(super) id: Option<String>,
    /// None where the one that was used stays.
    pub(super) refresh: Option<String>,
}

/// Why a refresh gives none.
pub(super) enum NoTokens {
    Refused(RefreshError),
    Failed(PoolError),
}

impl From<PoolError> for NoTokens {
    fn from(error: PoolError) -> Self {
        Self::Failed(error)
    }
}

impl Pool {
    /// Opens a session of the user `sub`, whose password was right just now. Returns its name too.
    pub(super) fn open_session(
        &mut self,
        sub: &str,
        client_id: &str,
        scope: &str,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<(String, Tokens), PoolError> {
        let (id, secret) = (self.random.uuid()?, self.random.secret()?);
        let session = Session::new(sub, client_id, scope, &secret, now);
        let mut tokens = self.tokens(&id, &session, nonce, now)?;
        tokens.refresh = Some(refresh_token(&id, &secret));
        self.sessions.open(&id, session, now);
        Ok((id, tokens))
    }

    /// Uses a refresh token. ID tokens that come of it have no `nonce` (OpenID Connect Core §12.2).
    pub(super) fn refresh(
        &mut self,
        token: &str,
        client: &AppClient,
        now: Timestamp,
    ) -> Result<Tokens, NoTokens> {
        let next = self.random.secret()?;
        let used = self.sessions.refresh(token, &client.id, client.rotation, &next, now);
        let (id, session) = used.map_err(NoTokens::Refused)?;
        if self.users.find(&session.sub).is_none() {
            return Err(NoTokens::Refused(RefreshError::Revoked));
        }
        let mut tokens = self.tokens(&id, &session, None, now)?;
        let rotates = client.rotation != Rotation::Disabled;
        tokens.refresh = rotates.then(|| refresh_token(&id, &next));
        Ok(tokens)
    }

    fn tokens(
        &mut self,
        id: &str,
        session: &Session,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<Tokens, PoolError> {
        let (for_access, for_id) = (self.issued(now)?, self.issued(now)?);
        let user = self.users.find(&session.sub).ok_or(PoolError::NoUser)?;
        let grant = Grant {
            issuer: &self.config.issuer,
            client_id: &session.client_id,
            scope: &session.scope,
            auth_time: session.auth_time,
            origin_jti: id,
        };
        let access = self.keys.sign(&user_access_token(user, &grant, &for_access))?;
        // Cognito's own API asks for no scope, and always gives one.
        let wants_id = has_scope(&session.scope, "openid") || session.scope == API_SCOPE;
        let id = wants_id.then(|| self.keys.sign(&id_token(user, &grant, &for_id, nonce)));
        Ok(Tokens { access, id: id.transpose()?, refresh: None })
    }

    pub(super) fn issued(&mut self, now: Timestamp) -> Result<Issued, PoolError> {
        Ok(Issued { iat: seconds(now), jti: self.random.uuid()? })
    }

    pub(super) fn sign(&self, claims: &Claims) -> Result<String, PoolError> {
        self.keys.sign(claims)
    }
}
