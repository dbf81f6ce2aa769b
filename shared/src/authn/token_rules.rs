//! The rules by which tokens are taken.

use crate::authn::identity::CredentialKind;
use crate::authn::issuer::Issuer;

/// What a token must satisfy to be taken by this function.
#[derive(Clone, Debug)]
pub struct TokenRules {
    /// The kinds of token that are taken.
    pub kinds: Vec<CredentialKind>,
    /// The user pools whose tokens are taken. Empty takes none.
    pub issuers: Vec<Issuer>,
    /// The app clients whose ID tokens are taken. Empty takes none.
    pub app_clients: Vec<String>,
    /// By how many seconds the issuer's clock and this function's may differ.
    pub leeway_seconds: u32,
    /// Further claims of an ID token that the answer's context repeats.
    pub context_claims: Vec<String>,
}
