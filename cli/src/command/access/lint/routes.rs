//! The table against the routes of a template: is each of them one of the table?

use super::Table;
use super::finding::{Code, Findings};
use crate::deployed::paths::{is_greedy, sample, shape, takes};
use crate::deployed::{Deployed, Role};
use crate::template::{Guard, Route, RouteMethod};

pub(super) fn lint(deployed: &Deployed<'_>, table: &Table<'_>, findings: &mut Findings) {
    for route in deployed.apis().flat_map(|api| deployed.routes(api)) {
        if route.method == RouteMethod::Of("OPTIONS") {
            continue;
        }
        match (deployed.guard(route), &route.guard) {
            (Some((_, Role::Ours)), _) => asked(deployed, table, route, findings),
            (None, Guard::Nothing) => open(deployed, table, route, findings),
            _ => {}
        }
    }
}

/// A route that the authorizer is asked about must be one of the table.
fn asked(deployed: &Deployed<'_>, table: &Table<'_>, route: &Route, findings: &mut Findings) {
    let at = (deployed.file, route.line);
    let name = route.key();
    let is_wide =
        route.method == RouteMethod::Any || is_greedy(&route.path) && !has_path(table, &route.path);
    if is_wide && table.access.is_closed() {
        return findings.add(
            Code::PL304,
            at,
            format!("`{name}` takes requests that the table does not list, which is `closed`"),
            "make a route for each rule of the table, or write `routes = \"open\"`",
        );
    }
    if has_rule(table, route) {
        return;
    }
    let method = match route.method {
        RouteMethod::Of(method) if has_path(table, &route.path) => method,
        _ => {
            return findings.add(
                Code::PL301,
                at,
                format!("the table has no rule for `{name}`: every request is refused"),
                "add a route to the table, or take the authorizer away if everybody may use it",
            );
        }
    };
    let path = &route.path;
    findings.add(
        Code::PL303,
        at,
        format!("the table does not list `{method}` at `{path}`: every request is refused"),
        "add the method to the route in the table, with the permission that it requires",
    );
}

fn has_path(table: &Table<'_>, path: &str) -> bool {
    table.linted.rules.iter().any(|rule| shape(&rule.path) == shape(path))
}

fn has_rule(table: &Table<'_>, route: &Route) -> bool {
    let takes_some = || table.linted.rules.iter().any(|rule| takes(&route.path, &rule.path));
    match route.method {
        RouteMethod::WebSocket => table.linted.rules.iter().any(|rule| rule.method.is_none()),
        RouteMethod::Any => has_path(table, &route.path) || takes_some(),
        RouteMethod::Of(method) => {
            table.access.route(Some(method), &sample(&route.path)).is_some()
                || is_greedy(&route.path) && takes_some()
        }
    }
}

/// A route without an authorizer that the table does not know was perhaps forgotten in both. Deliveries of
/// webhooks need none: their function verifies a signature.
fn open(deployed: &Deployed<'_>, table: &Table<'_>, route: &Route, findings: &mut Findings) {
    let target = route.target.as_deref().and_then(|id| deployed.template.function(id));
    let environment = target.and_then(|function| function.environment.as_ref());
    let verifies = environment.is_some_and(|own| own.contains_key("WEBHOOK_TABLE"));
    if verifies || has_rule(table, route) || has_path(table, &route.path) {
        return;
    }
    let name = route.key();
    findings.add(
        Code::PL309,
        (deployed.file, route.line),
        format!("`{name}` has no authorizer and no rule: everybody may use it"),
        "add the authorizer and a rule, or list it as `public`",
    );
}
