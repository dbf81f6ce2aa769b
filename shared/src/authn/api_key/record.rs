//! The row of an API key and its owner, read strictly.

use core::net::IpAddr;
use std::fmt;

use super::invalid;
use crate::authn::identity::{ApiKeyPrincipal, Identity};
use crate::denial::Denial;
use crate::hex;
use crate::ids::{ApiKeyId, Subject, TenantId};
use crate::network::Networks;
use crate::record::{Field, Fields, Reader, RecordError};
use crate::time::Timestamp;

/// The most scopes of one key; the schema has the same bound.
pub const MAX_SCOPES: usize = 32;

/// The columns of `portcullis.keys_with_owner`, all of which are required.
const COLUMNS: [&str; 14] = [
    "id",
    "hash",
    "hash_kind",
    "scopes",
    "allowed_cidrs",
    "expires_at",
    "revoked_at",
    "replaced_by",
    "grace_until",
    "last_used_at",
    "user_id",
    "tenant_id",
    "role",
    "status",
];

/// A row of `portcullis.keys_with_owner`. It says nothing of whether the caller has the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    id: ApiKeyId,
    pub(super) hash: [u8; 32],
    pub(super) hash_kind: HashKind,
    /// Separated by blanks.
    scopes: Box<str>,
    allowed: Option<Networks>,
    expires_at: Option<Timestamp>,
    is_revoked: bool,
    /// Until when a key that was replaced is still taken.
    grace_until: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    user_id: Subject,
    tenant_id: TenantId,
    role: Box<str>,
    is_suspended: bool,
}

/// What the hash of a key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HashKind {
    /// The secret part.
    Secret,
    /// The whole key: an imported key.
    Whole,
}

impl ApiKeyRecord {
    /// Reads a row. Moments are numbers of seconds since 1970, and `hash` is written in hexadecimal
    /// digits, with `\x` before them or without.
    ///
    /// # Errors
    /// The first column that is missing, mistyped, meaningless or unknown.
    pub fn read(columns: &Fields) -> Result<Self, RecordError> {
        let row = Row(Reader { fields: columns, field_of: "the key's column" });
        row.0.has_all(&COLUMNS)?;
        row.0.has_only(&COLUMNS)?;
        Ok(Self {
            id: ApiKeyId::parse(row.0.text("id")?)
                .ok_or_else(|| row.error("id", "is no key id"))?,
            hash: row.hash()?,
            hash_kind: row.hash_kind()?,
            scopes: row.scopes()?,
            allowed: row.allowed()?,
            expires_at: row.moment("expires_at")?,
            // Any value revokes the key, even one that is no time: whoever wrote it wanted that.
            is_revoked: row.0.value("revoked_at").is_some(),
            grace_until: row.grace()?,
            last_used_at: row.moment("last_used_at")?,
            user_id: Subject::parse(row.0.text("user_id")?)
                .ok_or_else(|| row.error("user_id", "is no user id"))?,
            tenant_id: TenantId::parse(row.0.text("tenant_id")?)
                .ok_or_else(|| row.error("tenant_id", "is no tenant id"))?,
            role: row.role()?,
            is_suspended: row.is_suspended()?,
        })
    }

    /// The key's public part.
    #[must_use]
    pub const fn id(&self) -> &ApiKeyId {
        &self.id
    }

    /// SHA-256 of the key's secret part, or of the whole of an imported key.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// Whether it is the record of an imported key.
    #[must_use]
    pub fn is_imported(&self) -> bool {
        self.hash_kind == HashKind::Whole
    }

    /// When the key was last used, as far as it was recorded.
    #[must_use]
    pub const fn last_used_at(&self) -> Option<Timestamp> {
        self.last_used_at
    }

    /// The identity that the key proves at `now` from `source_ip`, once its secret is verified.
    pub(super) fn admit(
        &self,
        source_ip: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Identity, Denial> {
        if self.is_revoked {
            return Err(invalid("the key is revoked"));
        }
        if self.expires_at.is_some_and(|expires| expires <= now) {
            return Err(invalid("the key has expired"));
        }
        if self.grace_until.is_some_and(|until| until <= now) {
            return Err(invalid("the key was replaced and its grace is over"));
        }
        if self.is_suspended {
            return Err(invalid("the key's owner is suspended"));
        }
        if let Some(networks) = &self.allowed {
            let source_ip =
                source_ip.ok_or_else(|| invalid("the event names no source address"))?;
            if !networks.contain(source_ip) {
                return Err(invalid("the source address is none of the key's"));
            }
        }
        let principal = ApiKeyPrincipal {
            key: self.id.clone(),
            role: self.role.clone(),
            scopes: self.scopes.clone(),
        };
        Ok(Identity::of_key(self.user_id.clone(), self.tenant_id.clone(), principal))
    }
}

/// Shows no hash: it is no credential, but no log needs it either.
impl fmt::Debug for ApiKeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyRecord").field("id", &self.id).finish_non_exhaustive()
    }
}

struct Row<'r>(Reader<'r>);

impl Row<'_> {
    fn error(&self, name: &str, problem: &'static str) -> RecordError {
        self.0.error(name, problem)
    }

    fn hash(&self) -> Result<[u8; 32], RecordError> {
        let digits = self.0.text("hash")?;
        let hash = hex::decode(digits.strip_prefix("\\x").unwrap_or(digits));
        hash.and_then(|hash| hash.try_into().ok())
            .ok_or_else(|| self.error("hash", "is not 32 bytes in hexadecimal digits"))
    }

    fn hash_kind(&self) -> Result<HashKind, RecordError> {
        match self.0.text("hash_kind")? {
            "secret" => Ok(HashKind::Secret),
            "whole" => Ok(HashKind::Whole),
            _ => Err(self.error("hash_kind", "is neither `secret` nor `whole`")),
        }
    }

    fn scopes(&self) -> Result<Box<str>, RecordError> {
        let scopes = self.0.optional_texts("scopes", MAX_SCOPES, "has more than 32 items")?;
        let scopes = scopes.ok_or_else(|| self.error("scopes", "is no list of strings"))?;
        if scopes.iter().any(|scope| scope.is_empty() || scope.contains(' ')) {
            return Err(self.error("scopes", "has an item that is no scope"));
        }
        Ok(scopes.join(" ").into())
    }

    fn allowed(&self) -> Result<Option<Networks>, RecordError> {
        const NAME: &str = "allowed_cidrs";
        let texts = self.0.optional_texts(NAME, usize::MAX, "")?;
        let Some(texts) = texts else { return Ok(None) };
        let networks = Networks::parse(texts);
        networks.map(Some).ok_or_else(|| self.error(NAME, "is no list of 1 to 64 networks"))
    }

    /// Until when a replaced key is still taken. A row has both `replaced_by` and `grace_until`, or
    /// neither.
    fn grace(&self) -> Result<Option<Timestamp>, RecordError> {
        let until = self.moment("grace_until")?;
        match (self.0.optional_text("replaced_by")?, until) {
            (Some(_), None) => Err(self.error("grace_until", "is missing")),
            (None, Some(_)) => Err(self.error("replaced_by", "is missing")),
            _ => Ok(until),
        }
    }

    fn role(&self) -> Result<Box<str>, RecordError> {
        match self.0.value("role") {
            Some(Field::Text(role)) => Ok(role.as_str().into()),
            _ => Err(self.error("role", "is no string")),
        }
    }

    fn is_suspended(&self) -> Result<bool, RecordError> {
        match self.0.text("status")? {
            "active" => Ok(false),
            "suspended" => Ok(true),
            _ => Err(self.error("status", "is neither `active` nor `suspended`")),
        }
    }

    /// Seconds since 1970, with a fraction. PostgreSQL's `infinity`, which comes as a string, and
    /// times before 1970 are refused.
    fn moment(&self, name: &str) -> Result<Option<Timestamp>, RecordError> {
        let Some(value) = self.0.value(name) else { return Ok(None) };
        let seconds = match value {
            Field::Number(digits) => digits.parse().ok(),
            _ => None,
        };
        let moment = seconds.and_then(Timestamp::from_unix_seconds);
        moment.map(Some).ok_or_else(|| self.error(name, "is not a time"))
    }
}
