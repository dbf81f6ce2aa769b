//! The values of an authorizer's identity sources, by which API Gateway caches its answers.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use crate::text::Text;

/// What an HTTP API says of its identity sources: a list in payload format 2.0, one text with commas in
/// 1.0, or nothing where the authorizer has none and so caches nothing.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
#[derive(Default)]
pub(crate) enum IdentitySources<'e> {
    #[default]
    None,
    Joined(Cow<'e, str>),
    List(Vec<Cow<'e, str>>),
}

impl IdentitySources<'_> {
    pub(crate) fn is_none(&self) -> bool {
        match self {
            Self::None => true,
            Self::Joined(text) => text.is_empty(),
            Self::List(list) => list.is_empty(),
        }
    }

    /// Whether one of the sources holds `credential`, alone or with its scheme.
    pub(crate) fn contain(&self, credential: &str) -> bool {
        match self {
            Self::None => false,
            Self::Joined(text) => text.contains(credential),
            Self::List(list) => list.iter().any(|one| one.contains(credential)),
        }
    }

    /// Whether one of the sources has this value.
    pub(crate) fn has(&self, value: &str) -> bool {
        match self {
            Self::None => false,
            Self::List(list) => list.iter().any(|one| one == value),
            // A value may have commas of its own.
            Self::Joined(text) => format!(",{text},").contains(&format!(",{value},")),
        }
    }
}

impl<'de: 'e, 'e> Deserialize<'de> for IdentitySources<'e> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SourcesVisitor;
        impl<'de> Visitor<'de> for SourcesVisitor {
            type Value = IdentitySources<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of strings, a string or null")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(IdentitySources::None)
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(IdentitySources::Joined(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(IdentitySources::Joined(Cow::Owned(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element::<Option<Text<'de>>>()? {
                    values.extend(value.map(|text| text.0));
                }
                Ok(IdentitySources::List(values))
            }
        }
        deserializer.deserialize_any(SourcesVisitor)
    }
}
