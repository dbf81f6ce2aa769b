//! Outside systems, a folder each: how each is called, and what its failures become.
//!
//! A port is a trait of one or two methods that speaks in the policy's types, beside its
//! implementation. "There is none" is `Ok(None)`; "could not ask" is [`runtime::UnavailableError`]
//! and becomes a 5xx, because API Gateway would cache a Deny.
//!
//! | system | port | IAM actions |
//! |---|---|---|
//! | `jwks` | [`JwksLookup`](jwks::JwksLookup) | none |
//! | `postgres` | [`ApiKeyStore`](postgres::ApiKeyStore) | `postgres::IAM_ACTIONS` |
//! | `dynamodb` | [`WebhookRegistry`](dynamodb::WebhookRegistry), [`ReplayStore`](dynamodb::ReplayStore) | `dynamodb::…::IAM_ACTIONS` |
//! | `secrets_manager` | [`SecretStore`](secrets_manager::SecretStore) | `secrets_manager::IAM_ACTIONS` |
//! | `lambda` | [`Target`](lambda::Target) | `lambda::IAM_ACTIONS` |

pub mod aws;
#[cfg(feature = "aws-sdk")]
pub mod dynamodb;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "jwks")]
pub mod jwks;
#[cfg(feature = "aws-sdk")]
pub mod lambda;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(any(feature = "aws-sdk", feature = "postgres"))]
pub mod secrets_manager;
pub mod url;
