//! The access table, which alone says who may do what.

mod api_key_scope;
mod compiled;

use std::fmt;

pub use api_key_scope::ApiKeyScopeError;
pub use compiled::CompiledTableError;

use super::policy::{compile, grant_sets};
use super::table::{check, route};
use crate::authn::ServiceClient;
use crate::authz::policy::compile::{Compiled, GrantSet};
use crate::authz::policy::statements::Policy;
use crate::authz::table::error::{TableError, TableErrors};
use crate::authz::table::permission::{Permission, Permissions};
use crate::authz::table::read::{PresentedBy, Role, Scope, Table};
use crate::authz::table::route::{Method, Need, Route, TenantLocation, TenantRule};
use crate::authz::table::tenant_location::{NamedLocations, tenant_locations};
use crate::ids::TenantId;
use crate::sha256::sha256;

/// An access table whose policies are proven. It cannot be built without the proof.
///
/// A table is TOML that people edit. [`AccessTable::prove`] reads it, compiles a policy for every
/// grant set that a caller can hold, and proves that each policy allows exactly what the table
/// permits. That takes long, so it is done when a table changes: [`AccessTable::to_compiled`] keeps
/// the result, and a function reads it at start with [`AccessTable::from_compiled`].
///
/// ```
/// use shared::authz::AccessTable;
///
/// let source = r#"
///     modules = ["itsm"]
///     [roles.viewer]
///     grants = ["read:itsm"]
///     [[routes]]
///     path = "/incidents/{id}"
///     GET = "read:itsm"
///     DELETE = "admin:itsm"
/// "#;
/// let table = AccessTable::prove("access.toml", source).map_err(|errors| errors[0].to_string())?;
/// let viewer = table.role("viewer").ok_or("no such role")?;
/// let may = |method, path| {
///     table.route(Some(method), path).is_some_and(|route| table.permits(viewer, &route))
/// };
/// assert!(may("GET", "/incidents/1"));
/// assert!(!may("DELETE", "/incidents/1"));
/// assert!(!may("GET", "/incidents/1/secrets"));
///
/// // A misspelled name, or a table that no policy can express, is refused with its line.
/// let errors = AccessTable::prove("access.toml", &source.replace("admin:itsm", "admin:itms"));
/// let errors = errors.err().ok_or("it is taken")?;
/// assert!(errors[0].to_string().starts_with("access.toml:8: unknown module `itms`"));
///
/// // At start, a function reads the result of the proof from a file beside the table.
/// let compiled = table.to_compiled();
/// AccessTable::from_compiled(source.as_bytes(), compiled.as_bytes())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AccessTable {
    source_hash: [u8; 32],
    modules: Vec<Box<str>>,
    /// The roles that a user can hold.
    roles: Vec<Role>,
    scopes: Vec<Scope>,
    clients: Vec<ServiceClient>,
    /// By specificity: the first that matches a path is its route.
    routes: Vec<Route>,
    /// The tenant locations of the routes.
    tenant_locations: Vec<TenantRule>,
    compiled: Compiled,
}

/// What a caller may do: a grant set of the [`AccessTable`] that returned it. It means nothing to
/// another table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grants(Permissions);

/// The route of one request.
#[derive(Clone, Copy, Debug)]
pub struct Matched<'a> {
    route: &'a Route,
    method: Method,
    need: Need,
    modules: &'a [Box<str>],
    path: &'a str,
}

impl AccessTable {
    /// Reads, compiles and proves the table `source`; `file` is its name in messages. Takes
    /// milliseconds and more; the time grows with the number of routes and grant sets.
    ///
    /// # Errors
    ///
    /// Every mistake that was found, in the order of the lines. A table that no policy can express
    /// is a mistake too, with a request on which every policy would differ from the table.
    pub fn prove(file: &str, source: &str) -> Result<Self, Vec<TableError>> {
        let mut mistakes = TableErrors::new(file);
        let table = Table::read(source, &mut mistakes);
        check::check(&table, &mut mistakes);
        let table = mistakes.settle(table)?;
        let mut routes: Vec<_> = table.routes.iter().map(|route| route.it.clone()).collect();
        routes.sort_by(|a, b| a.pattern.specificity(&b.pattern));
        let mut mistakes = TableErrors::new(file);
        let compiled = compile::compile(&table, &routes, &mut mistakes);
        let required = grant_sets::required(&table);
        let people = table.roles.into_iter().filter(|role| !role.it.by_scope);
        mistakes.settle(Self {
            source_hash: sha256(source.as_bytes()),
            modules: table.modules.into_iter().map(|module| module.it).collect(),
            roles: people
                .map(|role| Role { grants: role.it.grants.intersection(required), ..role.it })
                .collect(),
            scopes: (table.scopes.into_iter())
                .map(|scope| Scope { grants: scope.it.grants.intersection(required), ..scope.it })
                .collect(),
            clients: table.clients.into_iter().map(|client| client.it).collect(),
            tenant_locations: tenant_locations(&routes),
            routes,
            compiled,
        })
    }

    /// The compiled table: the file to keep beside the table, for [`AccessTable::from_compiled`].
    #[must_use]
    pub fn to_compiled(&self) -> String {
        compiled::write(self)
    }

    /// The table whose text is `source`, with its proven policies from `compiled`.
    ///
    /// # Errors
    ///
    /// When `compiled` is not exactly what [`AccessTable::to_compiled`] returned for this text. The
    /// table is then unproven; [`AccessTable::prove`] it.
    pub fn from_compiled(source: &[u8], compiled: &[u8]) -> Result<Self, CompiledTableError> {
        compiled::read(source, compiled)
    }

    /// What the role `name` grants a user; `None` if there is no such role, or if only service
    /// tokens have it (`by_scope`).
    #[must_use]
    pub fn role(&self, name: &str) -> Option<Grants> {
        self.handle(self.person(name)?.grants)
    }

    /// What a service token's `scopes` grant together. Unknown scopes, and those of API keys, grant
    /// nothing.
    pub fn token_scopes<'s>(&self, scopes: impl IntoIterator<Item = &'s str>) -> Grants {
        self.handle(self.union(PresentedBy::ServiceToken, scopes))
            .unwrap_or_else(|| self.anonymous())
    }

    /// What an API key's `scopes` grant together, as far as its owner's `role` grants it too;
    /// `None` if no user can hold that role. Unknown scopes, and those of service tokens, grant
    /// nothing.
    pub fn key_scopes<'s>(
        &self,
        role: &str,
        scopes: impl IntoIterator<Item = &'s str>,
    ) -> Option<Grants> {
        let owner = self.person(role)?.grants;
        self.handle(self.union(PresentedBy::ApiKey, scopes).intersection(owner))
    }

    /// What a caller without a credential may do: use the public routes.
    #[must_use]
    pub fn anonymous(&self) -> Grants {
        Grants(Permissions::NONE)
    }

    /// The route of a request, or `None` if the table has none: of all routes that match the whole
    /// path the most specific wins, and if that one does not have the method there is no route.
    ///
    /// `method` and `path` are those of the method ARN: a verb with a path that starts with `/`,
    /// or `None` with `$connect`.
    #[must_use]
    pub fn route<'a>(&'a self, method: Option<&str>, path: &'a str) -> Option<Matched<'a>> {
        let (route, method, need) = route::resolve(&self.routes, method, path)?;
        Some(Matched { route, method, need, modules: &self.modules, path })
    }

    /// Whether `grants` hold what the route requires. It does not compare tenants.
    #[must_use]
    pub fn permits(&self, grants: Grants, matched: &Matched<'_>) -> bool {
        compile::permits(grants.0, Some(matched.need))
    }

    /// The different tenant locations of the routes.
    pub fn tenant_locations(&self) -> impl Iterator<Item = TenantLocation<'_>> {
        self.tenant_locations.iter().filter_map(TenantRule::outside)
    }

    /// The complete policy of a caller whose request names the caller's own tenant in the locations
    /// `named`. It allows exactly what the table permits to a caller whose tenant is not
    /// [`AccessTable::reserved`], or who has none.
    #[must_use]
    pub fn policy(&self, grants: Grants, named: NamedLocations) -> Policy<'_> {
        let set = self.set(grants.0, named);
        Policy { verbs: &self.compiled.verbs, used: set.map_or(&[], |set| &set.verbs) }
    }

    /// The services that may present tokens.
    #[must_use]
    pub fn service_clients(&self) -> &[ServiceClient] {
        &self.clients
    }

    /// Whether `tenant` cannot be told from a literal segment of the table's routes, in a table
    /// that has tenants in paths. The policies are not proven for such a tenant: refuse it.
    #[must_use]
    pub fn reserved(&self, tenant: &TenantId) -> bool {
        self.routes.iter().any(|route| route.tenant_parameter().is_some())
            && self.routes.iter().any(|route| check::has_literal(route, tenant.as_str()))
    }

    /// Every role that a user can hold, with its grants.
    pub fn roles(&self) -> impl Iterator<Item = (&str, Grants)> {
        self.roles.iter().filter_map(|role| Some((&*role.name, self.handle(role.grants)?)))
    }

    /// Every method of every route as `(method, path pattern)`, the more specific paths first;
    /// `$connect` has the method `None`.
    pub fn rules(&self) -> impl Iterator<Item = (Option<&'static str>, &str)> {
        self.routes.iter().flat_map(|route| {
            let verb = |method: Method| (method != Method::Connect).then(|| method.key());
            route.methods.iter().map(move |(method, _)| (verb(*method), route.pattern.as_str()))
        })
    }

    fn person(&self, role: &str) -> Option<&Role> {
        self.roles.iter().find(|held| *held.name == *role)
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

    /// `None` if no policy was proven for these permissions.
    fn handle(&self, permissions: Permissions) -> Option<Grants> {
        self.set(permissions, NamedLocations::default()).map(|_| Grants(permissions))
    }

    fn set(&self, permissions: Permissions, named: NamedLocations) -> Option<&GrantSet> {
        let sets = &self.compiled.sets;
        let key = (permissions, named);
        let index = sets.binary_search_by_key(&key, |set| (set.permissions, set.named)).ok()?;
        sets.get(index)
    }
}

impl<'a> Matched<'a> {
    /// The permission it requires; `None` for a public route.
    #[must_use]
    pub fn permission(&self) -> Option<Permission<'a>> {
        match self.need {
            Need::Nothing => None,
            Need::Permission(bit) => bit.named(self.modules),
        }
    }

    /// Whether every caller may use it, without a credential.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.need == Need::Nothing
    }

    /// The HTTP method; `None` for `$connect`.
    #[must_use]
    pub fn method(&self) -> Option<&'static str> {
        (self.method != Method::Connect).then(|| self.method.key())
    }

    /// The route's path pattern, as the table has it. It holds no byte of the request.
    #[must_use]
    pub fn pattern(&self) -> &'a str {
        self.route.pattern.as_str()
    }

    /// Where the request names the tenant of the resource.
    #[must_use]
    pub fn tenant(&self) -> TenantLocation<'a> {
        self.route.tenant.source(&self.route.pattern, self.path)
    }
}

/// The rule for the log: `GET /api/incidents/{id}`, or `$connect`. It holds no byte of the request.
impl fmt::Display for Matched<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.route.rule(self.method))
    }
}
