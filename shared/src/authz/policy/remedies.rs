//! What would help a table that no policy can express: each way is tried before it is told.

use crate::authz::policy::compile::compile;
use crate::authz::policy::report::{Failure, Found};
use crate::authz::table::error::Findings;
use crate::authz::table::gateway::Gateway;
use crate::authz::table::path::{Pattern, Segment};
use crate::authz::table::read::Table;
use crate::authz::table::route::Route;

/// For how many problems a change of one route is tried: each try compiles the table once.
const MOST_TRIED: usize = 4;

/// The ways out that work for a whole table, and those for one problem alone.
#[derive(Debug)]
pub(in crate::authz) struct Remedies<'t> {
    table: &'t Table,
    routes: &'t [Route],
    gateway: Gateway,
    of_all: Vec<String>,
    problems: usize,
}

impl<'t> Remedies<'t> {
    /// Tries what can be said of the API instead. `problems` is how many there are.
    pub(in crate::authz) fn new(
        table: &'t Table,
        routes: &'t [Route],
        gateway: Gateway,
        problems: usize,
    ) -> Self {
        let mut remedies = Self { table, routes, gateway, of_all: Vec::new(), problems };
        let closed = Gateway { closed: true, ..gateway };
        let none = Gateway { resource_policy_allows: false, ..gateway };
        let both = Gateway { closed: true, ..none };
        let ways = [
            (closed, CLOSED.to_owned()),
            (none, NONE.to_owned()),
            (both, format!("{CLOSED}, and {NONE}")),
        ];
        for (way, text) in ways {
            if way != gateway
                && remedies.of_all.is_empty()
                && remedies.problems_with(routes, way) == 0
            {
                remedies.of_all.push(text);
            }
        }
        remedies.of_all.push(REQUEST.to_owned());
        remedies
    }

    /// What helps against everything.
    pub(in crate::authz) fn of_all(&self) -> String {
        self.of_all.join("; or ")
    }

    /// What helps against `found`, the problem number `index`.
    pub(in crate::authz) fn of(&self, index: usize, found: &Found) -> Vec<String> {
        let mut remedies = self.of_all.clone();
        if index < MOST_TRIED
            && let Some(rest) = self.with_rest(found)
        {
            remedies.insert(0, rest);
        }
        remedies
    }

    /// A `{name+}` in place of the allowed route's last parameter, if that leaves fewer problems.
    fn with_rest(&self, found: &Found) -> Option<String> {
        let Failure::Inexpressible(it) = &found.failure else { return None };
        let allowed = it.allowed?;
        let pattern = &self.routes.get(allowed)?.pattern;
        let Some(Segment::One(name)) = pattern.segments().last() else { return None };
        let text = pattern.as_str().replace(&format!("{{{name}}}"), &format!("{{{name}+}}"));
        let rest = Pattern::parse(&text).ok()?;
        let is_of_tenant = self.routes.get(allowed)?.tenant_parameter() == Some(name);
        if is_of_tenant || self.routes.iter().any(|route| route.pattern.specificity(&rest).is_eq())
        {
            return None;
        }
        let mut routes = self.routes.to_vec();
        routes.get_mut(allowed)?.pattern = rest;
        routes.sort_by(|a, b| a.pattern.specificity(&b.pattern));
        let better = self.problems_with(&routes, self.gateway) < self.problems;
        better.then(|| {
            format!("write `{text}` in place of `{pattern}`, if all of that may be allowed")
        })
    }

    fn problems_with(&self, routes: &[Route], gateway: Gateway) -> usize {
        if gateway.resource_policy_allows && !gateway.closed {
            return usize::MAX;
        }
        let (mut findings, mut found) = (Findings::new(""), Vec::new());
        compile(self.table, routes, gateway, &mut findings, &mut found);
        found.len() + findings.errors.into_list().len()
    }
}

const CLOSED: &str = "`routes = \"closed\"`, if the API has exactly the methods of this table";
const NONE: &str = "`resource_policy = \"none\"`, if the API has no resource policy";
const REQUEST: &str = "`policy = \"request\"`, with a TTL of 0 or with method and path among the \
                       identity sources";
