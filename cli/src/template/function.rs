//! Functions with their environment, and the app clients of user pools.

use std::collections::BTreeMap;

use super::document::Document;
use super::intrinsic::{Resolved, intrinsic, reference, references, resolve, written};
use super::{AppClient, Concern, Function, Setting, Template, WriteAttributes};
use crate::yaml::Node;

pub(super) fn read(document: &Document<'_>, template: &mut Template) {
    for resource in document.of_kind("AWS::Lambda::Function") {
        let variables = resource.get("Environment");
        let environment = environment(variables, resource.id, template);
        let function = Function { id: resource.id.to_owned(), line: resource.line, environment };
        template.functions.push(function);
    }
    for resource in document.of_kind("AWS::Serverless::Function") {
        let properties = document.with_globals(resource, "Function");
        let environment = environment(properties.get("Environment"), resource.id, template);
        let function = Function { id: resource.id.to_owned(), line: resource.line, environment };
        template.functions.push(function);
    }
    for resource in document.of_kind("AWS::Cognito::UserPoolClient") {
        let writes = writes(resource.get("WriteAttributes"), resource.id, template);
        let pool = resource.get("UserPoolId").and_then(reference);
        let pool = pool.filter(|id| document.resource(id).is_some());
        let client = AppClient { id: resource.id.to_owned(), line: resource.line, pool, writes };
        template.app_clients.push(client);
    }
}

fn environment(
    node: Option<&Node>,
    id: &str,
    template: &mut Template,
) -> Option<BTreeMap<String, Setting>> {
    let Some(node) = node else { return Some(BTreeMap::new()) };
    let variables = node.get("Variables").unwrap_or(node);
    if let Some(odd) = [node, variables].into_iter().find(|node| intrinsic(node).is_some()) {
        template.cannot_know_for(
            Concern::Function,
            odd.line,
            format!("the environment of `{id}` is `{}`", written(odd)),
        );
        return None;
    }
    let variables = node.get("Variables").map_or(&[][..], Node::members);
    let setting = |(name, node): &(String, Node)| {
        let value = match resolve(node) {
            Resolved::Text(text) => Some(text),
            Resolved::Nothing => return None,
            Resolved::Unknown(_) | Resolved::Structure => None,
        };
        let refers_to = references(node);
        Some((name.clone(), Setting { line: node.line, value, refers_to }))
    };
    Some(variables.iter().filter_map(setting).collect())
}

/// Which attributes users of the client may set for themselves.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolclient.html>
fn writes(node: Option<&Node>, id: &str, template: &mut Template) -> WriteAttributes {
    let Some(node) = node.filter(|node| resolve(node) != Resolved::Nothing) else {
        return WriteAttributes::Unsaid;
    };
    let texts: Option<Vec<String>> = match intrinsic(node) {
        Some(_) => None,
        None => node.items().iter().map(text).collect(),
    };
    if let Some(texts) = texts {
        return WriteAttributes::These(texts);
    }
    template.cannot_know_for(
        Concern::Function,
        node.line,
        format!("the write attributes of `{id}` are computed"),
    );
    WriteAttributes::Unknown
}

fn text(node: &Node) -> Option<String> {
    if let Resolved::Text(text) = resolve(node) { Some(text) } else { None }
}
