//! The validation expression of a `TOKEN` authorizer.

use std::fmt;

use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::nfa::thompson::{self};
use regex_automata::util::syntax;

use super::api::ApiError;

/// What an expression may take in memory: AWS's examples take a few kilobytes.
const MAX_BYTES: usize = 1 << 20;

/// A regular expression that a token must match before the authorizer is invoked. It takes time in
/// proportion to the token.
pub(super) struct Validation {
    whole: PikeVM,
    part: PikeVM,
}

/// How much of a token matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matching {
    /// All of it.
    Whole,
    /// A part of it. Whether that is enough for API Gateway is not known.
    Part,
    /// No part of it.
    Nothing,
}

impl Validation {
    /// Reads `expression`.
    ///
    /// # Errors
    /// It cannot be read, or is too large. What only Java's expressions have, such as looking ahead, is
    /// not supported.
    pub(super) fn parse(expression: &str) -> Result<Self, ApiError> {
        Ok(Self { whole: compile(&format!(r"\A(?:{expression})\z"))?, part: compile(expression)? })
    }

    pub(super) fn check(&self, token: &str) -> Matching {
        let is_match = |regex: &PikeVM| regex.is_match(&mut regex.create_cache(), token);
        if is_match(&self.whole) {
            Matching::Whole
        } else if is_match(&self.part) {
            Matching::Part
        } else {
            Matching::Nothing
        }
    }
}

impl fmt::Debug for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validation").finish_non_exhaustive()
    }
}

/// Classes such as `\w` are those of ASCII, as in Java's expressions.
fn compile(expression: &str) -> Result<PikeVM, ApiError> {
    PikeVM::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_BYTES)))
        .build(expression)
        .map_err(|_| {
            ApiError("the validation expression cannot be read, or is too large".to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::{Matching, Validation};

    #[test]
    fn tokens() {
        let check = |expression: &str, token: &str, expected: Matching| {
            let validation = Validation::parse(expression).unwrap();
            assert_eq!(validation.check(token), expected, "{expression} {token}");
        };
        check("Bearer [A-Za-z0-9._-]+", "Bearer a.b.c", Matching::Whole);
        check("Bearer [A-Za-z0-9._-]+", "Bearer a.b.c!", Matching::Part);
        check("Bearer [A-Za-z0-9._-]+", "Basic a", Matching::Nothing);
        check("^x-[a-z]+", "x-abc", Matching::Whole);
        check("^x-[a-z]+", "x-abc1", Matching::Part);
        check("^x-[a-z]+", "ax-abc", Matching::Nothing);
        check("a|ab", "ab", Matching::Whole);
        check(r".*\..*\..*", "a.b.c", Matching::Whole);
        check(r"\w+", "a", Matching::Whole);
        check("(a*)*b", &"a".repeat(2_000), Matching::Nothing);
    }

    #[test]
    fn what_cannot_be_read() {
        for expression in ["(", "a{2,1}", "(?=a)", "(a{1000}){1000}", r"a\1"] {
            assert!(Validation::parse(expression).is_err(), "{expression}");
        }
    }
}
