//! The services that may present tokens.

use crate::ids::TenantId;

/// A service that may present tokens, and the tenant it acts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceClient {
    /// The app client's id in Cognito.
    pub client_id: Box<str>,
    /// The tenant that all its requests are for.
    pub tenant: TenantId,
}
