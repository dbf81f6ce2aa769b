//! Step 4: may they? Yes; no for this route; or no for every route.

use std::borrow::Cow;
use std::fmt;

use super::cache_key::is_cached_by_route;
use super::tenant::{Ownership, ownership};
use crate::authn::{Identity, Principal};
use crate::authz::access_table::{AccessTable, Grants, Matched};
use crate::authz::policy::statements::Policy;
use crate::authz::table::gateway::PolicyExtent;
use crate::authz::table::read::PresentedBy;
use crate::authz::table::tenant_location::NamedLocations;
use crate::denial::{Code, Denial};
use crate::ids::TenantId;
use crate::request::Request;

/// The decision as a value. Whatever is not explicitly [`Decision::Allow`] is a "no".
///
/// API Gateway caches the policy and evaluates it for later requests on other routes. So, unless the
/// table's answers are about single requests, also a caller who may not use the requested route gets the
/// policy for all routes.
#[derive(Debug)]
pub enum Decision<'t> {
    /// Yes.
    Allow(Permit<'t>),
    /// No to this route: the answer is the caller's complete policy, which refuses it, or a Deny of the
    /// request.
    DenyRoute(Denial, Permit<'t>),
    /// No to every route: no identity was proven, or it may use no route. The answer is an explicit
    /// Deny.
    DenyAll(Denial),
}

impl Decision<'_> {
    /// The denial, if it is one.
    #[must_use]
    pub const fn denial(&self) -> Option<&Denial> {
        match self {
            Self::Allow(_) => None,
            Self::DenyRoute(denial, _) | Self::DenyAll(denial) => Some(denial),
        }
    }
}

impl From<Denial> for Decision<'_> {
    fn from(denial: Denial) -> Self {
        Self::DenyAll(denial)
    }
}

/// What an answer says of a caller whose request was decided: policy, tenant and scopes.
#[derive(Clone, Debug)]
pub struct Permit<'t> {
    policy: PermitPolicy<'t>,
    tenant: Option<TenantId>,
    scopes: String,
    no_match: Code,
    resource_policy_allows: bool,
    is_cached_by_route: bool,
}

/// What the answer's policy is made of.
#[derive(Clone, Copy, Debug)]
pub enum PermitPolicy<'t> {
    /// All that the caller may do.
    Caller(Policy<'t>),
    /// The request alone: the table says so, or it opens a WebSocket, of which nothing else is asked.
    Request,
    /// Nothing: the table was read without its policies.
    Unproven,
}

/// The request is for a pair of method and path that a closed table does not have. So the API is not
/// what the table says, and nothing can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnlistedError;

impl fmt::Display for UnlistedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the API has a route that the access table has not, although the table says \
             `routes = \"closed\"`",
        )
    }
}

impl std::error::Error for UnlistedError {}

impl<'t> Permit<'t> {
    /// What the answer's policy is made of.
    #[must_use]
    pub const fn policy(&self) -> PermitPolicy<'t> {
        self.policy
    }

    /// Whether a resource policy of the API may allow what the answer does not deny.
    #[must_use]
    pub const fn resource_policy_allows(&self) -> bool {
        self.resource_policy_allows
    }

    /// Whether a simple "yes" would be cached for no request that the table may refuse.
    #[must_use]
    pub const fn is_cached_by_route(&self) -> bool {
        self.is_cached_by_route
    }

    /// The caller's tenant, which the policy names; `None` for a caller without an identity.
    #[must_use]
    pub const fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// The scopes that count for the caller, separated by blanks: those that the table has for its
    /// kind of credential. Empty for a user by ID token.
    #[must_use]
    pub fn scopes(&self) -> &str {
        &self.scopes
    }

    /// Why a route is denied that the policy does not match: `TENANT_MISMATCH` where the request
    /// names another tenant in a tenant location, `INSUFFICIENT_ROLE` otherwise. It does not depend
    /// on the requested route, because API Gateway caches it with the policy.
    #[must_use]
    pub const fn no_match(&self) -> Code {
        self.no_match
    }
}

/// Decides on `request` for `identity`, or for a caller who presented no credential.
///
/// `route` is the requested route by `table`, `None` if it has none.
///
/// # Errors
/// The table is closed and has no such route, although API Gateway has.
pub fn decide<'t>(
    request: &Request<'_>,
    route: Option<&Matched<'_>>,
    identity: Option<&Identity>,
    table: &'t AccessTable,
) -> Result<Decision<'t>, UnlistedError> {
    let caller = identity.map(|identity| (identity.principal(), identity.tenant()));
    decide_for(request, route, caller, table)
}

/// As [`decide`], for a caller who need not be proven: tests compare it with what `explain` says.
pub(in crate::authz) fn decide_for<'t>(
    request: &Request<'_>,
    route: Option<&Matched<'_>>,
    caller: Option<(&Principal, &TenantId)>,
    table: &'t AccessTable,
) -> Result<Decision<'t>, UnlistedError> {
    let Some((principal, own)) = caller else {
        return Ok(decide_without_identity(request, route, table));
    };
    let (grants, scopes) = match principal {
        Principal::User(role) => (table.role(role), String::new()),
        Principal::UserToken(user) => {
            let known = table.known_scopes(PresentedBy::UserToken, &user.scopes);
            (table.user_scopes(&user.role, user.scopes.split(' ')), known)
        }
        Principal::Service(scopes) => {
            let known = table.known_scopes(PresentedBy::ServiceToken, scopes);
            (Some(table.token_scopes(scopes.split(' '))), known)
        }
        Principal::ApiKey(key) => {
            let known = table.known_scopes(PresentedBy::ApiKey, &key.scopes);
            (table.key_scopes(&key.role, key.scopes.split(' ')), known)
        }
    };
    let Some(grants) = grants else {
        return Ok(deny_all(Code::InsufficientRole, "the role is not in the access table"));
    };
    if table.reserved(own) {
        let reason = "the tenant id is also a path segment of a route";
        return Ok(deny_all(Code::TenantMismatch, reason));
    }
    let refused = refused(request, route, table);
    if table.is_closed() && route.is_none() && refused.is_none() {
        return Err(UnlistedError);
    }
    let owners: Vec<_> =
        table.tenant_locations().map(|location| ownership(location, request, own)).collect();
    let policy = |named: NamedLocations| permit_policy(request, table, grants, named);
    let permit = Permit {
        policy: policy(owners.iter().map(|owner| *owner == Ownership::Own).collect()),
        tenant: Some(own.clone()),
        scopes,
        no_match: if owners.contains(&Ownership::Another) {
            Code::TenantMismatch
        } else {
            Code::InsufficientRole
        },
        resource_policy_allows: table.resource_policy_allows(),
        is_cached_by_route: is_cached_by_route(request, route, table),
    };
    let denial =
        refused.or_else(|| denial(request, route, own, |route| table.permits(grants, route)));
    Ok(match (denial, permit.policy) {
        (None, _) => Decision::Allow(permit),
        // API Gateway caches this answer for every route, so its code must not depend on this one.
        (Some(denial), PermitPolicy::Caller(nothing)) if nothing.is_empty() => {
            let with_tenant = policy(owners.iter().map(|_| true).collect());
            let lacks_role =
                matches!(with_tenant, PermitPolicy::Caller(policy) if policy.is_empty());
            let code = if lacks_role { Code::InsufficientRole } else { Code::TenantMismatch };
            Decision::DenyAll(Denial { code, ..denial })
        }
        (Some(denial), _) => Decision::DenyRoute(denial, permit),
    })
}

fn permit_policy<'t>(
    request: &Request<'_>,
    table: &'t AccessTable,
    grants: Grants,
    named: NamedLocations,
) -> PermitPolicy<'t> {
    match table.policy_extent() {
        _ if request.arn.method().is_none() => PermitPolicy::Request,
        Some(PolicyExtent::Caller) => PermitPolicy::Caller(table.policy(grants, named)),
        Some(PolicyExtent::Request) => PermitPolicy::Request,
        None => PermitPolicy::Unproven,
    }
}

/// Why nobody may make this request: its path has another spelling, or API Gateway read it otherwise
/// than the table does.
fn refused(
    request: &Request<'_>,
    route: Option<&Matched<'_>>,
    table: &AccessTable,
) -> Option<Denial> {
    let no = |reason: &'static str| Some(Denial::new(Code::InsufficientRole, reason));
    if let Err(error) = table.check_path(request.arn.path()) {
        return no(error.as_str());
    }
    let matched = request.matched_path();
    if matched.is_some_and(|matched| table.has_another(matched, route)) {
        return no("API Gateway matched another route of the access table");
    }
    if table.policy_extent() == Some(PolicyExtent::Request) && !request.arn.is_nameable() {
        return no("no policy can name the request: its ARN is too long, or has a character that \
                   is not ASCII or a pattern to IAM");
    }
    None
}

/// Why a caller of the tenant `own` may not use `route`; `None` if they may.
fn denial(
    request: &Request<'_>,
    route: Option<&Matched<'_>>,
    own: &TenantId,
    permits: impl Fn(&Matched<'_>) -> bool,
) -> Option<Denial> {
    let no = |code, reason: &'static str| Some(Denial::new(code, reason));
    let Some(route) = route else {
        return no(Code::InsufficientRole, "the route is not in the access table");
    };
    if !permits(route) {
        return no(Code::InsufficientRole, "the role or the scopes lack the permission");
    }
    match ownership(route.tenant(), request, own) {
        Ownership::Own => None,
        Ownership::Another => no(Code::TenantMismatch, "the request names another tenant"),
        Ownership::Unsaid => no(Code::TenantMismatch, "the request names no tenant"),
    }
}

fn decide_without_identity<'t>(
    request: &Request<'_>,
    route: Option<&Matched<'_>>,
    table: &'t AccessTable,
) -> Decision<'t> {
    if let Some(denial) = refused(request, route, table) {
        return deny_all(Code::TokenMissing, denial.reason);
    }
    if !route.is_some_and(Matched::is_public) {
        return deny_all(Code::TokenMissing, "no credential is presented");
    }
    Decision::Allow(Permit {
        policy: permit_policy(request, table, table.anonymous(), NamedLocations::default()),
        tenant: None,
        scopes: String::new(),
        no_match: Code::InsufficientRole,
        resource_policy_allows: table.resource_policy_allows(),
        is_cached_by_route: is_cached_by_route(request, route, table),
    })
}

fn deny_all<'t>(code: Code, reason: impl Into<Cow<'static, str>>) -> Decision<'t> {
    Decision::DenyAll(Denial::new(code, reason))
}
