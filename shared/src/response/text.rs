//! JSON put together as text: objects, their members, strings.

use serde_json::Value;

/// Appends an object of strings.
pub(super) fn push_members(json: &mut String, members: &[(&str, &str)]) {
    json.push('{');
    for (name, value) in members {
        push_name(json, name);
        push_string(json, value);
    }
    json.push('}');
}

/// Appends what stands before the value of a member.
pub(super) fn push_name(json: &mut String, name: &str) {
    if !json.ends_with('{') {
        json.push(',');
    }
    push_string(json, name);
    json.push(':');
}

/// Appends `text` as a JSON string.
pub(super) fn push_string(json: &mut String, text: &str) {
    if text.bytes().any(|b| b < b' ' || matches!(b, b'"' | b'\\')) {
        json.push_str(&Value::from(text).to_string());
    } else {
        json.push('"');
        json.push_str(text);
        json.push('"');
    }
}
