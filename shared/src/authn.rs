//! Steps 2 and 3, authentication: what credential is presented, and what identity does it prove?
//!
//! All kinds of Cognito token come in the same places, so a request presents *a token*. Its claims say
//! which kind it is, and are believed only once the signature is verified. An API key has a header of its
//! own, and may stand in a token's place.
//!
//! | file | what it holds |
//! |---|---|
//! | `credential` | how a request presents exactly one [`Credential`] |
//! | `token_source` | where a token may stand |
//! | `jws`, `claims` | a signed token taken apart, strictly (RFC 7515, RFC 7519, RFC 8725) |
//! | `token` | [`UnverifiedToken`]: from a token and a key to an [`Identity`] |
//! | `id_token`, `user_token`, `service_token` | what the claims of each kind must say |
//! | `user_claims`, `access_token` | what two kinds have in common |
//! | `claim_name` | which claims may say a role or a tenant |
//! | [`jwk`] | the keys that verify (RFC 7517) |
//! | [`api_key`] | API keys: their shape, their record, their verification |
//! | `identity` | [`Identity`]: the proven caller |

mod access_token;
pub mod api_key;
mod claim_name;
mod claims;
mod credential;
mod id_token;
mod identity;
mod issuer;
mod json;
pub mod jwk;
mod jws;
mod service_client;
mod service_token;
mod token;
mod token_rules;
mod token_source;
mod user_claims;
mod user_token;

pub use api_key::{
    ApiKeyEnvironment, ApiKeyLookup, ApiKeyRecord, ApiKeyRules, NewApiKey, PresentedApiKey,
};
pub use claim_name::{ClaimName, ClaimNameError};
pub use credential::{Accepted, Credential};
pub use identity::{
    ApiKeyPrincipal, CredentialKind, Identity, Principal, SERVICE_ROLE, UserTokenPrincipal,
};
pub use issuer::Issuer;
pub use jwk::{JwkError, Jwks, JwksError, JwksSeed, VerifyingKey};
pub use jws::Jws;
pub use service_client::{ServiceClient, ServiceTenant, ServiceTenantError};
pub use token::UnverifiedToken;
pub use token_rules::{Registered, TokenRules};
pub use token_source::{TokenSource, TokenSourceError};
