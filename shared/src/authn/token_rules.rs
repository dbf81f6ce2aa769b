//! The rules by which tokens are taken.

use std::fmt;

use crate::authn::claim_name::ClaimName;
use crate::authn::identity::CredentialKind;
use crate::authn::issuer::Issuer;
use crate::authn::service_client::ServiceClient;

/// What a token must satisfy to be taken by this function.
#[derive(Clone, Debug)]
pub struct TokenRules {
    /// The kinds of token that are taken.
    pub kinds: Vec<CredentialKind>,
    /// The user pools whose tokens are taken. Empty takes none.
    pub issuers: Vec<Issuer>,
    /// The app clients whose users' tokens are taken. Empty takes none.
    pub app_clients: Vec<String>,
    /// What `aud` of an access token may be besides its own client.
    pub audiences: Vec<String>,
    /// The claim that says a user's role.
    pub role_claim: ClaimName,
    /// The claim that says a user's tenant.
    pub tenant_claim: ClaimName,
    /// By how many seconds the issuer's clock and this function's may differ.
    pub leeway_seconds: u32,
    /// Further claims of a user's token that the answer's context repeats.
    pub context_claims: Vec<String>,
}

/// What tokens may name: the services that may present some, and the roles that a user can hold.
#[derive(Clone, Copy)]
pub struct Registered<'r> {
    /// The services that may present tokens.
    pub services: &'r [ServiceClient],
    /// Whether a user can hold the role of this name.
    pub is_role: &'r dyn Fn(&str) -> bool,
}

impl fmt::Debug for Registered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered").field("services", &self.services).finish_non_exhaustive()
    }
}
