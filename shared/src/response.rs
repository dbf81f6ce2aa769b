//! Step 5: what does API Gateway get?
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>

mod context;
mod document;
mod evaluate;
mod policy;

use std::borrow::Cow;
use std::fmt;

use context::Context;
pub(crate) use document::{policy, push_statement};
pub use evaluate::{Evaluation, evaluate};
pub use policy::{PolicyResponse, denied_spelling};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::authn::Identity;
use crate::authz::{Decision, Permit};
use crate::request::{Request, Shape};

/// The `principalId` where no identity was proven. It may not be empty.
pub(crate) const ANONYMOUS: &str = "anonymous";

/// The longest list of scopes in the context, in bytes.
pub const MAX_SCOPES_BYTES: usize = 4 * 1024;

/// Why there is no answer. API Gateway gets an error then, which it does not cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseError {
    /// The caller's scopes are longer than [`MAX_SCOPES_BYTES`]. Left out, they would make a narrow
    /// API key look like its owner to the integration.
    Scopes,
    /// The answer has more than these bytes.
    Answer(usize),
    /// A resource of the policy is longer than API Gateway takes.
    Resource,
    /// API Gateway would let the request in, which was denied for this reason.
    AllowsDenied(Cow<'static, str>),
    /// The API's resource policy may let the request in, which was denied for this reason.
    Undenied(Cow<'static, str>),
    /// API Gateway would not let the request in, which was permitted.
    DeniesAllowed,
    /// A simple "yes" would be cached for requests that the table may refuse.
    CachedForOthers,
    /// The table was read without its policies, for simple answers, and this API takes none.
    Unproven,
    /// The text that was built is not JSON.
    Json,
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scopes => {
                write!(f, "the caller's scopes are longer than {MAX_SCOPES_BYTES} bytes")
            }
            Self::Answer(most) => write!(f, "the answer is larger than {most} bytes"),
            Self::Resource => f.write_str(
                "a resource of the policy is longer than 512 bytes: the stage's name, the tenant id or \
                 the route is too long",
            ),
            Self::AllowsDenied(reason) => write!(f, "the policy allows what was denied: {reason}"),
            Self::Undenied(reason) => write!(
                f,
                "the policy does not deny what a resource policy may allow and was denied: {reason}"
            ),
            Self::DeniesAllowed => f.write_str("the policy does not allow what was permitted"),
            Self::CachedForOthers => f.write_str(
                "the answer would be cached for other routes: make method and path identity sources, \
                 or have none and a TTL of 0",
            ),
            Self::Unproven => f.write_str(
                "`RESPONSE` is `simple`, this API takes policies, and the access table has none that \
                 are proven: say `policy = \"request\"` in it, or build its compiled table",
            ),
            Self::Json => f.write_str("the answer cannot be written"),
        }
    }
}

impl std::error::Error for ResponseError {}

impl From<serde_json::Error> for ResponseError {
    fn from(_: serde_json::Error) -> Self {
        Self::Json
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
        let throws = rules.on_unauthenticated == OnUnauthenticated::Throw
            && matches!(decision, Decision::DenyAll(denial) if denial.code.status() == 401)
            && !request.shape.is_http_api();
        if throws {
            return Self::Unauthorized;
        }
        Self::Policy(PolicyResponse::new(request, decision, identity))
    }
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
    /// The caller's scopes do not fit into the context, or the answer not into API Gateway; the policy
    /// says something else of the request than was decided; a "yes" would be cached for other requests;
    /// or the text that was built is not JSON. No input is known to cause the last; if one does, API
    /// Gateway gets an error and never another policy.
    pub fn to_json(&self) -> Result<Option<Box<RawValue>>, ResponseError> {
        if self.permit().is_some_and(|permit| permit.scopes().len() > MAX_SCOPES_BYTES) {
            return Err(ResponseError::Scopes);
        }
        let (answer, most) = match self {
            Self::Policy(response) => (response.to_json()?, response.max_bytes()),
            Self::Simple(SimpleResponse { decision: Decision::Allow(permit), .. })
                if !permit.is_cached_by_route() =>
            {
                return Err(ResponseError::CachedForOthers);
            }
            Self::Simple(response) => (to_raw_value(response)?, Shape::Http2.max_answer_bytes()),
            Self::Unauthorized => return Ok(None),
        };
        if answer.get().len() > most { Err(ResponseError::Answer(most)) } else { Ok(Some(answer)) }
    }

    /// What the context tells of the caller, if it tells anything.
    const fn permit(&self) -> Option<&Permit<'_>> {
        match self {
            Self::Policy(response) => response.permit(),
            Self::Simple(SimpleResponse { decision: Decision::Allow(permit), .. }) => Some(permit),
            Self::Simple(_) | Self::Unauthorized => None,
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
