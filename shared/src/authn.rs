//! Steps 2 and 3, authentication: what credential is presented, and what identity does it prove?
//!
//! Both kinds of Cognito token come in the same header, so a request presents *a token*. Its claim
//! `token_use` says which kind it is, and is believed only once the signature is verified. An API
//! key has a header of its own.
//!
//! | file | what it holds |
//! |---|---|
//! | `credential` | how a request presents exactly one [`Credential`] |
//! | `jws`, `claims` | a signed token taken apart, strictly (RFC 7515, RFC 7519, RFC 8725) |
//! | `token` | [`UnverifiedToken`]: from a token and a key to an [`Identity`] |
//! | `id_token`, `service_token` | what the claims of each kind must say |
//! | [`jwk`] | the keys that verify (RFC 7517) |
//! | [`api_key`] | API keys: their shape, their record, their verification |
//! | `identity` | [`Identity`]: the proven caller |

pub mod api_key;
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

pub use api_key::{
    ApiKeyEnvironment, ApiKeyLookup, ApiKeyRecord, ApiKeyRules, NewApiKey, PresentedApiKey,
};
pub use credential::{Accepted, Credential};
pub use identity::{ApiKeyPrincipal, CredentialKind, Identity, Principal, SERVICE_ROLE};
pub use issuer::Issuer;
pub use jwk::{JwkError, Jwks, JwksError, JwksSeed, VerifyingKey};
pub use jws::Jws;
pub use service_client::ServiceClient;
pub use token::UnverifiedToken;
pub use token_rules::TokenRules;
