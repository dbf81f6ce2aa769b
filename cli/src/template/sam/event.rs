//! Events of functions that are routes.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html>

use super::{Defaults, asks_for_api_key, named, of_sam};
use crate::template::document::Document;
use crate::template::intrinsic::reference;
use crate::template::rest::lose_routes;
use crate::template::unresolved::Unknown;
use crate::template::{Guard, Integration, Route, RouteMethod, Template};
use crate::yaml::Node;

pub(super) fn read(document: &Document<'_>, defaults: &Defaults, template: &mut Template) {
    for resource in document.of_kind("AWS::Serverless::Function") {
        let id = resource.id;
        template.reads(None);
        let properties = document.with_globals(resource, "Function");
        let events = template.part(properties.get("Events"), &format!("`Events` of `{id}`"));
        let Ok(events) = events else {
            defaults.keys().for_each(|api| lose_routes(api, template));
            continue;
        };
        for (name, event) in events.map_or(&[][..], Node::members) {
            if self::event(id, name, event, defaults, template).is_err() {
                defaults.keys().for_each(|api| lose_routes(api, template));
            }
        }
    }
}

/// Whether some event of the type `kind` names no API.
pub(super) fn has_implicit(document: &Document<'_>, kind: &str) -> bool {
    let functions = document.of_kind("AWS::Serverless::Function");
    let events = functions.filter_map(|function| function.get("Events")).flat_map(Node::members);
    events.into_iter().any(|(_, event)| {
        event.text_of("Type") == Some(kind) && api_property(event, kind).is_none()
    })
}

fn api_property<'e>(event: &'e Node, kind: &str) -> Option<&'e Node> {
    event.get("Properties")?.get(if kind == "Api" { "RestApiId" } else { "ApiId" })
}

/// An event of the function `function`, if it is a route.
fn event(
    function: &str,
    name: &str,
    event: &Node,
    defaults: &Defaults,
    template: &mut Template,
) -> Result<(), Unknown> {
    template.reads(None);
    let what = |part: &str| format!("{part} of the event `{name}` of `{function}`");
    let node = template.part(Some(event), &what("the whole"))?.unwrap_or(event);
    let (kind, implicit) = match node.text_of("Type") {
        Some("Api") => ("Api", "ServerlessRestApi"),
        Some("HttpApi") => ("HttpApi", "ServerlessHttpApi"),
        _ => return Ok(()),
    };
    let api = match api_property(event, kind) {
        None => Some(implicit.to_owned()),
        Some(node) => reference(node).filter(|id| defaults.contains_key(id)),
    };
    let Some(api) = api else {
        template.cannot_know(event.line, format!("{} is not in the template", what("the API")));
        return Ok(());
    };
    template.reads(Some(&api));
    let Some(properties) = template.part(event.get("Properties"), &what("`Properties`"))? else {
        return add(event, api, "ANY", "$default", function, defaults, template);
    };
    let method = template.word(properties.get("Method"), &what("`Method`"))?;
    let path = template.word(properties.get("Path"), &what("`Path`"))?;
    // An event of an HTTP API that names neither takes whatever is left.
    let method = method.unwrap_or_else(|| "ANY".to_owned());
    let path = path.unwrap_or_else(|| "$default".to_owned());
    add(event, api, &method, &path, function, defaults, template)
}

fn add(
    event: &Node,
    api: String,
    method: &str,
    path: &str,
    function: &str,
    defaults: &Defaults,
    template: &mut Template,
) -> Result<(), Unknown> {
    let Some(method) = RouteMethod::parse(method) else {
        template.cannot_know(event.line, format!("no table can list `{method} {path}`"));
        return Ok(());
    };
    let auth = event.get("Properties").and_then(|properties| properties.get("Auth"));
    let what = format!("`Auth` of `{path}`");
    let guard = match template.part(auth, &what) {
        Ok(auth) => guard(auth, &api, path, defaults, template),
        Err(Unknown) => Guard::Unknown,
    };
    // SAM writes proxy integrations alone.
    let format = event.get("Properties").and_then(|own| own.get("PayloadFormatVersion"));
    let integration = Integration::of_function(format);
    let (line, path, target) = (event.line, path.to_owned(), Some(function.to_owned()));
    template.add_route(Route { api, line, method, path, guard, target, integration });
    Ok(())
}

fn guard(
    auth: Option<&Node>,
    api: &str,
    path: &str,
    defaults: &Defaults,
    template: &mut Template,
) -> Guard {
    // A policy for one method is a part of the policy of the API.
    let policy = of_sam(auth.and_then(|auth| auth.get("ResourcePolicy")), template);
    if let Some(api) = template.apis.iter_mut().find(|own| own.id == api) {
        api.resource_policy = api.resource_policy.and(policy);
        api.asks_for_api_keys |= asks_for_api_key(auth);
    }
    let node = auth.and_then(|auth| auth.get("Authorizer"));
    match template.word(node, &format!("the authorizer of `{path}`")) {
        Ok(None) => defaults.get(api).cloned().unwrap_or(Guard::Nothing),
        Ok(Some(name)) => named(&name),
        Err(Unknown) => Guard::Unknown,
    }
}
