//! What would have to change for a request to be allowed, as data.

use crate::authn::Principal;
use crate::authz::access_table::{AccessTable, HolderKind, Matched};
use crate::authz::explain::holdings::presented;
use crate::authz::explain::{Case, Cause, spelling};
use crate::authz::table::permission::Permission;
use crate::authz::table::read::PresentedBy;
use crate::authz::table::route::TenantLocation;
use crate::authz::tenant::named;
use crate::ids::TenantId;
use crate::request::Occurrence;

/// One thing that would have to change. Where there are several, each of them is necessary, but for
/// [`Remedy::Roles`] and [`Remedy::Scopes`] after [`Remedy::Credential`], of which one is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy<'a> {
    /// Present a credential.
    Credential,
    /// Spell the path canonically: like this, where it can be told.
    Spelling(Option<String>),
    /// Have API Gateway and the table read the path alike.
    SameRoute {
        /// The path of the route that API Gateway matched.
        matched: &'a str,
        /// That of the route that decides.
        decides: Option<&'a str>,
    },
    /// Request what a policy can name.
    Nameable,
    /// Have one of these roles: the table has no others.
    KnownRoles(Vec<&'a str>),
    /// Give the tenant an id that is no literal of a route.
    AnotherTenantId,
    /// Use one of the methods that the path has.
    Methods {
        /// The route of the path.
        path: &'a str,
        /// Its methods.
        methods: Vec<&'static str>,
    },
    /// List the pair of method and path in the table.
    List,
    /// Have one of these roles, which hold the permission.
    Roles {
        /// What the route requires.
        permission: Permission<'a>,
        /// The roles that hold it; empty where no role does.
        roles: Vec<&'a str>,
    },
    /// Have one of these scopes, which hold the permission.
    Scopes {
        /// What the route requires.
        permission: Permission<'a>,
        /// Which kind of credential presents them.
        presented_by: &'static str,
        /// The scopes that hold it; empty where none of this kind does.
        scopes: Vec<&'a str>,
    },
    /// Name the caller's tenant.
    Tenant {
        /// Where.
        location: TenantLocation<'a>,
        /// What it must say; `None` where the caller's tenant is not known.
        own: Option<TenantId>,
        /// The tenant that is named there now, if it is one.
        named: Option<TenantId>,
    },
}

pub(super) fn of<'a>(cause: Cause, case: &Case<'a, '_>) -> Vec<Remedy<'a>> {
    let table = case.table;
    match cause {
        Cause::Public | Cause::Permitted => Vec::new(),
        Cause::NoCredential => of_nobody(case),
        Cause::Path(_) => {
            vec![Remedy::Spelling(spelling::canonical(case.request.arn.path(), table))]
        }
        Cause::AnotherRoute => vec![Remedy::SameRoute {
            matched: case.request.matched_path().unwrap_or_default(),
            decides: case.route.as_ref().map(Matched::pattern),
        }],
        Cause::Unnameable => vec![Remedy::Nameable],
        Cause::UnknownRole => {
            vec![Remedy::KnownRoles(table.roles().map(|(name, _)| name).collect())]
        }
        Cause::ReservedTenant => vec![Remedy::AnotherTenantId],
        Cause::Unlisted | Cause::NoRoute => of_route(case),
        Cause::LacksPermission => of_permission(case),
        Cause::AnotherTenant | Cause::NoTenant => of_tenant(case).into_iter().collect(),
    }
}

fn of_nobody<'a>(case: &Case<'a, '_>) -> Vec<Remedy<'a>> {
    let Some(permission) = case.route.and_then(|route| route.permission()) else {
        return of_route(case);
    };
    let Some(route) = &case.route else { return Vec::new() };
    let kinds = [PresentedBy::ServiceToken, PresentedBy::UserToken, PresentedBy::ApiKey];
    let kinds = kinds.into_iter().filter(|kind| case.table.has_scopes(*kind));
    let scopes = kinds.map(|kind| with_scope(case.table, route, permission, kind));
    let ways = [Remedy::Credential, with_role(case.table, route, permission)].into_iter();
    ways.chain(scopes).collect()
}

fn of_route<'a>(case: &Case<'a, '_>) -> Vec<Remedy<'a>> {
    let methods = case.table.methods(case.request.arn.path());
    let methods = methods.map(|(path, methods)| Remedy::Methods { path, methods });
    methods.into_iter().chain([Remedy::List]).collect()
}

/// The role counts for every user and every owner of a key, the scopes for every other credential than
/// an ID token: both must hold the permission.
fn of_permission<'a>(case: &Case<'a, '_>) -> Vec<Remedy<'a>> {
    let (Some(route), Some(caller)) = (&case.route, case.caller) else { return Vec::new() };
    let Some(permission) = route.permission() else { return Vec::new() };
    let (table, principal) = (case.table, caller.principal);
    let role = match principal {
        Principal::Service(_) => None,
        Principal::User(role) => Some(role),
        Principal::UserToken(user) => Some(&user.role),
        Principal::ApiKey(key) => Some(&key.role),
    };
    let lacks = |role: &str| !table.role(role).is_some_and(|grants| table.permits(grants, route));
    let roles = role.filter(|role| lacks(role)).map(|_| with_role(table, route, permission));
    let lacking = presented(principal).filter(|(kind, scopes)| {
        let counts = *kind != PresentedBy::UserToken || table.has_scopes(*kind);
        counts && !table.permits(table.scope_grants(*kind, scopes), route)
    });
    let scopes = lacking.map(|(kind, _)| with_scope(table, route, permission, kind));
    roles.into_iter().chain(scopes).collect()
}

fn with_role<'a>(
    table: &'a AccessTable,
    route: &Matched<'a>,
    permission: Permission<'a>,
) -> Remedy<'a> {
    Remedy::Roles { permission, roles: holders(table, route, HolderKind::Role) }
}

fn with_scope<'a>(
    table: &'a AccessTable,
    route: &Matched<'a>,
    permission: Permission<'a>,
    kind: PresentedBy,
) -> Remedy<'a> {
    let presented_by = kind.as_str();
    let scopes = holders(table, route, HolderKind::Scope(presented_by));
    Remedy::Scopes { permission, presented_by, scopes }
}

fn holders<'a>(table: &'a AccessTable, route: &Matched<'a>, kind: HolderKind) -> Vec<&'a str> {
    let of_kind = table.holders().filter(|holder| holder.kind == kind);
    let may = of_kind.filter(|holder| table.holder_permits(holder, route));
    may.map(|holder| holder.name).collect()
}

fn of_tenant<'a>(case: &Case<'a, '_>) -> Option<Remedy<'a>> {
    let location = case.route.as_ref()?.tenant();
    let named = match named(location, case.request) {
        Occurrence::Single(value) => TenantId::parse(&value),
        Occurrence::Absent | Occurrence::Conflicting => None,
    };
    Some(Remedy::Tenant { location, own: case.tenant.clone(), named })
}
