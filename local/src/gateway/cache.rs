//! The authorizers' answers, for as long as their TTL says.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
//!
//! One gateway is one stage of one API, so the key is the authorizer with all its identity source values.
//! The answer is kept, not what it says of a request: a policy is evaluated again for each route.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::time::Timestamp;

use super::answer::Answer;

/// The most answers that are kept. When full, drops the one that would end first.
const MAX_ENTRIES: usize = 1024;

/// The authorizer's place in the API, and the values of its identity sources in order.
pub(super) type Key = (usize, Vec<String>);

/// Answers by key.
#[derive(Default)]
pub(super) struct Cache(BTreeMap<Key, Entry>);

struct Entry {
    answer: Arc<Answer>,
    since: Timestamp,
    until: Timestamp,
}

impl Cache {
    /// The answer for `key` and when it ends. A clock that was set back finds none.
    pub(super) fn find(&self, key: &Key, now: Timestamp) -> Option<(Arc<Answer>, Timestamp)> {
        let entry = self.0.get(key)?;
        let is_valid = entry.since <= now && now < entry.until;
        is_valid.then(|| (Arc::clone(&entry.answer), entry.until))
    }

    /// Keeps `answer` from `now` until `until`.
    pub(super) fn keep(&mut self, key: Key, answer: Arc<Answer>, now: Timestamp, until: Timestamp) {
        self.0.retain(|_, entry| now < entry.until);
        if self.0.len() >= MAX_ENTRIES && !self.0.contains_key(&key) {
            let first = self.0.iter().min_by_key(|(_, entry)| entry.until);
            if let Some(key) = first.map(|(key, _)| key.clone()) {
                self.0.remove(&key);
            }
        }
        self.0.insert(key, Entry { answer, since: now, until });
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;
    use shared::time::Timestamp;

    use super::{Cache, MAX_ENTRIES};
    use crate::gateway::answer::Answer;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1000)
    }

    fn answer() -> Arc<Answer> {
        Arc::new(Answer::Simple { is_authorized: true, context: Value::Null })
    }

    fn key(value: &str) -> (usize, Vec<String>) {
        (0, vec![value.to_owned()])
    }

    #[test]
    fn an_entry_ends_with_its_ttl() {
        let mut cache = Cache::default();
        cache.keep(key("a"), answer(), at(100), at(110));
        let check = |value: &str, authorizer, now: u64, expected: bool| {
            let key = (authorizer, vec![value.to_owned()]);
            assert_eq!(cache.find(&key, at(now)).is_some(), expected, "{value} {now}");
        };
        check("a", 0, 100, true);
        check("a", 0, 109, true);
        check("a", 0, 110, false);
        check("a", 0, 99, false);
        check("a", 1, 100, false);
        check("b", 0, 100, false);
    }

    #[test]
    fn it_is_bounded() {
        let mut cache = Cache::default();
        for value in 0..MAX_ENTRIES as u64 {
            cache.keep(key(&value.to_string()), answer(), at(0), at(1000 + value));
        }
        cache.keep(key("new"), answer(), at(0), at(5000));
        assert_eq!(cache.0.len(), MAX_ENTRIES);
        assert!(cache.find(&key("0"), at(1)).is_none());
        assert!(cache.find(&key("1"), at(1)).is_some());
        assert!(cache.find(&key("new"), at(1)).is_some());
        cache.keep(key("late"), answer(), at(4000), at(5000));
        assert_eq!(cache.0.len(), 2);
        cache.clear();
        assert!(cache.find(&key("late"), at(4000)).is_none());
    }
}
