//! API keys as the tests make them, and a store of them in memory.

use std::convert::Infallible;
use std::sync::Mutex;

use authorizer::io::api_keys::ApiKeys;
use shared::credential::api_key::{KeyEnvironment, KeyQuestion, KeyRow, NewKey, Owner};
use shared::time::Timestamp;
use shell::Failure;

/// The environment of the tests' keys.
pub const ENVIRONMENT: &str = "prod";

/// The key number `number`, the same every time.
///
/// # Panics
/// Never: this environment is one.
#[must_use]
pub fn key(number: u64) -> NewKey {
    key_of(ENVIRONMENT, number)
}

/// The same for another environment.
///
/// # Panics
/// `environment` is none.
#[must_use]
pub fn key_of(environment: &str, number: u64) -> NewKey {
    let environment = KeyEnvironment::parse(environment).expect("it is an environment");
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
    match NewKey::generate(&environment, random) {
        Ok(key) => key,
        Err(never) => match never {},
    }
}

/// The row of `key`: active, without an end, of a super admin of the tenant `acme`.
#[must_use]
pub fn row(key: &NewKey, scopes: &[&str]) -> KeyRow {
    KeyRow {
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

/// Keys in memory, and what was asked of them.
#[derive(Debug, Default)]
pub struct MemoryKeys {
    rows: Mutex<Vec<KeyRow>>,
    /// Every question so far.
    asked: Mutex<Vec<KeyQuestion>>,
    /// The ids of the keys whose use was to be written down.
    touched: Mutex<Vec<String>>,
    outage: Mutex<Option<Failure>>,
}

impl MemoryKeys {
    /// Puts `row` in place of the one of its id.
    ///
    /// # Panics
    /// A test panicked while it changed the rows.
    pub fn put(&self, row: KeyRow) {
        let mut rows = self.rows.lock().expect("nobody panicked");
        rows.retain(|old| old.id != row.id);
        rows.push(row);
    }

    /// From here on every question fails like this.
    ///
    /// # Panics
    /// A test panicked while it changed it.
    pub fn fail(&self, failure: Failure) {
        *self.outage.lock().expect("nobody panicked") = Some(failure);
    }

    /// The questions since this was last asked.
    ///
    /// # Panics
    /// A test panicked while it read them.
    pub fn take_asked(&self) -> Vec<KeyQuestion> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panicked"))
    }

    /// The ids whose use was to be written down since this was last asked.
    ///
    /// # Panics
    /// A test panicked while it read them.
    pub fn take_touched(&self) -> Vec<String> {
        std::mem::take(&mut *self.touched.lock().expect("nobody panicked"))
    }
}

impl ApiKeys for &MemoryKeys {
    async fn find(&self, question: &KeyQuestion, _: Timestamp) -> Result<Option<KeyRow>, Failure> {
        self.asked.lock().expect("nobody panicked").push(question.clone());
        if let Some(failure) = &*self.outage.lock().expect("nobody panicked") {
            return Err(failure.clone());
        }
        let rows = self.rows.lock().expect("nobody panicked");
        let found = rows.iter().find(|row| match question {
            KeyQuestion::ById(id) => row.id == id.as_str(),
            KeyQuestion::ByHash(hash) => row.hash == hash && row.hash_kind == "whole",
        });
        Ok(found.cloned())
    }

    fn touch(&self, key: &KeyRow, _: Timestamp) {
        self.touched.lock().expect("nobody panicked").push(key.id.clone());
    }
}
