//! The template of what is signed: `{id}`, `{time}` and `{body}`, with texts between them.
//!
//! A MAC says that the signed bytes are the sender's, and nothing of where the id ends and the body
//! begins. If two deliveries with another id, time or body could be the same bytes, an attacker
//! could move a byte from one to the other. So the body comes last, and what stands before it ends
//! where its value cannot go on.

use std::borrow::Cow;

use super::description::{Piece, Template, TimeUnit};

/// The longest template, in bytes.
const MAX_BYTES: usize = 128;

/// Reads `text`, in which a time is written in `unit`.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub(super) fn read(text: &str, unit: TimeUnit) -> Result<Template, &'static str> {
    if text.len() > MAX_BYTES || !text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return Err("is longer than 128 bytes, or has a character that is not printable ASCII");
    }
    match text.matches("{body}").count() {
        0 => return Err("has no `{body}`"),
        1 => {}
        _ => return Err("has `{body}` twice"),
    }
    let before = text.strip_suffix("{body}").ok_or("has something after `{body}`")?;
    let pieces = pieces(before)?;
    for (index, piece) in pieces.iter().enumerate() {
        let is_repeated =
            !matches!(piece, Piece::Text(_)) && pieces.iter().take(index).any(|p| p == piece);
        if is_repeated {
            return Err("has a placeholder twice");
        }
        ends(piece, pieces.get(index + 1), unit)?;
    }
    Ok(Template(Cow::Owned(pieces)))
}

fn pieces(text: &str) -> Result<Vec<Piece>, &'static str> {
    const UNKNOWN: &str = "has a placeholder that is none of `{id}`, `{time}` and `{body}`";
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (literal, placeholder) = rest.split_at(rest.find(['{', '}']).unwrap_or(rest.len()));
        if !literal.is_empty() {
            pieces.push(Piece::Text(Cow::Owned(literal.to_owned())));
        }
        rest = if let Some(after) = placeholder.strip_prefix("{id}") {
            pieces.push(Piece::Id);
            after
        } else if let Some(after) = placeholder.strip_prefix("{time}") {
            pieces.push(Piece::Time);
            after
        } else if placeholder.is_empty() {
            placeholder
        } else {
            return Err(UNKNOWN);
        };
    }
    Ok(pieces)
}

/// Whether it is known where the value of `piece` ends, before `next` or the body.
fn ends(piece: &Piece, next: Option<&Piece>, unit: TimeUnit) -> Result<(), &'static str> {
    let separator = match next {
        Some(Piece::Text(text)) => text.bytes().next(),
        _ => None,
    };
    match (piece, separator) {
        (Piece::Text(_), _) => Ok(()),
        // The interpreter takes only times of this many characters there.
        (Piece::Time, _) if separator.is_none() || unit == TimeUnit::Rfc3339 => Ok(()),
        (Piece::Time, Some(b)) if b.is_ascii_digit() => {
            Err("has a digit after `{time}`: it could be one of the time")
        }
        (Piece::Time, _) => Ok(()),
        (Piece::Id, None) => Err(
            "has nothing between `{id}` and what follows: two different deliveries could be the \
             same bytes",
        ),
        (Piece::Id, Some(b)) if b.is_ascii_alphanumeric() => {
            Err("has a letter or digit after `{id}`: it could be one of the id")
        }
        // The interpreter refuses ids with this character.
        (Piece::Id, Some(_)) => Ok(()),
    }
}
