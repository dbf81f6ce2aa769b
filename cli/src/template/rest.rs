//! `AWS::ApiGateway::…`: REST APIs, resource by resource.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html>

use super::document::{Document, Resource};
use super::gateway_response::Parts;
use super::http::is_true;
use super::intrinsic::{Resolved, reference, resolve, written};
use super::{
    Api, ApiKind, Authorizer, AuthorizerKind, Concern, Deployment, Guard, IdentitySource,
    Integration, Route, RouteMethod, Template, Ttl, body, identity, resource_policy,
};
use crate::yaml::Node;

/// What a REST API caches for unless it is told otherwise.
/// <https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html>
pub(super) const DEFAULT_TTL: u32 = 300;
/// How many resources may be within each other.
const MOST_SEGMENTS: usize = 64;

pub(super) fn read(document: &Document<'_>, template: &mut Template) {
    for resource in document.of_kind("AWS::ApiGateway::RestApi") {
        api(document, resource, template);
    }
    for resource in document.of_kind("AWS::ApiGateway::Authorizer") {
        authorizer(document, resource, template);
    }
    for resource in document.of_kind("AWS::ApiGateway::Method") {
        method(document, resource, template);
    }
    for resource in document.of_kind("AWS::ApiGateway::GatewayResponse") {
        gateway_response(resource, template);
    }
    for resource in document.of_kind("AWS::ApiGateway::Deployment") {
        const AWAITED: [&str; 3] = [
            "AWS::ApiGateway::Method",
            "AWS::ApiGateway::Authorizer",
            "AWS::ApiGateway::GatewayResponse",
        ];
        deployment(document, resource, "RestApiId", &AWAITED, template);
    }
}

fn api(document: &Document<'_>, resource: &Resource<'_>, template: &mut Template) {
    template.reads(Some(resource.id));
    let found = resource_policy::of_document(resource.get("Policy"), template);
    let found = resource_policy::or_private(found, resource.get("EndpointConfiguration"));
    let mut api = Api {
        id: resource.id.to_owned(),
        line: resource.line,
        kind: ApiKind::Rest,
        resource_policy: found,
        policy: resource.get("Policy").cloned(),
        has_cors: false,
        preflight: None,
        has_all_routes: true,
        has_all_authorizers: true,
        asks_for_api_keys: false,
    };
    if let Some(location) = resource.get("BodyS3Location") {
        template
            .cannot_know(location.line, format!("the routes of `{}` are in another file", api.id));
        api.has_all_routes = false;
    }
    let body = resource.get("Body").cloned();
    template.apis.push(api);
    if let Some(body) = body {
        body::read(document, resource.id, &body, &Guard::Nothing, template);
    }
}

fn authorizer(document: &Document<'_>, resource: &Resource<'_>, template: &mut Template) {
    let Some(api) = api_of(resource, "RestApiId", template) else { return };
    let id = resource.id;
    let word = template.word(resource.get("Type"), &format!("`Type` of `{id}`"));
    let kind = match word.as_ref().ok().and_then(Option::as_deref) {
        Some("TOKEN") => AuthorizerKind::Token,
        Some("COGNITO_USER_POOLS") => AuthorizerKind::BuiltIn("a Cognito authorizer"),
        Some("JWT") => AuthorizerKind::BuiltIn("a JWT authorizer"),
        _ => AuthorizerKind::Request,
    };
    let sources = identity::sources(resource.get("IdentitySource"), id, template);
    let node = resource.get("AuthorizerResultTtlInSeconds");
    let authorizer = Authorizer {
        id: id.to_owned(),
        api,
        line: resource.line,
        kind,
        function: document.function(resource.get("AuthorizerUri")),
        sources: sources.filter(|_| word.is_ok()),
        ttl: ttl(node, DEFAULT_TTL, id, template),
        ttl_line: node.map_or(resource.line, |node| node.line),
        is_simple: Some(false),
        validation: validation(resource.get("IdentityValidationExpression"), id, template),
        payload: None,
    };
    template.authorizers.push(authorizer);
}

/// What a token must match.
pub(super) fn validation(node: Option<&Node>, id: &str, template: &mut Template) -> Option<String> {
    let what = format!("the validation expression of `{id}`");
    template.word_for(Concern::Answer, node, &what).ok().flatten()
}

/// The seconds that `node` says, or `default`.
pub(super) fn ttl(node: Option<&Node>, default: u32, id: &str, template: &mut Template) -> Ttl {
    let Some(node) = node else { return Ttl::Seconds(default) };
    let written = match resolve(node) {
        Resolved::Nothing => return Ttl::Seconds(default),
        Resolved::Text(text) => match text.parse() {
            Ok(seconds) => return Ttl::Seconds(seconds),
            Err(_) => text,
        },
        Resolved::Unknown(written) => written,
        Resolved::Structure => "…".to_owned(),
    };
    template.cannot_know_for(Concern::Ttl, node.line, format!("the TTL of `{id}` is `{written}`"));
    Ttl::Unknown
}

/// The API of the template that the property `name` of `resource` names.
pub(super) fn api_of(
    resource: &Resource<'_>,
    name: &str,
    template: &mut Template,
) -> Option<String> {
    template.reads(None);
    let id = resource.get(name).and_then(reference);
    match id.filter(|id| template.api(id).is_some()) {
        Some(id) => {
            template.reads(Some(&id));
            Some(id)
        }
        None => {
            let id = resource.id;
            template
                .cannot_know(resource.line, format!("the API of `{id}` is not in the template"));
            None
        }
    }
}

fn method(document: &Document<'_>, resource: &Resource<'_>, template: &mut Template) {
    let Some(api) = api_of(resource, "RestApiId", template) else { return };
    let method = match resource.get("HttpMethod").map(resolve) {
        Some(Resolved::Text(method)) => RouteMethod::parse(&method),
        _ => None,
    };
    let path = resource.get("ResourceId").and_then(|node| path(document, node));
    let (Some(method), Some(path)) = (method, path) else {
        let id = resource.id;
        template.cannot_know(resource.line, format!("method and path of `{id}` are not both said"));
        return lose_routes(&api, template);
    };
    if is_true(resource.get("ApiKeyRequired")) != Some(false)
        && let Some(own) = template.apis.iter_mut().find(|own| own.id == api)
    {
        own.asks_for_api_keys = true;
    }
    let integration = resource.get("Integration");
    let target = integration.and_then(|integration| integration.get("Uri"));
    let route = Route {
        api,
        line: resource.line,
        method,
        path,
        guard: guard(document, resource, template),
        target: document.function(target),
        integration: Integration::read(integration.and_then(|node| node.get("Type")), None),
    };
    template.add_route(route);
}

/// From now on, no rule counts as one without a route.
pub(super) fn lose_routes(api: &str, template: &mut Template) {
    if let Some(api) = template.apis.iter_mut().find(|own| own.id == api) {
        api.has_all_routes = false;
    }
}

/// The path of the resource that `node` names, from the root of its API down.
fn path(document: &Document<'_>, node: &Node) -> Option<String> {
    let mut segments = Vec::new();
    let mut id = reference(node)?;
    while segments.len() < MOST_SEGMENTS {
        let resource = document.resource(&id)?;
        if resource.kind == "AWS::ApiGateway::RestApi" {
            segments.reverse();
            return Some(format!("/{}", segments.join("/")));
        }
        if resource.kind != "AWS::ApiGateway::Resource" {
            return None;
        }
        let Resolved::Text(part) = resolve(resource.get("PathPart")?) else { return None };
        segments.push(part);
        id = reference(resource.get("ParentId")?)?;
    }
    None
}

/// What `AuthorizationType` and `AuthorizerId` say.
pub(super) fn guard(
    document: &Document<'_>,
    resource: &Resource<'_>,
    template: &mut Template,
) -> Guard {
    let kind = resource.get("AuthorizationType").map(resolve);
    match kind {
        None | Some(Resolved::Nothing) => return Guard::Nothing,
        Some(Resolved::Text(kind)) if kind == "NONE" => return Guard::Nothing,
        Some(Resolved::Text(kind)) if kind == "AWS_IAM" => {
            return Guard::BuiltIn("IAM authorization");
        }
        Some(Resolved::Text(_)) => {}
        Some(Resolved::Unknown(_) | Resolved::Structure) => {
            let id = resource.id;
            template.cannot_know(resource.line, format!("how `{id}` is authorized is computed"));
            return Guard::Unknown;
        }
    }
    let authorizer = resource.get("AuthorizerId");
    let id = authorizer.and_then(reference);
    if let Some(id) = id.filter(|id| document.resource(id).is_some()) {
        return Guard::Authorizer(id);
    }
    let (id, written) = (resource.id, authorizer.map_or_else(|| "…".to_owned(), written));
    template.cannot_know(resource.line, format!("the authorizer of `{id}` is `{written}`"));
    Guard::Unknown
}

fn gateway_response(resource: &Resource<'_>, template: &mut Template) {
    let Some(api) = api_of(resource, "RestApiId", template) else { return };
    let what = format!("`ResponseType` of `{}`", resource.id);
    let Ok(response_type) = template.word(resource.get("ResponseType"), &what) else { return };
    let parts = Parts {
        line: resource.line,
        status: resource.get("StatusCode"),
        parameters: resource.get("ResponseParameters"),
        prefix: "",
        templates: resource.get("ResponseTemplates"),
    };
    parts.read(&api, &response_type.unwrap_or_default(), template);
}

/// A deployment is a snapshot: what is made after it is not in it.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html>
pub(super) fn deployment(
    document: &Document<'_>,
    resource: &Resource<'_>,
    api_property: &str,
    awaited: &[&str],
    template: &mut Template,
) {
    let Some(api) = api_of(resource, api_property, template) else { return };
    let is_of_api = |other: &&Resource<'_>| {
        let id = other.get(api_property).and_then(reference);
        awaited.contains(&other.kind) && id.as_deref() == Some(api.as_str())
    };
    let ids: Vec<&str> =
        document.resources.iter().filter(is_of_api).map(|other| other.id).collect();
    let not_awaited = document.not_awaited(resource, &ids);
    let deployment =
        Deployment { id: resource.id.to_owned(), api, line: resource.line, not_awaited };
    template.deployments.push(deployment);
}

/// The one header that the event of a `TOKEN` authorizer has.
pub(super) fn token_header(name: &str) -> Vec<IdentitySource> {
    vec![IdentitySource::header(name)]
}
