//! The path of a route: `/api/incidents/{id}`, `/files/{name+}`, `$connect`.

use std::cmp::Ordering;
use std::fmt;

/// What the ARN has in place of a path when a WebSocket opens: no verb, no slash.
pub(in crate::authz) const CONNECT: &str = "$connect";

const LONGEST: usize = 256;
const MOST_SEGMENTS: usize = 24;
/// Each one more than doubles the spellings of a literal that policies have to deny.
const MOST_ENCODABLE: usize = 3;

/// A well-formed route path. Its text starts with `/`, or is [`CONNECT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::authz) struct Pattern {
    text: Box<str>,
    /// How many bytes come before the first parameter; all of them where there is none.
    fixed: usize,
}

/// One segment of a [`Pattern`], most specific kind first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::authz) enum Segment<'p> {
    /// Exactly this text; empty only in the root path `/`.
    Literal(&'p str),
    /// `{name}`: one or more characters, none of them `/`.
    One(&'p str),
    /// `{name+}`, always last: one or more characters of any kind.
    Rest(&'p str),
}

impl Pattern {
    /// Parses `text` as a route path.
    ///
    /// # Errors
    ///
    /// What is wrong with it, as the rest of the sentence "malformed path `…`: ".
    pub(in crate::authz) fn parse(text: &str) -> Result<Self, String> {
        let pattern = Self::compiled(text);
        let Some(path) = text.strip_prefix('/') else {
            return if text == CONNECT {
                Ok(pattern)
            } else {
                Err(format!("it starts with `/`, or is `{CONNECT}`"))
            };
        };
        if text.len() > LONGEST {
            return Err(format!("it is longer than {LONGEST} bytes"));
        }
        if path.is_empty() {
            return Ok(pattern);
        }
        let count = pattern.segments().count();
        if count > MOST_SEGMENTS {
            return Err(format!("it has more than {MOST_SEGMENTS} segments"));
        }
        let mut names = Vec::new();
        for (position, segment) in pattern.segments().enumerate() {
            match segment {
                Segment::Literal(literal) => check_literal(literal)?,
                Segment::One(name) | Segment::Rest(name) => {
                    if !is_name(name) {
                        return Err(format!("`{name}` is no parameter name"));
                    }
                    if names.contains(&name) {
                        return Err(format!("it has two parameters `{name}`"));
                    }
                    names.push(name);
                    if matches!(segment, Segment::Rest(_)) && position + 1 < count {
                        return Err(format!("`{{{name}+}}` must be the last segment"));
                    }
                }
            }
        }
        Ok(pattern)
    }

    /// A pattern of text that [`Pattern::parse`] accepted when its table was compiled.
    pub(in crate::authz) fn compiled(text: &str) -> Self {
        Self { text: text.into(), fixed: text.find('{').unwrap_or(text.len()) }
    }

    pub(in crate::authz) fn as_str(&self) -> &str {
        &self.text
    }

    /// The segments between the slashes; the root path has one empty literal.
    pub(in crate::authz) fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.text.strip_prefix('/').unwrap_or(&self.text).split('/').map(Segment::read)
    }

    /// Whether the pattern matches the whole of `path`.
    pub(in crate::authz) fn matches(&self, path: &str) -> bool {
        // Their literal start already rules out most of the routes that a decision tries in turn.
        if self.fixed == self.text.len() {
            return *self.text == *path;
        }
        if path.as_bytes().get(..self.fixed) != self.text.as_bytes().get(..self.fixed) {
            return false;
        }
        let Some(path) = path.strip_prefix('/') else { return false };
        let mut rest = Some(path);
        for segment in self.segments() {
            let Some(text) = rest else { return false };
            let (head, tail) = split(text);
            let fits = match segment {
                Segment::Literal(literal) => head == literal,
                Segment::One(_) => !head.is_empty(),
                Segment::Rest(_) => return !text.is_empty(),
            };
            if !fits {
                return false;
            }
            rest = tail;
        }
        rest.is_none()
    }

    /// Whether some path is matched by both.
    pub(in crate::authz) fn overlaps(&self, other: &Self) -> bool {
        let (mut own, mut others) = (self.segments(), other.segments());
        loop {
            match (own.next(), others.next()) {
                (None, None)
                | (Some(Segment::Rest(_)), Some(_))
                | (Some(_), Some(Segment::Rest(_))) => {
                    return true;
                }
                (Some(Segment::Literal(one)), Some(Segment::Literal(other))) if one != other => {
                    return false;
                }
                (Some(_), Some(_)) => {}
                _ => return false,
            }
        }
    }

    /// The value of the parameter `name` in a `path` that matches.
    pub(in crate::authz) fn value<'r>(&self, name: &str, path: &'r str) -> Option<&'r str> {
        let position = self.segments().position(|s| s == Segment::One(name))?;
        path.strip_prefix('/')?.split('/').nth(position)
    }

    /// The more specific pattern is `Less`: the first segment that differs in kind decides, a
    /// literal before `{param}` before `{param+}`. Two patterns that match one path and are not
    /// of the same shape are never `Equal`.
    pub(in crate::authz) fn specificity(&self, other: &Self) -> Ordering {
        self.segments().map(Segment::shape).cmp(other.segments().map(Segment::shape))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'p> Segment<'p> {
    fn read(text: &'p str) -> Self {
        let Some(inner) = text.strip_prefix('{') else {
            return Self::Literal(text);
        };
        match (inner.strip_suffix("+}"), inner.strip_suffix('}')) {
            (Some(name), _) => Self::Rest(name),
            (None, Some(name)) => Self::One(name),
            (None, None) => Self::Literal(text),
        }
    }

    /// The segment without its parameter's name.
    pub(in crate::authz) const fn shape(self) -> (u8, &'p str) {
        match self {
            Self::Literal(literal) => (0, literal),
            Self::One(_) => (1, ""),
            Self::Rest(_) => (2, ""),
        }
    }
}

fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once('/').map_or((text, None), |(head, tail)| (head, Some(tail)))
}

/// A parameter name, as API Gateway takes it.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}

/// A literal is copied into policies, where `*`, `?` and `${` are syntax, and is compared with paths that
/// API Gateway may have decoded. So it has no character that is percent-encoded, but for `:` and `@`,
/// which some senders encode: their spellings are refused.
fn check_literal(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it has an empty segment".to_owned());
    }
    if matches!(text, "." | "..") {
        return Err(format!("`{text}` is no segment"));
    }
    let odd = |c: char| !c.is_ascii_alphanumeric() && !"._~-:@".contains(c);
    if text.bytes().filter(|byte| matches!(byte, b':' | b'@')).count() > MOST_ENCODABLE {
        return Err(format!(
            "`{text}` has more than {MOST_ENCODABLE} of the characters `:` and `@`"
        ));
    }
    match text.chars().find(|&c| odd(c)) {
        Some('{' | '}') => Err(format!("`{text}` is neither a literal nor a parameter")),
        Some(c) => Err(format!("`{c}` cannot stand in a literal segment")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use crate::authz::table::path::Pattern;

    #[test]
    fn matches_whole_paths_only() {
        for (pattern, path, expected) in [
            ("/", "/", true),
            ("/", "", false),
            ("/", "//", false),
            ("/a", "/a", true),
            ("/a", "/a/", false),
            ("/a", "/A", false),
            ("/a", "a", false),
            ("/a/{x}", "/a/1", true),
            ("/a/{x}", "/a/", false),
            ("/a/{x}", "/a", false),
            ("/a/{x}", "/a/1/", false),
            ("/a/{x}", "/a/1/b", false),
            ("/a/{x}", "/a//", false),
            ("/a/{x}", "/a/*", true),
            ("/a/{x}", "/a/\n", true),
            ("/a/{x}/b", "/a//b", false),
            ("/a/{x+}", "/a/1/2//", true),
            ("/a/{x+}", "/a//", true),
            ("/a/{x+}", "/a/", false),
            ("/a/{x+}", "/a", false),
            ("$connect", "$connect", true),
            ("$connect", "/$connect", false),
            ("/{x}", "$connect", false),
        ] {
            let matched = Pattern::parse(pattern).unwrap().matches(path);
            assert_eq!(matched, expected, "{pattern} on {path:?}");
        }
    }

    #[test]
    fn the_first_difference_in_kind_decides() {
        let compare =
            |a: &str, b: &str| Pattern::parse(a).unwrap().specificity(&Pattern::parse(b).unwrap());
        assert_eq!(compare("/a/b", "/a/{x}"), Ordering::Less);
        assert_eq!(compare("/{x}/b", "/a/{y}"), Ordering::Greater);
        assert_eq!(compare("/a/{x}/{y}", "/a/{x+}"), Ordering::Less);
        assert_eq!(compare("/a/{x}", "/a/{y}"), Ordering::Equal);
    }
}
