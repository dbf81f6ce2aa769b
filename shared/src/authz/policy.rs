//! The globs that allow exactly what the table permits.
//!
//! `grant_sets` finds what callers can hold. For each grant set `compile` has the `compiler` make a
//! policy and `prove` prove it; these two share nothing. `report` tells the author of a table why
//! no policy can express it.

pub(in crate::authz) mod compile;
mod compiler;
pub(in crate::authz) mod grant_sets;
mod prove;
mod report;
mod segments;
pub(in crate::authz) mod statements;
