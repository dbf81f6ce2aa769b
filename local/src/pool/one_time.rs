//! What may be used once and soon: codes, forms of the sign-in page, challenges.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use shared::time::Timestamp;

/// Values by the SHA-256 of the secret that redeems them. The time that a search takes tells
/// nothing of a secret whose digest is compared.
pub(super) struct OneTime<T> {
    lifetime: Duration,
    entries: BTreeMap<Vec<u8>, Entry<T>>,
}

struct Entry<T> {
    made: Timestamp,
    value: T,
}

/// When full, evicts the oldest entry: a flood of requests must not fill the memory.
const MAX_ENTRIES: usize = 1000;

impl<T> OneTime<T> {
    pub(super) const fn new(lifetime: Duration) -> Self {
        Self { lifetime, entries: BTreeMap::new() }
    }

    pub(super) fn put(&mut self, secret: &str, value: T, now: Timestamp) {
        let lifetime = self.lifetime;
        self.entries.retain(|_, entry| now < entry.made.after(lifetime));
        if self.entries.len() >= MAX_ENTRIES {
            self.evict_oldest();
        }
        self.entries.insert(key(secret), Entry { made: now, value });
    }

    /// Takes the value of `secret` out, unless its time is over.
    pub(super) fn take(&mut self, secret: &str, now: Timestamp) -> Option<T> {
        let entry = self.entries.remove(&key(secret))?;
        (now < entry.made.after(self.lifetime)).then_some(entry.value)
    }

    fn evict_oldest(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.made);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.entries.remove(&key);
        }
    }
}

fn key(secret: &str) -> Vec<u8> {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shared::time::Timestamp;

    use super::{MAX_ENTRIES, OneTime};

    #[test]
    fn once_soon_and_bounded() {
        let at = Timestamp::from_unix_millis;
        let mut codes = OneTime::new(Duration::from_secs(1));
        codes.put("a", 1, at(0));
        assert_eq!(codes.take("b", at(0)), None);
        assert_eq!(codes.take("a", at(999)), Some(1));
        assert_eq!(codes.take("a", at(999)), None);
        codes.put("a", 1, at(0));
        assert_eq!(codes.take("a", at(1000)), None);

        codes.put("oldest", 0, at(0));
        for i in 0..MAX_ENTRIES {
            codes.put(&i.to_string(), i, at(1));
        }
        assert_eq!(codes.entries.len(), MAX_ENTRIES);
        assert_eq!(codes.take("oldest", at(1)), None);
        assert_eq!(codes.take("0", at(1)), Some(0));
    }
}
