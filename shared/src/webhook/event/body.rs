//! The body's bytes, out of the JSON string in which the event has them.
//!
//! The sender's MAC is over the bytes that it sent, so exactly those are verified: the characters
//! of the string as UTF-8, or what its base64 decodes to. A body that is JSON is never parsed: to
//! parse it and write it again would change blanks, escapes, numbers or the order of names, and no
//! MAC would fit any more.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::Simd;
use base64::engine::general_purpose::PAD;

use crate::request::EventError;

/// RFC 4648 §4 to the letter: with padding, and without stray bits (§3.5).
static BASE64: LazyLock<Simd> = LazyLock::new(|| Simd::standard(PAD));

/// How many bytes are copied at once.
const BLOCK: usize = 16;

/// The bytes that `json`, the text of the member `body`, stands for.
pub(super) fn read(json: &str, is_base64: bool) -> Result<Cow<'_, [u8]>, EventError> {
    let quoted = json.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let text = quoted.ok_or(EventError::of("`body` is no string"))?;
    if !is_base64 {
        return characters(json, text);
    }
    // Base64 needs no escape, but a writer of JSON may escape its slash: `\/`.
    let decoded = match BASE64.decode(text) {
        Ok(bytes) => Ok(bytes),
        Err(_) => BASE64.decode(characters(json, text)?),
    };
    decoded.map(Cow::Owned).map_err(|_| EventError::of("`body` is said to be base64 and is not"))
}

/// The characters of the string `json` as UTF-8; `text` is `json` without its quotes.
fn characters<'e>(json: &'e str, text: &'e str) -> Result<Cow<'e, [u8]>, EventError> {
    // Both in one pass without a branch, which the compiler turns into vector instructions.
    let (escapes, controls) = text.bytes().fold((false, false), |(escapes, controls), byte| {
        (escapes | (byte == b'\\'), controls | (byte < b' '))
    });
    if !escapes && !controls {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    if !controls && let Some(bytes) = unescape(text.as_bytes()) {
        return Ok(Cow::Owned(bytes));
    }
    let text: String = serde_json::from_str(json)
        .map_err(|_| EventError::of("`body` is not a well-formed string"))?;
    Ok(Cow::Owned(text.into_bytes()))
}

/// Undoes escapes of one letter, such as `\n`, faster than `serde_json` does (see `make bench`);
/// `None` if there is any other escape, which `serde_json` then reads. A block is copied whole, and
/// what follows its first backslash is overwritten: a branch for each byte could not be predicted.
fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len() + BLOCK];
    let (mut read, mut written) = (0, 0);
    while let Some(block) = text.get(read..).and_then(<[u8]>::first_chunk::<BLOCK>) {
        *bytes.get_mut(written..)?.first_chunk_mut::<BLOCK>()? = *block;
        let plain = before_backslash(block);
        read += plain;
        written += plain;
        if plain < BLOCK {
            *bytes.get_mut(written)? = unescaped(*text.get(read + 1)?)?;
            read += 2;
            written += 1;
        }
    }
    while let Some(byte) = text.get(read) {
        let is_escape = *byte == b'\\';
        *bytes.get_mut(written)? = if is_escape { unescaped(*text.get(read + 1)?)? } else { *byte };
        read += 1 + usize::from(is_escape);
        written += 1;
    }
    bytes.truncate(written);
    Some(bytes)
}

/// How many bytes of `block` come before its first backslash; all, if it has none. All bytes are
/// tested at once: a backslash becomes zero, and subtracting 1 sets the highest bit of a zero. The
/// borrow may set it in later bytes too, so only the first one counts.
const fn before_backslash(block: &[u8; BLOCK]) -> usize {
    let zeroed = u128::from_le_bytes(*block) ^ u128::from_le_bytes([b'\\'; BLOCK]);
    let lowest = u128::from_le_bytes([1; BLOCK]);
    let highest = u128::from_le_bytes([0x80; BLOCK]);
    let zeros = zeroed.wrapping_sub(lowest) & !zeroed & highest;
    (zeros.trailing_zeros() / 8) as usize
}

/// The character that a backslash and `letter` stand for (RFC 8259 §7), without `\u`.
const fn unescaped(letter: u8) -> Option<u8> {
    match letter {
        b'"' | b'\\' | b'/' => Some(letter),
        b'b' => Some(8),
        b'f' => Some(12),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::read;

    #[track_caller]
    fn check(json: &str, is_base64: bool, expected: &[u8]) {
        assert_eq!(read(json, is_base64).unwrap(), expected, "{json}");
    }

    #[track_caller]
    fn refuse(json: &str, is_base64: bool, sentence: &str) {
        let error = read(json, is_base64).unwrap_err().to_string();
        assert_eq!(error, format!("malformed event: {sentence}"), "{json}");
    }

    #[test]
    fn text() {
        check(r#""""#, false, b"");
        check(r#""a b""#, false, b"a b");
        check(r#""ä😀""#, false, "ä😀".as_bytes());
        check(r#""\"\\\/\b\f\n\r\t""#, false, b"\"\\/\x08\x0c\n\r\t");
        check(r#""\\u0041\\\\n""#, false, b"\\u0041\\\\n");
        check(r#""\u0041\u00e4\ud83d\ude00\u0000\n""#, false, "Aä😀\0\n".as_bytes());
        check("\"\u{7f}\"", false, b"\x7f");
        // Base64 that is not marked as such.
        check(r#""eA==""#, false, b"eA==");
    }

    /// Wherever an escape is in a block, and whatever follows it.
    #[test]
    fn escapes_are_undone_as_serde_json_does_it() {
        for before in 0..40 {
            for escapes in [r#"\""#, r"\\", r"\n\t", r"\/\u00e4", r#"\"\"\"\"\"\"\"\"\""#] {
                for after in [0, 1, 15, 16, 17] {
                    let json = format!("\"{}{escapes}{}\"", "a".repeat(before), "ä".repeat(after));
                    let text: String = serde_json::from_str(&json).unwrap();
                    check(&json, false, text.as_bytes());
                }
            }
        }
    }

    #[test]
    fn text_without_escapes_is_not_copied() {
        for len in [0, 1, 100, 1 << 20] {
            let json = format!("\"{}\"", "a".repeat(len));
            assert!(matches!(read(&json, false), Ok(Cow::Borrowed(_))));
        }
    }

    #[test]
    fn strings_that_are_none_are_refused() {
        for json in ["7", "true", "{}", "[]", r#"["x"]"#, "\"", ""] {
            refuse(json, false, "`body` is no string");
            refuse(json, true, "`body` is no string");
        }
        for json in [
            r#""\ud800""#,
            r#""\udc00\ud800""#,
            r#""\ud83dx""#,
            r#""\u00""#,
            r#""\u+041""#,
            r#""\x""#,
            r#""\""#,
            "\"\n\"",
            "\"\\\n\"",
            "\"\0\"",
        ] {
            refuse(json, false, "`body` is not a well-formed string");
        }
    }

    #[test]
    fn base64() {
        check(r#""""#, true, b"");
        check(r#""eA==""#, true, b"x");
        check(r#""/+8=""#, true, b"\xff\xef");
        check(r#""\/+8\u003d""#, true, b"\xff\xef");
        let long = format!("\"{}\"", "AAECAwQFBgcICQoL".repeat(5000));
        let bytes: Vec<u8> = (0..12).cycle().take(60_000).collect();
        check(&long, true, &bytes);
    }

    #[test]
    fn base64_that_is_not_is_refused() {
        let long = "A".repeat(64);
        for text in [
            "eA",
            "eA=",
            "eB==",
            "eA===",
            "e",
            "=",
            "e A=",
            "eA==\\n",
            "_-8=",
            "{\\\"a\\\":1}",
            "eA==eA==",
            "ä",
        ] {
            let not = "`body` is said to be base64 and is not";
            refuse(&format!("\"{text}\""), true, not);
            // After what the vector engine takes, and in the middle of it.
            refuse(&format!("\"{long}{text}\""), true, not);
            refuse(&format!("\"{long}{text}{long}\""), true, not);
        }
    }
}
