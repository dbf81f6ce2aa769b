//! The keys in Aurora.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use shared::credential::api_key::{KeyQuestion, KeyRow};
use shared::time::Timestamp;
use shell::{Failure, Unavailable};
use tokio_postgres::types::Type;

use super::{ApiKeys, read_row};
use crate::io::aurora::Aurora;

/// What `infra/migrations/` calls the questions.
const FIND: &str = "SELECT portcullis.find_api_key($1)";
const FIND_IMPORTED: &str = "SELECT portcullis.find_imported_api_key($1)";
const TOUCH: &str = "SELECT portcullis.touch_api_key($1)";

/// How often the use of a key is written down at most.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// The keys in Aurora.
#[derive(Debug)]
pub struct KeyTable {
    aurora: Arc<Aurora>,
    /// Until when uses are not written down, in milliseconds since 1970: the last try failed, or is
    /// still under way.
    resting: Arc<AtomicU64>,
}

impl KeyTable {
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

impl ApiKeys for KeyTable {
    async fn find(
        &self,
        question: &KeyQuestion,
        now: Timestamp,
    ) -> Result<Option<KeyRow>, Failure> {
        let rows = match question {
            KeyQuestion::ById(id) => {
                self.aurora.ask(FIND, &[(&id.as_str(), Type::TEXT)], now).await
            }
            KeyQuestion::ByHash(hash) => {
                self.aurora.ask(FIND_IMPORTED, &[(&hash.as_slice(), Type::BYTEA)], now).await
            }
        };
        let wrong = || Unavailable::new("the database answers with something else").into();
        // One row of one value, which is NULL where there is no such key.
        let value = rows?.first().map(|row| row.try_get::<_, Option<String>>(0));
        match value {
            Some(Ok(None)) => Ok(None),
            Some(Ok(Some(json))) => read_row(&json).map(Some).ok_or_else(wrong),
            Some(Err(_)) | None => Err(wrong()),
        }
    }

    /// The answer does not wait for it. What Lambda freezes is done when it is next awake, and the
    /// database itself refuses to write more often than once a minute.
    fn touch(&self, key: &KeyRow, now: Timestamp) {
        let rests = now.unix_millis() < self.resting.load(Ordering::Relaxed);
        if rests || !is_due(key.last_used_at, now) {
            return;
        }
        // One at a time: where one is held up, the next decisions would wait behind all of them.
        self.resting.store(u64::MAX, Ordering::Relaxed);
        let (aurora, resting) = (Arc::clone(&self.aurora), Arc::clone(&self.resting));
        let id = key.id.clone();
        tokio::spawn(async move {
            let told = aurora.tell(TOUCH, &[(&id, Type::TEXT)], now).await;
            let until = if told.is_err() { now.after(TOUCH_EVERY).unix_millis() } else { 0 };
            resting.store(until, Ordering::Relaxed);
            let Err(failure) = told else { return };
            let reason = failure.to_string();
            tracing::warn!(key_id = id, reason, "the use of a key could not be written down");
        });
    }
}

fn is_due(last_used_at: Option<f64>, now: Timestamp) -> bool {
    let last_used = last_used_at.and_then(Timestamp::from_unix_seconds);
    last_used.is_none_or(|last_used| now.since(last_used) > TOUCH_EVERY)
}

#[cfg(test)]
mod tests {
    use shared::time::Timestamp;

    use super::is_due;

    #[test]
    fn a_use_is_written_down_once_a_minute() {
        let check = |last_used: Option<f64>, expected: bool| {
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
