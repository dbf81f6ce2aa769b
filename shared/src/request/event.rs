//! The event as it comes, read without believing more of it than is needed.
//!
//! `aws_lambda_events` refuses some real events (a `null` header value, `requestContext: null`) and
//! folds headers that differ only in case into the last one; a refused event would be a 500 before
//! any decision. So the members that matter are read here, and everything else is skipped.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Given, Malformed, MethodArn, Request, Shape};

/// As many headers as a browser behind CloudFront sends.
const MANY_HEADERS: usize = 32;

/// The members of all five shapes that are ever looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'e> {
    #[serde(borrow, default)]
    r#type: Option<Text<'e>>,
    #[serde(borrow, default)]
    version: Option<Text<'e>>,
    #[serde(borrow, default)]
    method_arn: Option<Text<'e>>,
    #[serde(borrow, default)]
    route_arn: Option<Text<'e>>,
    #[serde(borrow, default)]
    authorization_token: Option<Text<'e>>,
    #[serde(borrow, default)]
    headers: Pairs<'e>,
    #[serde(borrow, default)]
    multi_value_headers: Pairs<'e>,
    #[serde(borrow, default)]
    query_string_parameters: Pairs<'e>,
    #[serde(borrow, default)]
    multi_value_query_string_parameters: Pairs<'e>,
    #[serde(borrow, default)]
    request_context: Option<Context<'e>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context<'e> {
    #[serde(borrow, default)]
    event_type: Option<Text<'e>>,
    #[serde(borrow, default)]
    connection_id: Option<Text<'e>>,
    #[serde(borrow, default)]
    request_id: Option<Text<'e>>,
    #[serde(borrow, default)]
    domain_name: Option<Text<'e>>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Request<'_>, Malformed> {
    // The derived reader would also take a list, member by member.
    if !matches!(bytes.trim_ascii_start().first(), None | Some(b'{')) {
        return Err(Malformed("it is not a JSON object".into()));
    }
    // Once for all of it: the reader would check every string by itself.
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed("it is not UTF-8".into()))?;
    let event: Event<'_> = serde_json::from_str(text).map_err(|error| describe(&error))?;
    let context = event.request_context.unwrap_or_default();
    let is_token = event.r#type.as_ref().is_some_and(|text| text.0 == "TOKEN");
    let shape = if event.route_arn.is_some() {
        Shape::Http2
    } else if is_token {
        Shape::RestToken
    } else if context.event_type.is_some() || context.connection_id.is_some() {
        Shape::WebSocket
    } else if event.version.is_some_and(|text| text.0 == "1.0") {
        Shape::Http1
    } else {
        Shape::RestRequest
    };
    let Some(Text(arn)) = event.route_arn.or(event.method_arn) else {
        return Err(Malformed("neither `methodArn` nor `routeArn` is given".into()));
    };
    Ok(Request {
        shape,
        arn: MethodArn::parse(arn)?,
        request_id: context.request_id.map(|text| text.0),
        token: event.authorization_token.map(|text| text.0),
        headers: event.headers.and(event.multi_value_headers),
        query: event.query_string_parameters.and(event.multi_value_query_string_parameters),
        domain: context.domain_name.map(|text| text.0),
    })
}

/// Where the reader stopped, without the value it stopped at: that may be a credential.
fn describe(error: &serde_json::Error) -> Malformed {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "a member is mistyped or given twice",
        _ => "it is not JSON",
    };
    Malformed(format!("{what} at line {}, column {}", error.line(), error.column()).into())
}

/// A string, borrowed from the event unless it is written with escapes.
pub(super) struct Text<'e>(Cow<'e, str>);

impl<'de: 'e, 'e> Deserialize<'de> for Text<'e> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

/// A map as a list, in order, with every repetition kept. `null` is an empty map, a `null` value is
/// no value, and a list of values counts as that many pairs.
#[derive(Default)]
pub(super) struct Pairs<'e>(Vec<(Cow<'e, str>, Cow<'e, str>)>);

impl<'e> Pairs<'e> {
    pub(super) fn given(&self, matches: impl Fn(&str) -> bool) -> Given<&str> {
        let mut given = Given::Never;
        for (_, value) in self.0.iter().filter(|(key, _)| matches(key)) {
            given = match given {
                Given::Never => Given::Once(value.as_ref()),
                Given::Once(first) if first == value => Given::Once(first),
                _ => return Given::Conflicting,
            };
        }
        given
    }

    fn and(mut self, more: Self) -> Self {
        self.0.extend(more.0);
        self
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

/// Appends what stands behind `key`.
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
