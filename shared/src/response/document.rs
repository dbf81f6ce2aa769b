//! The text of an answer with an IAM policy.
//!
//! It is built in one buffer, with a third of the instructions that serializing takes. What is copied
//! into it is checked when it is read and holds nothing that JSON would escape, or is escaped by whoever
//! appends it; the result is checked once more to be JSON.

use serde_json::value::RawValue;

/// As much as most answers take.
const USUAL_BYTES: usize = 8 * 1024;

/// A policy with its statements, and `context` as JSON.
pub(crate) fn policy<R>(
    principal: &str,
    push_statements: impl FnOnce(&mut String) -> R,
    context: &str,
) -> serde_json::Result<Box<RawValue>> {
    let mut json = String::with_capacity(USUAL_BYTES);
    json.push_str(r#"{"principalId":""#);
    json.push_str(principal);
    json.push_str(r#"","policyDocument":{"Version":"2012-10-17","Statement":["#);
    push_statements(&mut json);
    json.push_str(r#"]},"context":"#);
    json.push_str(context);
    json.push('}');
    RawValue::from_string(json)
}

/// Appends a statement with the `tails` as resources, each after the prefix; nothing if there are
/// none. Returns the length of the longest resource in bytes, as JSON writes it.
pub(crate) fn push_statement<T>(
    json: &mut String,
    effect: &str,
    prefix: &str,
    tails: impl IntoIterator<Item = T>,
    push_tail: impl Fn(&mut String, T),
) -> usize {
    let mut tails = tails.into_iter().peekable();
    let mut longest = 0;
    if tails.peek().is_none() {
        return longest;
    }
    let comma = if json.ends_with('}') { "," } else { "" };
    json.push_str(comma);
    json.push_str(r#"{"Action":"execute-api:Invoke","Effect":""#);
    json.push_str(effect);
    json.push_str(r#"","Resource":["#);
    for (index, tail) in tails.enumerate() {
        json.push_str(if index == 0 { "\"" } else { ",\"" });
        let begin = json.len();
        json.push_str(prefix);
        push_tail(json, tail);
        longest = longest.max(json.len() - begin);
        json.push('"');
    }
    json.push_str("]}");
    longest
}
