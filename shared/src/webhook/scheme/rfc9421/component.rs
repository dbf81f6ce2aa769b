//! What a signature may cover.

/// The derived components (RFC 9421 §2.2) that an event has. Missing are `@request-target`, which
/// no event has as it was sent, `@query-param`, which needs a parameter, and `@status`, which only
/// a response has.
const DERIVED: [&str; 6] = ["@method", "@path", "@query", "@authority", "@scheme", "@target-uri"];

/// The longest name of a header that is taken, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// Whether a signature may cover `name`: a derived component that is known here, or a header in
/// lower case.
pub(in crate::webhook) fn is_component(name: &str) -> bool {
    // Of RFC 9110's token characters (§5.6.2), those that header names are made of. Upper case is
    // not among them: RFC 9421 §2.1 writes names in lower case, so that each has one spelling.
    let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    DERIVED.contains(&name) || (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(plain)
}
