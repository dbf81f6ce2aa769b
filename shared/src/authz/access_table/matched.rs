//! Which route of the table a request has.

use std::fmt;

use crate::authz::access_table::{AccessTable, Grants};
use crate::authz::policy::compile;
use crate::authz::table::path::{Pattern, Segment};
use crate::authz::table::permission::Permission;
use crate::authz::table::route::{self, Method, Need, Route, TenantLocation};
use crate::request::{PathError, canonical};

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
    /// The route of a request, or `None` if the table has none: of all routes that match the whole
    /// path the most specific wins, and if that one does not have the method there is no route. Nor is
    /// there one for a path that is not canonical.
    ///
    /// `method` and `path` are those of the method ARN: a verb with a path that starts with `/`,
    /// or `None` with `$connect`.
    #[must_use]
    pub fn route<'a>(&'a self, method: Option<&str>, path: &'a str) -> Option<Matched<'a>> {
        self.check_path(path).ok()?;
        let (route, method, need) = route::resolve(&self.routes, method, path)?;
        Some(Matched { route, method, need, modules: &self.modules, path })
    }

    /// The pattern of the route that decides about `path`, and the methods it has: `CONNECT` for `$connect`.
    #[must_use]
    pub fn methods(&self, path: &str) -> Option<(&str, Vec<&'static str>)> {
        let route = self.routes.iter().find(|route| route.pattern.matches(path))?;
        let methods = route.methods.iter().map(|(method, _)| method.key());
        Some((route.pattern.as_str(), methods.collect()))
    }

    /// Every method of every route, the more specific paths first, as if its own path had been
    /// requested.
    pub fn routes(&self) -> impl Iterator<Item = Matched<'_>> {
        let modules = self.modules.as_slice();
        self.routes.iter().flat_map(move |route| {
            route.methods.iter().map(move |(method, need)| Matched {
                route,
                method: *method,
                need: *need,
                modules,
                path: route.pattern.as_str(),
            })
        })
    }

    /// Whether `path` is canonical and spells no literal of a route in another way.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check_path(&self, path: &str) -> Result<(), PathError> {
        canonical::check(path)?;
        let spells = |segment| self.spellings.iter().any(|spelling| spelling == segment);
        if !self.spellings.is_empty() && path.contains('%') && path.split('/').any(spells) {
            return Err(PathError::EncodedLiteral);
        }
        Ok(())
    }

    /// Whether `grants` hold what the route requires. It does not compare tenants.
    #[must_use]
    pub fn permits(&self, grants: Grants, matched: &Matched<'_>) -> bool {
        compile::permits(grants.0, Some(matched.need))
    }

    /// Whether API Gateway matched, by the path `matched` of its own route, another route of the table
    /// than the one that decides. Names of parameters do not count.
    pub(in crate::authz) fn has_another(
        &self,
        matched: &str,
        decides: Option<&Matched<'_>>,
    ) -> bool {
        let matched = Pattern::compiled(matched);
        let is_it = |route: &Route| route.pattern.specificity(&matched).is_eq();
        // The one that decides comes first: hardly a request looks at the others.
        !decides.is_some_and(|decides| is_it(decides.route)) && self.routes.iter().any(is_it)
    }

    /// Whether `route` decides about every path of the API's route `path`. In an open table a more
    /// specific route of the table may have no route of its own in the API.
    pub(in crate::authz) fn decides_all_alike(&self, path: &str, route: &Matched<'_>) -> bool {
        let pattern = Pattern::compiled(path);
        let own = &route.route.pattern;
        let another =
            |other: &Route| other.pattern.specificity(own).is_lt() && other.pattern.overlaps(own);
        own.specificity(&pattern).is_eq()
            && !matches!(route.tenant(), TenantLocation::Path(_))
            && (self.closed || !self.routes.iter().any(another))
    }

    /// The literals of `routes`, sorted, if one of them has its tenant in the path; else none.
    pub(in crate::authz) fn reserved_of(routes: &[Route]) -> Vec<Box<str>> {
        if !routes.iter().any(|route| route.tenant_parameter().is_some()) {
            return Vec::new();
        }
        let mut literals: Vec<&str> = literals(routes).collect();
        literals.sort_unstable();
        literals.dedup();
        literals.into_iter().map(Into::into).collect()
    }

    /// Every segment that spells a literal of `routes` in another way.
    pub(in crate::authz) fn spellings_of(routes: &[Route]) -> Vec<String> {
        let mut spellings: Vec<_> = literals(routes).flat_map(canonical::spellings).collect();
        spellings.sort_unstable();
        spellings.dedup();
        spellings
    }
}

fn literals(routes: &[Route]) -> impl Iterator<Item = &str> {
    let segments = routes.iter().flat_map(|route| route.pattern.segments());
    segments.filter_map(|segment| match segment {
        Segment::Literal(text) => Some(text),
        Segment::One(_) | Segment::Rest(_) => None,
    })
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

    /// Whether its resources belong to tenants.
    pub(in crate::authz) fn names_tenant(&self) -> bool {
        self.tenant() != TenantLocation::None
    }

    /// Where the request names the tenant of the resource. A preflight names none.
    #[must_use]
    pub fn tenant(&self) -> TenantLocation<'a> {
        if self.is_public() {
            return TenantLocation::None;
        }
        self.route.tenant.source(&self.route.pattern, self.path)
    }
}

/// The rule for the log: `GET /api/incidents/{id}`, or `$connect`. It holds no byte of the request.
impl fmt::Display for Matched<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.route.rule(self.method))
    }
}
