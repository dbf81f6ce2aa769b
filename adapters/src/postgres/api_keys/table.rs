//! The keys in Aurora.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use runtime::{Failure, MisconfiguredError, UnavailableError, printable_within};
use shared::authn::{ApiKeyLookup, ApiKeyRecord};
use shared::record::Fields;
use shared::time::Timestamp;
use tokio_postgres::types::Type;

use super::ApiKeyStore;
use crate::postgres::Aurora;
use crate::postgres::failure::MAX_REASON_BYTES;

/// The functions of `infra/migrations/` that are called.
const FIND: &str = "SELECT portcullis.find_api_key($1)";
const FIND_IMPORTED: &str = "SELECT portcullis.find_imported_api_key($1)";
const TOUCH: &str = "SELECT portcullis.touch_api_key($1)";

/// The shortest time between two records of one key's use.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// The keys in Aurora.
#[derive(Debug)]
pub struct ApiKeyTable {
    aurora: Arc<Aurora>,
    /// Until when uses are not recorded, in milliseconds since 1970: the last write failed, or is
    /// still running.
    resting: Arc<AtomicU64>,
}

impl ApiKeyTable {
    /// The keys in `aurora`.
    #[must_use]
    pub fn new(aurora: Aurora) -> Self {
        Self { aurora: Arc::new(aurora), resting: Arc::default() }
    }

    /// The database they are in.
    #[must_use]
    pub fn aurora(&self) -> &Aurora {
        &self.aurora
    }
}

impl ApiKeyStore for ApiKeyTable {
    async fn find(
        &self,
        lookup: &ApiKeyLookup,
        now: Timestamp,
    ) -> Result<Option<ApiKeyRecord>, Failure> {
        let rows = match lookup {
            ApiKeyLookup::ById(id) => {
                self.aurora.query(FIND, &[(&id.as_str(), Type::TEXT)], now).await
            }
            ApiKeyLookup::ByHash(hash) => {
                self.aurora.query(FIND_IMPORTED, &[(&hash.as_slice(), Type::BYTEA)], now).await
            }
        };
        let wrong = || UnavailableError::new("the database answers with something else").into();
        // One row of one value, which is NULL where there is no such key.
        let value = rows?.first().map(|row| row.try_get::<_, Option<String>>(0));
        match value {
            Some(Ok(None)) => Ok(None),
            Some(Ok(Some(json))) => read(&Fields::from_json(&json).ok_or_else(wrong)?).map(Some),
            Some(Err(_)) | None => Err(wrong()),
        }
    }

    /// Runs in a task of its own. One that Lambda freezes goes on at the next event, and the
    /// database itself refuses to write more often than once a minute.
    fn touch(&self, key: &ApiKeyRecord, now: Timestamp) {
        let rests = now.unix_millis() < self.resting.load(Ordering::Relaxed);
        if rests || !is_due(key.last_used_at(), now) {
            return;
        }
        // One at a time: if one is held up, the next lookups would wait behind all of them.
        self.resting.store(u64::MAX, Ordering::Relaxed);
        let (aurora, resting) = (Arc::clone(&self.aurora), Arc::clone(&self.resting));
        let id = key.id().as_str().to_owned();
        tokio::spawn(async move {
            let written = aurora.execute(TOUCH, &[(&id, Type::TEXT)], now).await;
            let until = if written.is_err() { now.after(TOUCH_EVERY).unix_millis() } else { 0 };
            resting.store(until, Ordering::Relaxed);
            let Err(failure) = written else { return };
            let reason = failure.to_string();
            tracing::warn!(api_key_id = id, reason, "the use of a key could not be written down");
        });
    }
}

fn read(columns: &Fields) -> Result<ApiKeyRecord, Failure> {
    ApiKeyRecord::read(columns).map_err(|error| {
        // It quotes the name of a column that is not known.
        let sentence = printable_within(&error.to_string(), MAX_REASON_BYTES);
        MisconfiguredError::new(sentence).into()
    })
}

fn is_due(last_used_at: Option<Timestamp>, now: Timestamp) -> bool {
    last_used_at.is_none_or(|last_used| now.since(last_used) > TOUCH_EVERY)
}

#[cfg(test)]
mod tests {
    use shared::record::Field;
    use shared::time::Timestamp;

    use super::{is_due, read};

    #[test]
    fn a_column_that_is_not_known_can_be_shown() {
        let check = |name: &str, shown: &str| {
            let columns =
                COLUMNS.into_iter().chain([name]).map(|name| (name.to_owned(), Field::Null));
            let failure = read(&columns.collect()).unwrap_err();
            assert_eq!(failure.to_string(), format!("the key's column `{shown}"));
        };
        check("further", "further` is not known here");
        check("a\u{1b}[2J", "a\\u{1b}[2J` is not known here");
        check(&"x".repeat(100_000), &format!("{}…", "x".repeat(494)));
    }

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

    #[test]
    fn a_use_is_written_down_once_a_minute() {
        let check = |last_used: Option<f64>, expected: bool| {
            let last_used = last_used.and_then(Timestamp::from_unix_seconds);
            assert_eq!(is_due(last_used, Timestamp::from_unix_millis(1_000_000)), expected);
        };
        check(None, true);
        check(Some(0.0), true);
        check(Some(939.9), true);
        check(Some(940.0), false);
        check(Some(1000.0), false);
        check(Some(2000.0), false);
        check(Some(f64::INFINITY), true);
    }
}
