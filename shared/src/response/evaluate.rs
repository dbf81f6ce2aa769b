//! What API Gateway makes of a policy for one request.
//!
//! It shares nothing with the compiler and the prover: it takes the globs as they stand in the
//! answer and reads `*` and `?` as IAM documents them, a character at a time. So a policy that is
//! proven for another language of paths than API Gateway's own is noticed before it is answered.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>

use std::str::Chars;

use crate::authz::{Glob, Policy};
use crate::ids::TenantId;

/// What the statements say of one request. An explicit Deny outweighs an Allow.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// An Allow matches, and no Deny.
    Allow,
    /// A Deny matches.
    ExplicitDeny,
    /// No statement matches: a "no", unless a resource policy allows.
    NoMatch,
}

/// Evaluates `policy` for the request of a caller of `tenant` whose ARN ends in `tail`, after the stage:
/// `GET/api/incidents`.
#[must_use]
pub fn evaluate(policy: Policy<'_>, tenant: Option<&TenantId>, tail: &str) -> Evaluation {
    if matches_any(policy.deny(), tenant, tail) {
        return Evaluation::ExplicitDeny;
    }
    if matches_any(policy.allow(), tenant, tail) {
        return Evaluation::Allow;
    }
    Evaluation::NoMatch
}

fn matches_any<'t>(
    mut globs: impl Iterator<Item = Glob<'t>>,
    tenant: Option<&TenantId>,
    tail: &str,
) -> bool {
    let mut own = String::new();
    globs.any(|glob| match (glob.needs_tenant(), tenant) {
        (false, _) => matches(glob.as_str(), tail),
        (true, None) => false,
        (true, Some(_)) => {
            own.clear();
            glob.push_to(&mut own, tenant);
            matches(&own, tail)
        }
    })
}

/// Whether `pattern` matches all of `text`: `*` is any characters or none, also slashes, and `?` is
/// exactly one. Where the characters after a `*` do not fit, it takes more, up to the next place where
/// the first of them does: time is at most the product of both lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // What follows the last `*`, and the text from where it was tried last.
    let mut star = None;
    loop {
        let (mut after_pattern, mut after_text) = (pattern.clone(), text.clone());
        match (after_pattern.next(), after_text.next()) {
            (Some('*'), _) => {
                pattern = after_pattern;
                if pattern.as_str().is_empty() {
                    return true;
                }
                let Some(from) = first_fit(pattern.clone(), text) else { return false };
                text = from;
                star = Some((pattern.clone(), text.clone()));
            }
            (None, None) => return true,
            (Some(expected), Some(found)) if expected == found || expected == '?' => {
                (pattern, text) = (after_pattern, after_text);
            }
            _ => {
                let Some((after_star, tried)) = &mut star else { return false };
                if tried.next().is_none() {
                    return false;
                }
                let Some(from) = first_fit(after_star.clone(), tried.clone()) else { return false };
                *tried = from;
                (pattern, text) = (after_star.clone(), tried.clone());
            }
        }
    }
}

/// `text` from where the first character of `pattern` occurs; `None` if it does not.
fn first_fit<'t>(pattern: Chars<'_>, text: Chars<'t>) -> Option<Chars<'t>> {
    let text = text.as_str();
    let at = match { pattern }.next() {
        None | Some('*' | '?') => 0,
        // As a loop over bytes it is quicker than the search of `str`, for texts as short as these.
        Some(first) if first.is_ascii() => {
            text.bytes().position(|byte| char::from(byte) == first)?
        }
        Some(first) => text.find(first)?,
    };
    text.get(at..).map(str::chars)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        };
        check("", "", true);
        check("", "a", false);
        check("*", "", true);
        check("*", "GET/a/b", true);
        check("?", "", false);
        check("?", "é", true);
        check("?", "ab", false);
        check("?*", "", false);
        check("?*", "a", true);
        check("GET/a", "GET/a", true);
        check("GET/a", "GET/A", false);
        check("GET/a", "GET/a/", false);
        check("GET/a", "GET/", false);
        check("GET/a/?*", "GET/a/", false);
        check("GET/a/?*", "GET/a/1", true);
        check("GET/a/?*", "GET/a/1/2", true);
        check("GET/a/?*/b", "GET/a/1/b", true);
        check("GET/a/?*/b", "GET/a/1/b/b", true);
        check("GET/a/?*/b", "GET/a//b", false);
        check("GET/a/?*/b", "GET/a/1/c", false);
        check("GET/*/b/*/d", "GET/a/b/c/b/c/d", true);
        check("GET/*/b/*/d", "GET/a/b/d", false);
        check("*b*", "aaab", true);
        check("*b", "aaba", false);
        check("a*a*a*a*a*a*b", &"a".repeat(200), false);
    }
}
