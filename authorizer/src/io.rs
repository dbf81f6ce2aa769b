//! The questions this function asks outside systems: one file per system, one port per question.
//!
//! "No" is `Ok` with nothing in it; "could not ask" is [`Unavailable`] and becomes a 5xx, because
//! API Gateway would cache a Deny.

use std::fmt;

pub mod jwks;

/// The question could not be put, or its answer could not be believed. Never means "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable(String);

impl Unavailable {
    /// `reason` is one sentence for the log: lower case, no full stop, nothing secret.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unavailable {}
