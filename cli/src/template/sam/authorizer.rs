//! `Auth.Authorizers` of an API.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-lambdarequestauthorizer.html>

use super::Declared;
use crate::template::document::Document;
use crate::template::http::{http_ttl, is_true, payload};
use crate::template::rest::{DEFAULT_TTL, token_header, ttl, validation};
use crate::template::unresolved::Unknown;
use crate::template::{ApiKind, Authorizer, AuthorizerKind, IdentitySource, Template, Ttl};
use crate::yaml::Node;

/// Adds them.
///
/// # Errors
/// Some cannot be known.
pub(super) fn read(
    document: &Document<'_>,
    declared: &Declared<'_>,
    auth: Option<&Node>,
    template: &mut Template,
) -> Result<(), Unknown> {
    let id = declared.id;
    let node = auth.and_then(|auth| auth.get("Authorizers"));
    let authorizers = template.part(node, &format!("`Authorizers` of `{id}`"))?;
    let mut read = Ok(());
    for (name, node) in authorizers.map_or(&[][..], Node::members) {
        match template.part(Some(node), &format!("the authorizer `{name}`")) {
            Ok(_) => {
                let authorizer = authorizer(document, declared, name, node, template);
                template.authorizers.push(authorizer);
            }
            Err(Unknown) => read = Err(Unknown),
        }
    }
    read
}

fn authorizer(
    document: &Document<'_>,
    declared: &Declared<'_>,
    name: &str,
    node: &Node,
    template: &mut Template,
) -> Authorizer {
    let api = declared.kind;
    let kind = kind(api, name, node, template);
    let identity = template.part(node.get("Identity"), &format!("`Identity` of `{name}`"));
    let every = identity.ok().flatten().and_then(|identity| identity.get("ReauthorizeEvery"));
    let sources = match (identity, kind) {
        (Err(Unknown), _) | (_, Err(Unknown)) => None,
        (Ok(identity), Ok(kind)) => sources(identity, kind, name, template).ok(),
    };
    let ttl = match (kind, identity) {
        (Ok(AuthorizerKind::BuiltIn(_)), _) => Ttl::Seconds(0),
        (_, Err(Unknown)) => Ttl::Unknown,
        _ if api == ApiKind::Rest => ttl(every, DEFAULT_TTL, name, template),
        _ => http_ttl(every, node.line, sources.as_deref(), name, template),
    };
    let of_identity = |part: &str| identity.ok().flatten().and_then(|node| node.get(part));
    Authorizer {
        id: name.to_owned(),
        api: declared.id.to_owned(),
        line: node.line,
        kind: kind.unwrap_or(AuthorizerKind::Request),
        function: document.function(node.get("FunctionArn")),
        sources,
        ttl,
        ttl_line: every.map_or(node.line, |every| every.line),
        is_simple: is_true(node.get("EnableSimpleResponses")),
        validation: validation(of_identity("ValidationExpression"), name, template),
        payload: payload(node.get("AuthorizerPayloadFormatVersion"), name, template),
    }
}

fn kind(
    api: ApiKind,
    name: &str,
    node: &Node,
    template: &mut Template,
) -> Result<AuthorizerKind, Unknown> {
    if node.get("UserPoolArn").is_some() {
        return Ok(AuthorizerKind::BuiltIn("a Cognito authorizer"));
    }
    if node.get("FunctionArn").is_none() {
        return Ok(AuthorizerKind::BuiltIn("a JWT authorizer"));
    }
    if api != ApiKind::Rest {
        return Ok(AuthorizerKind::Request);
    }
    let what = format!("`FunctionPayloadType` of `{name}`");
    let payload = template.word(node.get("FunctionPayloadType"), &what)?;
    Ok(match payload.as_deref() {
        Some("REQUEST") => AuthorizerKind::Request,
        _ => AuthorizerKind::Token,
    })
}

/// `Identity` of SAM: one header, or a list for each kind of source.
fn sources(
    identity: Option<&Node>,
    kind: AuthorizerKind,
    owner: &str,
    template: &mut Template,
) -> Result<Vec<IdentitySource>, Unknown> {
    type Make = fn(&str) -> IdentitySource;
    let kinds: [(&str, Make); 4] = [
        ("Headers", |name| IdentitySource::header(name)),
        ("QueryStrings", |name| IdentitySource::Query(name.to_owned())),
        ("Context", |name| IdentitySource::parse(&format!("context.{name}"))),
        ("StageVariables", |name| IdentitySource::Other(format!("stageVariables.{name}"))),
    ];
    let of_identity = |name: &str| identity.and_then(|identity| identity.get(name));
    let what = format!("an identity source of `{owner}`");
    if kind == AuthorizerKind::Token {
        let header = template.word(of_identity("Header"), &what)?;
        return Ok(token_header(header.as_deref().unwrap_or("Authorization")));
    }
    let mut found = Vec::new();
    for (name, make) in kinds {
        let Some(list) = template.part(of_identity(name), &what)? else { continue };
        for item in list.items() {
            found.extend(template.word(Some(item), &what)?.map(|text| make(&text)));
        }
    }
    Ok(found)
}
