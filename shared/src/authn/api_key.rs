//! API keys, verified against the hash that the database has of them.
//!
//! [`PresentedApiKey::read`] refuses without a lookup what cannot be a key;
//! [`PresentedApiKey::verify`] is the only way from a key to an identity.

mod format;
mod record;

use core::net::IpAddr;
use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
pub use format::{ApiKeyEnvironment, BODY_CHARS, NewApiKey, PATTERN, PREFIX};
pub use record::{ApiKeyRecord, MAX_SCOPES};

use crate::authn::identity::Identity;
use crate::denial::{Code, Denial};
use crate::ids::ApiKeyId;
use crate::secret::Secret;
use crate::sha256::sha256;
use crate::time::Timestamp;

/// The shortest imported key that is looked up, in bytes: a shorter one could be guessed.
const MIN_IMPORTED_BYTES: usize = 20;
/// The longest imported key that is looked up, in bytes.
const MAX_IMPORTED_BYTES: usize = 256;

/// Which keys this function takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRules {
    /// The `<env>` that keys must have.
    pub environment: ApiKeyEnvironment,
    /// Whether imported keys are taken too. They have any shape and are found by the hash of the
    /// whole key, so any word of 20 to 256 bytes then causes a lookup.
    pub imported: bool,
}

/// How to find a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiKeyLookup {
    /// The key with this public part.
    ById(ApiKeyId),
    /// The imported key with this SHA-256.
    ByHash([u8; 32]),
}

/// A key that a request presents, not yet believed.
///
/// ```
/// use shared::authn::{ApiKeyEnvironment, ApiKeyRecord, ApiKeyRules, NewApiKey, PresentedApiKey};
/// use shared::hex;
/// use shared::record::Fields;
/// use shared::secret::Secret;
/// use shared::time::Timestamp;
///
/// let environment = ApiKeyEnvironment::parse("prod").ok_or("it is no environment")?;
/// // Fixed bytes in place of randomness.
/// let key = NewApiKey::generate(&environment, |bytes| Ok::<(), String>(bytes.fill(7)))?;
/// let row = format!(
///     r#"{{"id": "{}", "hash": "{}", "hash_kind": "secret", "scopes": ["read-only"],
///         "allowed_cidrs": null, "expires_at": 1800000000.0, "revoked_at": null,
///         "replaced_by": null, "grace_until": null, "last_used_at": null, "user_id": "alice",
///         "tenant_id": "acme", "role": "viewer", "status": "active"}}"#,
///     key.id,
///     hex::encode(&key.hash),
/// );
/// let record = ApiKeyRecord::read(&Fields::from_json(&row).ok_or("it is no object")?)?;
///
/// let rules = ApiKeyRules { environment, imported: false };
/// let presented = PresentedApiKey::read(Secret::new(key.value.as_str()), &rules)?;
/// let now = Timestamp::from_unix_millis(1_700_000_000_000);
/// let identity = presented.verify(Some(&record), None, now)?;
/// assert_eq!((identity.role(), identity.scopes()), ("viewer", "read-only"));
///
/// let after_its_end = Timestamp::from_unix_millis(1_800_000_000_000);
/// assert!(presented.verify(Some(&record), None, after_its_end).is_err());
/// assert!(presented.verify(None, None, now).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PresentedApiKey<'k> {
    value: &'k str,
    secret: &'k str,
    lookup: ApiKeyLookup,
}

impl<'k> PresentedApiKey<'k> {
    /// Reads the value of `x-api-key`. Its length is checked before its characters, so a long value
    /// takes no longer than a key.
    ///
    /// # Errors
    /// `API_KEY_INVALID`, with the rule that was broken.
    pub fn read(value: Secret<&'k str>, rules: &ApiKeyRules) -> Result<Self, Denial> {
        let value = *value.expose();
        match format::take_apart(value, &rules.environment) {
            Ok(parts) => {
                let lookup = ApiKeyLookup::ById(parts.id);
                Ok(Self { value, secret: parts.secret, lookup })
            }
            Err(_) if rules.imported && may_be_imported(value) => {
                let lookup = ApiKeyLookup::ByHash(sha256(value.as_bytes()));
                Ok(Self { value, secret: value, lookup })
            }
            Err(problem) => Err(invalid(problem)),
        }
    }

    /// How to find the key.
    #[must_use]
    pub const fn lookup(&self) -> &ApiKeyLookup {
        &self.lookup
    }

    /// Compares the key with `found`, the database's answer to [`PresentedApiKey::lookup`], and
    /// returns the identity that it proves at `now`. An unknown id costs the same time as a wrong
    /// secret.
    ///
    /// # Errors
    /// `API_KEY_INVALID`. The secret is compared first, so that a caller without it learns nothing
    /// of the key.
    pub fn verify(
        &self,
        found: Option<&ApiKeyRecord>,
        source_ip: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Identity, Denial> {
        let known = found.map_or(&[0; 32], |record| &record.hash);
        let is_imported = found.is_some_and(ApiKeyRecord::is_imported);
        let hashed = if is_imported { self.value } else { self.secret };
        let is_right = verify_slices_are_equal(&sha256(hashed.as_bytes()), known).is_ok();
        let Some(record) = found else { return Err(invalid("the key is unknown")) };
        if !is_right {
            return Err(invalid("the key's secret is wrong"));
        }
        if !self.looked_up(record) {
            return Err(invalid("the record is that of another key"));
        }
        record.admit(source_ip, now)
    }

    fn looked_up(&self, record: &ApiKeyRecord) -> bool {
        match &self.lookup {
            ApiKeyLookup::ById(id) => record.id() == id,
            ApiKeyLookup::ByHash(_) => record.is_imported(),
        }
    }
}

impl fmt::Debug for PresentedApiKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedApiKey")
    }
}

/// Whether `value` is one word of printable ASCII without commas: HTTP APIs join repeated headers
/// with commas.
fn may_be_imported(value: &str) -> bool {
    (MIN_IMPORTED_BYTES..=MAX_IMPORTED_BYTES).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_graphic() && b != b',')
}

pub(super) fn invalid(reason: &'static str) -> Denial {
    Denial::new(Code::ApiKeyInvalid, reason)
}
