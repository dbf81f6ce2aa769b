//! The `kid`s that an issuer lately did not have.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use shared::time::Timestamp;

/// The last `most` names that were absent. A name is kept as a hash under a random key of this
/// process, so that memory is bounded and an attacker cannot make a name that passes for another.
pub(super) struct Absent {
    most: usize,
    names: VecDeque<(u64, Timestamp)>,
    hasher: RandomState,
}

impl Absent {
    pub(super) fn new(most: usize) -> Self {
        Self { most, names: VecDeque::new(), hasher: RandomState::new() }
    }

    pub(super) fn insert(&mut self, name: &str, now: Timestamp) {
        let hash = self.hasher.hash_one(name);
        self.names.retain(|(known, _)| *known != hash);
        self.names.push_back((hash, now));
        if self.names.len() > self.most {
            self.names.pop_front();
        }
    }

    /// Whether `name` was found absent at most `age` ago.
    pub(super) fn contains(&self, name: &str, now: Timestamp, age: Duration) -> bool {
        let hash = self.hasher.hash_one(name);
        self.names.iter().any(|(known, at)| *known == hash && now.since(*at) <= age)
    }
}

#[cfg(test)]
mod tests {
    use super::{Absent, Duration, Timestamp};

    #[test]
    fn the_oldest_makes_room_and_age_ends_it() {
        let now = Timestamp::from_unix_millis(1_000);
        let second = Duration::from_secs(1);
        let mut absent = Absent::new(2);
        for name in ["a", "b", "a", "c"] {
            absent.insert(name, now);
        }
        let known = |name| absent.contains(name, now.after(second), second);
        assert_eq!(["a", "b", "c"].map(known), [true, false, true]);
        assert!(!absent.contains("a", now.after(2 * second), second));
    }
}
