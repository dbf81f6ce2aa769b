//! Every set of permissions that a caller can come to hold.

use super::permission::Permissions;
use super::route::Need;
use super::table::{PresentedBy, Table};
use std::collections::BTreeMap;

/// How many different grant sets a table may give rise to.
pub(super) const MOST_SETS: usize = 1024;

/// Who holds a grant set, for messages: the first who was found to.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) line: usize,
    /// With its kind: "role `viewer`".
    pub(super) name: String,
}

/// The grant sets of anonymous callers, of every role, of every union of service-token scopes and
/// of every role within every union of API-key scopes; each reduced to what a route asks for, so
/// that two that permit the same are one. `None` when there are more than [`MOST_SETS`].
pub(super) fn reachable(table: &Table) -> Option<BTreeMap<Permissions, Holder>> {
    let asked = asked(table);
    let anyone = Holder { line: 1, name: "an anonymous caller".to_owned() };
    let mut sets = BTreeMap::from([(Permissions::NONE, anyone)]);
    let people = || table.roles.iter().filter(|role| !role.it.by_scope);
    for role in people() {
        let name = format!("role `{}`", role.it.name);
        let grants = role.it.grants.intersection(asked);
        sets.entry(grants).or_insert(Holder { line: role.line, name });
    }
    for (scopes, holder) in unions(table, PresentedBy::ServiceToken)? {
        sets.entry(scopes.intersection(asked)).or_insert(holder);
    }
    for (scopes, holder) in unions(table, PresentedBy::ApiKey)? {
        for role in people() {
            let grants = scopes.intersection(role.it.grants).intersection(asked);
            let name = format!("{} of a key of role `{}`", holder.name, role.it.name);
            sets.entry(grants).or_insert(Holder { line: holder.line, name });
        }
        if sets.len() > MOST_SETS {
            return None;
        }
    }
    (sets.len() <= MOST_SETS).then_some(sets)
}

/// The permissions that routes ask for. Holding another one changes nothing.
pub(super) fn asked(table: &Table) -> Permissions {
    let mut asked = Permissions::default();
    for (_, need) in table.routes.iter().flat_map(|route| &route.it.methods) {
        if let Need::Permission(bit) = need {
            asked.insert(*bit);
        }
    }
    asked
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
