//! Finds the mistakes that show only when the parts of a table are seen together.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::authz::table::error::TableErrors;
use crate::authz::table::path::{CONNECT, Segment};
use crate::authz::table::read::{At, PresentedBy, Table};
use crate::authz::table::route::{Method, Need, Route, TenantRule};

/// The one role that is held by scope: the authorizer gives it to every service token.
const SERVICE: &str = "service_account";

/// Finds them, and returns whether each path has one route and each tenant's place is its own.
pub(in crate::authz) fn check(table: &Table, mistakes: &mut TableErrors<'_>) -> bool {
    check_presence(table, mistakes);
    check_roles(table, mistakes);
    check_clients(table, mistakes);
    let before = mistakes.len();
    for route in &table.routes {
        check_route(route, mistakes);
    }
    check_pairs(table, mistakes);
    let is_distinct = mistakes.len() == before;
    check_use(table, mistakes);
    is_distinct
}

fn check_presence(table: &Table, mistakes: &mut TableErrors<'_>) {
    for (key, empty) in [
        ("modules", table.modules.is_empty()),
        ("roles", table.roles.is_empty()),
        ("routes", table.routes.is_empty()),
    ] {
        if empty && mistakes.is_empty() {
            mistakes.add(1, format!("the table has no `{key}`"));
        }
    }
}

fn check_roles(table: &Table, mistakes: &mut TableErrors<'_>) {
    let scoped = table.scopes.iter().any(|s| s.it.presented_by == PresentedBy::ServiceToken);
    for At { line, it: role } in &table.roles {
        let why = match (role.by_scope, &*role.name == SERVICE) {
            (true, false) => format!("only `{SERVICE}` is held by scope"),
            (false, true) => {
                "a service token's rights are its scopes: write `by_scope = true`".into()
            }
            (true, true) if !scoped => "no scope is `presented_by` a `service-token`".into(),
            _ => continue,
        };
        mistakes.add(*line, format!("no caller can have the role `{}`: {why}", role.name));
    }
}

fn check_clients(table: &Table, mistakes: &mut TableErrors<'_>) {
    let reserved = |tenant: &str| table.routes.iter().any(|route| has_literal(&route.it, tenant));
    let in_paths = table.routes.iter().any(|route| route.it.tenant_parameter().is_some());
    let served = table.roles.iter().any(|role| *role.it.name == *SERVICE);
    let mut seen = HashMap::new();
    for At { line, it: client } in &table.clients {
        let id = &client.client_id;
        if let Some(first) = seen.insert(id, *line) {
            mistakes.add(
                *line,
                format!("service client `{id}` is listed twice, first on line {first}"),
            );
        }
        if !served {
            mistakes.add(*line, format!("service client `{id}` needs the role `{SERVICE}`"));
        }
        if let Some(tenant) = client.tenant.fixed()
            && in_paths
            && reserved(tenant.as_str())
        {
            mistakes.add(*line, format!("tenant `{tenant}` is also a literal segment of a route"));
        }
    }
}

fn check_route(At { line, it: route }: &At<Route>, mistakes: &mut TableErrors<'_>) {
    let path = &route.pattern;
    let connect = path.as_str() == CONNECT;
    if route.methods.is_empty() && mistakes.is_empty() {
        mistakes.add(*line, format!("route `{path}` has no method"));
    }
    for (method, need) in &route.methods {
        let key = method.key();
        match (connect, *method == Method::Connect) {
            (true, false) => {
                mistakes
                    .add(*line, format!("`{CONNECT}` is opened with `CONNECT`, not with `{key}`"));
            }
            (false, true) => {
                mistakes.add(
                    *line,
                    format!("`{key}` opens a WebSocket and stands at `{CONNECT}` only"),
                );
            }
            _ => {}
        }
        if *need == Need::Nothing && route.tenant != TenantRule::None {
            mistakes
                .add(*line, format!("`{}` is public and so has no tenant", route.rule(*method)));
        }
    }
    if let Some(name) = route.tenant_parameter()
        && !path.segments().any(|segment| segment == Segment::One(name))
    {
        mistakes.add(
            *line,
            format!("tenant `path:{name}` names no parameter `{{{name}}}` of `{path}`"),
        );
    }
}

/// Finds routes that match the same paths, and tenants in the path where another route has a
/// literal or takes any value.
fn check_pairs(table: &Table, mistakes: &mut TableErrors<'_>) {
    let mut sorted: Vec<_> = table.routes.iter().collect();
    sorted.sort_by(|a, b| a.it.pattern.specificity(&b.it.pattern).then(a.line.cmp(&b.line)));
    for pair in sorted.windows(2) {
        let [first, second] = pair else { continue };
        let (path, other) = (&second.it.pattern, &first.it.pattern);
        if path.specificity(other) != Ordering::Equal {
            continue;
        }
        let line = first.line;
        mistakes.add(
            second.line,
            match path == other {
                true => format!("route `{path}` is listed twice, first on line {line}"),
                false => {
                    format!("routes `{path}` and `{other}` on line {line} match the same paths")
                }
            },
        );
    }
    for route in &table.routes {
        let Some(name) = route.it.tenant_parameter() else {
            continue;
        };
        for other in &table.routes {
            let Some(segment) = beside(&route.it, name, &other.it) else {
                continue;
            };
            let (path, line) = (&route.it.pattern, other.line);
            let text = match segment {
                Segment::Literal(literal) => format!(
                    "a tenant could be called `{literal}`: `{{{name}}}` of `{path}` stands where \
                     `{}` on line {line} has that literal",
                    other.it.pattern
                ),
                Segment::One(_) | Segment::Rest(_) => format!(
                    "`{{{name}}}` of `{path}` is a tenant, but `{}` on line {line} takes any at \
                     the same place",
                    other.it.pattern
                ),
            };
            mistakes.add(route.line, text);
        }
    }
}

/// The segment of `other` at the position of `route`'s tenant `name`; `None` if the two differ in
/// shape before it, or if the segment is the same tenant parameter.
fn beside<'o>(route: &Route, name: &str, other: &'o Route) -> Option<Segment<'o>> {
    let mut others = other.pattern.segments();
    for segment in route.pattern.segments() {
        let at_place = others.next()?;
        if segment == Segment::One(name) {
            let same = other.tenant_parameter().map(Segment::One) == Some(at_place);
            return (!same).then_some(at_place);
        }
        if segment.shape() != at_place.shape() {
            return None;
        }
    }
    None
}

fn check_use(table: &Table, mistakes: &mut TableErrors<'_>) {
    if !mistakes.is_empty() {
        return;
    }
    let needs = || table.routes.iter().flat_map(|route| &route.it.methods);
    for (index, module) in table.modules.iter().enumerate() {
        let used = |(_, need): &(Method, Need)| match need {
            Need::Permission(bit) => usize::from(bit.0 / 4) == index,
            Need::Nothing => false,
        };
        if !needs().any(used) {
            mistakes.add(module.line, format!("module `{}` is used by no route", module.it));
        }
    }
}

/// Whether a segment of `route` is the literal `text`.
fn has_literal(route: &Route, text: &str) -> bool {
    route.pattern.segments().any(|segment| segment == Segment::Literal(text))
}
