//! The Denies that keep a policy to canonical paths.

use crate::authz::policy::statements::Globs;
use crate::request::canonical::{DENIED, encoded, spellings};

/// What a policy denies besides what its caller may not do: every path that is not canonical, as far as
/// IAM can say it, and every other spelling of the `literals`, which a caller must not reach by a
/// wildcard.
pub(in crate::authz) fn guards(literals: &[&str]) -> Globs {
    let mut characters: Vec<_> = literals.iter().flat_map(|literal| literal.bytes()).collect();
    characters.sort_unstable();
    characters.dedup();
    let mut segments: Vec<_> = literals.iter().flat_map(|literal| spellings(literal)).collect();
    segments.sort_unstable();
    let of_segments = segments.iter().flat_map(|s| [format!("*/{s}"), format!("*/{s}/*")]);
    let fixed = DENIED.iter().map(ToString::to_string);
    fixed.chain(characters.into_iter().flat_map(encoded)).chain(of_segments).collect()
}
