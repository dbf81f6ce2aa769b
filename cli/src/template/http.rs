//! `AWS::ApiGatewayV2::…`: HTTP and WebSocket APIs.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGatewayV2.html>

use super::document::{Document, Resource};
use super::intrinsic::{Resolved, intrinsic, reference, resolve, written};
use super::rest::{api_of, deployment, guard, lose_routes, ttl};
use super::{
    Api, ApiKind, Authorizer, AuthorizerKind, Concern, Guard, IdentitySource, Integration,
    ResourcePolicy, Route, RouteMethod, Template, Ttl, body, identity,
};
use crate::yaml::Node;

pub(super) fn read(document: &Document<'_>, template: &mut Template) {
    for resource in document.of_kind("AWS::ApiGatewayV2::Api") {
        api(document, resource, template);
    }
    for resource in document.of_kind("AWS::ApiGatewayV2::Authorizer") {
        authorizer(document, resource, template);
    }
    for resource in document.of_kind("AWS::ApiGatewayV2::Route") {
        route(document, resource, template);
    }
    for resource in document.of_kind("AWS::ApiGatewayV2::Deployment") {
        const AWAITED: [&str; 2] = ["AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Authorizer"];
        deployment(document, resource, "ApiId", &AWAITED, template);
    }
}

fn api(document: &Document<'_>, resource: &Resource<'_>, template: &mut Template) {
    let id = resource.id;
    template.reads(Some(id));
    let protocol =
        template.word(resource.get("ProtocolType"), &format!("`ProtocolType` of `{id}`"));
    let is_web_socket = matches!(protocol, Ok(Some(protocol)) if protocol == "WEBSOCKET");
    let mut api = Api {
        id: id.to_owned(),
        line: resource.line,
        kind: if is_web_socket { ApiKind::WebSocket } else { ApiKind::Http },
        resource_policy: ResourcePolicy::AllowsNothing,
        policy: None,
        has_cors: resource.get("CorsConfiguration").is_some_and(|cors| intrinsic(cors).is_none()),
        preflight: None,
        has_all_routes: true,
        has_all_authorizers: true,
        asks_for_api_keys: false,
    };
    if let Some(location) = resource.get("BodyS3Location") {
        template.cannot_know(location.line, format!("the routes of `{id}` are in another file"));
        api.has_all_routes = false;
    }
    template.apis.push(api);
    if let Some(body) = resource.get("Body") {
        body::read(document, id, body, &Guard::Nothing, template);
    }
    // `Target` alone makes an API with one route.
    if let Some(target) = resource.get("Target") {
        let key = template.word(resource.get("RouteKey"), &format!("`RouteKey` of `{id}`"));
        let Ok(key) = key else { return lose_routes(id, template) };
        let key = key.unwrap_or_else(|| "$default".to_owned());
        let target = document.function(Some(target));
        let behind = (target, Integration::Unknown);
        add_route(id, resource.line, &key, Guard::Nothing, behind, template);
    }
}

fn authorizer(document: &Document<'_>, resource: &Resource<'_>, template: &mut Template) {
    let Some(api) = api_of(resource, "ApiId", template) else { return };
    let id = resource.id;
    let word =
        template.word(resource.get("AuthorizerType"), &format!("`AuthorizerType` of `{id}`"));
    let kind = match word.as_ref().ok().and_then(Option::as_deref) {
        Some("JWT") => AuthorizerKind::BuiltIn("a JWT authorizer"),
        _ => AuthorizerKind::Request,
    };
    let sources = identity::sources(resource.get("IdentitySource"), id, template);
    let sources = sources.filter(|_| word.is_ok());
    let node = resource.get("AuthorizerResultTtlInSeconds");
    let is_web_socket = template.api(&api).is_some_and(|api| api.kind == ApiKind::WebSocket);
    let ttl = match kind {
        AuthorizerKind::BuiltIn(_) => Ttl::Seconds(0),
        _ if is_web_socket => Ttl::Seconds(0),
        _ => http_ttl(node, resource.line, sources.as_deref(), id, template),
    };
    let authorizer = Authorizer {
        id: id.to_owned(),
        api,
        line: resource.line,
        kind,
        function: document.function(resource.get("AuthorizerUri")),
        sources,
        ttl,
        ttl_line: node.map_or(resource.line, |node| node.line),
        is_simple: is_true(resource.get("EnableSimpleResponses")),
        validation: None,
        payload: payload(resource.get("AuthorizerPayloadFormatVersion"), id, template),
    };
    template.authorizers.push(authorizer);
}

/// Without identity sources an HTTP API caches nothing. With some, AWS documents no default.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>
pub(super) fn http_ttl(
    node: Option<&Node>,
    line: usize,
    sources: Option<&[IdentitySource]>,
    id: &str,
    template: &mut Template,
) -> Ttl {
    if sources.is_some_and(<[_]>::is_empty) {
        return Ttl::Seconds(0);
    }
    if node.is_some_and(|node| resolve(node) != Resolved::Nothing) {
        return ttl(node, 0, id, template);
    }
    template.cannot_know_for(
        Concern::Ttl,
        line,
        format!(
            "`{id}` has identity sources and no TTL, and AWS documents no default for HTTP APIs"
        ),
    );
    Ttl::Unknown
}

/// The format of an authorizer's event, which an HTTP API requires.
pub(super) fn payload(node: Option<&Node>, id: &str, template: &mut Template) -> Option<String> {
    let what = format!("the payload format of `{id}`");
    template.word_for(Concern::Answer, node, &what).ok().flatten()
}

/// Whether a switch that is off by default is on.
pub(super) fn is_true(node: Option<&Node>) -> Option<bool> {
    match node.map(resolve) {
        None | Some(Resolved::Nothing) => Some(false),
        Some(Resolved::Text(text)) => Some(text.eq_ignore_ascii_case("true")),
        Some(Resolved::Unknown(_) | Resolved::Structure) => None,
    }
}

fn route(document: &Document<'_>, resource: &Resource<'_>, template: &mut Template) {
    let Some(api) = api_of(resource, "ApiId", template) else { return };
    let key = match resource.get("RouteKey").map(resolve) {
        Some(Resolved::Text(key)) => key,
        _ => {
            let what = resource.get("RouteKey").map_or_else(|| "…".to_owned(), written);
            let id = resource.id;
            template.cannot_know(resource.line, format!("the key of route `{id}` is `{what}`"));
            return lose_routes(&api, template);
        }
    };
    let guard = guard(document, resource, template);
    let behind = behind(document, resource).unwrap_or((None, Integration::Unknown));
    add_route(&api, resource.line, &key, guard, behind, template);
}

/// The integration that the route's `Target` names, and its function.
fn behind(
    document: &Document<'_>,
    resource: &Resource<'_>,
) -> Option<(Option<String>, Integration)> {
    let integration = document.resource(&reference(resource.get("Target")?)?)?;
    let [kind, format, subtype] = ["IntegrationType", "PayloadFormatVersion", "IntegrationSubtype"]
        .map(|name| integration.get(name));
    let is_service = subtype.is_some();
    let read = if is_service { Integration::Mapped } else { Integration::read(kind, format) };
    Some((document.function(integration.get("IntegrationUri")), read))
}

/// Adds the route of the key `GET /items`, `$default` or, of WebSocket APIs, any text.
pub(super) fn add_route(
    api: &str,
    line: usize,
    key: &str,
    guard: Guard,
    (target, integration): (Option<String>, Integration),
    template: &mut Template,
) {
    let is_web_socket = template.api(api).is_some_and(|api| api.kind == ApiKind::WebSocket);
    let (method, path) = match key.split_once(' ') {
        _ if is_web_socket => (Some(RouteMethod::WebSocket), key),
        Some((method, path)) => (RouteMethod::parse(method), path.trim()),
        None => (Some(RouteMethod::Any), key),
    };
    let Some(method) = method else {
        return template.cannot_know(line, format!("no table can list the route `{key}`"));
    };
    let (api, path) = (api.to_owned(), path.to_owned());
    template.add_route(Route { api, line, method, path, guard, target, integration });
}
