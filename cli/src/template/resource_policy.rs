//! Whether the resource policy of a REST API allows its callers anything.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>

use super::intrinsic::{Resolved, intrinsic, resolve, written};
use super::{ResourcePolicy, Template};
use crate::yaml::Node;

/// What the document `policy` says: one statement that allows is enough.
pub(super) fn of_document(policy: Option<&Node>, template: &mut Template) -> ResourcePolicy {
    let Some(policy) = policy.filter(|policy| resolve(policy) != Resolved::Nothing) else {
        return ResourcePolicy::AllowsNothing;
    };
    let Some(statements) = policy.get("Statement").filter(|_| intrinsic(policy).is_none()) else {
        template.cannot_know(policy.line, format!("the resource policy is `{}`", written(policy)));
        return ResourcePolicy::Unknown;
    };
    of_statements(statements, template)
}

/// What statements say: a list, or one.
pub(super) fn of_statements(statements: &Node, template: &mut Template) -> ResourcePolicy {
    let list = match statements.items() {
        [] => std::slice::from_ref(statements),
        items => items,
    };
    for statement in list {
        let Some(effect) = statement.get("Effect") else {
            let what = written(statement);
            template.cannot_know(statement.line, format!("the resource policy has `{what}`"));
            return ResourcePolicy::Unknown;
        };
        match resolve(effect) {
            Resolved::Text(effect) if effect == "Allow" => {
                return ResourcePolicy::Allows(statement.line);
            }
            Resolved::Text(_) => {}
            _ => {
                let what = written(effect);
                template.cannot_know(effect.line, format!("the effect of a statement is `{what}`"));
                return ResourcePolicy::Unknown;
            }
        }
    }
    ResourcePolicy::Denies(statements.line)
}

/// A private API is of use only with a resource policy that allows.
pub(super) fn or_private(found: ResourcePolicy, endpoint: Option<&Node>) -> ResourcePolicy {
    let Some(endpoint) = endpoint else { return found };
    let types = endpoint.get("Types").map_or(&[][..], Node::items).iter();
    // SAM writes one type, or `EndpointConfiguration: PRIVATE`.
    let mut texts = types.chain(endpoint.get("Type")).chain([endpoint]);
    match texts.find(|node| node.text() == Some("PRIVATE")) {
        Some(node) if !matches!(found, ResourcePolicy::Allows(_)) => {
            ResourcePolicy::Allows(node.line)
        }
        _ => found,
    }
}
