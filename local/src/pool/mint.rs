//! Tokens for the asking, of any role and tenant: for `curl`, scripts and tests.

use serde_json::json;
use shared::authn::SERVICE_ROLE;
use shared::time::Timestamp;

use super::Pool;
use super::claims::{Grant, TOKEN_SECONDS, id_token, seconds, service_token, user_access_token};
use super::config::API_SCOPE;
use super::error::PoolError;
use super::users::{User, UserStatus};

/// Which token is minted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A user's ID token.
    Id,
    /// A user's access token.
    UserAccess,
    /// A service's access token, as the client-credentials grant gives it.
    Service,
}

/// A token to be minted. What is left out is that of the pool's first client of the kind.
#[derive(Clone, Copy, Debug)]
pub struct Mint<'m> {
    /// Which token.
    pub kind: TokenKind,
    /// `custom:role` of an ID token, whether or not a table has that role.
    pub role: &'m str,
    /// `custom:tenant_id` of an ID token, whether or not a user has that tenant.
    pub tenant: &'m str,
    /// The client; any id is taken.
    pub client: Option<&'m str>,
    /// The scopes of an access token, separated by blanks; any are taken.
    pub scope: Option<&'m str>,
    /// Whether the token expired a minute ago.
    pub expired: bool,
}

impl Pool {
    /// Mints a token. It belongs to no session: the pool's own API takes none of them, and nothing
    /// revokes them. A role and tenant that a user of the pool has give that user's `sub`.
    ///
    /// # Errors
    /// [`PoolError::Config`]: a user with the role of services, or a pool without a client of the
    /// kind. Else the random source or the key failed.
    pub fn mint(&mut self, mint: &Mint<'_>, now: Timestamp) -> Result<String, PoolError> {
        let client_id = self.mint_client(mint)?;
        let mut issued = self.issued(now)?;
        if mint.expired {
            issued.iat = seconds(now).saturating_sub(TOKEN_SECONDS + 60);
        }
        if mint.kind == TokenKind::Service {
            let scope = mint.scope.map_or_else(|| self.service_scope(&client_id), str::to_owned);
            return self.sign(&service_token(&self.config.issuer, &client_id, &scope, &issued));
        }
        if mint.role == SERVICE_ROLE {
            return Err(PoolError::Config(format!("no user can have the role `{SERVICE_ROLE}`")));
        }
        let (user, origin_jti) = (self.mint_user(mint, now)?, self.random.uuid()?);
        let grant = Grant {
            issuer: &self.config.issuer,
            client_id: &client_id,
            scope: mint.scope.filter(|_| mint.kind == TokenKind::UserAccess).unwrap_or(API_SCOPE),
            auth_time: issued.iat,
            origin_jti: &origin_jti,
        };
        self.sign(&match mint.kind {
            TokenKind::UserAccess => user_access_token(&user, &grant, &issued),
            _ => id_token(&user, &grant, &issued, None),
        })
    }

    fn mint_client(&self, mint: &Mint<'_>) -> Result<String, PoolError> {
        let own = if mint.kind == TokenKind::Service {
            self.config.service_clients.first().map(|client| client.id.as_str())
        } else {
            self.config.app_clients.first().map(|client| client.id.as_str())
        };
        let client = mint.client.or(own).map(str::to_owned);
        client.ok_or_else(|| PoolError::Config("the pool has no client for this token".to_owned()))
    }

    fn service_scope(&self, client_id: &str) -> String {
        self.config.service_client(client_id).map(|own| own.scopes.join(" ")).unwrap_or_default()
    }

    /// The first user with this role and tenant, or one that exists in this token alone.
    fn mint_user(&mut self, mint: &Mint<'_>, now: Timestamp) -> Result<User, PoolError> {
        let has_both = |user: &&User| {
            user.attribute("custom:role") == mint.role
                && user.attribute("custom:tenant_id") == mint.tenant
        };
        if let Some(user) = self.users.iter().find(has_both) {
            return Ok(user.clone());
        }
        let attributes = [
            ("email", format!("{}@{}.example", mint.role, mint.tenant)),
            ("email_verified", json!(true).to_string()),
            ("custom:role", mint.role.to_owned()),
            ("custom:tenant_id", mint.tenant.to_owned()),
        ];
        Ok(User {
            sub: self.random.uuid()?,
            attributes: attributes.map(|(name, value)| (name.to_owned(), value)).into(),
            groups: Vec::new(),
            password: self.nobody.clone(),
            status: UserStatus::Confirmed,
            created: now.unix_millis(),
            modified: now.unix_millis(),
        })
    }
}
