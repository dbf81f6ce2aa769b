//! What an upstream gets in place of the credential: who was proven, as headers.

use serde_json::{Map, Value};

/// The headers, and the member of the authorizer's context that each repeats.
const HEADERS: [(&str, &str); 7] = [
    ("x-portcullis-user-id", "user_id"),
    ("x-portcullis-tenant-id", "tenant_id"),
    ("x-portcullis-role", "role"),
    ("x-portcullis-scopes", "scopes"),
    ("x-portcullis-auth-method", "auth_method"),
    ("x-portcullis-webhook-id", "webhook_id"),
    ("x-portcullis-delivery-id", "delivery_id"),
];

/// Every name that begins so is the gateway's: what a client sends under it is dropped.
const OWN: &str = "x-portcullis-";

/// Headers of one connection (RFC 9110 §7.6.1), which no proxy passes on.
const OF_THE_CONNECTION: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers that carry the caller's credential.
const CREDENTIALS: [&str; 2] = ["authorization", "x-api-key"];

/// The headers of who was proven, by the authorizer's `context`.
pub(super) fn headers(context: &Map<String, Value>) -> Vec<(&'static str, String)> {
    let value = |name: &str| match context.get(name)? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    HEADERS.iter().filter_map(|(header, name)| Some((*header, value(name)?))).collect()
}

/// Whether an upstream gets the client's header `name`, which is in lower case. `listed` are the names
/// in the client's `Connection`.
pub(super) fn passes(name: &str, listed: &[String]) -> bool {
    !name.starts_with(OWN)
        && !OF_THE_CONNECTION.contains(&name)
        && !CREDENTIALS.contains(&name)
        && name != "host"
        && !listed.iter().any(|own| own == name)
}

/// Whether a client gets the upstream's header `name`, which is in lower case.
pub(super) fn returns(name: &str) -> bool {
    !OF_THE_CONNECTION.contains(&name) && name != "content-length"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{headers, passes};

    #[test]
    fn nobody_claims_to_be_somebody() {
        for name in [
            "x-portcullis-user-id",
            "x-portcullis-anything",
            "authorization",
            "x-api-key",
            "transfer-encoding",
            "connection",
            "host",
            "x-hop",
        ] {
            assert!(!passes(name, &["x-hop".to_owned()]), "{name}");
        }
        for name in ["accept", "cookie", "content-type", "x-portculli", "content-length"] {
            assert!(passes(name, &[]), "{name}");
        }
    }

    #[test]
    fn who_was_proven() {
        let context =
            json!({ "user_id": "ada", "role": "viewer", "tenant_id": "acme", "code": "x" });
        let expected = [
            ("x-portcullis-user-id", "ada".to_owned()),
            ("x-portcullis-tenant-id", "acme".to_owned()),
            ("x-portcullis-role", "viewer".to_owned()),
        ];
        assert_eq!(headers(context.as_object().unwrap()), expected);
    }
}
