//! Step 3: what identity does the credential prove?

use crate::authn::user_claims::User;
use crate::ids::{ApiKeyId, Subject, TenantId};

/// The proven caller. Only the verifiers of `authn` build one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    subject: Subject,
    tenant: TenantId,
    principal: Principal,
    claims: Vec<(String, String)>,
}

/// What an identity's permissions come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A user by ID token: the role, exactly as in the token.
    User(Box<str>),
    /// A user by access token: the role, limited by the scopes where the table has some of such tokens.
    UserToken(Box<UserTokenPrincipal>),
    /// A service: the scopes of its token, exactly as there, separated by blanks.
    Service(Box<str>),
    /// An API key: what both the key and its owner may do.
    ApiKey(Box<ApiKeyPrincipal>),
}

/// What the permissions of a user's access token come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserTokenPrincipal {
    /// The role, exactly as in the token.
    pub role: Box<str>,
    /// The token's scopes, exactly as there, separated by blanks.
    pub scopes: Box<str>,
}

/// What an API key's permissions come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyPrincipal {
    /// The key's public part.
    pub key: ApiKeyId,
    /// The role that its owner has now.
    pub role: Box<str>,
    /// The key's scopes, separated by blanks.
    pub scopes: Box<str>,
}

/// The role of every service in context and log. No user may hold it.
pub const SERVICE_ROLE: &str = "service_account";

impl Identity {
    pub(super) fn of_user(user: User) -> Self {
        let User { subject, role, tenant, claims } = user;
        Self { subject, tenant, principal: Principal::User(role), claims }
    }

    pub(super) fn of_user_token(user: User, scopes: &str) -> Self {
        let User { subject, role, tenant, claims } = user;
        let principal = UserTokenPrincipal { role, scopes: scopes.into() };
        Self { subject, tenant, principal: Principal::UserToken(Box::new(principal)), claims }
    }

    pub(crate) fn of_service(subject: Subject, tenant: TenantId, scopes: &str) -> Self {
        Self { subject, tenant, principal: Principal::Service(scopes.into()), claims: Vec::new() }
    }

    pub(crate) fn of_key(owner: Subject, tenant: TenantId, principal: ApiKeyPrincipal) -> Self {
        let principal = Principal::ApiKey(Box::new(principal));
        Self { subject: owner, tenant, principal, claims: Vec::new() }
    }

    /// The `sub` of the user or of the API key's owner, or the client id of the service.
    #[must_use]
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The tenant the identity belongs to.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// What the permissions come from.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The kind of credential that proved it.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        match self.principal {
            Principal::User(_) => CredentialKind::IdToken,
            Principal::UserToken(_) => CredentialKind::UserToken,
            Principal::Service(_) => CredentialKind::ServiceToken,
            Principal::ApiKey(_) => CredentialKind::ApiKey,
        }
    }

    /// The role: of an API key its owner's, of a service `service_account`.
    #[must_use]
    pub fn role(&self) -> &str {
        match &self.principal {
            Principal::User(role) => role,
            Principal::UserToken(user) => &user.role,
            Principal::Service(_) => SERVICE_ROLE,
            Principal::ApiKey(key) => &key.role,
        }
    }

    /// The scopes, separated by blanks; empty for a user by ID token.
    #[must_use]
    pub fn scopes(&self) -> &str {
        match &self.principal {
            Principal::User(_) => "",
            Principal::UserToken(user) => &user.scopes,
            Principal::Service(scopes) => scopes,
            Principal::ApiKey(key) => &key.scopes,
        }
    }

    /// The public part of the API key that proved it, if one did.
    #[must_use]
    pub const fn key(&self) -> Option<&ApiKeyId> {
        match &self.principal {
            Principal::ApiKey(key) => Some(&key.key),
            Principal::User(_) | Principal::UserToken(_) | Principal::Service(_) => None,
        }
    }

    /// The further claims that the settings name, as name and value.
    pub fn claims(&self) -> impl Iterator<Item = (&str, &str)> {
        self.claims.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A kind of credential, as `CREDENTIALS` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A Cognito ID token, which proves a user.
    IdToken,
    /// A Cognito access token of a user, which a trigger has given role and tenant.
    UserToken,
    /// A Cognito access token from the client-credentials grant, which proves a service.
    ServiceToken,
    /// An API key, which proves its owner, limited to its scopes.
    ApiKey,
}

impl CredentialKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::IdToken, Self::UserToken, Self::ServiceToken, Self::ApiKey];

    /// The name in settings, in the log and in the answer's `auth_method`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdToken => "id-token",
            Self::UserToken => "user-token",
            Self::ServiceToken => "service-token",
            Self::ApiKey => "api-key",
        }
    }
}
