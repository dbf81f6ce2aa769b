//! Preflights: a browser sends no credential with the `OPTIONS` request that precedes a call.

use super::Table;
use super::finding::{Code, Findings};
use crate::deployed::paths::{is_greedy, sample, shape};
use crate::deployed::{Deployed, Role, requires_something};
use crate::template::{Api, Guard, Route, RouteMethod};

pub(super) fn lint(deployed: &Deployed<'_>, table: &Table<'_>, findings: &mut Findings) {
    for api in deployed.apis() {
        for route in deployed.routes(api) {
            match route.method {
                RouteMethod::Of("OPTIONS") => preflight(deployed, table, route, findings),
                RouteMethod::Any => preflight_among_others(deployed, api, route, findings),
                RouteMethod::Of(_) | RouteMethod::WebSocket => {}
            }
        }
        added_preflights(deployed, api, findings);
    }
}

/// An `OPTIONS` method needs no authorizer, or one that asks for nothing and a table that says `public`.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html>
fn preflight(deployed: &Deployed<'_>, table: &Table<'_>, route: &Route, findings: &mut Findings) {
    let name = route.key();
    let who = match (&route.guard, deployed.guard(route)) {
        (Guard::Nothing | Guard::Unknown, _) => return,
        (Guard::BuiltIn(what), _) => (*what).to_owned(),
        (_, Some((authorizer, Role::Ours))) if !requires_something(authorizer) => {
            let requested = sample(&route.path);
            let rule = table.access.route(Some("OPTIONS"), &requested);
            if rule.is_some_and(|rule| rule.is_public()) {
                return;
            }
            format!("`{}`, and the table does not say that it is public", authorizer.id)
        }
        (Guard::Authorizer(id), _) => format!("`{id}`"),
    };
    findings.add(
        Code::PL308,
        (deployed.file, route.line),
        format!("`{name}` is behind {who}: browsers send no credential with it"),
        "take the authorizer away from `OPTIONS`",
    );
}

/// `ANY` and `$default` take preflights as well, unless another route does.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>
fn preflight_among_others(
    deployed: &Deployed<'_>,
    api: &Api,
    route: &Route,
    findings: &mut Findings,
) {
    let is_preflight = |other: &Route| other.method == RouteMethod::Of("OPTIONS");
    let takes_it = |other: &Route| {
        let is_all =
            route.path == "$default" && other.path.starts_with("/{") && is_greedy(&other.path);
        is_preflight(other) && (is_all || shape(&other.path) == shape(&route.path))
    };
    let has_cors = api.has_cors || deployed.routes(api).any(is_preflight);
    let Some((authorizer, _)) = deployed.guard(route) else { return };
    if !has_cors || !requires_something(authorizer) || deployed.routes(api).any(takes_it) {
        return;
    }
    let (name, id) = (route.key(), &authorizer.id);
    let path = if route.path == "$default" { "/{proxy+}" } else { &route.path };
    findings.add(
        Code::PL308,
        (deployed.file, route.line),
        format!(
            "`{name}` takes preflights, too, and is behind `{id}`: browsers send no credential with \
             them"
        ),
        format!("add the route `OPTIONS {path}` without an authorizer"),
    );
}

/// SAM puts the default authorizer before the preflights that it adds, too.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiauth.html>
fn added_preflights(deployed: &Deployed<'_>, api: &Api, findings: &mut Findings) {
    let Some((line, guard)) = &api.preflight else { return };
    let who = match guard {
        Guard::Authorizer(id) => format!("`{id}`"),
        Guard::BuiltIn(what) => (*what).to_owned(),
        Guard::Nothing | Guard::Unknown => return,
    };
    let id = &api.id;
    findings.add(
        Code::PL308,
        (deployed.file, *line),
        format!(
            "the preflights that `Cors` adds to `{id}` are behind {who}: browsers send no \
             credential with them"
        ),
        "write `AddDefaultAuthorizerToCorsPreflight: false` into `Auth`",
    );
}
