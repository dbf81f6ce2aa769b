//! What keeps a pool from being made, or from answering.

use std::fmt;

/// Why there is no pool, no token or no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolError {
    /// The configuration cannot be right.
    Config(String),
    /// A kept state cannot be read.
    State(String),
    /// The random source failed.
    Random,
    /// The user does not exist any more.
    NoUser,
    /// A key could not be made, or does not sign.
    Key,
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(problem) => f.write_str(problem),
            Self::State(problem) => write!(f, "the kept state cannot be read: {problem}"),
            Self::Random => f.write_str("the random source failed"),
            Self::NoUser => f.write_str("the user does not exist any more"),
            Self::Key => f.write_str("the signing key failed"),
        }
    }
}

impl std::error::Error for PoolError {}
