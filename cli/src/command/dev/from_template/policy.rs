//! The resource policy of a REST API, as JSON.

use local::gateway::{Account, ResourcePolicy};
use serde_json::{Map, Value as Json};

use super::problems::Problems;
use crate::template::{self, Api, text};
use crate::yaml::{Node, Value};

/// The resource policy of `api`. The callers are of its account, where the less of both policies has to allow.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
pub(super) fn of(api: &Api, problems: &mut Problems<'_>) -> Option<ResourcePolicy> {
    use template::ResourcePolicy::{Allows, AllowsNothing, Denies, Unknown};
    let line = match api.resource_policy {
        // What is unknown has been told.
        AllowsNothing | Unknown => return None,
        Allows(line) | Denies(line) => line,
    };
    let document = api.policy.as_ref().and_then(json);
    if document.is_none() {
        problems.add(
            line,
            format!("the resource policy of `{}` is no document that is written out", api.id),
            "write it as the property `Policy`, or leave it out by a condition and `--parameter`",
        );
    }
    let document = document?.to_string();
    Some(ResourcePolicy { document, callers: Account::Same })
}

/// `node` as JSON; `None` if a part of it is only known to a deployment.
fn json(node: &Node) -> Option<Json> {
    if let Some(text) = text(node) {
        return Some(Json::String(text));
    }
    match &node.value {
        _ if node.tag.is_some() => None,
        Value::Text(_) => None,
        Value::List(items) => items.iter().map(json).collect::<Option<_>>().map(Json::Array),
        Value::Map(members) => {
            let member = |(name, node): &(String, Node)| Some((name.clone(), json(node)?));
            let is_call = |(name, _): &(String, Node)| name == "Ref" || name.starts_with("Fn::");
            if members.iter().any(is_call) {
                return None;
            }
            members.iter().map(member).collect::<Option<Map<_, _>>>().map(Json::Object)
        }
    }
}
