//! The access table, which alone says who may do what.

mod api_key_scope;
mod compiled;
mod grants;
mod holders;
mod matched;
mod prove;

pub use api_key_scope::ApiKeyScopeError;
pub use compiled::CompiledTableError;
pub use holders::{Holder, HolderKind};
pub use matched::Matched;

use crate::authn::ServiceClient;
use crate::authz::policy::compile::{Compiled, GrantSet};
use crate::authz::policy::statements::Policy;
use crate::authz::table::error::TableError;
use crate::authz::table::gateway::PolicyExtent;
use crate::authz::table::permission::Permissions;
use crate::authz::table::read::{Role, Scope};
use crate::authz::table::route::{Method, Route, TenantLocation, TenantRule};
use crate::authz::table::tenant_location::NamedLocations;
use crate::ids::TenantId;

/// An access table. It has no policy that is not proven.
///
/// A table is TOML that people edit. [`AccessTable::prove`] reads it, compiles a policy for every
/// grant set that a caller can hold, and proves that each policy allows exactly what the table
/// permits. That takes long, so it is done when a table changes: [`AccessTable::to_compiled`] keeps
/// the result, and a function reads it at start with [`AccessTable::from_compiled`]. Where an answer is
/// about one request, there are no policies to prove.
///
/// ```
/// use shared::authz::AccessTable;
///
/// let source = r#"
///     modules = ["itsm"]
///     [gateway]
///     routes = "open"
///     resource_policy = "none"
///     policy = "caller"
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
/// assert!(errors[0].to_string().starts_with("access.toml:12: unknown module `itms`"));
///
/// // At start, a function reads the result of the proof from a file beside the table.
/// let compiled = table.to_compiled();
/// AccessTable::from_compiled(source.as_bytes(), compiled.as_bytes())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AccessTable {
    source_hash: [u8; 32],
    warnings: Vec<TableError>,
    /// Whether the API has the methods of the table and no others.
    closed: bool,
    /// Whether the API has a resource policy that may allow what a policy does not deny.
    resource_policy_allows: bool,
    modules: Vec<Box<str>>,
    /// The roles that a user can hold.
    roles: Vec<Role>,
    scopes: Vec<Scope>,
    clients: Vec<ServiceClient>,
    /// By specificity: the first that matches a path is its route.
    routes: Vec<Route>,
    /// The tenant locations of the routes.
    tenant_locations: Vec<TenantRule>,
    /// What no tenant may be called, sorted.
    reserved: Vec<Box<str>>,
    /// Segments that are refused because they spell a literal of a route in another way.
    spellings: Vec<String>,
    policies: Policies,
}

/// What the table's answers are made of.
#[derive(Debug)]
enum Policies {
    /// A policy for each grant set.
    Caller(Compiled),
    /// The request itself.
    Request,
    /// Nothing: the table was read without its policies.
    Unproven,
}

/// What a caller may do: a grant set of the [`AccessTable`] that returned it. It means nothing to
/// another table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grants(Permissions);

impl AccessTable {
    /// Reads, compiles and proves the table `source`; `file` is its name in messages. Takes
    /// milliseconds and more; the time grows with the number of routes and grant sets.
    ///
    /// # Errors
    ///
    /// Every mistake that was found, in the order of the lines. A table that no policy can express
    /// is a mistake too, with a request on which every policy would differ from the table.
    pub fn prove(file: &str, source: &str) -> Result<Self, Vec<TableError>> {
        prove::prove(file, source)
    }

    /// Reads the table `source` for a function that answers without policies, in the simple form of
    /// HTTP APIs: nothing is compiled, and no table is refused for what policies cannot express.
    ///
    /// # Errors
    ///
    /// Every other mistake, in the order of the lines.
    pub fn without_policies(file: &str, source: &str) -> Result<Self, Vec<TableError>> {
        prove::unproven(file, source)
    }

    /// What the author of the table should know although it is taken, in the order of the lines. A
    /// compiled table keeps none of it.
    #[must_use]
    pub fn warnings(&self) -> &[TableError] {
        &self.warnings
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

    /// The different tenant locations of the routes.
    pub fn tenant_locations(&self) -> impl Iterator<Item = TenantLocation<'_>> {
        self.tenant_locations.iter().filter_map(TenantRule::outside)
    }

    /// The complete policy of a caller whose request names the caller's own tenant in the locations
    /// `named`. It allows exactly what the table permits to a caller whose tenant is not
    /// [`AccessTable::reserved`], or who has none.
    ///
    /// It is empty where the table's answers are about single requests.
    #[must_use]
    pub fn policy(&self, grants: Grants, named: NamedLocations) -> Policy<'_> {
        let verbs =
            if let Policies::Caller(compiled) = &self.policies { &*compiled.verbs } else { &[] };
        let set = self.set(grants.0, named);
        Policy { verbs, used: set.map_or(&[], |set| &set.verbs) }
    }

    /// Whether the API has the methods of the table and no others.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether a resource policy may allow what a policy does not deny.
    #[must_use]
    pub const fn resource_policy_allows(&self) -> bool {
        self.resource_policy_allows
    }

    /// What a policy of the table says; `None` if it was read without its policies.
    #[must_use]
    pub const fn policy_extent(&self) -> Option<PolicyExtent> {
        match self.policies {
            Policies::Caller(_) => Some(PolicyExtent::Caller),
            Policies::Request => Some(PolicyExtent::Request),
            Policies::Unproven => None,
        }
    }

    /// The services that may present tokens, as far as the table lists them.
    #[must_use]
    pub fn service_clients(&self) -> &[ServiceClient] {
        &self.clients
    }

    /// Whether `tenant` cannot be told from a literal segment of the table's routes, in a table
    /// that has tenants in paths. The policies are not proven for such a tenant: refuse it.
    #[must_use]
    pub fn reserved(&self, tenant: &TenantId) -> bool {
        self.reserved.binary_search_by(|literal| (**literal).cmp(tenant.as_str())).is_ok()
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

    /// `None` if no policy was proven for these permissions.
    fn handle(&self, permissions: Permissions) -> Option<Grants> {
        let is_known = !matches!(self.policies, Policies::Caller(_))
            || self.set(permissions, NamedLocations::default()).is_some();
        is_known.then_some(Grants(permissions))
    }

    fn set(&self, permissions: Permissions, named: NamedLocations) -> Option<&GrantSet> {
        let Policies::Caller(Compiled { sets, .. }) = &self.policies else { return None };
        let key = (permissions, named);
        let index = sets.binary_search_by_key(&key, |set| (set.permissions, set.named)).ok()?;
        sets.get(index)
    }
}
