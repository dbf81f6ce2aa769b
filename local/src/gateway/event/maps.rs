//! Headers, parameters and bodies, as events hold them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::gateway::incoming::Incoming;

/// What a list of pairs is made of.
pub(super) type Pair = (String, String);

/// The headers with those that API Gateway adds, names as sent.
pub(super) fn headers(incoming: &Incoming) -> Vec<Pair> {
    let is_added = |name: &str| {
        ["x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"]
            .iter()
            .any(|added| name.eq_ignore_ascii_case(added))
    };
    let own = incoming.headers.iter().filter(|(name, _)| !is_added(name));
    let mut headers: Vec<Pair> = own.cloned().collect();
    let source = incoming.source().to_string();
    let hops: Vec<&str> = incoming.header("x-forwarded-for").chain([source.as_str()]).collect();
    headers.push(("X-Forwarded-For".to_owned(), hops.join(", ")));
    headers.push(("X-Forwarded-Port".to_owned(), "443".to_owned()));
    headers.push(("X-Forwarded-Proto".to_owned(), "https".to_owned()));
    headers
}

/// The last value of each name; `null` if there is none.
pub(super) fn last_of_each(pairs: &[Pair]) -> Value {
    let last: Map<_, _> = pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    or_null(last)
}

/// All values of each name; `null` if there is none.
pub(super) fn all_of_each(pairs: &[Pair]) -> Value {
    let mut all = Map::new();
    for (name, value) in pairs {
        let values = all.entry(name.clone()).or_insert_with(|| json!([]));
        if let Some(values) = values.as_array_mut() {
            values.push(json!(value));
        }
    }
    or_null(all)
}

/// The values of each name, joined by commas.
pub(super) fn joined(pairs: impl IntoIterator<Item = Pair>) -> Map<String, Value> {
    let mut all: Map<String, Value> = Map::new();
    for (name, value) in pairs {
        let joined = match all.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value,
        };
        all.insert(name, json!(joined));
    }
    all
}

pub(super) fn or_null(map: Map<String, Value>) -> Value {
    if map.is_empty() { Value::Null } else { Value::Object(map) }
}

/// The body as text, or in base64 where it is none, and which of both.
pub(super) fn body(body: &[u8]) -> (String, bool) {
    match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(body), true),
    }
}

/// Adds `more` to the object `event`.
pub(super) fn extend(mut event: Value, more: Value) -> Value {
    if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
        event.extend(more);
    }
    event
}
