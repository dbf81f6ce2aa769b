//! The table as a picture: who holds permissions, and which routes require them.

use std::fmt;

use crate::authz::access_table::{AccessTable, Grants, Matched};
use crate::authz::table::permission::{Bit, Permission, Permissions};
use crate::authz::table::read::PresentedBy;

/// Who holds permissions in a table, for people who look at the table as a whole. Of a scope it is
/// what the scope holds: an API key or an access token of a user may do no more than the role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder<'t> {
    /// What it is.
    pub kind: HolderKind,
    /// Its name in the table; empty for [`HolderKind::Anyone`].
    pub name: &'t str,
    permissions: Permissions,
}

/// What holds permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HolderKind {
    /// A caller without a credential.
    Anyone,
    /// A role of users.
    Role,
    /// A scope, presented by this kind of credential.
    Scope(&'static str),
}

/// `anyone`, `role viewer`, `scope read-only (api-key)`.
impl fmt::Display for Holder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            HolderKind::Anyone => f.write_str("anyone"),
            HolderKind::Role => write!(f, "role {}", self.name),
            HolderKind::Scope(by) => write!(f, "scope {} ({by})", self.name),
        }
    }
}

impl AccessTable {
    /// Everybody who holds permissions: a caller without a credential, then the roles, then the
    /// scopes, as the table lists them.
    pub fn holders(&self) -> impl Iterator<Item = Holder<'_>> {
        let anyone = Holder { kind: HolderKind::Anyone, name: "", permissions: Permissions::NONE };
        let roles = self.roles.iter().map(|role| Holder {
            kind: HolderKind::Role,
            name: &role.name,
            permissions: role.grants,
        });
        let scopes = self.scopes.iter().map(|scope| Holder {
            kind: HolderKind::Scope(PresentedBy::as_str(scope.presented_by)),
            name: &scope.name,
            permissions: scope.grants,
        });
        [anyone].into_iter().chain(roles).chain(scopes)
    }

    /// What `grants` hold, in the order of the table's modules. A table keeps no permission that no route
    /// requires.
    pub fn permissions(&self, grants: Grants) -> impl Iterator<Item = Permission<'_>> {
        let held = (0..128).map(Bit).filter(move |bit| grants.0.contains(*bit));
        held.filter_map(|bit| bit.named(&self.modules))
    }

    /// Whether `holder` holds what the route requires. It does not compare tenants.
    #[must_use]
    pub fn holder_permits(&self, holder: &Holder<'_>, matched: &Matched<'_>) -> bool {
        self.permits(Grants(holder.permissions), matched)
    }
}
