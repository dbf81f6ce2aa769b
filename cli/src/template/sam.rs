//! `AWS::Serverless::…`: what SAM makes of a few lines.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html>

mod authorizer;
mod event;

use std::collections::BTreeMap;

use super::document::Document;
use super::gateway_response::Parts;
use super::http::is_true;
use super::intrinsic::{Resolved, intrinsic, resolve};
use super::unresolved::Unknown;
use super::{Api, ApiKind, Guard, ResourcePolicy, Template, body, resource_policy};
use crate::yaml::{Node, Value};

/// What SAM calls the APIs that events have in common that name none.
const IMPLICIT: [(&str, &str, ApiKind); 2] =
    [("ServerlessRestApi", "Api", ApiKind::Rest), ("ServerlessHttpApi", "HttpApi", ApiKind::Http)];

/// The guard of the events that say nothing, by API.
type Defaults = BTreeMap<String, Guard>;

/// An API with its properties, those of `Globals` among them.
struct Declared<'d> {
    id: &'d str,
    line: usize,
    kind: ApiKind,
    properties: &'d Node,
}

pub(super) fn read(document: &Document<'_>, template: &mut Template) {
    let mut defaults = Defaults::new();
    for (name, section, kind) in [
        ("AWS::Serverless::Api", "Api", ApiKind::Rest),
        ("AWS::Serverless::HttpApi", "HttpApi", ApiKind::Http),
    ] {
        for resource in document.of_kind(name) {
            let properties = &document.with_globals(resource, section);
            let (id, line) = (resource.id, resource.line);
            let default = api(document, &Declared { id, line, kind, properties }, template);
            defaults.insert(id.to_owned(), default);
        }
    }
    for (id, section, kind) in IMPLICIT {
        if !event::has_implicit(document, section) {
            continue;
        }
        let empty = Node { line: document.line, tag: None, value: Value::Map(Vec::new()) };
        let properties = document.globals(section).unwrap_or(&empty);
        let line = properties.line;
        let default = api(document, &Declared { id, line, kind, properties }, template);
        defaults.insert(id.to_owned(), default);
    }
    event::read(document, &defaults, template);
    template.reads(None);
}

/// Adds the API, and returns what stands before the routes that say nothing.
fn api(document: &Document<'_>, declared: &Declared<'_>, template: &mut Template) -> Guard {
    let Declared { id, line, kind, properties } = *declared;
    template.reads(Some(id));
    let auth = template.part(properties.get("Auth"), &format!("`Auth` of `{id}`"));
    let default = match auth {
        Ok(auth) => default_guard(auth, id, template),
        Err(Unknown) => Guard::Unknown,
    };
    let has_all_authorizers = match auth {
        Ok(auth) => authorizer::read(document, declared, auth, template).is_ok(),
        Err(Unknown) => false,
    };
    let resource_policy = match auth {
        Ok(auth) => resource_policy_of(auth, properties, kind, template),
        Err(Unknown) => ResourcePolicy::Unknown,
    };
    let cors = cors(declared);
    let preflight = match (cors, auth) {
        (Some(cors), Ok(auth)) if kind == ApiKind::Rest && reaches_preflights(auth) => {
            Some((cors.line, default.clone()))
        }
        _ => None,
    };
    let uri = properties.get("DefinitionUri");
    if let Some(uri) = uri {
        template.cannot_know(uri.line, format!("the routes of `{id}` are in another file"));
    }
    template.apis.push(Api {
        id: id.to_owned(),
        line,
        kind,
        resource_policy,
        policy: None,
        has_cors: cors.is_some(),
        preflight,
        has_all_routes: uri.is_none(),
        has_all_authorizers,
        asks_for_api_keys: auth.is_ok_and(asks_for_api_key),
    });
    gateway_responses(declared, template);
    if let Some(definition) = properties.get("DefinitionBody") {
        body::read(document, id, definition, &default, template);
    }
    default
}

fn default_guard(auth: Option<&Node>, id: &str, template: &mut Template) -> Guard {
    let node = auth.and_then(|auth| auth.get("DefaultAuthorizer"));
    match template.word(node, &format!("`DefaultAuthorizer` of `{id}`")) {
        Ok(name) => name.map_or(Guard::Nothing, |name| named(&name)),
        Err(Unknown) => Guard::Unknown,
    }
}

/// The guard of this name: an authorizer of the API, or one of SAM's words.
fn named(name: &str) -> Guard {
    match name {
        "NONE" => Guard::Nothing,
        "AWS_IAM" => Guard::BuiltIn("IAM authorization"),
        name => Guard::Authorizer(name.to_owned()),
    }
}

/// What sets up CORS; not what does so on a condition.
fn cors<'d>(declared: &Declared<'d>) -> Option<&'d Node> {
    let name = if declared.kind == ApiKind::Rest { "Cors" } else { "CorsConfiguration" };
    let cors = declared.properties.get(name)?;
    let is_on = match (intrinsic(cors), resolve(cors)) {
        (_, Resolved::Nothing) | (Some(("If", _)), _) => false,
        (_, Resolved::Text(text)) => text != "false",
        _ => true,
    };
    is_on.then_some(cors)
}

/// Whether `Auth` asks for an API key of a usage plan.
fn asks_for_api_key(auth: Option<&Node>) -> bool {
    is_true(auth.and_then(|auth| auth.get("ApiKeyRequired"))) != Some(false)
}

/// SAM puts the default authorizer before preflights, too, unless it is told not to.
fn reaches_preflights(auth: Option<&Node>) -> bool {
    let switch = auth.and_then(|auth| auth.get("AddDefaultAuthorizerToCorsPreflight"));
    switch.is_none_or(|switch| matches!(resolve(switch), Resolved::Text(text) if text != "false"))
}

fn gateway_responses(declared: &Declared<'_>, template: &mut Template) {
    let id = declared.id;
    let node = declared.properties.get("GatewayResponses");
    let what = format!("`GatewayResponses` of `{id}`");
    let Ok(Some(responses)) = template.part(node, &what) else { return };
    for (response_type, node) in responses.members() {
        let parts = Parts {
            line: node.line,
            status: node.get("StatusCode"),
            parameters: node.get("ResponseParameters").and_then(|node| node.get("Headers")),
            prefix: "gatewayresponse.header.",
            templates: node.get("ResponseTemplates"),
        };
        parts.read(id, response_type, template);
    }
}

fn resource_policy_of(
    auth: Option<&Node>,
    properties: &Node,
    kind: ApiKind,
    template: &mut Template,
) -> ResourcePolicy {
    if kind != ApiKind::Rest {
        return ResourcePolicy::AllowsNothing;
    }
    let found = of_sam(auth.and_then(|auth| auth.get("ResourcePolicy")), template);
    resource_policy::or_private(found, properties.get("EndpointConfiguration"))
}

/// `ResourcePolicy` of SAM: statements, or lists of who is let in or kept out.
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html>
fn of_sam(policy: Option<&Node>, template: &mut Template) -> ResourcePolicy {
    let policy = match template.part(policy, "a resource policy") {
        Ok(Some(policy)) => policy,
        Ok(None) => return ResourcePolicy::AllowsNothing,
        Err(Unknown) => return ResourcePolicy::Unknown,
    };
    // All lists but this one come with an Allow: who is not kept out is let in.
    let allows = |name: &str| !matches!(name, "CustomStatements" | "AwsAccountBlacklist");
    if let Some((_, list)) = policy.members().iter().find(|(name, _)| allows(name)) {
        return ResourcePolicy::Allows(list.line);
    }
    match policy.get("CustomStatements") {
        Some(statements) => resource_policy::of_statements(statements, template),
        None => ResourcePolicy::Denies(policy.line),
    }
}
