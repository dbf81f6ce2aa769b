//! Step 4: may they? Yes; no for this route; or no for every route.

use super::tenant::{Ownership, ownership};
use crate::authn::{Identity, Principal};
use crate::authz::access_table::{AccessTable, Matched};
use crate::authz::policy::statements::Policy;
use crate::authz::table::read::PresentedBy;
use crate::authz::table::tenant_location::NamedLocations;
use crate::denial::{Code, Denial};
use crate::ids::TenantId;
use crate::request::Request;

/// The decision as a value. Whatever is not explicitly [`Decision::Allow`] is a "no".
///
/// API Gateway caches the policy and evaluates it for later requests on other routes. So also a
/// caller who may not use the requested route gets the policy for all routes.
#[derive(Debug)]
pub enum Decision<'t> {
    /// Yes.
    Allow(Permit<'t>),
    /// No to this route: the answer is the caller's complete policy, in which it does not occur.
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

/// Everything that a caller may do, whichever route was requested. The answer's policy says it.
#[derive(Clone, Debug)]
pub struct Permit<'t> {
    policy: Policy<'t>,
    tenant: Option<TenantId>,
    scopes: String,
    no_match: Code,
}

impl<'t> Permit<'t> {
    /// The caller's complete policy.
    #[must_use]
    pub const fn policy(&self) -> Policy<'t> {
        self.policy
    }

    /// The caller's tenant, which the policy names; `None` for a caller without an identity.
    #[must_use]
    pub const fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// The scopes that count for the caller, separated by blanks: those that the table has for its
    /// kind of credential. Empty for a user.
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
#[must_use]
pub fn decide<'t>(
    request: &Request<'_>,
    route: Option<&Matched<'_>>,
    identity: Option<&Identity>,
    table: &'t AccessTable,
) -> Decision<'t> {
    let Some(identity) = identity else {
        return decide_without_identity(route, table);
    };
    let (grants, scopes) = match identity.principal() {
        Principal::User(role) => (table.role(role), String::new()),
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
        return deny_all(Code::InsufficientRole, "the role is not in the access table");
    };
    let own = identity.tenant();
    if table.reserved(own) {
        return deny_all(Code::TenantMismatch, "the tenant id is also a path segment of a route");
    }
    let owners: Vec<_> =
        table.tenant_locations().map(|location| ownership(location, request, own)).collect();
    let permit = Permit {
        policy: table.policy(grants, owners.iter().map(|owner| *owner == Ownership::Own).collect()),
        tenant: Some(own.clone()),
        scopes,
        no_match: if owners.contains(&Ownership::Another) {
            Code::TenantMismatch
        } else {
            Code::InsufficientRole
        },
    };
    match denial(request, route, own, |route| table.permits(grants, route)) {
        None => Decision::Allow(permit),
        // API Gateway caches this answer for every route, so its code must not depend on this one.
        Some(denial) if permit.policy.is_empty() => {
            let with_tenant = table.policy(grants, owners.iter().map(|_| true).collect());
            let lacks_role = with_tenant.is_empty();
            let code = if lacks_role { Code::InsufficientRole } else { Code::TenantMismatch };
            Decision::DenyAll(Denial { code, ..denial })
        }
        Some(denial) => Decision::DenyRoute(denial, permit),
    }
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
    route: Option<&Matched<'_>>,
    table: &'t AccessTable,
) -> Decision<'t> {
    if !route.is_some_and(Matched::is_public) {
        return deny_all(Code::TokenMissing, "no credential is presented");
    }
    let policy = table.policy(table.anonymous(), NamedLocations::default());
    let (scopes, no_match) = (String::new(), Code::InsufficientRole);
    Decision::Allow(Permit { policy, tenant: None, scopes, no_match })
}

fn deny_all<'t>(code: Code, reason: &'static str) -> Decision<'t> {
    Decision::DenyAll(Denial::new(code, reason))
}
