//! Step 5: what does API Gateway get?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>

mod evaluate;

use std::fmt;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::authn::Identity;
use crate::authz::{Decision, Glob, Permit};
use crate::denial::{Code, Denial};
use crate::request::{MethodArn, Request, Shape};
use evaluate::{Evaluation, evaluate};

/// The `principalId` where no identity was proven. It may not be empty.
pub(crate) const ANONYMOUS: &str = "anonymous";

/// The longest answer in bytes: API Gateway's limit for WebSocket authorizers, kept for all kinds.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
pub const MAX_RESPONSE_BYTES: usize = 8 * 1024;

/// The longest list of scopes in the context, in bytes.
pub const MAX_SCOPES_BYTES: usize = 4 * 1024;

/// Why there is no answer. API Gateway gets an error then, which it does not cache.
#[derive(Debug)]
pub enum ResponseError {
    /// The caller's scopes are longer than [`MAX_SCOPES_BYTES`]. Left out, they would make a narrow
    /// API key look like its owner to the integration.
    Scopes,
    /// API Gateway would let the request in, which was denied: it matched a route of the API that
    /// the access table does not have.
    AllowsDenied,
    /// API Gateway would not let the request in, which was permitted.
    DeniesAllowed,
    /// The text that was built is not JSON.
    Json(serde_json::Error),
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scopes => {
                write!(f, "the caller's scopes are longer than {MAX_SCOPES_BYTES} bytes")
            }
            Self::AllowsDenied => f.write_str(
                "the policy allows what was denied: the API has a route that the access table has not",
            ),
            Self::DeniesAllowed => f.write_str("the policy does not allow what was permitted"),
            Self::Json(_) => f.write_str("the answer cannot be written"),
        }
    }
}

impl std::error::Error for ResponseError {}

impl From<serde_json::Error> for ResponseError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

/// `RESPONSE`: which form of answer the operator has set for an HTTP API with payload format 2.0.
/// The event does not say, and no other kind of API knows the simple form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseFormat {
    /// An IAM policy.
    Iam,
    /// `{"isAuthorized": …}`.
    Simple,
}

/// `ON_UNAUTHENTICATED`: what a REST or WebSocket API gets for a code whose status is 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnauthenticated {
    /// The error `Unauthorized`: a true 401, with a static body.
    Throw,
    /// A Deny: a 403, with the exact code in its body.
    Deny,
}

/// The settings that decide the form of an answer.
#[derive(Clone, Copy, Debug)]
pub struct ResponseRules {
    /// The format for HTTP APIs 2.0.
    pub format: ResponseFormat,
    /// What is answered for a code whose status is 401.
    pub on_unauthenticated: OnUnauthenticated,
}

/// What API Gateway gets.
#[derive(Debug)]
pub enum Response<'a> {
    /// An IAM policy with context.
    Policy(PolicyResponse<'a>),
    /// The simple form with context.
    Simple(SimpleResponse<'a>),
    /// The error `Unauthorized`, which API Gateway turns into a 401.
    Unauthorized,
}

impl<'a> Response<'a> {
    /// The answer to `request`, which was decided as `decision` for `identity`.
    #[must_use]
    pub fn new(
        rules: ResponseRules,
        request: &'a Request<'_>,
        decision: &'a Decision<'_>,
        identity: Option<&'a Identity>,
    ) -> Self {
        if rules.format == ResponseFormat::Simple && request.shape == Shape::Http2 {
            return Self::Simple(SimpleResponse { decision, identity });
        }
        let arn = &request.arn;
        let policy = |effect| Self::Policy(PolicyResponse { arn, effect, identity });
        match decision {
            Decision::Allow(permit) => policy(Effect::Permit { permit, allows: true }),
            Decision::DenyRoute(_, permit) => policy(Effect::Permit { permit, allows: false }),
            Decision::DenyAll(denial) => {
                let throws = rules.on_unauthenticated == OnUnauthenticated::Throw
                    && denial.code.status() == 401
                    && !request.shape.is_http_api();
                if throws {
                    return Self::Unauthorized;
                }
                policy(Effect::DenyAll(denial))
            }
        }
    }
}

/// An IAM policy with context, as REST, WebSocket and HTTP APIs take it.
#[derive(Debug)]
pub struct PolicyResponse<'a> {
    arn: &'a MethodArn<'a>,
    effect: Effect<'a>,
    identity: Option<&'a Identity>,
}

#[derive(Debug)]
enum Effect<'a> {
    /// The caller's complete policy, and whether it has to allow the requested route. Where it does
    /// not, an explicit Deny is as good as no match.
    Permit { permit: &'a Permit<'a>, allows: bool },
    /// An explicit Deny of the whole stage. An answer without a matching statement is neither
    /// Allow nor Deny, and then a resource policy of the API that allows the caller lets it in
    /// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>,
    /// table A). A [`Permit`] denies a route only by not matching it, so it presumes that the API
    /// has no such resource policy.
    DenyAll(&'a Denial),
}

/// `isAuthorized` with context, as HTTP APIs 2.0 take it when simple responses are enabled.
#[derive(Debug)]
pub struct SimpleResponse<'a> {
    decision: &'a Decision<'a>,
    identity: Option<&'a Identity>,
}

impl Response<'_> {
    /// The answer as JSON; `None` for [`Response::Unauthorized`], which is an error and no answer.
    ///
    /// # Errors
    /// The caller's scopes do not fit into the context; the policy says something else of the
    /// request than was decided; or the text that was built is not JSON. No input is known to cause
    /// the last; if one does, API Gateway gets an error and never another policy.
    pub fn to_json(&self) -> Result<Option<Box<RawValue>>, ResponseError> {
        if self.permit().is_some_and(|permit| permit.scopes().len() > MAX_SCOPES_BYTES) {
            return Err(ResponseError::Scopes);
        }
        Ok(match self {
            Self::Policy(response) => {
                response.effect.agrees(response.arn.tail())?;
                Some(response.to_json()?)
            }
            Self::Simple(response) => Some(to_raw_value(response)?),
            Self::Unauthorized => None,
        })
    }

    /// What the context tells of the caller, if it tells anything.
    const fn permit(&self) -> Option<&Permit<'_>> {
        match self {
            Self::Policy(PolicyResponse { effect: Effect::Permit { permit, .. }, .. }) => {
                Some(permit)
            }
            Self::Simple(SimpleResponse { decision: Decision::Allow(permit), .. }) => Some(permit),
            Self::Policy(_) | Self::Simple(_) | Self::Unauthorized => None,
        }
    }
}

impl Effect<'_> {
    /// Checks that the policy says of the request whose ARN ends in `tail` what was decided.
    fn agrees(&self, tail: &str) -> Result<(), ResponseError> {
        // A Deny of everything says it of every request.
        let Self::Permit { permit, allows } = self else { return Ok(()) };
        match (allows, evaluate(permit, tail) == Evaluation::Allow) {
            (true, false) => Err(ResponseError::DeniesAllowed),
            (false, true) => Err(ResponseError::AllowsDenied),
            (true, true) | (false, false) => Ok(()),
        }
    }
}

impl PolicyResponse<'_> {
    /// Built as text in one buffer, with a third of the instructions that serializing takes.
    /// Principal, prefix, globs and tenant are checked when they are read and hold nothing that
    /// JSON would escape; the result is checked once more to be JSON.
    fn to_json(&self) -> serde_json::Result<Box<RawValue>> {
        policy(
            self.identity.map_or(ANONYMOUS, |identity| identity.subject().as_str()),
            |json| self.push_statements(json),
            &serde_json::to_string(&self.context())?,
        )
    }

    fn context(&self) -> Context<'_> {
        match self.effect {
            // API Gateway caches this context with the policy and uses both for later requests on
            // other routes. So the code does not depend on the route requested now: it says why a
            // route is denied that the policy does not match.
            Effect::Permit { permit, .. } => {
                let caller = self.identity.map(|identity| (identity, permit));
                Context { caller, code: Some(permit.no_match()) }
            }
            Effect::DenyAll(denial) => Context { caller: None, code: Some(denial.code) },
        }
    }

    fn push_statements(&self, json: &mut String) {
        match self.effect {
            Effect::DenyAll(_) => {
                push_statement(json, "Deny", self.arn.prefix(), ["*"], String::push_str);
            }
            Effect::Permit { permit, .. } => {
                let prefix = self.arn.prefix();
                let (policy, tenant) = (permit.policy(), permit.tenant());
                let applies = |glob: &&Glob| tenant.is_some() || !glob.needs_tenant();
                let push = |json: &mut String, glob: &Glob| glob.push_to(json, tenant);
                push_statement(json, "Allow", prefix, policy.allow().filter(applies), push);
                push_statement(json, "Deny", prefix, policy.deny().filter(applies), push);
            }
        }
    }
}

impl Serialize for SimpleResponse<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let context = match self.decision {
            Decision::Allow(permit) => {
                Context { caller: self.identity.map(|identity| (identity, permit)), code: None }
            }
            Decision::DenyRoute(denial, _) | Decision::DenyAll(denial) => {
                Context { caller: None, code: Some(denial.code) }
            }
        };
        let mut answer = serializer.serialize_struct("SimpleResponse", 2)?;
        answer.serialize_field("isAuthorized", &context.code.is_none())?;
        answer.serialize_field("context", &context)?;
        answer.end()
    }
}

/// The flat map of strings that the route's integration and the gateway responses read. API Gateway
/// takes no nested value (a 500), and a `null` can spoil the whole answer: an absent value is left
/// out.
struct Context<'a> {
    caller: Option<(&'a Identity, &'a Permit<'a>)>,
    code: Option<Code>,
}

impl Serialize for Context<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut context = serializer.serialize_map(None)?;
        if let Some((identity, permit)) = self.caller {
            context.serialize_entry("user_id", identity.subject().as_str())?;
            context.serialize_entry("role", identity.role())?;
            context.serialize_entry("tenant_id", identity.tenant().as_str())?;
            context.serialize_entry("auth_method", identity.kind().as_str())?;
            if let Some(key) = identity.key() {
                context.serialize_entry("key_id", key.as_str())?;
            }
            context.serialize_entry("scopes", permit.scopes())?;
            for (name, value) in identity.claims().filter(|(_, value)| is_plain(value)) {
                context.serialize_entry(name, value)?;
            }
        }
        if let Some(code) = self.code {
            context.serialize_entry("code", code.as_str())?;
        }
        context.end()
    }
}

/// A policy with its statements, and `context` as JSON.
pub(crate) fn policy(
    principal: &str,
    push_statements: impl FnOnce(&mut String),
    context: &str,
) -> serde_json::Result<Box<RawValue>> {
    let mut json = String::with_capacity(MAX_RESPONSE_BYTES);
    json.push_str(r#"{"principalId":""#);
    json.push_str(principal);
    json.push_str(r#"","policyDocument":{"Version":"2012-10-17","Statement":["#);
    push_statements(&mut json);
    json.push_str(r#"]},"context":"#);
    json.push_str(context);
    json.push('}');
    RawValue::from_string(json)
}

/// Appends a statement with the `tails` as resources, each after the prefix; nothing if there are
/// none.
pub(crate) fn push_statement<T>(
    json: &mut String,
    effect: &str,
    prefix: &str,
    tails: impl IntoIterator<Item = T>,
    push_tail: impl Fn(&mut String, T),
) {
    let mut tails = tails.into_iter().peekable();
    if tails.peek().is_none() {
        return;
    }
    let comma = if json.ends_with('}') { "," } else { "" };
    json.push_str(comma);
    json.push_str(r#"{"Action":"execute-api:Invoke","Effect":""#);
    json.push_str(effect);
    json.push_str(r#"","Resource":["#);
    for (index, tail) in tails.enumerate() {
        json.push_str(if index == 0 { "\"" } else { ",\"" });
        json.push_str(prefix);
        push_tail(json, tail);
        json.push('"');
    }
    json.push_str("]}");
}

/// Whether `value` can be copied into a gateway template, which does not escape: letters and
/// digits of any script, blanks and `- . , _ : @ + = / '`, 256 bytes at most.
fn is_plain(value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " -.,_:@+=/'".contains(c);
    value.len() <= 256 && value.chars().all(plain)
}
