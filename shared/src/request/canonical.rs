//! Canonical paths: the language of the access table.
//!
//! Two spellings of a path can mean the same to one reader and not to another: `/a/b`, `/a//b`,
//! `/a/./b` and `/a/%62`. What API Gateway makes of them differs between its APIs and is not
//! documented. So a path has one spelling, and every other one is refused: by the decision, which
//! sees the path, and by every policy with a wildcard, which API Gateway evaluates by itself for as
//! long as it caches it.

use std::fmt;

/// Why a path is not canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// `//` somewhere in it.
    EmptySegment,
    /// A `/` at its end, other than of the path `/`.
    TrailingSlash,
    /// A segment `.` or `..` (RFC 3986 §3.3).
    DotSegment,
    /// `%2e`, `%2f` or `%5c` in either case: a separator or a dot, for a reader who decodes.
    EncodedSeparator,
    /// A `\`, which some readers take for `/`.
    Backslash,
    /// A control character, of Unicode's category Cc.
    Control,
    /// A percent-encoded character that never needs it (RFC 3986 §2.3): `%61` is `a`.
    EncodedUnreserved,
    /// A segment that is a literal of a route in another spelling, such as `%40me` of `@me`.
    EncodedLiteral,
}

impl PathError {
    /// One sentence for the log. It holds no byte of the path.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmptySegment => "the path has an empty segment",
            Self::TrailingSlash => "the path ends with a slash",
            Self::DotSegment => "the path has a segment `.` or `..`",
            Self::EncodedSeparator => "the path has an encoded dot, slash or backslash",
            Self::Backslash => "the path has a backslash",
            Self::Control => "the path has a control character",
            Self::EncodedUnreserved => "the path encodes a character that needs no encoding",
            Self::EncodedLiteral => "the path encodes a literal of a route",
        }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Checks that `path`, with its leading slash, is canonical.
///
/// # Errors
/// The first reason why it is not.
pub(crate) fn check(path: &str) -> Result<(), PathError> {
    let Some(inner) = path.strip_prefix('/').filter(|inner| !inner.is_empty()) else {
        return Ok(());
    };
    for (index, &byte) in inner.as_bytes().iter().enumerate() {
        match byte {
            b'%' => check_encoded(inner.as_bytes().get(index + 1..index + 3))?,
            b'\\' => return Err(PathError::Backslash),
            0..0x20 | 0x7f => return Err(PathError::Control),
            _ => {}
        }
    }
    if !inner.is_ascii() && inner.contains(char::is_control) {
        return Err(PathError::Control);
    }
    for segment in inner.split('/') {
        match segment {
            "" if inner.ends_with('/') && !path.contains("//") => {
                return Err(PathError::TrailingSlash);
            }
            "" => return Err(PathError::EmptySegment),
            "." | ".." => return Err(PathError::DotSegment),
            _ => {}
        }
    }
    Ok(())
}

/// The first of `path` that encodes a character which needs no encoding, such as `%7A`. A glob of it matches
/// no canonical path.
pub(crate) fn encoded_unreserved(path: &str) -> Option<&str> {
    let from = |(at, _)| path.get(at..at + 3);
    path.match_indices('%').filter_map(from).find(|encoded| {
        let digits = encoded.as_bytes().get(1..);
        check_encoded(digits) == Err(PathError::EncodedUnreserved)
    })
}

fn check_encoded(digits: Option<&[u8]>) -> Result<(), PathError> {
    let Some(&[high, low]) = digits else { return Ok(()) };
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (Some(high), Some(low)) = (digit(high), digit(low)) else { return Ok(()) };
    match high << 4 | low {
        b'.' | b'/' | b'\\' => Err(PathError::EncodedSeparator),
        byte if is_unreserved(byte) => Err(PathError::EncodedUnreserved),
        _ => Ok(()),
    }
}

/// RFC 3986 §2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What a policy denies so that its wildcards match canonical paths only: globs of what follows the
/// stage in an ARN, `{VERB}/{path}`. A path of `/` alone is matched by none of them.
///
/// Control characters are missing: IAM gives no way to write them. So is what encodes an unreserved
/// character: [`encoded`] writes it for the few of them that matter to a policy, and an answer denies by
/// itself what its own request has of them.
pub(crate) const DENIED: [&str; 13] = [
    "*//*", "*/*/", "*/./*", "*/../*", "*/.", "*/..", "*%2e*", "*%2E*", "*%2f*", "*%2F*", "*%5c*",
    "*%5C*", "*\\*",
];

/// The globs of every path that encodes the unreserved `character`, one for each case of its digits;
/// none if it is another one.
pub(crate) fn encoded(character: u8) -> impl Iterator<Item = String> {
    let characters = is_unreserved(character).then_some(character);
    characters.into_iter().flat_map(percent).map(|encoded| format!("*{encoded}*"))
}

/// The other spellings of a route's `literal` that are canonical by themselves, such as `%40me` of
/// `@me`: beside a route with that literal they are refused, too. None where each of its characters is
/// unreserved, as nearly always.
pub(crate) fn spellings(literal: &str) -> Vec<String> {
    if literal.bytes().all(is_unreserved) {
        return Vec::new();
    }
    let mut spellings = vec![String::new()];
    for character in literal.chars() {
        let mut ways = vec![character.to_string()];
        if let (false, Ok(byte)) = (character.is_ascii_alphanumeric(), u8::try_from(character)) {
            ways.extend(percent(byte).filter(|_| !is_unreserved(byte)));
        }
        spellings = (spellings.iter())
            .flat_map(|start| ways.iter().map(move |way| format!("{start}{way}")))
            .collect();
    }
    spellings.retain(|spelling| spelling != literal);
    spellings
}

/// `byte` percent-encoded, once for each case of the digits.
fn percent(byte: u8) -> impl Iterator<Item = String> {
    let (upper, lower) = (format!("%{byte:02X}"), format!("%{byte:02x}"));
    let other = (lower != upper).then_some(lower);
    std::iter::once(upper).chain(other)
}

#[cfg(test)]
mod tests {
    use super::{PathError, check, encoded_unreserved, spellings};

    #[test]
    fn what_is_encoded_without_need() {
        for (path, expected) in [
            ("/", None),
            ("/a%2Fb%C3%A9%40%zz%4", None),
            ("/%7", None),
            ("/x%7A", Some("%7A")),
            ("/%2f%7e/%61", Some("%7e")),
            ("/%\u{e9}%61", Some("%61")),
        ] {
            assert_eq!(encoded_unreserved(path), expected, "{path}");
        }
    }

    #[test]
    fn other_spellings_of_a_literal() {
        let check = |literal: &str, expected: &[&str]| assert_eq!(spellings(literal), expected);
        check("users", &[]);
        check("v1.0_~-", &[]);
        check("@me", &["%40me"]);
        check("a:b", &["a%3Ab", "a%3ab"]);
        check("@:", &["@%3A", "@%3a", "%40:", "%40%3A", "%40%3a"]);
    }

    #[test]
    fn one_spelling_of_every_path() {
        let refused = |path: &str, expected| assert_eq!(check(path), Err(expected), "{path:?}");
        for path in [
            "/", "/a", "/a/b.c", "/a/...", "/a/.b", "/a/b.", "/%40", "/%3A", "/%3a", "/%C3%A9",
            "/%", "/%4", "/%zz", "/a%20b", "/%25", "/é", "/a:b", "/*", "/?", "/${*}", "/~", "/%2B",
        ] {
            assert_eq!(check(path), Ok(()), "{path:?}");
        }
        refused("//", PathError::EmptySegment);
        refused("/a//b", PathError::EmptySegment);
        refused("/a//", PathError::EmptySegment);
        refused("/a/", PathError::TrailingSlash);
        refused("/.", PathError::DotSegment);
        refused("/a/..", PathError::DotSegment);
        refused("/a/./b", PathError::DotSegment);
        refused("/a/x/../b", PathError::DotSegment);
        refused("/%2e", PathError::EncodedSeparator);
        refused("/a%2Fb", PathError::EncodedSeparator);
        refused("/a%5cb", PathError::EncodedSeparator);
        refused("/a\\b", PathError::Backslash);
        refused("/a/\n", PathError::Control);
        refused("/a\u{7f}", PathError::Control);
        refused("/a\u{85}", PathError::Control);
        for encoded in ["%61", "%7A", "%7e", "%30", "%5F", "%2d", "%2D"] {
            refused(&format!("/x{encoded}"), PathError::EncodedUnreserved);
        }
    }
}
