//! The users of a pool.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::time::Timestamp;

use super::config::FirstUser;
use super::error::PoolError;
use super::password::PasswordHash;
use super::random::Random;

/// The most users of a pool.
pub(super) const MAX_USERS: usize = 1000;

/// A user. Its name in the pool is its `sub`, as in a pool whose users sign in with their address.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) sub: String,
    /// Every attribute but `sub`, all as text, as Cognito keeps them.
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) groups: Vec<String>,
    pub(super) password: PasswordHash,
    pub(super) status: UserStatus,
    /// In milliseconds since 1970, as is `modified`.
    pub(super) created: u64,
    pub(super) modified: u64,
}

/// Whether a user chose the password.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum UserStatus {
    #[serde(rename = "CONFIRMED")]
    Confirmed,
    #[serde(rename = "FORCE_CHANGE_PASSWORD")]
    ForceChangePassword,
}

impl User {
    /// The user `first` describes, who chose the password.
    pub(super) fn first(
        first: &FirstUser,
        random: &mut Random,
        now: Timestamp,
    ) -> Result<Self, PoolError> {
        let attributes = [
            ("email", first.email.as_str()),
            ("email_verified", "true"),
            ("custom:role", first.role.as_str()),
            ("custom:tenant_id", first.tenant.as_str()),
        ];
        Ok(Self {
            sub: first.sub.clone(),
            attributes: attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            groups: first.groups.clone(),
            password: PasswordHash::new(first.password.expose(), random)?,
            status: UserStatus::Confirmed,
            created: now.unix_millis(),
            modified: now.unix_millis(),
        })
    }

    /// The attribute `name`; empty if there is none.
    pub(super) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    pub(super) fn set_password(&mut self, hash: PasswordHash, status: UserStatus, now: Timestamp) {
        self.password = hash;
        self.status = status;
        self.modified = now.unix_millis();
    }

    /// The attributes as Cognito's API lists them.
    pub(super) fn attribute_list(&self) -> Value {
        let sub = ("sub", self.sub.as_str());
        let others = self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let list = std::iter::once(sub).chain(others);
        list.map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
    }
}

/// Users by `sub`.
#[derive(Serialize, Deserialize)]
pub(super) struct Users(BTreeMap<String, User>);

impl Users {
    pub(super) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The user with the `sub` or the address `name`.
    pub(super) fn find(&self, name: &str) -> Option<&User> {
        let has_address = |user: &&User| user.attribute("email").eq_ignore_ascii_case(name);
        self.0.get(name).or_else(|| self.0.values().find(has_address).filter(|_| !name.is_empty()))
    }

    pub(super) fn find_mut(&mut self, name: &str) -> Option<&mut User> {
        let sub = self.find(name)?.sub.clone();
        self.0.get_mut(&sub)
    }

    pub(super) fn put(&mut self, user: User) {
        self.0.insert(user.sub.clone(), user);
    }

    pub(super) fn remove(&mut self, sub: &str) {
        self.0.remove(sub);
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// In the order of their `sub`.
    pub(super) fn iter(&self) -> impl Iterator<Item = &User> {
        self.0.values()
    }
}
