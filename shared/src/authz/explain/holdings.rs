//! What a caller holds.

use crate::authn::Principal;
use crate::authz::access_table::{AccessTable, Grants};
use crate::authz::table::permission::Permission;
use crate::authz::table::read::PresentedBy;

/// What a caller holds by the table.
#[derive(Clone, Debug)]
pub struct Holdings<'a> {
    /// The role; `None` for a service and for nobody.
    pub role: Option<&'a str>,
    /// The scopes, as the credential has them.
    pub scopes: Vec<HeldScope<'a>>,
    /// What role and scopes grant together, as far as some route requires it. None where no user can hold
    /// the role.
    pub permissions: Vec<Permission<'a>>,
    grants: Option<Grants>,
    is_of_somebody: bool,
}

/// A scope of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldScope<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it counts.
    pub used: ScopeUse,
}

/// Whether a scope counts for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeUse {
    /// It does.
    Counts,
    /// It is one of another kind of credential, such as `api-key`.
    Of(&'static str),
    /// The table does not have it.
    Unknown,
}

impl<'a> Holdings<'a> {
    /// What `principal` holds; `None` is a caller who presents no credential.
    pub(super) fn of(principal: Option<&'a Principal>, table: &'a AccessTable) -> Self {
        let (role, grants) = match principal {
            None => (None, Some(table.anonymous())),
            Some(Principal::User(role)) => (Some(&**role), table.role(role)),
            Some(Principal::UserToken(user)) => {
                (Some(&*user.role), table.user_scopes(&user.role, user.scopes.split(' ')))
            }
            Some(Principal::Service(scopes)) => (None, Some(table.token_scopes(scopes.split(' ')))),
            Some(Principal::ApiKey(key)) => {
                (Some(&*key.role), table.key_scopes(&key.role, key.scopes.split(' ')))
            }
        };
        let scopes = principal.map_or_else(Vec::new, |principal| scopes(principal, table));
        let permissions = grants.into_iter().flat_map(|grants| table.permissions(grants)).collect();
        Self { role, scopes, permissions, grants, is_of_somebody: principal.is_some() }
    }

    /// Whether there is a caller who presents a credential.
    #[must_use]
    pub const fn is_of_somebody(&self) -> bool {
        self.is_of_somebody
    }

    /// What decides; `None` where no user can hold the role.
    pub(super) const fn grants(&self) -> Option<Grants> {
        self.grants
    }
}

fn scopes<'a>(principal: &'a Principal, table: &AccessTable) -> Vec<HeldScope<'a>> {
    let Some((presented_by, scopes)) = presented(principal) else { return Vec::new() };
    let used = |name: &str| match table.scope_is_presented_by(name) {
        _ if !table.known_scopes(presented_by, name).is_empty() => ScopeUse::Counts,
        Some(other) => ScopeUse::Of(other.as_str()),
        None => ScopeUse::Unknown,
    };
    let names = scopes.split(' ').filter(|name| !name.is_empty());
    names.map(|name| HeldScope { name, used: used(name) }).collect()
}

/// The scopes of a credential, separated by blanks, and of which kind they must be.
pub(super) fn presented(principal: &Principal) -> Option<(PresentedBy, &str)> {
    match principal {
        Principal::User(_) => None,
        Principal::UserToken(user) => Some((PresentedBy::UserToken, &user.scopes)),
        Principal::Service(scopes) => Some((PresentedBy::ServiceToken, scopes)),
        Principal::ApiKey(key) => Some((PresentedBy::ApiKey, &key.scopes)),
    }
}
