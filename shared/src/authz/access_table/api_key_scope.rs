//! Which scopes an API key may be given: those that do not go beyond its owner's role.

use crate::authz::access_table::AccessTable;
use crate::authz::table::permission::{Bit, Permission, Permissions};
use crate::authz::table::read::PresentedBy;

/// Why a key should not be given a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyScopeError<'t> {
    /// The table has no such scope.
    UnknownScope,
    /// The scope is one of service tokens: it would grant a key nothing.
    OfServiceTokens,
    /// The scope is one of users' access tokens: it would grant a key nothing.
    OfUserTokens,
    /// No user can hold the owner's role: the table has none of that name, or only service tokens
    /// have it.
    UnknownRole,
    /// The scope grants this permission, and possibly more, that the role does not.
    Beyond(Permission<'t>),
}

impl AccessTable {
    /// Looks for a reason not to give `scope` to a key whose owner has the role `role`; `None` if
    /// there is none. Of several permissions beyond the role the first is named, in the order of
    /// the table's modules.
    ///
    /// Only permissions that some route requires count: a table keeps no others, because they
    /// allow nothing. A key with such a scope could still do no more than its owner
    /// ([`AccessTable::key_scopes`]), but it would look as if it could.
    #[must_use]
    pub fn key_scope_problem(&self, role: &str, scope: &str) -> Option<ApiKeyScopeError<'_>> {
        let of_name = || self.scopes.iter().filter(|known| *known.name == *scope);
        let Some(found) = of_name().find(|known| known.presented_by == PresentedBy::ApiKey) else {
            return Some(match of_name().next().map(|other| other.presented_by) {
                None => ApiKeyScopeError::UnknownScope,
                Some(PresentedBy::UserToken) => ApiKeyScopeError::OfUserTokens,
                Some(PresentedBy::ServiceToken | PresentedBy::ApiKey) => {
                    ApiKeyScopeError::OfServiceTokens
                }
            });
        };
        let Some(role) = self.person(role) else { return Some(ApiKeyScopeError::UnknownRole) };
        let beyond = first_beyond(found.grants, role.grants)?;
        beyond.named(&self.modules).map(ApiKeyScopeError::Beyond)
    }

    /// The scopes that API keys may have, in the order of the table.
    pub fn key_scope_names(&self) -> impl Iterator<Item = &str> {
        let of_keys = self.scopes.iter().filter(|scope| scope.presented_by == PresentedBy::ApiKey);
        of_keys.map(|scope| &*scope.name)
    }
}

fn first_beyond(scope: Permissions, role: Permissions) -> Option<Bit> {
    (0..128).map(Bit).find(|bit| scope.contains(*bit) && !role.contains(*bit))
}

#[cfg(test)]
mod tests {
    use crate::authz::access_table::{AccessTable, ApiKeyScopeError};

    const TABLE: &str = r#"
        modules = ["a", "b"]
        [gateway]
        routes = "closed"
        resource_policy = "none"
        policy = "caller"
        [roles.reader]
        grants = ["read:*"]
        [roles.writer]
        grants = ["read:*", "write:*"]
        [roles.service_account]
        by_scope = true
        [scopes.read]
        presented_by = "api-key"
        grants = ["read:*"]
        [scopes.write-b]
        presented_by = "api-key"
        grants = ["read:b", "write:b"]
        [scopes.all]
        presented_by = "api-key"
        grants = ["read:*", "write:*", "admin:a", "ai:b"]
        [scopes."api/read"]
        presented_by = "service-token"
        grants = ["read:*"]
        [scopes."api/user"]
        presented_by = "user-token"
        grants = ["read:*"]
        [[service_clients]]
        client_id = "client"
        tenant = "acme"
        [[routes]]
        path = "/a"
        GET = "read:a"
        POST = "write:a"
        [[routes]]
        path = "/b"
        GET = "read:b"
        POST = "write:b"
        PUT = "ai:b"
    "#;

    #[test]
    fn scopes_within_and_beyond_a_role() {
        let table = AccessTable::prove("access.toml", TABLE).unwrap();
        let check = |role: &str, scope: &str, expected: &str| {
            let found = match table.key_scope_problem(role, scope) {
                None => "within".to_owned(),
                Some(ApiKeyScopeError::Beyond(permission)) => permission.to_string(),
                Some(problem) => format!("{problem:?}"),
            };
            assert_eq!(found, expected, "{role} {scope}");
        };
        check("reader", "read", "within");
        check("reader", "write-b", "write:b");
        check("reader", "all", "write:a");
        check("writer", "write-b", "within");
        // No route requires `admin:a`.
        check("writer", "all", "ai:b");
        check("writer", "api/read", "OfServiceTokens");
        check("writer", "api/user", "OfUserTokens");
        check("writer", "Read", "UnknownScope");
        check("writer", "", "UnknownScope");
        check("nobody", "read", "UnknownRole");
        check("service_account", "read", "UnknownRole");
        check("nobody", "nothing", "UnknownScope");
        assert_eq!(table.key_scope_names().collect::<Vec<_>>(), ["read", "write-b", "all"]);
    }

    #[test]
    fn the_compiled_table_keeps_what_is_needed() {
        let table = AccessTable::prove("access.toml", TABLE).unwrap();
        let compiled =
            AccessTable::from_compiled(TABLE.as_bytes(), table.to_compiled().as_bytes()).unwrap();
        for scope in ["read", "write-b", "all", "api/read", "api/user", ""] {
            for role in ["reader", "writer", ""] {
                let problem = table.key_scope_problem(role, scope);
                assert_eq!(compiled.key_scope_problem(role, scope), problem);
            }
        }
    }
}
