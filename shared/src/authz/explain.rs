//! Why a request would be allowed or denied, and what would have to change.
//!
//! [`explain`] reasons about a caller who is supposed and not proven, so nothing may be let in on its word.
//! It goes the way of [`decide`](crate::authz::decide) once more, without calling it: the tests compare both
//! on every table, route and kind of caller.
//!
//! `cause` says why and in which step, `holdings` what the caller holds, `remedies` what would have to
//! change, `spelling` the canonical spelling of a path.

mod cause;
mod holdings;
mod remedies;
mod spelling;
#[cfg(test)]
mod tests;

pub use cause::{Cause, Step, Verdict};
pub use holdings::{HeldScope, Holdings, ScopeUse};
pub use remedies::Remedy;

use super::cache_key::is_cached_by_route;
use super::tenant::{Ownership, named, ownership};
use crate::authn::Principal;
use crate::authz::access_table::{AccessTable, Grants, Matched};
use crate::authz::policy::statements::Policy;
use crate::authz::table::gateway::PolicyExtent;
use crate::authz::table::tenant_location::NamedLocations;
use crate::denial::Code;
use crate::ids::TenantId;
use crate::request::{Occurrence, Request};

/// A caller who is supposed, and not proven.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'c> {
    /// What the permissions come from.
    pub principal: &'c Principal,
    /// The tenant; `None` supposes the one that the request names.
    pub tenant: Option<&'c TenantId>,
}

/// What comes of a request, and why.
#[derive(Clone, Debug)]
pub struct Explanation<'a> {
    /// What comes of it.
    pub verdict: Verdict,
    /// Why.
    pub cause: Cause,
    /// The route that decides.
    pub route: Option<Matched<'a>>,
    /// The tenant of the caller, or the one that is supposed.
    pub tenant: Option<TenantId>,
    /// What the caller holds.
    pub holdings: Holdings<'a>,
    /// What would have to change; nothing for an Allow.
    pub remedies: Vec<Remedy<'a>>,
    /// What API Gateway gets, and caches.
    pub answer: Answer<'a>,
    /// Whether a simple "yes" would be cached for no request that the table may refuse.
    pub is_cached_by_route: bool,
}

/// What API Gateway gets, and caches.
#[derive(Clone, Copy, Debug)]
pub enum Answer<'t> {
    /// An error, which it does not cache.
    Error,
    /// An explicit Deny of every route.
    Stage,
    /// The caller's complete policy, the same for every route.
    Caller(Policy<'t>),
    /// Allow or Deny of the request alone.
    Request,
    /// The table was read without its policies, for simple answers.
    Unproven,
}

/// Explains what comes of `request` for `caller`, or for a caller who presents no credential.
///
/// `route` is the requested route by `table`, `None` if it has none.
#[must_use]
pub fn explain<'a>(
    request: &'a Request<'_>,
    route: Option<Matched<'a>>,
    caller: Option<Caller<'a>>,
    table: &'a AccessTable,
) -> Explanation<'a> {
    let tenant = caller.and_then(|caller| supposed_tenant(caller, request, route.as_ref()));
    let case = Case { request, route, caller, tenant, table };
    let holdings = Holdings::of(caller.map(|caller| caller.principal), table);
    let cause = case.cause(&holdings);
    let (verdict, answer) = case.outcome(cause, &holdings);
    let remedies = remedies::of(cause, &case);
    let is_cached_by_route = is_cached_by_route(request, route.as_ref(), table);
    let tenant = case.tenant;
    Explanation { verdict, cause, route, tenant, holdings, remedies, answer, is_cached_by_route }
}

/// The caller's tenant, or the one that the request names where its route says so.
fn supposed_tenant(
    caller: Caller<'_>,
    request: &Request<'_>,
    route: Option<&Matched<'_>>,
) -> Option<TenantId> {
    if let Some(own) = caller.tenant {
        return Some(own.clone());
    }
    match named(route?.tenant(), request) {
        Occurrence::Single(value) => TenantId::parse(&value),
        Occurrence::Absent | Occurrence::Conflicting => None,
    }
}

/// What is explained.
struct Case<'a, 'e> {
    request: &'a Request<'e>,
    route: Option<Matched<'a>>,
    caller: Option<Caller<'a>>,
    tenant: Option<TenantId>,
    table: &'a AccessTable,
}

impl<'a> Case<'a, '_> {
    fn cause(&self, holdings: &Holdings<'_>) -> Cause {
        if self.caller.is_none() {
            return self.cause_for_nobody();
        }
        let Some(grants) = holdings.grants() else { return Cause::UnknownRole };
        if self.tenant.as_ref().is_some_and(|tenant| self.table.reserved(tenant)) {
            return Cause::ReservedTenant;
        }
        if let Some(fault) = self.fault() {
            return fault;
        }
        let Some(route) = &self.route else {
            return if self.table.is_closed() { Cause::Unlisted } else { Cause::NoRoute };
        };
        if !self.table.permits(grants, route) {
            return Cause::LacksPermission;
        }
        match self.ownership(route) {
            Ownership::Own if route.is_public() => Cause::Public,
            Ownership::Own => Cause::Permitted,
            Ownership::Another => Cause::AnotherTenant,
            Ownership::Unsaid => Cause::NoTenant,
        }
    }

    fn cause_for_nobody(&self) -> Cause {
        match (self.fault(), &self.route) {
            (Some(fault), _) => fault,
            (None, Some(route)) if route.is_public() => Cause::Public,
            (None, _) => Cause::NoCredential,
        }
    }

    /// Why nobody may make this request.
    fn fault(&self) -> Option<Cause> {
        let Self { request, route, table, .. } = self;
        if let Err(error) = table.check_path(request.arn.path()) {
            return Some(Cause::Path(error));
        }
        if request.matched_path().is_some_and(|path| table.has_another(path, route.as_ref())) {
            return Some(Cause::AnotherRoute);
        }
        let names_it = table.policy_extent() == Some(PolicyExtent::Request);
        (names_it && !request.arn.is_nameable()).then_some(Cause::Unnameable)
    }

    /// Whose the resource is. Without a tenant the request names none, several, or one that no tenant can
    /// be called.
    fn ownership(&self, route: &Matched<'_>) -> Ownership {
        if let Some(own) = &self.tenant {
            return ownership(route.tenant(), self.request, own);
        }
        match (route.names_tenant(), named(route.tenant(), self.request)) {
            (false, _) => Ownership::Own,
            (true, Occurrence::Absent) => Ownership::Unsaid,
            (true, _) => Ownership::Another,
        }
    }

    /// What comes of it. Who may use no route at all is denied every one of them, and the code must not
    /// depend on this one, because API Gateway uses it for the others.
    fn outcome(&self, cause: Cause, holdings: &Holdings<'_>) -> (Verdict, Answer<'a>) {
        let verdict = cause.verdict(self.caller.is_some());
        let is_denied = matches!(verdict, Verdict::Deny(_));
        let is_open = self.request.arn.method().is_none();
        if verdict == Verdict::Unlisted {
            return (verdict, Answer::Error);
        }
        let is_refused = matches!(cause, Cause::UnknownRole | Cause::ReservedTenant);
        if is_denied && (is_refused || self.caller.is_none()) {
            return (verdict, if is_open { Answer::Request } else { Answer::Stage });
        }
        let grants = holdings.grants().unwrap_or_else(|| self.table.anonymous());
        match self.table.policy_extent() {
            _ if is_open => (verdict, Answer::Request),
            None => (verdict, Answer::Unproven),
            Some(PolicyExtent::Request) if is_denied && !self.request.arn.is_nameable() => {
                (verdict, Answer::Stage)
            }
            Some(PolicyExtent::Request) => (verdict, Answer::Request),
            Some(PolicyExtent::Caller) => self.of_policy(verdict, grants),
        }
    }

    fn of_policy(&self, verdict: Verdict, grants: Grants) -> (Verdict, Answer<'a>) {
        let policy = self.table.policy(grants, self.named_locations());
        if verdict == Verdict::Allow || !policy.is_empty() {
            return (verdict, Answer::Caller(policy));
        }
        let everywhere = self.table.tenant_locations().map(|_| true).collect();
        let may_nothing = self.table.policy(grants, everywhere).is_empty();
        let code = if may_nothing { Code::InsufficientRole } else { Code::TenantMismatch };
        (Verdict::Deny(code), Answer::Stage)
    }

    /// The locations outside the path in which the request names the caller's tenant.
    fn named_locations(&self) -> NamedLocations {
        if self.caller.is_none() {
            return NamedLocations::default();
        }
        let is_own = |location| {
            let own = self.tenant.as_ref();
            own.is_some_and(|own| ownership(location, self.request, own) == Ownership::Own)
        };
        self.table.tenant_locations().map(is_own).collect()
    }
}
