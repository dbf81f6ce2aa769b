//! The state of a key.

use std::fmt;

use shared::time::Timestamp;

use crate::command::key::store::Key;
use crate::moment::rfc3339;

/// Whether a key can still be used, as the authorizer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Active,
    /// Replaced, but taken until then.
    InGrace(Timestamp),
    Replaced,
    Expired,
    Revoked,
    /// Its owner is suspended. It works again once the owner does.
    Suspended,
}

impl State {
    /// The state of `key` at the moment it was read. What can never be undone comes first.
    pub(super) fn of(key: &Key) -> Self {
        let has_passed = |end: Timestamp| end <= key.as_of;
        match key.grace_until {
            _ if key.revoked.is_some() => Self::Revoked,
            _ if key.expires.is_some_and(has_passed) => Self::Expired,
            Some(until) if has_passed(until) => Self::Replaced,
            _ if key.suspended => Self::Suspended,
            Some(until) => Self::InGrace(until),
            None => Self::Active,
        }
    }

    /// Whether the authorizer takes the key.
    pub(super) const fn is_usable(self) -> bool {
        matches!(self, Self::Active | Self::InGrace(_))
    }

    /// The state for programs; the end of a grace is a member of its own there.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::InGrace(_) => "in_grace",
            Self::Replaced => "replaced",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Suspended => "owner_suspended",
        }
    }
}

/// The state for people.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InGrace(until) => write!(f, "in grace until {}", rfc3339(*until)),
            Self::Suspended => f.write_str("owner suspended"),
            other => f.write_str(other.as_str()),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use shared::time::Timestamp;

    use super::State;
    use crate::command::key::store::Key;

    /// Seconds since 1970.
    pub(in crate::command::key) fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1000)
    }

    /// A key of 1000, seen at 2000.
    pub(in crate::command::key) fn key() -> Key {
        Key {
            id: "EFGHIJKLMNOPQRST".to_owned(),
            owner: "alice".to_owned(),
            name: "nightly export".to_owned(),
            scopes: vec!["read-only".to_owned(), "itsm-write".to_owned()],
            allowed_cidrs: None,
            environment: Some("prod".to_owned()),
            created: at(1000),
            expires: None,
            revoked: None,
            replaced_by: None,
            grace_until: None,
            last_used: None,
            suspended: false,
            as_of: at(2000),
        }
    }

    #[test]
    fn states() {
        let check = |change: fn(&mut Key), expected: &str, usable: bool| {
            let mut key = key();
            change(&mut key);
            let state = State::of(&key);
            assert_eq!((state.to_string().as_str(), state.is_usable()), (expected, usable));
        };
        check(|_| {}, "active", true);
        check(|key| key.expires = Some(at(2001)), "active", true);
        check(|key| key.expires = Some(at(2000)), "expired", false);
        check(|key| key.grace_until = Some(at(2001)), "in grace until 1970-01-01T00:33:21Z", true);
        check(|key| key.grace_until = Some(at(2000)), "replaced", false);
        check(|key| key.suspended = true, "owner suspended", false);
        check(|key| key.revoked = Some(at(3000)), "revoked", false);
        let suspended_in_grace = |key: &mut Key| {
            key.grace_until = Some(at(2001));
            key.suspended = true;
        };
        check(suspended_in_grace, "owner suspended", false);
        let all_at_once = |key: &mut Key| {
            key.revoked = Some(at(1));
            key.expires = Some(at(1));
            key.grace_until = Some(at(1));
            key.suspended = true;
        };
        check(all_at_once, "revoked", false);
    }
}
