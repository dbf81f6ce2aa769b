//! The questions this function asks outside systems: one file per system, one port per question.
//!
//! "No" is `Ok` with nothing in it; "could not ask" is [`shell::Unavailable`] and becomes a 5xx, because
//! API Gateway would cache a Deny.

pub mod api_keys;
#[cfg(feature = "api-keys")]
pub mod aurora;
#[cfg(feature = "api-keys")]
pub mod aws;
pub mod http;
pub mod jwks;
