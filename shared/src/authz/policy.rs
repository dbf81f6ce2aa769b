//! The globs that allow exactly what the table permits.
//!
//! `grant_sets` finds what callers can hold. For each grant set `compile` has the `compiler` make a
//! policy and `prove` prove it; these two share nothing. `guards` keep it to canonical paths, `size`
//! measures it. `report` tells the author of a table why no policy can express it, and `remedies` what
//! would help.

pub(in crate::authz) mod compile;
mod compiler;
mod forms;
mod globs;
pub(in crate::authz) mod grant_sets;
mod guards;
mod needed;
mod prove;
pub(in crate::authz) mod remedies;
pub(in crate::authz) mod report;
mod size;
pub(in crate::authz) mod statements;
mod trie;
