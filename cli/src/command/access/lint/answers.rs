//! What else of an authorizer must fit its function: the form of the answers, and what a `TOKEN` event has.

use super::Table;
use super::finding::{Code, Findings};
use crate::deployed::paths::{shape, takes};
use crate::deployed::settings::identity_source;
use crate::deployed::{Deployed, Role};
use crate::template::{ApiKind, Authorizer, AuthorizerKind, IdentitySource};

pub(super) fn lint(deployed: &Deployed<'_>, table: Option<&Table<'_>>, findings: &mut Findings) {
    no_authorizer(deployed, findings);
    for authorizer in deployed.of_role(Role::Gate) {
        simple_answers(deployed, authorizer, findings);
    }
    for authorizer in deployed.of_role(Role::Ours) {
        unknown_settings(deployed, authorizer, findings);
        simple_answers(deployed, authorizer, findings);
        if authorizer.kind == AuthorizerKind::Token {
            credentials_that_do_not_arrive(deployed, authorizer, findings);
            if let Some(table) = table {
                tenants_that_do_not_arrive(deployed, authorizer, table, findings);
            }
        }
    }
}

/// A template without an authorizer of ours is probably the wrong one.
fn no_authorizer(deployed: &Deployed<'_>, findings: &mut Findings) {
    if deployed.of_role(Role::Ours).next().is_some() {
        return;
    }
    findings.add(
        Code::PL902,
        (deployed.file, deployed.template.line),
        "no authorizer of the template is a function that answers by the table",
        "name it with `--authorizer`, or lint the template that has it",
    );
}

fn unknown_settings(deployed: &Deployed<'_>, authorizer: &Authorizer, findings: &mut Findings) {
    if deployed.settings(authorizer).is_some() {
        return;
    }
    let id = &authorizer.id;
    findings.add(
        Code::PL903,
        (deployed.file, authorizer.line),
        format!("the settings of the function of `{id}` are not in the template"),
        "check by hand that the places of credentials are identity sources, or that the TTL is 0",
    );
}

/// REST and WebSocket APIs, and HTTP APIs that are not told otherwise, take a policy.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
fn simple_answers(deployed: &Deployed<'_>, authorizer: &Authorizer, findings: &mut Findings) {
    if deployed.answers_simply(authorizer) != Some(true) {
        return;
    }
    let is_http =
        deployed.template.api(&authorizer.api).is_some_and(|api| api.kind == ApiKind::Http);
    let id = &authorizer.id;
    let (sentence, remedy) = match (is_http, authorizer.is_simple) {
        (false, _) => (
            format!("`RESPONSE` is `simple`, and the API of `{id}` takes policies alone"),
            "remove `RESPONSE` from the function's settings",
        ),
        (true, Some(false)) => (
            format!("`RESPONSE` is `simple`, and `{id}` does not have `EnableSimpleResponses`"),
            "set `EnableSimpleResponses` to true, or remove `RESPONSE` from the function's \
             settings",
        ),
        (true, _) => return,
    };
    findings.add(Code::PL409, (deployed.file, authorizer.line), sentence, remedy);
}

/// The event of a `TOKEN` authorizer has one header's value and nothing else of the request.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html>
fn credentials_that_do_not_arrive(
    deployed: &Deployed<'_>,
    authorizer: &Authorizer,
    findings: &mut Findings,
) {
    let Some(settings) = deployed.settings(authorizer) else { return };
    let Some([IdentitySource::Header(only)]) = authorizer.sources.as_deref() else { return };
    let places = settings.token_places(false);
    let mut lost: Vec<String> = Vec::new();
    // With one place in the list, the value is the token whatever the list says.
    for place in places.iter().filter(|_| places.len() > 1) {
        if let IdentitySource::Header(name) = identity_source(place)
            && name != *only
        {
            lost.push(name);
        }
    }
    if settings.takes_api_keys() && only != "x-api-key" {
        lost.push("x-api-key".to_owned());
    }
    if lost.is_empty() {
        return;
    }
    let (id, lost) = (&authorizer.id, lost.join("` and `"));
    findings.add(
        Code::PL411,
        (deployed.file, authorizer.line),
        format!(
            "`{id}` is a TOKEN authorizer and passes on `{only}` alone: a credential in \
             `{lost}` does not reach its function"
        ),
        "make it a REQUEST authorizer, or take such credentials with another authorizer",
    );
}

/// A tenant in a header, the query or the host is not in the event of a `TOKEN` authorizer.
fn tenants_that_do_not_arrive(
    deployed: &Deployed<'_>,
    authorizer: &Authorizer,
    table: &Table<'_>,
    findings: &mut Findings,
) {
    let behind = |path: &str| {
        let mut routes = deployed.behind(authorizer);
        routes.any(|route| shape(&route.path) == shape(path) || takes(&route.path, path))
    };
    let mut rules = table.linted.rules.iter().filter(|rule| rule.has_tenant_outside_path);
    let Some(rule) = rules.find(|rule| behind(&rule.path)) else { return };
    let (id, path) = (&authorizer.id, &rule.path);
    findings.add(
        Code::PL410,
        (deployed.file, authorizer.line),
        format!(
            "`{id}` is a TOKEN authorizer and does not pass on where the tenant of `{path}` \
             is: every request is refused"
        ),
        "make it a REQUEST authorizer with TTL 0, or put the tenant into the path",
    );
}
