//! Reads a policy document. A `null`, a wrong type, an empty list and an unknown member are refused.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use serde_json::{Map, Value};

use super::condition::{self, Condition};
use super::{Effect, Globs, Policy, PolicyError, Statement};
use crate::gateway::trace::Note;

/// The longest resource of an authorizer's policy, in characters.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
const MAX_RESOURCE: usize = 512;

/// Whose policy it is.
#[derive(Clone, Copy, Debug)]
pub(in crate::gateway) enum Owner<'a> {
    /// An authorizer's answer has it.
    Authorizer,
    /// It is the resource policy of the API whose ARNs begin like this. There `execute-api:/` stands for
    /// that, and a statement says for whom it is.
    Api(&'a str),
}

pub(super) fn read(document: &Value, owner: Owner<'_>) -> Result<Policy, PolicyError> {
    let members = document.as_object().ok_or_else(|| malformed("the policy is not an object"))?;
    only(members, &["Version", "Id", "Statement"])?;
    let mut notes = Vec::new();
    match members.get("Version").map(Value::as_str) {
        Some(Some("2012-10-17")) => {}
        None | Some(Some("2008-10-17")) => {
            notes.push(Note::assumed(
                "a policy of another `Version` is read like one of 2012-10-17",
            ));
        }
        Some(_) => return Err(malformed("`Version` is not one of a policy")),
    }
    let statements = match members.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().collect(),
        Some(statement @ Value::Object(_)) => vec![statement],
        _ => return Err(malformed("`Statement` is neither a list nor an object")),
    };
    if statements.is_empty() {
        notes.push(Note::assumed("a policy without statements allows nothing"));
    }
    let read = |value: &&Value| statement(value, owner, &mut notes);
    let statements = statements.iter().map(read).collect::<Result<_, _>>()?;
    Ok(Policy { statements, notes })
}

fn statement(
    value: &Value,
    owner: Owner<'_>,
    notes: &mut Vec<Note>,
) -> Result<Statement, PolicyError> {
    let members = value.as_object().ok_or_else(|| malformed("a statement is not an object"))?;
    let principal = matches!(owner, Owner::Api(_)).then_some("Principal");
    let known = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    only(members, &known.into_iter().chain(principal).collect::<Vec<_>>())?;
    if principal.is_some() {
        everybody(members.get("Principal"))?;
    }
    if members.get("Sid").is_some_and(|sid| !sid.is_string()) {
        return Err(malformed("`Sid` is not a string"));
    }
    let effect = match members.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(malformed("`Effect` is neither `Allow` nor `Deny`")),
    };
    let actions = globs(members, "Action", "NotAction", notes)?;
    let resources = expand(globs(members, "Resource", "NotResource", notes)?, owner);
    check_resources(&resources, owner)?;
    let conditions: Vec<Condition> = match members.get("Condition") {
        Some(value) => condition::read(value, notes)?,
        None => Vec::new(),
    };
    Ok(Statement { effect, actions, resources, conditions })
}

/// Callers of an authorizer are anonymous to IAM: a statement for anybody in particular is not read.
fn everybody(principal: Option<&Value>) -> Result<(), PolicyError> {
    let all = |value: &Value| strings(value).is_some_and(|all| all == ["*"]);
    let of_all = match principal {
        Some(Value::Object(kinds)) => kinds.len() == 1 && kinds.get("AWS").is_some_and(all),
        Some(value) => all(value),
        None => false,
    };
    if of_all {
        return Ok(());
    }
    Err(PolicyError::Unknown("a statement of the resource policy is not for everybody".to_owned()))
}

fn globs(
    members: &Map<String, Value>,
    name: &str,
    inverse: &'static str,
    notes: &mut Vec<Note>,
) -> Result<Globs, PolicyError> {
    let (key, value) = match (members.get(name), members.get(inverse)) {
        (Some(value), None) => (name, value),
        (None, Some(value)) => (inverse, value),
        _ => return Err(malformed(format!("a statement needs `{name}` or `{inverse}`"))),
    };
    let globs = strings(value)
        .ok_or_else(|| malformed(format!("`{key}` is neither a string nor a list of strings")))?;
    if key == inverse {
        notes.push(Note::assumed(format!("`{inverse}` is evaluated as IAM documents it")));
        return Ok(Globs::AllBut(globs));
    }
    Ok(Globs::Of(globs))
}

/// `execute-api:/prod/GET/a` of a resource policy is short for the ARN.
fn expand(globs: Globs, owner: Owner<'_>) -> Globs {
    let Owner::Api(arn) = owner else { return globs };
    let expand = |glob: String| match glob.strip_prefix("execute-api:/") {
        Some(rest) => format!("{arn}{rest}"),
        None => glob,
    };
    match globs {
        Globs::Of(globs) => Globs::Of(globs.into_iter().map(expand).collect()),
        Globs::AllBut(globs) => Globs::AllBut(globs.into_iter().map(expand).collect()),
    }
}

fn check_resources(resources: &Globs, owner: Owner<'_>) -> Result<(), PolicyError> {
    let (Globs::Of(globs) | Globs::AllBut(globs)) = resources;
    if globs.iter().any(|glob| glob.contains("${")) {
        return Err(PolicyError::Unknown("a resource has a policy variable".to_owned()));
    }
    let is_long = |glob: &String| glob.chars().count() > MAX_RESOURCE;
    if matches!(owner, Owner::Authorizer) && globs.iter().any(is_long) {
        return Err(malformed(format!("a resource is longer than {MAX_RESOURCE} characters")));
    }
    Ok(())
}

/// The string that `value` is, or the strings of the list, of which there is one at least.
pub(super) fn strings(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) if !list.is_empty() => {
            list.iter().map(|one| one.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}

fn only(members: &Map<String, Value>, known: &[&str]) -> Result<(), PolicyError> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(_) => Err(PolicyError::Unknown(
            "the policy has a member that no policy of an authorizer is known to have".to_owned(),
        )),
    }
}

pub(super) fn malformed(sentence: impl Into<String>) -> PolicyError {
    PolicyError::Malformed(sentence.into())
}
