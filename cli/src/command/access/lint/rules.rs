//! The rules of the table against the routes of a template: is each of them asked about?

use shared::authz::RuleLine;

use super::Table;
use super::finding::{Code, Findings};
use crate::deployed::paths::{shape, takes};
use crate::deployed::{Deployed, Role, requires_something};
use crate::template::{Api, ApiKind, Authorizer, AuthorizerKind, Guard, Route, RouteMethod};

pub(super) fn lint(deployed: &Deployed<'_>, table: &Table<'_>, findings: &mut Findings) {
    for api in deployed.apis() {
        for rule in &table.linted.rules {
            if let Some(route) = serving(deployed, api, rule) {
                of_rule(deployed, rule, route, findings);
            }
        }
    }
    unused_rules(deployed, table, findings);
}

fn rule_name(rule: &RuleLine) -> String {
    rule.method.map_or_else(|| rule.path.clone(), |method| format!("{method} {}", rule.path))
}

/// The route of `api` that takes the requests of `rule`: the most specific one.
fn serving<'t>(deployed: &Deployed<'t>, api: &Api, rule: &RuleLine) -> Option<&'t Route> {
    let has_method = |route: &&Route| match (route.method, rule.method) {
        (RouteMethod::Of(own), Some(method)) => own == method,
        (RouteMethod::Any, method) => method.is_some(),
        (RouteMethod::WebSocket, method) => method.is_none(),
        (RouteMethod::Of(_), None) => false,
    };
    let wanted = shape(&rule.path);
    let fits = |route: &&Route| shape(&route.path) == wanted || takes(&route.path, &rule.path);
    let rank = |route: &&Route| {
        let is_exact = shape(&route.path) == wanted;
        (is_exact, route.path.len(), route.method != RouteMethod::Any)
    };
    deployed.routes(api).filter(has_method).filter(fits).max_by_key(rank)
}

/// What stands before the route of a rule must be what the rule needs.
fn of_rule(deployed: &Deployed<'_>, rule: &RuleLine, route: &Route, findings: &mut Findings) {
    // Told as a preflight.
    if rule.method == Some("OPTIONS") {
        return;
    }
    match (&route.guard, deployed.guard(route)) {
        (Guard::Unknown, _) => {}
        (Guard::Nothing, _) => unguarded(deployed, rule, route, findings),
        (_, Some((authorizer, Role::Ours))) => {
            needless_credential(deployed, rule, route, authorizer, findings);
        }
        (Guard::Authorizer(_), None) if !knows_authorizers(deployed, route) => {}
        (Guard::BuiltIn(what), _) => {
            another(deployed, rule, route, &format!("{what} stands before it"), findings);
        }
        (Guard::Authorizer(id), found) => {
            let is = who(found);
            another(
                deployed,
                rule,
                route,
                &format!("`{id}` stands before it, which {is}"),
                findings,
            );
        }
    }
}

/// A rule that requires a permission, on a route that asks nobody for it.
fn unguarded(deployed: &Deployed<'_>, rule: &RuleLine, route: &Route, findings: &mut Findings) {
    if rule.is_public {
        return;
    }
    let name = rule_name(rule);
    findings.add(
        Code::PL305,
        (deployed.file, route.line),
        format!(
            "`{name}` requires a permission, and no authorizer stands before it: it is open \
             to everybody"
        ),
        "add the authorizer to the route, or write `public` into the table",
    );
}

/// API Gateway itself refuses a request without the identity sources, whatever the table says.
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html>
fn needless_credential(
    deployed: &Deployed<'_>,
    rule: &RuleLine,
    route: &Route,
    authorizer: &Authorizer,
    findings: &mut Findings,
) {
    if !rule.is_public || !requires_something(authorizer) {
        return;
    }
    let (name, id) = (rule_name(rule), &authorizer.id);
    findings.add(
        Code::PL307,
        (deployed.file, route.line),
        format!(
            "`{name}` is public, and `{id}` has identity sources: API Gateway answers 401 \
             where one is missing"
        ),
        "take the authorizer away from the route, or use one with TTL 0 and no identity source",
    );
}

/// What an authorizer is that is not ours.
fn who(found: Option<(&Authorizer, Role)>) -> String {
    match found {
        None => "is not in the template".to_owned(),
        Some((_, Role::Gate)) => "is a gate of webhooks".to_owned(),
        Some((authorizer, _)) => match authorizer.kind {
            AuthorizerKind::BuiltIn(what) => format!("is {what}"),
            AuthorizerKind::Token | AuthorizerKind::Request => {
                "does not answer by the table".to_owned()
            }
        },
    }
}

/// A rule that nobody reads, because another authorizer decides.
fn another(
    deployed: &Deployed<'_>,
    rule: &RuleLine,
    route: &Route,
    what: &str,
    findings: &mut Findings,
) {
    let name = rule_name(rule);
    findings.add(
        Code::PL306,
        (deployed.file, route.line),
        format!("the table says who may use `{name}`, but {what}"),
        "name an authorizer that answers by the table, or remove the rule",
    );
}

fn knows_authorizers(deployed: &Deployed<'_>, route: &Route) -> bool {
    deployed.template.api(&route.api).is_some_and(|api| api.has_all_authorizers)
}

/// A rule that no route of the template has. Harmless, and often the trace of a route that was renamed.
fn unused_rules(deployed: &Deployed<'_>, table: &Table<'_>, findings: &mut Findings) {
    let apis: Vec<&Api> = deployed.apis().collect();
    let (mut has_web_socket, mut has_http) = (false, false);
    for api in &apis {
        if !api.has_all_routes {
            return;
        }
        match api.kind {
            ApiKind::WebSocket => has_web_socket = true,
            ApiKind::Rest | ApiKind::Http => has_http = true,
        }
    }
    for rule in &table.linted.rules {
        let may_have = if rule.method.is_some() { has_http } else { has_web_socket };
        // An HTTP API with CORS answers them without a route.
        let is_preflight = rule.method == Some("OPTIONS");
        if !may_have
            || is_preflight
            || apis.iter().any(|api| serving(deployed, api, rule).is_some())
        {
            continue;
        }
        findings.add(
            Code::PL302,
            (table.file, rule.line),
            format!("{} has no route for `{}`", deployed.file, rule_name(rule)),
            "remove the rule, or add the route to the template",
        );
    }
}
