//! What the gateway answers by itself.

mod customized;
mod template;
mod types;

use std::borrow::Cow;

pub use customized::GatewayResponse;
pub(super) use customized::{Customized, GatewayResponses};
use serde_json::{Map, Value, json};
pub use types::ResponseType;

use super::api::ApiKind;
use super::received::Received;
use super::trace::Note;

/// An answer for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// Why the gateway answers by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No identity source, a token that does not match, or the error `Unauthorized`.
    Unauthorized,
    /// The authorizer's policy or its simple answer denies.
    ExplicitDeny,
    /// The authorizer's policy does not match.
    ImplicitDeny,
    /// The resource policy denies.
    ResourcePolicyDeny,
    /// The resource policy does not allow and must.
    ResourcePolicySilent,
    /// The authorizer's function failed.
    AuthorizerFailure,
    /// The authorizer's answer is not taken.
    AuthorizerConfiguration,
    NoRoute,
    NoStage,
    HeadersTooLarge,
    BodyTooLarge,
    /// What API Gateway does is not known.
    Unknown,
}

/// The body where nothing of AWS's own is known.
const UNKNOWN: &str = "refused by the local gateway: what API Gateway does here is not known";

/// Answers `received`, in the words of an API of its kind.
pub(super) fn answer(
    received: &Received<'_>,
    refusal: Refusal,
    context: Option<&Map<String, Value>>,
    responses: &GatewayResponses,
    notes: &mut Vec<Note>,
) -> Response {
    match (refusal, received.api.kind) {
        (Refusal::Unknown | Refusal::HeadersTooLarge, _) => unknown(refusal, notes),
        (_, ApiKind::Rest) => rest(received, refusal, context, responses, notes),
        (_, ApiKind::Http) => http(received, refusal),
        (_, ApiKind::WebSocket) => websocket(received, refusal, notes),
    }
}

fn unknown(refusal: Refusal, notes: &mut Vec<Note>) -> Response {
    let (status, message) = match refusal {
        Refusal::HeadersTooLarge => {
            notes.push(Note::assumed("the status of a request whose headers are too long"));
            (431, "Request Header Fields Too Large")
        }
        _ => (500, UNKNOWN),
    };
    plain(status, &json!({ "message": message }))
}

fn rest(
    received: &Received<'_>,
    refusal: Refusal,
    context: Option<&Map<String, Value>>,
    responses: &GatewayResponses,
    notes: &mut Vec<Note>,
) -> Response {
    let of_type = rest_type(refusal);
    let message = rest_message(received, refusal);
    let mut ids = vec![("x-amzn-RequestId", received.incoming.request_id.as_str())];
    ids.push(("x-amzn-ErrorType", of_type.map_or("ForbiddenException", ResponseType::error_type)));
    ids.push(("x-amz-apigw-id", &received.incoming.request_id));
    let own = of_type.and_then(|of_type| {
        let customized = responses.find(of_type)?;
        let variables = Variables { received, of_type, message: message.as_deref(), context };
        Some(customized.render(&variables, notes))
    });
    if refusal == Refusal::NoRoute && received.incoming.header("authorization").next().is_some() {
        notes.push(Note::assumed(
            "to a request with `Authorization` and without a route AWS may say that the header is no \
             signature",
        ));
    }
    if refusal == Refusal::AuthorizerFailure {
        notes.push(Note::assumed("`x-amzn-ErrorType` of an authorizer that failed"));
    }
    let mut response = own.unwrap_or_else(|| {
        // Of the default responses this one spells `Message` with a capital.
        let name = if of_type == Some(ResponseType::AccessDenied) { "Message" } else { "message" };
        let status = of_type.map_or(403, ResponseType::status);
        plain(status, &json!({ name: message }))
    });
    response.headers.extend(ids.into_iter().map(|(name, id)| (name.to_owned(), id.to_owned())));
    response
}

fn http(received: &Received<'_>, refusal: Refusal) -> Response {
    let (status, message) = match refusal {
        Refusal::Unauthorized => (401, "Unauthorized"),
        Refusal::ExplicitDeny | Refusal::ImplicitDeny => (403, "Forbidden"),
        Refusal::NoRoute | Refusal::NoStage => (404, "Not Found"),
        Refusal::BodyTooLarge => (413, "Request Entity Too Large"),
        _ => (500, "Internal Server Error"),
    };
    let mut response = plain(status, &json!({ "message": message }));
    response.headers.push(("apigw-requestid".to_owned(), received.incoming.request_id.clone()));
    response
}

fn websocket(received: &Received<'_>, refusal: Refusal, notes: &mut Vec<Note>) -> Response {
    let (status, message) = match refusal {
        Refusal::Unauthorized => (401, "Unauthorized"),
        Refusal::AuthorizerFailure | Refusal::AuthorizerConfiguration => {
            (500, "Internal server error")
        }
        _ => (403, "Forbidden"),
    };
    notes.push(Note::assumed("the body with which the opening of a WebSocket is refused"));
    let id = &received.incoming.request_id;
    plain(status, &json!({ "message": message, "connectionId": id, "requestId": id }))
}

/// `None` of a stage that there is not: that is none of the types.
const fn rest_type(refusal: Refusal) -> Option<ResponseType> {
    Some(match refusal {
        Refusal::Unauthorized => ResponseType::Unauthorized,
        Refusal::ExplicitDeny
        | Refusal::ImplicitDeny
        | Refusal::ResourcePolicyDeny
        | Refusal::ResourcePolicySilent => ResponseType::AccessDenied,
        Refusal::AuthorizerFailure => ResponseType::AuthorizerFailure,
        Refusal::AuthorizerConfiguration => ResponseType::AuthorizerConfigurationError,
        Refusal::NoRoute => ResponseType::MissingAuthenticationToken,
        Refusal::BodyTooLarge => ResponseType::RequestTooLarge,
        Refusal::NoStage | Refusal::HeadersTooLarge | Refusal::Unknown => return None,
    })
}

/// The value of `$context.error.message`, which is `null` where an authorizer failed.
fn rest_message(received: &Received<'_>, refusal: Refusal) -> Option<Cow<'static, str>> {
    const DENIED: &str = "User is not authorized to access this resource";
    let anonymous = |how: &str| {
        let arn = masked(received);
        let what = "is not authorized to perform: execute-api:Invoke on resource";
        format!("User: anonymous {what}: {arn} {how}").into()
    };
    Some(match refusal {
        Refusal::Unauthorized => "Unauthorized".into(),
        Refusal::ExplicitDeny => {
            format!("{DENIED} with an explicit deny in an identity-based policy").into()
        }
        Refusal::ImplicitDeny => format!(
            "{DENIED} because no identity-based policy allows the execute-api:Invoke action"
        )
        .into(),
        Refusal::ResourcePolicyDeny => {
            anonymous("with an explicit deny in a resource-based policy")
        }
        Refusal::ResourcePolicySilent => {
            anonymous("because no resource-based policy allows the execute-api:Invoke action")
        }
        Refusal::NoRoute => "Missing Authentication Token".into(),
        Refusal::BodyTooLarge => "Request Too Long".into(),
        Refusal::NoStage => "Forbidden".into(),
        Refusal::AuthorizerFailure
        | Refusal::AuthorizerConfiguration
        | Refusal::HeadersTooLarge
        | Refusal::Unknown => return None,
    })
}

/// The ARN of the request with all but four digits of the account hidden, as API Gateway shows it.
fn masked(received: &Received<'_>) -> String {
    let account = &received.api.account;
    let shown = account.get(account.len().saturating_sub(4)..).unwrap_or_default();
    received.arn().replacen(&format!(":{account}:"), &format!(":********{shown}:"), 1)
}

fn plain(status: u16, body: &Value) -> Response {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    Response { status, headers, body: body.to_string() }
}

/// What the variables of a gateway response stand for.
pub(super) struct Variables<'v> {
    received: &'v Received<'v>,
    of_type: ResponseType,
    message: Option<&'v str>,
    /// The authorizer's context with its `principalId`.
    context: Option<&'v Map<String, Value>>,
}

impl Variables<'_> {
    /// The variable `$context.{name}`; `None` if it has no value here.
    fn value(&self, name: &str) -> Option<String> {
        if let Some(key) = name.strip_prefix("authorizer.") {
            return match self.context?.get(key)? {
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            };
        }
        match name {
            "error.message" => Some(self.message.unwrap_or("null").to_owned()),
            "error.messageString" => Some(json!(self.message).to_string()),
            "error.responseType" => Some(self.of_type.as_str().to_owned()),
            name => self.received.context(name),
        }
    }
}
