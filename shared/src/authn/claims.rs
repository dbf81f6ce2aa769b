//! The claims of a token (RFC 7519 §4), read by exact type.
//!
//! A claim that does not have the type that its RFC gives it is refused and never converted: a
//! reader that takes `"1700000000"` for a number, or a list for its only element, decides on
//! something that the issuer did not write.

use crate::authn::json::{Json, Object};
use crate::denial::{Code, Denial};
use crate::time::Timestamp;

/// The largest whole number of seconds that a double holds exactly.
const MAX_SECONDS: f64 = 9_007_199_254_740_992.0;

/// A claim that is a string or a list of strings.
pub(super) enum StrOrList<'c> {
    Str(&'c str),
    List(Vec<&'c str>),
}

/// The claims of a token. They prove nothing until its signature is verified.
pub(super) struct Claims<'t>(Object<'t>);

impl<'t> Claims<'t> {
    /// Reads `payload`.
    ///
    /// # Errors
    /// `TOKEN_INVALID`: it is not one JSON object with distinct names.
    pub(super) fn read(payload: &'t [u8]) -> Result<Self, Denial> {
        Object::read(payload)
            .map(Self)
            .ok_or_else(|| Denial::token_invalid("the payload is not one JSON object"))
    }

    /// The string claim `name`; `None` if it is missing.
    ///
    /// # Errors
    /// `TOKEN_INVALID`: it is present and no string.
    pub(super) fn optional_str(&self, name: &str) -> Result<Option<&str>, Denial> {
        match self.0.member(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(refused(name, "is not a string")),
        }
    }

    /// The string claim `name`.
    ///
    /// # Errors
    /// `TOKEN_INVALID`: it is missing or no string.
    pub(super) fn required_str(&self, name: &str) -> Result<&str, Denial> {
        self.optional_str(name)?.ok_or_else(|| refused(name, "is missing"))
    }

    /// The claim `name`, a string or a list of strings; `None` if it is missing.
    ///
    /// # Errors
    /// `TOKEN_INVALID`: it is something else, or an element of the list is.
    pub(super) fn str_or_list(&self, name: &str) -> Result<Option<StrOrList<'_>>, Denial> {
        match self.0.member(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(StrOrList::Str(text))),
            Some(Json::Array(list)) => match strings(list) {
                Some(strings) => Ok(Some(StrOrList::List(strings))),
                None => Err(refused(name, "has an element that is not a string")),
            },
            Some(_) => Err(refused(name, "is neither a string nor a list of strings")),
        }
    }

    /// Whether the claim `name` is present, whatever its value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.member(name).is_some()
    }

    /// The claim `name` as text, if it is a string, a number, a boolean or a list: its elements, separated
    /// by blanks. There is no text of an empty list, and none where an element is no string, is empty or
    /// has a blank, because a reader could not tell the elements apart.
    pub(super) fn plain(&self, name: &str) -> Option<String> {
        match self.0.member(name)? {
            Json::String(text) => Some(text.clone().into_owned()),
            Json::Number(number) => Some(number.to_string()),
            Json::Bool(value) => Some(value.to_string()),
            Json::Array(list) => joined(&strings(list)?),
            Json::Null | Json::Object(_) => None,
        }
    }

    /// Checks `exp`, `nbf` and `iat` (RFC 7519 §4.1.4 to §4.1.6). The leeway counts on both sides:
    /// a token is valid before `exp + leeway`, and from `nbf - leeway` and `iat - leeway` on. The
    /// RFC makes `exp` optional, but a token without it would be valid for ever. It has no rule for
    /// an `iat` to come; here that is refused, because the clocks then differ by more than the
    /// leeway and `exp` cannot be relied on.
    ///
    /// # Errors
    /// `TOKEN_EXPIRED`: `exp` has passed. `TOKEN_INVALID`: it is missing, one of them is no number
    /// of seconds, or the token is not valid yet.
    pub(super) fn hold_at(&self, now: Timestamp, leeway_seconds: u32) -> Result<(), Denial> {
        let (now, leeway) = (now.unix_seconds(), f64::from(leeway_seconds));
        let exp = self.seconds("exp")?.ok_or_else(|| refused("exp", "is missing"))?;
        let nbf = self.seconds("nbf")?;
        let iat = self.seconds("iat")?;
        if now >= exp + leeway {
            return Err(Denial::new(Code::TokenExpired, "claim `exp` has passed"));
        }
        if nbf.is_some_and(|nbf| now < nbf - leeway) {
            return Err(Denial::token_invalid("claim `nbf` is still to come"));
        }
        if iat.is_some_and(|iat| now < iat - leeway) {
            return Err(Denial::token_invalid("claim `iat` is still to come"));
        }
        Ok(())
    }

    /// The claim `name` as a `NumericDate` (RFC 7519 §2), which may have a fraction. Beyond 2^53 a
    /// double does not hold every second, and `exp + leeway` would be rounded.
    fn seconds(&self, name: &str) -> Result<Option<f64>, Denial> {
        match self.0.member(name) {
            None => Ok(None),
            Some(Json::Number(seconds)) if (0.0..=MAX_SECONDS).contains(seconds) => {
                Ok(Some(*seconds))
            }
            Some(_) => Err(refused(name, "is not a number of seconds between 0 and 2^53")),
        }
    }
}

/// The elements of `list`; `None` if one is no string.
fn strings<'l>(list: &'l [Json<'_>]) -> Option<Vec<&'l str>> {
    let string = |element: &'l Json<'_>| match element {
        Json::String(text) => Some(text.as_ref()),
        _ => None,
    };
    list.iter().map(string).collect()
}

fn joined(elements: &[&str]) -> Option<String> {
    let is_word = |element: &&str| !element.is_empty() && !element.contains(char::is_whitespace);
    (!elements.is_empty() && elements.iter().all(is_word)).then(|| elements.join(" "))
}

fn refused(name: &str, problem: &str) -> Denial {
    Denial::token_invalid(format!("claim `{name}` {problem}"))
}
