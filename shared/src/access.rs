//! Step 4a: the access table, the one place where permissions are written.
//!
//! A table is TOML that people edit. [`AccessTable::prove`] reads it, compiles the policy of every
//! set of permissions a caller can come to hold, and proves each to be exactly the table. That
//! takes its time, so it belongs to the moment a table changes; a function at start takes the
//! result from the seal with [`AccessTable::unseal`].

mod checks;
mod compile;
mod compiler;
mod key_scope;
mod mistake;
mod path;
mod permission;
mod place;
mod policy;
mod proof;
mod reach;
mod read_holders;
mod read_routes;
mod report;
mod route;
mod seal;
mod segments;
mod source;
mod table;

use crate::identity::TenantId;
use crate::sha256::sha256;
use compile::{Compiled, GrantSet};
use mistake::Mistakes;
use permission::Permissions;
use route::{Method, Need, Route, TenantRule};
use std::fmt;
use table::{PresentedBy, Role, Scope, Table};

pub use key_scope::KeyScopeProblem;
pub use mistake::Mistake;
pub use permission::{Action, Permission};
pub use place::Named;
pub use policy::{Glob, Policy};
pub use route::TenantSource;
pub use seal::SealError;

/// An access table whose policies are proven. There is no other way to have one.
#[derive(Debug)]
pub struct AccessTable {
    source_hash: [u8; 32],
    modules: Vec<Box<str>>,
    /// Those a person may hold.
    roles: Vec<Role>,
    scopes: Vec<Scope>,
    clients: Vec<ServiceClient>,
    /// By specificity: the first that matches a path is its route.
    routes: Vec<Route>,
    /// Where their tenants stand outside the path.
    places: Vec<TenantRule>,
    compiled: Compiled,
}

/// What a caller may do: one of the grant sets of the [`AccessTable`] that gave it, and of no
/// other table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grants(Permissions);

/// A service that may present tokens, and the tenant it acts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceClient {
    /// The app client's id in Cognito.
    pub client_id: Box<str>,
    /// The tenant all its requests are for.
    pub tenant: TenantId,
}

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
    /// milliseconds and more; the time grows with routes and reachable grant sets.
    ///
    /// # Errors
    ///
    /// Every mistake that was found, in the order of the lines. A table that no policy can express
    /// is a mistake too, with a request on which every policy would differ from it.
    pub fn prove(file: &str, source: &str) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Mistakes::new(file);
        let table = Table::read(source, &mut mistakes);
        let table = mistakes.settle(table)?;
        let mut routes: Vec<_> = table.routes.iter().map(|route| route.it.clone()).collect();
        routes.sort_by(|a, b| a.pattern.specificity(&b.pattern));
        let mut mistakes = Mistakes::new(file);
        let compiled = compile::compile(&table, &routes, &mut mistakes);
        let asked = reach::asked(&table);
        let people = table.roles.into_iter().filter(|role| !role.it.by_scope);
        mistakes.settle(Self {
            source_hash: sha256(source.as_bytes()),
            modules: table.modules.into_iter().map(|module| module.it).collect(),
            roles: people
                .map(|role| Role { grants: role.it.grants.intersection(asked), ..role.it })
                .collect(),
            scopes: (table.scopes.into_iter())
                .map(|scope| Scope { grants: scope.it.grants.intersection(asked), ..scope.it })
                .collect(),
            clients: table.clients.into_iter().map(|client| client.it).collect(),
            places: place::places(&routes),
            routes,
            compiled,
        })
    }

    /// The file to keep beside the table, for [`AccessTable::unseal`].
    #[must_use]
    pub fn seal(&self) -> String {
        seal::write(self)
    }

    /// The table that was proven when `seal` was made, provided that its text was `source`.
    ///
    /// # Errors
    ///
    /// When the seal is not exactly what was written for exactly this text. Nothing is known of
    /// the table then; [`AccessTable::prove`] it.
    pub fn unseal(source: &[u8], seal: &[u8]) -> Result<Self, SealError> {
        seal::read(source, seal)
    }

    /// What the role `name` grants a person; `None` if there is no such role, or no person holds
    /// it (`by_scope`).
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
    /// `None` if no person holds that role. Unknown scopes, and those of service tokens, grant
    /// nothing.
    pub fn key_scopes<'s>(
        &self,
        role: &str,
        scopes: impl IntoIterator<Item = &'s str>,
    ) -> Option<Grants> {
        let owner = self.person(role)?.grants;
        self.handle(self.union(PresentedBy::ApiKey, scopes).intersection(owner))
    }

    /// What everybody may do: the public routes.
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

    /// Whether `grants` are enough for the route. It does not compare tenants.
    #[must_use]
    pub fn permits(&self, grants: Grants, matched: &Matched<'_>) -> bool {
        compile::permits(grants.0, Some(matched.need))
    }

    /// The different places outside the path in which routes find their tenant.
    pub fn places(&self) -> impl Iterator<Item = TenantSource<'_>> {
        self.places.iter().filter_map(TenantRule::outside)
    }

    /// The complete policy of a caller whose request names the own tenant in the places `named`: it
    /// allows exactly what the table permits, to a caller with a tenant that is not
    /// [`AccessTable::reserved`], or without one.
    #[must_use]
    pub fn policy(&self, grants: Grants, named: Named) -> Policy<'_> {
        let set = self.set(grants.0, named);
        Policy { lanes: &self.compiled.lanes, used: set.map_or(&[], |set| &set.lanes) }
    }

    /// The service whose app client `client_id` is.
    #[must_use]
    pub fn service_client(&self, client_id: &str) -> Option<&ServiceClient> {
        self.clients.iter().find(|client| *client.client_id == *client_id)
    }

    /// Whether `tenant` cannot be told from a literal segment of the table's routes, in a table
    /// that has tenants in paths. The policies are not proven for such a tenant: refuse it.
    #[must_use]
    pub fn reserved(&self, tenant: &TenantId) -> bool {
        self.routes.iter().any(|route| route.tenant_parameter().is_some())
            && self.routes.iter().any(|route| checks::has_literal(route, tenant.as_str()))
    }

    /// Every role that a person may hold, with its grants.
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
        let known = scopes.into_iter().filter_map(|name| {
            self.scopes.iter().find(|s| s.presented_by == presented_by && *s.name == *name)
        });
        known.fold(Permissions::NONE, |all, scope| all.union(scope.grants))
    }

    /// `None` where nothing was proven for these permissions.
    fn handle(&self, permissions: Permissions) -> Option<Grants> {
        self.set(permissions, Named::default()).map(|_| Grants(permissions))
    }

    fn set(&self, permissions: Permissions, named: Named) -> Option<&GrantSet> {
        let sets = &self.compiled.sets;
        let key = (permissions, named);
        let index = sets.binary_search_by_key(&key, |set| (set.permissions, set.named)).ok()?;
        sets.get(index)
    }
}

impl<'a> Matched<'a> {
    /// The permission it takes; `None` for a public route.
    #[must_use]
    pub fn permission(&self) -> Option<Permission<'a>> {
        match self.need {
            Need::Nothing => None,
            Need::Permission(bit) => bit.named(self.modules),
        }
    }

    /// Whether everybody may use it, without any credential.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.need == Need::Nothing
    }

    /// The HTTP method; `None` for `$connect`.
    #[must_use]
    pub fn method(&self) -> Option<&'static str> {
        (self.method != Method::Connect).then(|| self.method.key())
    }

    /// The route's path pattern, as the table has it. No byte of the request.
    #[must_use]
    pub fn pattern(&self) -> &'a str {
        self.route.pattern.as_str()
    }

    /// Where the tenant of the resource stands.
    #[must_use]
    pub fn tenant(&self) -> TenantSource<'a> {
        self.route.tenant.source(&self.route.pattern, self.path)
    }
}

/// The rule for the log: `GET /api/incidents/{id}`, or `$connect`. No byte of the request.
impl fmt::Display for Matched<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.route.rule(self.method))
    }
}
