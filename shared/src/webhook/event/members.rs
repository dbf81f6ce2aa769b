//! The members of an object of the event, each value as its JSON text.
//!
//! `Members` refuses a name that is given twice. RFC 8259 §4 leaves open which of the values
//! counts, and parsers differ: this function could verify one of them, and the target read the
//! other.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::request::{EventError, Pairs};
use crate::text::Text;

/// More members than any object has whose names AWS chooses. A bound, because each name is compared
/// with all others.
const MAX_MEMBERS: usize = 64;
/// How many bytes of a long string are tested at once.
const BLOCK: usize = 64;

/// The members of an object, in order, each name once and each value as its JSON text.
#[derive(Default)]
pub(in crate::webhook) struct Members<'e>(Vec<(Cow<'e, str>, &'e str)>);

impl<'e> Members<'e> {
    /// Reads `text` as exactly one object.
    pub(super) fn read(text: &'e str) -> Result<Self, EventError> {
        Self::read_with(text, "")
    }

    /// Reads `text` as exactly one object, in which the member `long` may be a string of megabytes.
    /// Of that string only the end is found: `body::read` checks its characters and escapes.
    pub(super) fn read_with(text: &'e str, long: &str) -> Result<Self, EventError> {
        let mut found: Vec<(Cow<'e, str>, &'e str)> = Vec::with_capacity(MAX_MEMBERS / 2);
        read(text, long, |name, value| {
            if found.len() == MAX_MEMBERS {
                return Err(EventError::of("an object has more than 64 members"));
            }
            if found.iter().any(|(known, _)| *known == name) {
                return Err(EventError::of("a member is given twice"));
            }
            found.push((name, value));
            Ok(())
        })?;
        Ok(Self(found))
    }

    /// Every member.
    pub(in crate::webhook) fn iter(&self) -> impl Iterator<Item = (&str, &'e str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), *value))
    }

    /// The text of the member `name`, unless it is `null`.
    pub(in crate::webhook) fn get(&self, name: &str) -> Option<&'e str> {
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(*value).filter(|value| *value != "null")
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<Cow<'e, str>>, EventError> {
        let text: Option<Text<'e>> = self.typed(name, "is no string")?;
        Ok(text.map(|text| text.0))
    }

    pub(super) fn flag(&self, name: &str) -> Result<bool, EventError> {
        Ok(self.typed(name, "is neither true nor false")?.unwrap_or(false))
    }

    pub(super) fn pairs(&self, name: &str) -> Result<Pairs<'e>, EventError> {
        Ok(self.typed(name, "is no map of strings")?.unwrap_or_default())
    }

    pub(super) fn object(&self, name: &str) -> Result<Self, EventError> {
        match self.get(name) {
            None => Ok(Self::default()),
            Some(text) if text.starts_with('{') => Self::read(text),
            Some(_) => Err(EventError::new(format!("`{name}` is no object"))),
        }
    }

    fn typed<T: Deserialize<'e>>(&self, name: &str, not: &str) -> Result<Option<T>, EventError> {
        let read = |text| {
            serde_json::from_str(text).map_err(|_| EventError::new(format!("`{name}` {not}")))
        };
        self.get(name).map(read).transpose()
    }
}

/// Calls `take` with every member of the object `text`, in order and with repeated names: the name
/// unescaped, the value as its JSON text.
///
/// # Errors
/// `text` is not exactly one object, or `take` fails.
pub(in crate::webhook) fn members<'e>(
    text: &'e str,
    take: impl FnMut(Cow<'e, str>, &'e str) -> Result<(), EventError>,
) -> Result<(), EventError> {
    read(text, "", take)
}

fn read<'e>(
    text: &'e str,
    long: &str,
    mut take: impl FnMut(Cow<'e, str>, &'e str) -> Result<(), EventError>,
) -> Result<(), EventError> {
    let mut rest = past(text, '{').ok_or(EventError::of("it is not a JSON object"))?;
    if let Some(end) = past(rest, '}') {
        return at_end(end);
    }
    loop {
        let (Text(name), after) = next(rest)?;
        rest = past(after, ':').ok_or(NOT_JSON)?;
        let (value, after) = match rest.strip_prefix('"') {
            Some(string) if name == long => long_string(rest, string)?,
            _ => next::<&RawValue>(rest).map(|(value, after)| (value.get(), after))?,
        };
        take(name, value)?;
        match past(after, ',') {
            Some(more) => rest = more,
            None => return at_end(past(after, '}').ok_or(NOT_JSON)?),
        }
    }
}

/// The value that `text` begins with, and what follows it.
fn next<'e, T: Deserialize<'e>>(text: &'e str) -> Result<(T, &'e str), EventError> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let value = values.next().and_then(Result::ok).ok_or(NOT_JSON)?;
    let (_, rest) = text.split_at_checked(values.byte_offset()).ok_or(NOT_JSON)?;
    Ok((value, rest))
}

/// What follows `mark` and the blanks around it, if `text` begins with these.
fn past(text: &str, mark: char) -> Option<&str> {
    text.trim_start_matches(BLANKS).strip_prefix(mark).map(|rest| rest.trim_start_matches(BLANKS))
}

fn at_end(rest: &str) -> Result<(), EventError> {
    if rest.is_empty() { Ok(()) } else { Err(NOT_JSON) }
}

/// The string that `text` begins with, quotes included, and what follows it; `string` is `text`
/// without the first quote.
fn long_string<'e>(text: &'e str, string: &str) -> Result<(&'e str, &'e str), EventError> {
    let end = end_of_string(string.as_bytes()).ok_or(NOT_JSON)?;
    text.split_at_checked(end.saturating_add(2)).ok_or(NOT_JSON)
}

/// The index of the quote that ends a string. `serde_json` stops at each escape, and a body that is
/// JSON has one in every few bytes: it would take longer than the body's HMAC.
fn end_of_string(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        // The compiler turns the test of a block into vector instructions.
        while let Some(block) = text.get(at..).and_then(<[u8]>::first_chunk::<BLOCK>) {
            if is_worth_a_look(block) {
                break;
            }
            let escapes_the_next = block.last() == Some(&b'\\');
            at += BLOCK + usize::from(escapes_the_next);
        }
        let block_end = at + BLOCK;
        while at < block_end {
            match text.get(at)? {
                b'"' => return Some(at),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }
}

/// Whether the string may end in `block`: it has a quote without a backslash before it, or two
/// backslashes in a row, after which a quote may be escaped or not. The first byte of the block is
/// not escaped by the byte before it.
fn is_worth_a_look(block: &[u8; BLOCK]) -> bool {
    let pairs = block.iter().zip(block.iter().skip(1));
    block.first() == Some(&b'"')
        || pairs.fold(false, |found, (before, byte)| {
            found | (*byte == if *before == b'\\' { b'\\' } else { b'"' })
        })
}

/// The blanks that JSON allows between its tokens (RFC 8259 §2).
const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

const NOT_JSON: EventError = EventError::of("it is not JSON");

#[cfg(test)]
mod tests {
    use super::end_of_string;
    use crate::webhook::event::members::Members;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        for long in ["", "b"] {
            let members = Members::read_with(text, long).unwrap();
            assert_eq!(members.iter().collect::<Vec<_>>(), expected, "{text}");
        }
    }

    #[track_caller]
    fn refuse(text: &str, sentence: &str) {
        for long in ["", "b"] {
            let error = Members::read_with(text, long).err().unwrap();
            assert_eq!(error.to_string(), format!("malformed event: {sentence}"), "{text}");
        }
    }

    #[test]
    fn members_stay_as_they_are_written() {
        check("{}", &[]);
        check(" \t\r\n{ \n} ", &[]);
        check(r#"{"a":1}"#, &[("a", "1")]);
        check(r#" { "a" : -1.50e3 , "b" : "x" } "#, &[("a", "-1.50e3"), ("b", r#""x""#)]);
        check(r#"{"a":[1, 2],"b":{"c": null}}"#, &[("a", "[1, 2]"), ("b", r#"{"c": null}"#)]);
        check(r#"{"b":"\\\"","c":true}"#, &[("b", r#""\\\"""#), ("c", "true")]);
        check(r#"{"b":"","a":false}"#, &[("b", r#""""#), ("a", "false")]);
        check(r#"{"\u0062":"ä\u00e4","":0}"#, &[("b", r#""ä\u00e4""#), ("", "0")]);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let (json, object) = ("it is not JSON", "it is not a JSON object");
        for text in ["", " ", "null", "[]", "\"{}\"", "7", "\u{feff}{}", "\u{a0}{}"] {
            refuse(text, object);
        }
        for text in [
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1,}",
            "{,}",
            "{a:1}",
            "{1:1}",
            "{\"a\" 1}",
            "{\"a\":1 \"b\":2}",
            "{\"a\":01}",
            "{\"a\":nul}",
            "{\"a\":\"\n\"}",
            "{\"a\":\"\\x\"}",
            "{\"b\":\"",
            "{\"b\":\"\\",
            "{\"b\":\"\\\"",
            "{\"b\":\"x\"y}",
            "{}{}",
            "{} x",
            "{\"a\":[1}",
            "{\"a\":1]",
            "{\"\\ud800\":1}",
            "{\"b\":1}\u{a0}",
            "{\"a\":'x'}",
        ] {
            refuse(text, json);
        }
        refuse(r#"{"a":1,"a":1}"#, "a member is given twice");
        refuse(r#"{"a":1,"\u0061":2}"#, "a member is given twice");
        let many: Vec<String> = (0..65).map(|i| format!("\"{i}\":0")).collect();
        refuse(&format!("{{{}}}", many.join(",")), "an object has more than 64 members");
    }

    /// Compared with a reader that looks at one byte after the other.
    #[test]
    fn the_end_of_a_string_is_where_a_slow_reader_finds_it() {
        fn slowly(text: &[u8]) -> Option<usize> {
            let mut at = 0;
            while *text.get(at)? != b'"' {
                at += if text[at] == b'\\' { 2 } else { 1 };
            }
            Some(at)
        }
        let mut seed = 7_u64;
        for _ in 0..20_000 {
            let mut text = Vec::new();
            while text.len() < 200 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                // Seldom a quote, so that strings reach over several blocks.
                text.push(match seed >> 56 {
                    0 => b'"',
                    1..=60 => b'\\',
                    _ => b'a',
                });
            }
            assert_eq!(end_of_string(&text), slowly(&text), "{}", String::from_utf8_lossy(&text));
        }
        for len in 0..200 {
            let plain = format!("{}\"{}", "a".repeat(len), "b\"".repeat(70));
            assert_eq!(end_of_string(plain.as_bytes()), Some(len));
            let escaped = format!("{}\"{}", "\\\"".repeat(len), "b\"".repeat(70));
            assert_eq!(end_of_string(escaped.as_bytes()), Some(2 * len));
        }
    }

    #[test]
    fn depth_costs_neither_stack_nor_time() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Members::read(&deep).unwrap().iter().count(), 1);
        let open = format!("{{\"a\":{}", "{\"a\":".repeat(100_000));
        assert!(Members::read(&open).is_err());
        let closed_wrongly = format!("{{\"a\":{}{}", "[".repeat(100_000), "}".repeat(100_000));
        assert!(Members::read(&closed_wrongly).is_err());
    }
}
