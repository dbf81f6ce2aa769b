//! What a caller may do, by role and scopes.

use crate::authz::access_table::{AccessTable, Grants};
use crate::authz::table::permission::Permissions;
use crate::authz::table::read::{PresentedBy, Role, Scope};

impl AccessTable {
    /// What the role `name` grants a user; `None` if there is no such role, or if only service
    /// tokens have it (`by_scope`).
    #[must_use]
    pub fn role(&self, name: &str) -> Option<Grants> {
        self.handle(self.person(name)?.grants)
    }

    /// What a service token's `scopes` grant together. Unknown scopes, and those of other
    /// credentials, grant nothing.
    pub fn token_scopes<'s>(&self, scopes: impl IntoIterator<Item = &'s str>) -> Grants {
        self.handle(self.union(PresentedBy::ServiceToken, scopes))
            .unwrap_or_else(|| self.anonymous())
    }

    /// What an API key's `scopes` grant together, as far as its owner's `role` grants it too;
    /// `None` if no user can hold that role. Unknown scopes, and those of other credentials, grant
    /// nothing.
    pub fn key_scopes<'s>(
        &self,
        role: &str,
        scopes: impl IntoIterator<Item = &'s str>,
    ) -> Option<Grants> {
        let owner = self.person(role)?.grants;
        self.handle(self.union(PresentedBy::ApiKey, scopes).intersection(owner))
    }

    /// What a user's access token with these `scopes` grants: its `role`, and where the table has scopes of
    /// such tokens only what these grant, too. `None` if no user can hold that role. Unknown scopes, and
    /// those of other credentials, grant nothing.
    pub fn user_scopes<'s>(
        &self,
        role: &str,
        scopes: impl IntoIterator<Item = &'s str>,
    ) -> Option<Grants> {
        let role = self.person(role)?.grants;
        if !self.has_scopes(PresentedBy::UserToken) {
            return self.handle(role);
        }
        self.handle(self.union(PresentedBy::UserToken, scopes).intersection(role))
    }

    /// Whether a service token can grant anything: the table has scopes of such tokens.
    #[must_use]
    pub fn has_service_scopes(&self) -> bool {
        self.has_scopes(PresentedBy::ServiceToken)
    }

    /// What a caller without a credential may do: use the public routes.
    #[must_use]
    pub fn anonymous(&self) -> Grants {
        Grants(Permissions::NONE)
    }

    /// What the scopes of one kind of credential grant, whatever the role.
    pub(in crate::authz) fn scope_grants(&self, presented_by: PresentedBy, scopes: &str) -> Grants {
        Grants(self.union(presented_by, scopes.split(' ')))
    }

    /// The first kind of credential that the table has the scope `name` for.
    pub(in crate::authz) fn scope_is_presented_by(&self, name: &str) -> Option<PresentedBy> {
        let scope = self.scopes.iter().find(|scope| *scope.name == *name)?;
        Some(scope.presented_by)
    }

    pub(super) fn person(&self, role: &str) -> Option<&Role> {
        self.roles.iter().find(|held| *held.name == *role)
    }

    pub(in crate::authz) fn has_scopes(&self, presented_by: PresentedBy) -> bool {
        self.scopes.iter().any(|scope| scope.presented_by == presented_by)
    }

    fn union<'s>(
        &self,
        presented_by: PresentedBy,
        scopes: impl IntoIterator<Item = &'s str>,
    ) -> Permissions {
        let known = scopes.into_iter().filter_map(|name| self.scope(presented_by, name));
        known.fold(Permissions::NONE, |all, scope| all.union(scope.grants))
    }

    /// Those of `scopes` that the table has for this kind of credential. Both lists are separated by
    /// blanks (RFC 6749 §3.3).
    pub(in crate::authz) fn known_scopes(&self, presented_by: PresentedBy, scopes: &str) -> String {
        let known = scopes.split(' ').filter_map(|name| self.scope(presented_by, name));
        known.map(|scope| &*scope.name).collect::<Vec<_>>().join(" ")
    }

    fn scope(&self, presented_by: PresentedBy, name: &str) -> Option<&Scope> {
        self.scopes.iter().find(|s| s.presented_by == presented_by && *s.name == *name)
    }
}
