//! Strict JSON (RFC 8259) for tokens and keys: one object, and no member name twice at any level.
//!
//! RFC 7515 §4, RFC 7517 §4 and RFC 7519 §4 let a reader refuse duplicate names or take the last
//! one, and some readers take the first. So of two `custom:role` one reader could check the first
//! and the next act on the second. Names are compared after unescaping (RFC 8259 §8.3): `a` and
//! `\u0061` are one name.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::text::Text;

/// With more members, sorting the names is cheaper than comparing every pair.
const FEW_MEMBERS: usize = 16;

/// A JSON value, borrowed where it holds no escapes.
#[derive(Debug, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Number(f64),
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// The members of an object, in order, each name once.
#[derive(Debug, PartialEq)]
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// Reads `bytes` as exactly one object. `None` if it is not one, if a name occurs twice, if a
    /// number is not finite as a double, or if it nests deeper than 128 levels.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        match serde_json::from_str(std::str::from_utf8(bytes).ok()?).ok()? {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The member `name`.
    pub(super) fn member(&self, name: &str) -> Option<&Json<'a>> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Every member, in order.
    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    fn repeats_a_name(&self) -> bool {
        let names = self.0.iter().map(|(key, _)| key.as_ref());
        if self.0.len() <= FEW_MEMBERS {
            return names
                .enumerate()
                .any(|(i, name)| self.0.iter().skip(i + 1).any(|m| m.0 == name));
        }
        let mut sorted: Vec<&str> = names.collect();
        sorted.sort_unstable();
        sorted.windows(2).any(|pair| pair.first() == pair.last())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "what is beyond 2^53 is refused where it matters"
    )]
    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value as f64))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "what is beyond 2^53 is refused where it matters"
    )]
    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json<'de>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(Text(name)) = map.next_key()? {
            members.push((name, map.next_value()?));
        }
        let object = Object(members);
        if object.repeats_a_name() {
            return Err(A::Error::custom("a member name is given twice"));
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use crate::authn::json::Object;

    fn check(text: &str, accepted: bool) {
        assert_eq!(Object::read(text.as_bytes()).is_some(), accepted, "{text:.80}");
    }

    #[test]
    fn one_object_and_nothing_else() {
        check("{}", true);
        check(" {\"a\":[1,2.5,-3,null,true,\"x\"]} \n", true);
        check("", false);
        check("[]", false);
        check("\"a\"", false);
        check("{}{}", false);
        check("{}x", false);
        check("{\"a\":1,}", false);
        check("{a:1}", false);
        check("{\"a\":1e999}", false);
        check("{\"a\":NaN}", false);
        check("{\"a\":01}", false);
        check("\u{feff}{}", false);
    }

    #[test]
    fn no_name_twice_at_any_level() {
        check(r#"{"a":1,"b":1}"#, true);
        check(r#"{"a":1,"a":1}"#, false);
        check(r#"{"a":1,"\u0061":1}"#, false);
        check(r#"{"x":{"a":1,"a":2}}"#, false);
        check(r#"{"x":[{"a":{"b":1,"\u0062":2}}]}"#, false);
        check(r#"{"a":{"a":{"a":1}}}"#, true);
        let many = |last: &str| {
            let members: Vec<String> = (0..100).map(|i| format!("\"m{i}\":{i}")).collect();
            format!("{{{},\"{last}\":0}}", members.join(","))
        };
        check(&many("m100"), true);
        check(&many("m42"), false);
    }

    #[test]
    fn utf8_and_whole_characters_only() {
        check(r#"{"a":"\ud83d\ude00 ä"}"#, true);
        check(r#"{"a":"\ud83d"}"#, false);
        assert!(Object::read(b"{\"a\":\"\xff\"}").is_none());
        assert!(Object::read(b"{\"\xc3\":1}").is_none());
        check("{\"a\":\"\n\"}", false);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        check(&nested(100), true);
        check(&nested(50_000), false);
    }
}
