//! A row as a store writes it: JSON, with the names of the columns of `infra/migrations/`.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use shared::credential::api_key::{KeyRow, Owner};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    id: String,
    hash: String,
    hash_kind: String,
    scopes: Vec<String>,
    allowed_cidrs: Option<Vec<String>>,
    #[serde(default, deserialize_with = "moment")]
    expires_at: Option<f64>,
    #[serde(default, deserialize_with = "moment")]
    revoked_at: Option<f64>,
    replaced_by: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    grace_until: Option<f64>,
    #[serde(default, deserialize_with = "moment")]
    last_used_at: Option<f64>,
    user_id: String,
    tenant_id: String,
    role: String,
    status: String,
}

/// Reads the row `json`; `None` if it is not one.
#[must_use]
pub fn read_row(json: &str) -> Option<KeyRow> {
    let columns: Columns = serde_json::from_str(json).ok()?;
    let Columns { user_id, tenant_id, role, status, .. } = columns;
    Some(KeyRow {
        id: columns.id,
        hash: from_hex(&columns.hash)?,
        hash_kind: columns.hash_kind,
        scopes: columns.scopes,
        allowed_cidrs: columns.allowed_cidrs,
        expires_at: columns.expires_at,
        revoked_at: columns.revoked_at,
        replaced_by: columns.replaced_by,
        grace_until: columns.grace_until,
        last_used_at: columns.last_used_at,
        owner: Owner { user_id, tenant_id, role, status },
    })
}

/// Seconds since 1970. What is there and is no number is no moment either: `infinity` comes as a
/// string.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let written = Option::<Value>::deserialize(deserializer)?;
    Ok(written.map(|value| value.as_f64().unwrap_or(f64::NAN)))
}

/// Hexadecimal digits, behind `\x` as PostgreSQL writes them, or without.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x").unwrap_or(text);
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read_row;

    fn written(name: &str, value: Value) -> String {
        let mut row = json!({
            "id": "0123456789abcdef", "hash": "\\x00ff", "hash_kind": "secret",
            "scopes": ["read-only"], "allowed_cidrs": null, "expires_at": null,
            "revoked_at": null, "replaced_by": null, "grace_until": null,
            "last_used_at": 1.5, "user_id": "u", "tenant_id": "t", "role": "viewer",
            "status": "active",
        });
        row[name] = value;
        row.to_string()
    }

    #[test]
    fn rows() {
        let row = read_row(&written("hash", json!("00fF"))).unwrap();
        assert_eq!((row.hash.as_slice(), row.last_used_at), (&[0, 255][..], Some(1.5)));
        assert_eq!(row.owner.tenant_id, "t");
        let expires_at = |value: Value| read_row(&written("expires_at", value)).unwrap().expires_at;
        assert_eq!(expires_at(json!(null)), None);
        assert_eq!(expires_at(json!(-1)), Some(-1.0));
        for no_moment in
            [json!("Infinity"), json!("-Infinity"), json!("2026"), json!([]), json!(true)]
        {
            assert!(expires_at(no_moment.clone()).unwrap().is_nan(), "{no_moment}");
        }
    }

    #[test]
    fn what_is_no_row() {
        for bad in ["", "null", "[]", "{}"] {
            assert_eq!(read_row(bad), None, "{bad}");
        }
        for (name, value) in [
            ("hash", json!("0")),
            ("hash", json!("0g")),
            ("hash", json!("\\x0")),
            ("hash", json!("é0")),
            ("scopes", json!([null])),
            ("scopes", json!("read-only")),
            ("status", json!(null)),
            ("further", json!(1)),
        ] {
            let written = written(name, value);
            assert_eq!(read_row(&written), None, "{written}");
        }
    }
}
