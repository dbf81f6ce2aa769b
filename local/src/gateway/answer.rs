//! Reads what an authorizer answered, strictly.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>

use serde_json::{Map, Value};

use super::api::{ApiKind, AuthorizerKind};
use super::json;
use super::policy::{Owner, Policy, PolicyError};
use super::trace::Note;

/// The longest answer of a WebSocket API's authorizer, in bytes.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>
const MAX_WEBSOCKET_BYTES: usize = 8 * 1024;
/// The longest answer of any function, in bytes: the limit of Lambda.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_BYTES: usize = 6 * 1024 * 1024;

/// An answer that API Gateway takes.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// An IAM policy.
    Policy {
        principal: String,
        /// As it was answered.
        document: Value,
        policy: Policy,
        /// Of REST and WebSocket APIs the values are strings.
        context: Map<String, Value>,
    },
    /// A yes or a no, for every route.
    Simple {
        is_authorized: bool,
        /// `null` if there is none.
        context: Value,
    },
}

impl Answer {
    /// Reads the answer of an authorizer of this kind, in front of an API of this kind.
    ///
    /// # Errors
    /// Why API Gateway does not take it, or why it is not known whether it does.
    pub(super) fn read(
        api: ApiKind,
        authorizer: &AuthorizerKind,
        answer: &[u8],
    ) -> Result<Self, PolicyError> {
        let max = if api == ApiKind::WebSocket { MAX_WEBSOCKET_BYTES } else { MAX_BYTES };
        if answer.len() > max {
            return Err(malformed(format!("the answer is longer than {max} bytes")));
        }
        let Some(Value::Object(mut members)) = json::parse(answer) else {
            return Err(malformed("the answer is not a JSON object, or has a name twice"));
        };
        match authorizer {
            AuthorizerKind::Http { simple: true, .. } => simple(members),
            _ => policy(api, &mut members),
        }
    }
}

fn simple(mut members: Map<String, Value>) -> Result<Answer, PolicyError> {
    if members.contains_key("policyDocument") {
        return Err(PolicyError::Unknown(
            "the authorizer has simple responses, and the answer is a policy".to_owned(),
        ));
    }
    let Some(Value::Bool(is_authorized)) = members.remove("isAuthorized") else {
        return Err(malformed("`isAuthorized` is neither true nor false"));
    };
    let context = match members.remove("context") {
        None => Value::Null,
        Some(context @ Value::Object(_)) => context,
        Some(_) => return Err(malformed("`context` is not an object")),
    };
    if !members.is_empty() {
        return Err(PolicyError::Unknown("the answer has an unknown member".to_owned()));
    }
    Ok(Answer::Simple { is_authorized, context })
}

fn policy(api: ApiKind, members: &mut Map<String, Value>) -> Result<Answer, PolicyError> {
    let principal = match members.remove("principalId") {
        Some(Value::String(principal)) if !principal.is_empty() => principal,
        _ => return Err(malformed("`principalId` is not a string with a character in it")),
    };
    let Some(document) = members.remove("policyDocument") else {
        return Err(malformed("the answer has no `policyDocument`"));
    };
    let mut policy = Policy::read(&document, Owner::Authorizer)?;
    let context = match members.remove("context") {
        None => Map::new(),
        Some(Value::Object(context)) => context,
        Some(_) => return Err(malformed("`context` is not an object")),
    };
    let context = context
        .into_iter()
        .map(|(name, value)| plain(api, value).map(|value| (name, value)))
        .collect::<Result<_, _>>()?;
    match members.remove("usageIdentifierKey") {
        None => {}
        Some(Value::String(_)) => {
            policy.notes.push(Note::assumed("usage plans are not looked at"));
        }
        Some(_) => return Err(malformed("`usageIdentifierKey` is not a string")),
    }
    if !members.is_empty() {
        policy.notes.push(Note::assumed("an unknown member of the answer is passed over"));
    }
    Ok(Answer::Policy { principal, document, policy, context })
}

/// A value of the context, which REST and WebSocket APIs make a string.
fn plain(api: ApiKind, value: Value) -> Result<Value, PolicyError> {
    match value {
        Value::String(_) => Ok(value),
        Value::Number(_) | Value::Bool(_) if api == ApiKind::Http => Ok(value),
        Value::Number(_) | Value::Bool(_) => Ok(Value::String(value.to_string())),
        Value::Null => Err(malformed("a value of `context` is null")),
        Value::Array(_) | Value::Object(_) if api == ApiKind::Http => Err(PolicyError::Unknown(
            "a value of `context` beside a policy is a list or an object".to_owned(),
        )),
        Value::Array(_) | Value::Object(_) => {
            Err(malformed("a value of `context` is a list or an object"))
        }
    }
}

fn malformed(sentence: impl Into<String>) -> PolicyError {
    PolicyError::Malformed(sentence.into())
}
