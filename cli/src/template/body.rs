//! APIs that are an OpenAPI document within the template.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>

use super::document::Document;
use super::gateway_response::Parts;
use super::http::{http_ttl, is_true, payload};
use super::intrinsic::{Resolved, intrinsic, resolve, written};
use super::rest::{DEFAULT_TTL, lose_routes, token_header, ttl, validation};
use super::unresolved::Unknown;
use super::{
    ApiKind, Authorizer, AuthorizerKind, Guard, IdentitySource, Integration, Route, RouteMethod,
    Template, Ttl, identity, resource_policy,
};
use crate::yaml::Node;

/// Reads `body` into the API `api`. `default` guards what says nothing: SAM writes it into such operations.
pub(super) fn read(
    document: &Document<'_>,
    api: &str,
    body: &Node,
    default: &Guard,
    template: &mut Template,
) {
    if intrinsic(body).is_some() {
        let what = written(body);
        template.cannot_know(body.line, format!("the routes of `{api}` are in `{what}`"));
        return lose_routes(api, template);
    }
    let is_unknown = |name: &&str| body.get(name).is_some_and(|part| intrinsic(part).is_some());
    for name in ["paths", "components", "securityDefinitions"].into_iter().filter(is_unknown) {
        let _ = template.part(body.get(name), &format!("`{name}` of `{api}`"));
        lose_routes(api, template);
        lose_authorizers(api, template);
    }
    for (name, scheme) in schemes(body) {
        if template.part(Some(scheme), &format!("the scheme `{name}`")).is_err() {
            lose_authorizers(api, template);
        }
        authorizer(document, api, name, scheme, template);
    }
    for (path, item) in body.get("paths").map_or(&[][..], Node::members) {
        if path.starts_with("x-") {
            continue;
        }
        let Ok(Some(item)) = template.part(Some(item), &format!("`{path}` of `{api}`")) else {
            lose_routes(api, template);
            continue;
        };
        for (method, operation) in item.members() {
            let Some(method) = method_of(method) else { continue };
            if template.part(Some(operation), &format!("an operation of `{path}`")).is_err() {
                lose_routes(api, template);
                continue;
            }
            let integration = operation.get("x-amazon-apigateway-integration");
            let of_integration = |name: &str| integration.and_then(|node| node.get(name));
            let uri = of_integration("uri");
            let [kind, format] = ["type", "payloadFormatVersion"].map(of_integration);
            let (method, path) = match path.strip_prefix('/') {
                Some(_) => (method, path.clone()),
                // HTTP APIs export their route `$default` as the path `/$default`.
                None => (RouteMethod::Any, path.clone()),
            };
            let path = if path == "/$default" { "$default".to_owned() } else { path };
            let guard = guard(api, body, operation, default, template);
            let target = document.function(uri);
            let (api, line) = (api.to_owned(), operation.line);
            let integration = match of_integration("integrationSubtype") {
                Some(_) => Integration::Mapped,
                None => Integration::read(kind, format),
            };
            template.add_route(Route { api, line, method, path, guard, target, integration });
        }
    }
    whole_api(api, body, template);
}

/// From now on, a guard that is not in the template is unknown.
fn lose_authorizers(api: &str, template: &mut Template) {
    if let Some(api) = template.apis.iter_mut().find(|own| own.id == api) {
        api.has_all_authorizers = false;
    }
}

fn method_of(name: &str) -> Option<RouteMethod> {
    match name {
        "x-amazon-apigateway-any-method" => Some(RouteMethod::Any),
        "parameters" | "servers" | "summary" | "description" | "$ref" => None,
        name => RouteMethod::parse(name).filter(|method| *method != RouteMethod::Any),
    }
}

/// What the document says of the API as a whole.
fn whole_api(id: &str, body: &Node, template: &mut Template) {
    let responses = body.get("x-amazon-apigateway-gateway-responses");
    let what = format!("the gateway responses of `{id}`");
    let responses = template.part(responses, &what).unwrap_or(None);
    for (response_type, node) in responses.map_or(&[][..], Node::members) {
        let parts = Parts {
            line: node.line,
            status: node.get("statusCode"),
            parameters: node.get("responseParameters"),
            prefix: "",
            templates: node.get("responseTemplates"),
        };
        parts.read(id, response_type, template);
    }
    let has_cors = body.get("x-amazon-apigateway-cors").is_some();
    let policy = body.get("x-amazon-apigateway-policy");
    let document = policy.cloned();
    let policy = policy.map(|policy| resource_policy::of_document(Some(policy), template));
    let Some(api) = template.apis.iter_mut().find(|api| api.id == id) else { return };
    api.has_cors |= has_cors;
    if let Some(policy) = policy {
        // Two documents are none that is known.
        api.policy = if api.policy.is_none() { document } else { None };
        api.resource_policy = api.resource_policy.and(policy);
    }
}

/// The security schemes, in the places of OpenAPI 3 and 2.
fn schemes(body: &Node) -> &[(String, Node)] {
    let of_3 = body.get("components").and_then(|components| components.get("securitySchemes"));
    of_3.or_else(|| body.get("securityDefinitions")).map_or(&[][..], Node::members)
}

const EXTENSION: &str = "x-amazon-apigateway-authorizer";

fn authorizer(
    document: &Document<'_>,
    api: &str,
    name: &str,
    scheme: &Node,
    template: &mut Template,
) {
    let Some(extension) = scheme.get(EXTENSION) else { return };
    let word = template.word(extension.get("type"), &format!("the type of `{name}`"));
    let kind = match word.as_ref().ok().and_then(Option::as_deref) {
        Some("token") => AuthorizerKind::Token,
        Some("cognito_user_pools") => AuthorizerKind::BuiltIn("a Cognito authorizer"),
        Some("jwt") => AuthorizerKind::BuiltIn("a JWT authorizer"),
        _ => AuthorizerKind::Request,
    };
    let sources = match (kind, scheme.text_of("name")) {
        (AuthorizerKind::Token, Some(header)) => Some(token_header(header)),
        _ => identity::sources(extension.get("identitySource"), name, template),
    };
    let sources = sources.filter(|_| word.is_ok());
    let node = extension.get("authorizerResultTtlInSeconds");
    let is_http = template.api(api).is_some_and(|api| api.kind == ApiKind::Http);
    let ttl = match kind {
        AuthorizerKind::BuiltIn(_) => Ttl::Seconds(0),
        _ if is_http => {
            let sources: Option<&[IdentitySource]> = sources.as_deref();
            http_ttl(node, extension.line, sources, name, template)
        }
        _ => ttl(node, DEFAULT_TTL, name, template),
    };
    let authorizer = Authorizer {
        id: name.to_owned(),
        api: api.to_owned(),
        line: extension.line,
        kind,
        function: document.function(extension.get("authorizerUri")),
        sources,
        ttl,
        ttl_line: node.map_or(extension.line, |node| node.line),
        is_simple: is_true(extension.get("enableSimpleResponses")),
        validation: validation(extension.get("identityValidationExpression"), name, template),
        payload: payload(extension.get("authorizerPayloadFormatVersion"), name, template),
    };
    template.authorizers.push(authorizer);
}

fn guard(
    api: &str,
    body: &Node,
    operation: &Node,
    default: &Guard,
    template: &mut Template,
) -> Guard {
    let security = match template.part(operation.get("security"), "`security` of an operation") {
        Ok(security) => security,
        Err(Unknown) => return Guard::Unknown,
    };
    let Some(security) = security else {
        let Some(root) = body.get("security").filter(|_| *default == Guard::Nothing) else {
            return default.clone();
        };
        template.cannot_know(
            root.line,
            format!(
                "`{api}` has a `security` for all its operations, and AWS does not say whether API \
                 Gateway reads it"
            ),
        );
        return Guard::Unknown;
    };
    let names = security.items().iter().flat_map(Node::members).map(|(name, _)| name);
    for name in names {
        if template.authorizer(api, name).is_some() {
            return Guard::Authorizer(name.clone());
        }
        let scheme = schemes(body).iter().find(|(own, _)| own == name).map(|(_, scheme)| scheme);
        let kind = scheme.and_then(|scheme| scheme.get("x-amazon-apigateway-authtype"));
        match kind.map(resolve) {
            Some(Resolved::Text(kind)) if kind == "awsSigv4" => {
                return Guard::BuiltIn("IAM authorization");
            }
            _ => {}
        }
        // SAM adds its own schemes, which the document does not have.
        if scheme.is_none() {
            return Guard::Authorizer(name.clone());
        }
    }
    Guard::Nothing
}
