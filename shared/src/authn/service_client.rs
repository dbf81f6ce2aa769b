//! The services that may present tokens.

use std::fmt;

use crate::authn::claim_name::{ClaimName, ClaimNameError};
use crate::ids::TenantId;

/// A service that may present tokens, and the tenant it acts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceClient {
    /// The app client's id in Cognito.
    pub client_id: Box<str>,
    /// For which tenant its requests are.
    pub tenant: ServiceTenant,
}

impl ServiceClient {
    /// Whether `text` can be the id of an app client, as Cognito makes them: `[\w+]+`, 128 characters at
    /// most.
    #[must_use]
    pub fn is_id(text: &str) -> bool {
        (1..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+'))
    }
}

/// Who says for which tenant the requests of a service are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceTenant {
    /// Whoever registered the service: always this one.
    Fixed(TenantId),
    /// Its token, in this claim: one client serves many tenants.
    Claim(ClaimName),
}

/// Why a text says no tenant of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceTenantError {
    /// It is no tenant id.
    Tenant,
    /// The claim cannot say a tenant.
    Claim(ClaimNameError),
}

impl fmt::Display for ServiceTenantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant => f.write_str("it is no tenant id"),
            Self::Claim(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ServiceTenantError {}

impl ServiceTenant {
    /// Reads a tenant id, or `claim:<name>`.
    ///
    /// # Errors
    /// It is neither, or the claim cannot say a tenant.
    pub fn parse(text: &str) -> Result<Self, ServiceTenantError> {
        match text.strip_prefix("claim:") {
            Some(name) => ClaimName::of_service_tenant(name)
                .map(Self::Claim)
                .map_err(ServiceTenantError::Claim),
            None => TenantId::parse(text).map(Self::Fixed).ok_or(ServiceTenantError::Tenant),
        }
    }

    /// The tenant, if it is always the same.
    #[must_use]
    pub const fn fixed(&self) -> Option<&TenantId> {
        match self {
            Self::Fixed(tenant) => Some(tenant),
            Self::Claim(_) => None,
        }
    }
}

/// As it is read.
impl fmt::Display for ServiceTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(tenant) => tenant.fmt(f),
            Self::Claim(name) => write!(f, "claim:{name}"),
        }
    }
}
