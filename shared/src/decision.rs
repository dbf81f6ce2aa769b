//! Step 4: may they?

mod tenant;

use crate::access::{AccessTable, Matched, Named, Policy};
use crate::denial::{Code, Denial};
use crate::identity::{Identity, Standing, TenantId};
use crate::request::Request;
use tenant::{Ownership, ownership};

/// The answer as a value. Whatever is not explicitly [`Decision::Allow`] is a "no".
#[derive(Debug)]
pub enum Decision<'t> {
    /// Yes.
    Allow(Permit<'t>),
    /// No, and how far that reaches.
    Deny(Denial, Reach<'t>),
}

impl<'t> Decision<'t> {
    /// A "no" to this and to everything else: nobody was proven, or nothing is permitted.
    #[must_use]
    pub const fn refuse(denial: Denial) -> Self {
        Self::Deny(denial, Reach::Everywhere)
    }

    /// The denial, if it is one.
    #[must_use]
    pub const fn denial(&self) -> Option<&Denial> {
        match self {
            Self::Allow(_) => None,
            Self::Deny(denial, _) => Some(denial),
        }
    }
}

/// How far a "no" reaches. API Gateway caches the policy and asks it about every other route, so a
/// caller who may not come in here is still told what holds elsewhere.
#[derive(Debug)]
pub enum Reach<'t> {
    /// Every route: the answer is an explicit Deny.
    Everywhere,
    /// This route: the answer is the caller's complete policy, in which it does not occur.
    ThisRoute(Permit<'t>),
}

/// Everything that a caller may do, whichever route was asked for: what the returned policy says.
#[derive(Clone, Debug)]
pub struct Permit<'t> {
    policy: Policy<'t>,
    tenant: Option<TenantId>,
    no_match: Code,
}

impl<'t> Permit<'t> {
    /// The caller's complete policy.
    #[must_use]
    pub const fn policy(&self) -> Policy<'t> {
        self.policy
    }

    /// The tenant that stands in it; nobody's, for a caller without identity.
    #[must_use]
    pub const fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// What it means that a route does not occur in it: `TENANT_MISMATCH` where the request names
    /// another tenant outside its path, `INSUFFICIENT_ROLE` otherwise. It depends on nothing that
    /// differs from route to route, because it is cached with the policy.
    #[must_use]
    pub const fn no_match(&self) -> Code {
        self.no_match
    }
}

/// Decides on `request` for `identity`, or for a caller who presented nothing.
///
/// `route` is what `table` says the request asks for.
#[must_use]
pub fn decide<'t>(
    request: &Request<'_>,
    route: Option<&Matched<'_>>,
    identity: Option<&Identity>,
    table: &'t AccessTable,
) -> Decision<'t> {
    let Some(identity) = identity else {
        return decide_for_nobody(route, table);
    };
    let grants = match identity.standing() {
        Standing::Role(role) => table.role(role),
        Standing::Scopes(scopes) => Some(table.token_scopes(scopes.split(' '))),
        Standing::Key(key) => table.key_scopes(&key.role, key.scopes.split(' ')),
    };
    let Some(grants) = grants else {
        return refuse(Code::InsufficientRole, "the role is not in the access table");
    };
    let own = identity.tenant();
    if table.reserved(own) {
        return refuse(Code::TenantMismatch, "the tenant id is also a path segment of a route");
    }
    let places: Vec<_> = table.places().map(|place| ownership(place, request, own)).collect();
    let permit = Permit {
        policy: table.policy(grants, places.iter().map(|at| *at == Ownership::Own).collect()),
        tenant: Some(own.clone()),
        no_match: if places.contains(&Ownership::Another) {
            Code::TenantMismatch
        } else {
            Code::InsufficientRole
        },
    };
    match denial(request, route, own, |route| table.permits(grants, route)) {
        None => Decision::Allow(permit),
        Some(denial) if permit.policy.is_empty() => Decision::refuse(denial),
        Some(denial) => Decision::Deny(denial, Reach::ThisRoute(permit)),
    }
}

/// Why a caller of the tenant `own` may not come in here; `None` if nothing speaks against it.
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

fn decide_for_nobody<'t>(route: Option<&Matched<'_>>, table: &'t AccessTable) -> Decision<'t> {
    if !route.is_some_and(Matched::is_public) {
        return refuse(Code::TokenMissing, "no credential is presented");
    }
    let policy = table.policy(table.anonymous(), Named::default());
    Decision::Allow(Permit { policy, tenant: None, no_match: Code::InsufficientRole })
}

fn refuse<'t>(code: Code, reason: &'static str) -> Decision<'t> {
    Decision::refuse(Denial::new(code, reason))
}
