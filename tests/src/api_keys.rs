//! API keys as the tests make them, and a store of them in memory.

use std::convert::Infallible;
use std::sync::Mutex;

use adapters::postgres::ApiKeyStore;
use runtime::{Failure, MisconfiguredError};
use serde_json::{Value, json};
use shared::authn::{ApiKeyEnvironment, ApiKeyLookup, ApiKeyRecord, NewApiKey};
use shared::hex;
use shared::record::{Fields, RecordError};
use shared::time::Timestamp;

/// The environment of the tests' keys.
pub const ENVIRONMENT: &str = "prod";

/// The key number `number`, the same every time.
///
/// # Panics
/// Never: this environment is one.
#[must_use]
pub fn key(number: u64) -> NewApiKey {
    key_of(ENVIRONMENT, number)
}

/// The same for another environment.
///
/// # Panics
/// `environment` is none.
#[must_use]
pub fn key_of(environment: &str, number: u64) -> NewApiKey {
    let environment = ApiKeyEnvironment::parse(environment).expect("it is an environment");
    // A linear congruential generator: anything but secret.
    let mut state = number.wrapping_add(1);
    let random = |bytes: &mut [u8]| {
        for byte in bytes {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0];
        }
        Ok::<_, Infallible>(())
    };
    match NewApiKey::generate(&environment, random) {
        Ok(key) => key,
        Err(never) => match never {},
    }
}

/// A row of `portcullis.keys_with_owner`, with whatever a test puts into it. Moments are seconds
/// since 1970.
#[derive(Clone, Debug)]
pub struct Row {
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
    /// When it was last used.
    pub last_used_at: Option<f64>,
    /// Whose key it is.
    pub owner: Owner,
}

/// A row of `portcullis.accounts`.
#[derive(Clone, Debug)]
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

impl Row {
    /// The row as PostgreSQL writes it: `infinity` and the like come as strings.
    #[must_use]
    pub fn columns(&self) -> Value {
        let moment = |seconds: Option<f64>| match seconds {
            Some(seconds) if !seconds.is_finite() => json!(format!("{seconds}")),
            seconds => json!(seconds),
        };
        json!({
            "id": self.id,
            "hash": format!("\\x{}", hex::encode(&self.hash)),
            "hash_kind": self.hash_kind,
            "scopes": self.scopes,
            "allowed_cidrs": self.allowed_cidrs,
            "expires_at": moment(self.expires_at),
            "revoked_at": moment(self.revoked_at),
            "replaced_by": self.replaced_by,
            "grace_until": moment(self.grace_until),
            "last_used_at": moment(self.last_used_at),
            "user_id": self.owner.user_id,
            "tenant_id": self.owner.tenant_id,
            "role": self.owner.role,
            "status": self.owner.status,
        })
    }

    /// The record that is read of it.
    ///
    /// # Errors
    /// It cannot be used.
    ///
    /// # Panics
    /// Never: the columns are an object.
    pub fn record(&self) -> Result<ApiKeyRecord, RecordError> {
        let columns = Fields::from_json(&self.columns().to_string());
        ApiKeyRecord::read(&columns.expect("the columns are an object"))
    }
}

/// The row of `key`: active, without an end, of a super admin of the tenant `acme`.
#[must_use]
pub fn row(key: &NewApiKey, scopes: &[&str]) -> Row {
    Row {
        id: key.id.as_str().to_owned(),
        hash: key.hash.to_vec(),
        hash_kind: "secret".to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        allowed_cidrs: None,
        expires_at: None,
        revoked_at: None,
        replaced_by: None,
        grace_until: None,
        last_used_at: None,
        owner: Owner {
            user_id: "7d9f5a2e-0b1c-4c1e-9a34-1d2f6a7b8c90".to_owned(),
            tenant_id: "acme".to_owned(),
            role: "super_admin".to_owned(),
            status: "active".to_owned(),
        },
    }
}

/// Keys in memory, and what was looked up.
#[derive(Debug, Default)]
pub struct MemoryKeys {
    rows: Mutex<Vec<Row>>,
    /// Every lookup so far.
    lookups: Mutex<Vec<ApiKeyLookup>>,
    /// The ids of the keys whose use was to be written down.
    touched: Mutex<Vec<String>>,
    outage: Mutex<Option<Failure>>,
}

impl MemoryKeys {
    /// Puts `row` in place of the one of its id.
    ///
    /// # Panics
    /// A test panicked while it changed the rows.
    pub fn put(&self, row: Row) {
        let mut rows = self.rows.lock().expect("nobody panicked");
        rows.retain(|old| old.id != row.id);
        rows.push(row);
    }

    /// From here on every lookup fails like this.
    ///
    /// # Panics
    /// A test panicked while it changed it.
    pub fn fail(&self, failure: Failure) {
        *self.outage.lock().expect("nobody panicked") = Some(failure);
    }

    /// The lookups since this was last called.
    ///
    /// # Panics
    /// A test panicked while it read them.
    pub fn take_lookups(&self) -> Vec<ApiKeyLookup> {
        std::mem::take(&mut *self.lookups.lock().expect("nobody panicked"))
    }

    /// The ids whose use was to be written down since this was last called.
    ///
    /// # Panics
    /// A test panicked while it read them.
    pub fn take_touched(&self) -> Vec<String> {
        std::mem::take(&mut *self.touched.lock().expect("nobody panicked"))
    }
}

impl ApiKeyStore for &MemoryKeys {
    async fn find(
        &self,
        lookup: &ApiKeyLookup,
        _: Timestamp,
    ) -> Result<Option<ApiKeyRecord>, Failure> {
        self.lookups.lock().expect("nobody panicked").push(lookup.clone());
        if let Some(failure) = &*self.outage.lock().expect("nobody panicked") {
            return Err(failure.clone());
        }
        let rows = self.rows.lock().expect("nobody panicked");
        let found = rows.iter().find(|row| match lookup {
            ApiKeyLookup::ById(id) => row.id == id.as_str(),
            ApiKeyLookup::ByHash(hash) => row.hash == hash && row.hash_kind == "whole",
        });
        let record = found.map(Row::record).transpose();
        record.map_err(|error| MisconfiguredError::new(error.to_string()).into())
    }

    fn touch(&self, key: &ApiKeyRecord, _: Timestamp) {
        self.touched.lock().expect("nobody panicked").push(key.id().as_str().to_owned());
    }
}
