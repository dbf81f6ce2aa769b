//! What the store says of a key and of its owner, as it stands there.

use core::net::IpAddr;
use std::fmt;

use super::invalid;
use crate::credential::api_key::KeyId;
use crate::denial::{Code, Denial};
use crate::identity::{Identity, KeyStanding, Networks, Subject, TenantId};
use crate::time::Timestamp;

/// As many scopes as anybody needs, and as the store takes.
pub const MAX_SCOPES: usize = 32;

/// A row of `portcullis.api_keys` with its owner's row of `portcullis.accounts`. Moments are seconds
/// since 1970. Nothing in it is checked before [`super::PresentedKey::verify`]; what cannot be
/// understood there refuses the key.
#[derive(Clone, PartialEq)]
pub struct KeyRow {
    /// The public part.
    pub id: String,
    /// SHA-256 of what `hash_kind` says.
    pub hash: Vec<u8>,
    /// `secret` or `whole`.
    pub hash_kind: String,
    /// What the key may do, as far as its owner may.
    pub scopes: Vec<String>,
    /// From where it may be used; `None`: from anywhere.
    pub allowed_cidrs: Option<Vec<String>>,
    /// From when on it is refused.
    pub expires_at: Option<f64>,
    /// If it is set, the key is refused.
    pub revoked_at: Option<f64>,
    /// The key that took its place.
    pub replaced_by: Option<String>,
    /// Until when it is still taken after that.
    pub grace_until: Option<f64>,
    /// When it was last used, as far as anybody wrote it down.
    pub last_used_at: Option<f64>,
    /// Whose key it is.
    pub owner: Owner,
}

/// A row of `portcullis.accounts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The `sub` of the user in Cognito.
    pub user_id: String,
    /// The tenant the user belongs to.
    pub tenant_id: String,
    /// The user's role now.
    pub role: String,
    /// `active` or `suspended`.
    pub status: String,
}

/// What the hash of a key is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashKind {
    /// The secret part.
    Secret,
    /// All of it: an imported key.
    Whole,
}

impl HashKind {
    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Whole => "whole",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Secret, Self::Whole].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl KeyRow {
    /// Who may use the key at `now` from `source`, its secret being right.
    pub(super) fn admit(
        &self,
        source: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Identity, Refused> {
        // Whatever stands there: somebody wanted it to end.
        if self.revoked_at.is_some() {
            return Err(Refused::Because("the key is revoked"));
        }
        if moment("expires_at", self.expires_at)?.is_some_and(|expires| expires <= now) {
            return Err(Refused::Because("the key has expired"));
        }
        match (&self.replaced_by, moment("grace_until", self.grace_until)?) {
            (None, None) => {}
            (Some(_), Some(until)) if now < until => {}
            (Some(_), Some(_)) => {
                return Err(Refused::Because("the key was replaced and its grace is over"));
            }
            (Some(_), None) => return Err(Refused::Column("grace_until")),
            (None, Some(_)) => return Err(Refused::Column("replaced_by")),
        }
        match self.owner.status.as_str() {
            "active" => {}
            "suspended" => return Err(Refused::Because("the key's owner is suspended")),
            _ => return Err(Refused::Column("status")),
        }
        self.admit_from(source)?;
        self.identity()
    }

    fn admit_from(&self, source: Option<IpAddr>) -> Result<(), Refused> {
        let Some(cidrs) = &self.allowed_cidrs else { return Ok(()) };
        let networks = Networks::parse(cidrs).ok_or(Refused::Column("allowed_cidrs"))?;
        let Some(source) = source else {
            return Err(Refused::Because("the event names no source address"));
        };
        if networks.contain(source) {
            return Ok(());
        }
        Err(Refused::Because("the source address is none of the key's"))
    }

    fn identity(&self) -> Result<Identity, Refused> {
        let Owner { user_id, tenant_id, role, .. } = &self.owner;
        let subject = Subject::parse(user_id).ok_or(Refused::Column("user_id"))?;
        let tenant = TenantId::parse(tenant_id).ok_or(Refused::Column("tenant_id"))?;
        let key = KeyId::parse(&self.id).ok_or(Refused::Column("id"))?;
        let is_scope = |scope: &String| !scope.is_empty() && !scope.contains(' ');
        if self.scopes.len() > MAX_SCOPES || !self.scopes.iter().all(is_scope) {
            return Err(Refused::Column("scopes"));
        }
        let scopes = self.scopes.join(" ").into();
        let standing = KeyStanding { key, role: role.as_str().into(), scopes };
        Ok(Identity::of_key(subject, tenant, standing))
    }
}

/// Shows no hash: it is no credential, but nobody needs it either.
impl fmt::Debug for KeyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRow").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a row admits nobody.
pub(super) enum Refused {
    Because(&'static str),
    /// This column means nothing here.
    Column(&'static str),
}

impl From<Refused> for Denial {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Because(reason) => invalid(reason),
            Refused::Column(name) => Self::new(
                Code::ApiKeyInvalid,
                format!("the key's column `{name}` cannot be understood"),
            ),
        }
    }
}

/// `infinity`, or a time before 1970, is no moment at which anything ends.
fn moment(column: &'static str, seconds: Option<f64>) -> Result<Option<Timestamp>, Refused> {
    match seconds {
        None => Ok(None),
        Some(seconds) => match Timestamp::from_unix_seconds(seconds) {
            Some(moment) => Ok(Some(moment)),
            None => Err(Refused::Column(column)),
        },
    }
}
