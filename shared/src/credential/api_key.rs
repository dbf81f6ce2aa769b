//! A script: an API key, proven against the hash that the store has of it.
//!
//! [`PresentedKey::read`] refuses what cannot be a key without asking anybody;
//! [`PresentedKey::verify`] is the only way from a key to an identity.

mod format;
mod row;

use core::net::IpAddr;
use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::denial::{Code, Denial};
use crate::identity::Identity;
use crate::secret::Secret;
use crate::sha256::sha256;
use crate::time::Timestamp;

pub use format::{BODY_CHARS, ID_CHARS, KeyEnvironment, KeyId, NewKey, PATTERN, PREFIX};
pub use row::{HashKind, KeyRow, MAX_SCOPES, Owner};

/// The shortest imported key that is looked up, in bytes: what is shorter could be guessed.
const MIN_IMPORTED_BYTES: usize = 20;
/// The longest.
const MAX_IMPORTED_BYTES: usize = 256;

/// Which keys are taken here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRules {
    /// The `<env>` of the keys.
    pub environment: KeyEnvironment,
    /// Whether keys of another shape are taken too, which the store knows by the hash of the whole.
    /// Every value is then worth a question.
    pub imported: bool,
}

/// What to ask the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyQuestion {
    /// "Which key has this public part?"
    ById(KeyId),
    /// "Which imported key has this SHA-256?"
    ByHash([u8; 32]),
}

/// A key that a request presents, not yet believed.
pub struct PresentedKey<'k> {
    value: &'k str,
    secret: &'k str,
    question: KeyQuestion,
}

impl<'k> PresentedKey<'k> {
    /// Reads the value of `x-api-key`. However long it is, no more of it is looked at than a key
    /// has.
    ///
    /// # Errors
    /// `API_KEY_INVALID`, with the rule that was broken.
    pub fn read(value: Secret<&'k str>, rules: &KeyRules) -> Result<Self, Denial> {
        let value = *value.expose();
        match format::take_apart(value, &rules.environment) {
            Ok(parts) => {
                let question = KeyQuestion::ById(parts.id);
                Ok(Self { value, secret: parts.secret, question })
            }
            Err(_) if rules.imported && may_be_imported(value) => {
                let question = KeyQuestion::ByHash(sha256(value.as_bytes()));
                Ok(Self { value, secret: value, question })
            }
            Err(problem) => Err(invalid(problem)),
        }
    }

    /// What to ask the store.
    #[must_use]
    pub const fn question(&self) -> &KeyQuestion {
        &self.question
    }

    /// Compares the key with `found`, the store's answer to [`PresentedKey::question`], and says
    /// whom it speaks for at `now`. A key that is not there takes the same way as one whose secret
    /// is another.
    ///
    /// # Errors
    /// `API_KEY_INVALID`. The secret comes first: nothing is said of a key to whoever does not have
    /// it.
    pub fn verify(
        &self,
        found: Option<&KeyRow>,
        source: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Identity, Denial> {
        let known = found.map_or(&[0; 32][..], |row| row.hash.as_slice());
        let kind = found.map_or(Some(HashKind::Secret), |row| HashKind::parse(&row.hash_kind));
        let hashed = if kind == Some(HashKind::Whole) { self.value } else { self.secret };
        let is_right = verify_slices_are_equal(&sha256(hashed.as_bytes()), known).is_ok();
        let Some(row) = found else { return Err(invalid("the key is unknown")) };
        if kind.is_none() {
            return Err(invalid("the key's column `hash_kind` cannot be understood"));
        }
        if !is_right {
            return Err(invalid("the key's secret is wrong"));
        }
        if !self.asked_for(row, kind) {
            return Err(invalid("the key is another one than was asked for"));
        }
        row.admit(source, now).map_err(Denial::from)
    }

    fn asked_for(&self, row: &KeyRow, kind: Option<HashKind>) -> bool {
        match &self.question {
            KeyQuestion::ById(id) => row.id == id.as_str(),
            KeyQuestion::ByHash(_) => kind == Some(HashKind::Whole),
        }
    }
}

impl fmt::Debug for PresentedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresentedKey")
    }
}

/// One value of printable ASCII without blanks or commas: an HTTP API joins repeated headers with
/// commas.
fn may_be_imported(value: &str) -> bool {
    (MIN_IMPORTED_BYTES..=MAX_IMPORTED_BYTES).contains(&value.len())
        && value.bytes().all(|b| b.is_ascii_graphic() && b != b',')
}

pub(super) fn invalid(reason: &'static str) -> Denial {
    Denial::new(Code::ApiKeyInvalid, reason)
}
