//! The maps of an event: headers and query parameters.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::request::occurrence::Occurrence;
use crate::text::Text;

/// The initial capacity: as many headers as a browser behind CloudFront sends.
const MANY_HEADERS: usize = 32;

/// A map as a list of pairs, in order, repetitions included. `null` is an empty map, a `null` value
/// is no pair, and a list of values is one pair for each.
#[derive(Default)]
pub(crate) struct Pairs<'e>(Vec<(Cow<'e, str>, Cow<'e, str>)>);

impl<'e> Pairs<'e> {
    /// The values of every key that `matches`, in order.
    pub(crate) fn values(&self, matches: impl Fn(&str) -> bool) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| matches(key)).map(|(_, value)| value.as_ref())
    }

    pub(crate) fn occurrence(&self, matches: impl Fn(&str) -> bool) -> Occurrence<&str> {
        Occurrence::of(self.values(matches))
    }

    pub(crate) fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
    }
}

impl<'e> FromIterator<(&'e str, &'e str)> for Pairs<'e> {
    fn from_iter<I: IntoIterator<Item = (&'e str, &'e str)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl<'de: 'e, 'e> Deserialize<'de> for Pairs<'e> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of strings")
            }
            fn visit_unit<E>(self) -> Result<Pairs<'de>, E> {
                Ok(Pairs::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::with_capacity(MANY_HEADERS);
                while let Some(Text(key)) = map.next_key()? {
                    map.next_value_seed(Values { key, pairs: &mut pairs })?;
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_any(PairsVisitor)
    }
}

/// Appends one pair for each value of `key`.
struct Values<'p, 'e> {
    key: Cow<'e, str>,
    pairs: &'p mut Vec<(Cow<'e, str>, Cow<'e, str>)>,
}

impl<'de> DeserializeSeed<'de> for Values<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Values<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a list of strings or null")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.pairs.push((self.key, Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.pairs.push((self.key, Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element::<Option<Text<'de>>>()? {
            self.pairs.extend(value.map(|text| (self.key.clone(), text.0)));
        }
        Ok(())
    }
}
