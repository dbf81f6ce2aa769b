//! Every grant set that a caller can hold. A function compiles nothing, so a combination of scopes
//! that is not listed here would have no policy.

use std::collections::BTreeMap;

use crate::authz::table::permission::Permissions;
use crate::authz::table::read::{PresentedBy, Table};
use crate::authz::table::route::Need;

/// The most different grant sets of one table.
pub(in crate::authz) const MOST_SETS: usize = 1024;

/// Who holds a grant set, for messages: the first holder that was found.
#[derive(Clone, Debug)]
pub(in crate::authz) struct Holder {
    pub(in crate::authz) line: usize,
    /// With its kind: "role `viewer`".
    pub(in crate::authz) name: String,
}

/// The grant sets of anonymous callers, of every role, of every union of service-token scopes, and of
/// every role within every union of API-key scopes and of user-token scopes; each reduced to what some
/// route requires, so that two that permit the same are one. `None` when there are more than [`MOST_SETS`].
pub(in crate::authz) fn grant_sets(table: &Table) -> Option<BTreeMap<Permissions, Holder>> {
    let required = required(table);
    let anyone = Holder { line: 1, name: "an anonymous caller".to_owned() };
    let mut sets = BTreeMap::from([(Permissions::NONE, anyone)]);
    let people = || table.roles.iter().filter(|role| !role.it.by_scope);
    for role in people() {
        let name = format!("role `{}`", role.it.name);
        let grants = role.it.grants.intersection(required);
        sets.entry(grants).or_insert(Holder { line: role.line, name });
    }
    for (scopes, holder) in unions(table, PresentedBy::ServiceToken)? {
        sets.entry(scopes.intersection(required)).or_insert(holder);
    }
    for (presented_by, what) in
        [(PresentedBy::ApiKey, "key"), (PresentedBy::UserToken, "user token")]
    {
        for (scopes, holder) in unions(table, presented_by)? {
            for role in people() {
                let grants = scopes.intersection(role.it.grants).intersection(required);
                let name = format!("{} of a {what} of role `{}`", holder.name, role.it.name);
                sets.entry(grants).or_insert(Holder { line: holder.line, name });
            }
            if sets.len() > MOST_SETS {
                return None;
            }
        }
    }
    (sets.len() <= MOST_SETS).then_some(sets)
}

/// The permissions that routes require. Holding another one changes nothing.
pub(in crate::authz) fn required(table: &Table) -> Permissions {
    let mut required = Permissions::default();
    for (_, need) in table.routes.iter().flat_map(|route| &route.it.methods) {
        if let Need::Permission(bit) = need {
            required.insert(*bit);
        }
    }
    required
}

fn unions(table: &Table, presented_by: PresentedBy) -> Option<BTreeMap<Permissions, Holder>> {
    let nobody = Holder { line: 1, name: "no scope".to_owned() };
    let mut unions = BTreeMap::from([(Permissions::NONE, nobody)]);
    for scope in table.scopes.iter().filter(|scope| scope.it.presented_by == presented_by) {
        for (with, holder) in unions.clone() {
            let name = match with {
                Permissions::NONE => format!("scope `{}`", scope.it.name),
                _ => format!("{}, `{}`", holder.name, scope.it.name),
            };
            unions.entry(with.union(scope.it.grants)).or_insert(Holder { line: scope.line, name });
        }
        if unions.len() > MOST_SETS {
            return None;
        }
    }
    Some(unions)
}
