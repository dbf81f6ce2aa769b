//! Which versions of a secret verify.

use std::time::Duration;

use crate::time::Timestamp;
use crate::webhook::hmac_key::HmacKey;

/// A version of a secret, by its staging label in Secrets Manager:
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretVersion {
    /// `AWSCURRENT`.
    Current,
    /// `AWSPREVIOUS`.
    Previous,
}

impl SecretVersion {
    /// The name in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
        }
    }
}

/// The keys of one secret, by version.
#[derive(Clone, Debug)]
pub struct HmacKeys {
    /// `AWSCURRENT`.
    pub current: HmacKey,
    /// When that version was created.
    pub created: Timestamp,
    /// `AWSPREVIOUS`, if there is one. Secrets Manager never takes that label off by itself, so it
    /// does not mean that the version still verifies.
    pub previous: Option<HmacKey>,
}

impl HmacKeys {
    /// The keys that verify at `now`: the previous one only while the current one is younger than
    /// `overlap`. A rotated secret reaches the sender and this function at different moments, so
    /// for a while deliveries signed with either version are genuine. It must end, because a secret
    /// is often replaced after it has leaked.
    pub(super) fn accepted(
        &self,
        overlap: Duration,
        now: Timestamp,
    ) -> impl Iterator<Item = (SecretVersion, &HmacKey)> {
        let overlaps = now.since(self.created) < overlap;
        let previous = self.previous.as_ref().filter(|_| overlaps);
        [(SecretVersion::Current, Some(&self.current)), (SecretVersion::Previous, previous)]
            .into_iter()
            .filter_map(|(version, key)| key.map(|key| (version, key)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::time::Timestamp;
    use crate::webhook::hmac_key::{KeyForm, SecretReference};
    use crate::webhook::hmac_keys::{HmacKeys, SecretVersion};

    #[test]
    fn the_previous_secret_verifies_while_they_overlap() {
        let reference =
            SecretReference { name: "hook".to_owned(), form: KeyForm::TEXT, field: None };
        let key = reference.key("correct horse battery staple").unwrap();
        let at = Timestamp::from_unix_millis;
        let keys = |previous| HmacKeys { current: key.clone(), created: at(1000), previous };
        let accepted = |keys: HmacKeys, overlap: u64, now: u64| {
            let accepted = keys.accepted(Duration::from_millis(overlap), at(now));
            accepted.map(|(version, _)| version.as_str()).collect::<Vec<_>>().join(" ")
        };
        let both = || keys(Some(key.clone()));
        assert_eq!(accepted(both(), 60, 1059), "current previous");
        assert_eq!(accepted(both(), 60, 1060), "current");
        assert_eq!(accepted(both(), 60, 900), "current previous");
        assert_eq!(accepted(both(), 0, 1000), "current");
        assert_eq!(accepted(keys(None), 60, 1000), "current");
        assert_eq!(SecretVersion::Previous.as_str(), "previous");
        assert!(!format!("{:?}", both()).contains("horse"));
    }
}
