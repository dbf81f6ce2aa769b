//! The Denies that keep a policy to canonical paths: that none is missing.

use crate::authz::policy::statements::Globs;
use crate::request::canonical::{DENIED, encoded, spellings};

/// A glob that `guards` lack: of those that deny what is not canonical, or another spelling of one of
/// the `literals`.
pub(in crate::authz) fn missing_guard(guards: &Globs, literals: &[&str]) -> Option<String> {
    let has = |glob: &String| guards.iter().any(|guard| guard.as_str() == glob);
    let fixed = DENIED.iter().map(ToString::to_string);
    let of_characters = literals.iter().flat_map(|literal| literal.bytes()).flat_map(encoded);
    let of_segments = literals
        .iter()
        .flat_map(|literal| spellings(literal))
        .flat_map(|spelling| [format!("*/{spelling}"), format!("*/{spelling}/*")]);
    fixed.chain(of_characters).chain(of_segments).find(|glob| !has(glob))
}
