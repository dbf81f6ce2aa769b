//! The event of an integration: Lambda proxy, formats 1.0 and 2.0.

use serde_json::{Map, Value, json};

use super::authorizer::note_path;
use super::maps::{body, extend};
use super::{v1, v2, websocket};
use crate::gateway::api::{ApiKind, PayloadFormat};
use crate::gateway::received::Received;
use crate::gateway::trace::Note;

/// What an authorizer gives to the integration.
#[derive(Clone, Copy, Debug)]
pub(in crate::gateway) enum Authorized<'a> {
    /// The route has no authorizer.
    Nothing,
    /// A policy came with this.
    Policy { principal: &'a str, context: &'a Map<String, Value> },
    /// A simple answer came with this context.
    Simple(&'a Value),
}

/// The event with the client's body and the authorizer's context.
pub(in crate::gateway) fn integration_event(
    received: &Received<'_>,
    payload: PayloadFormat,
    authorized: Authorized<'_>,
    notes: &mut Vec<Note>,
) -> Value {
    match (received.api.kind, payload) {
        (ApiKind::WebSocket, _) => {
            let event = with_authorizer(websocket::event(received), authorized.member());
            extend(event, json!({ "isBase64Encoded": false }))
        }
        (ApiKind::Rest, _) => {
            let (text, is_base64) = body(&received.incoming.body);
            if is_base64 {
                notes.push(Note::assumed("the media type of the body is a binary one of this API"));
            }
            with_body(with_authorizer(v1::event(received), authorized.member()), text, is_base64)
        }
        (ApiKind::Http, PayloadFormat::V1) => {
            note_path(received, notes);
            if matches!(authorized, Authorized::Policy { .. } | Authorized::Simple(_)) {
                notes.push(Note::assumed("how format 1.0 holds the authorizer's context"));
            }
            let (text, is_base64) = http_body(received, notes);
            let event = with_authorizer(v1::event(received), authorized.member());
            extend(with_body(event, text, is_base64), json!({ "version": "1.0" }))
        }
        (ApiKind::Http, PayloadFormat::V2) => {
            let (text, is_base64) = http_body(received, notes);
            let authorizer = match authorized {
                Authorized::Nothing => None,
                Authorized::Policy { context, .. } => Some(json!({ "lambda": context })),
                Authorized::Simple(context) => Some(json!({ "lambda": context })),
            };
            with_body(with_authorizer(v2::event(received), authorizer), text, is_base64)
        }
    }
}

impl Authorized<'_> {
    /// The context, and of a policy also `principalId`, which no context can replace.
    pub(in crate::gateway) fn flat(self) -> Map<String, Value> {
        match self {
            Self::Nothing => Map::new(),
            Self::Policy { principal, context } => {
                let mut flat = context.clone();
                flat.insert("principalId".to_owned(), json!(principal));
                flat
            }
            Self::Simple(context) => context.as_object().cloned().unwrap_or_default(),
        }
    }

    /// `requestContext.authorizer` of REST and WebSocket APIs and of format 1.0.
    fn member(self) -> Option<Value> {
        (!matches!(self, Self::Nothing)).then(|| json!(self.flat()))
    }
}

fn with_authorizer(mut event: Value, authorizer: Option<Value>) -> Value {
    let context = event.get_mut("requestContext").and_then(Value::as_object_mut);
    if let (Some(context), Some(authorizer)) = (context, authorizer) {
        context.insert("authorizer".to_owned(), authorizer);
    }
    event
}

/// An empty body is `null` in format 1.0, and absent in 2.0.
fn with_body(event: Value, text: String, is_base64: bool) -> Value {
    let text = Some(text).filter(|text| !text.is_empty());
    let is_v2 = event.get("version").is_some_and(|version| version == "2.0");
    let body = match text {
        None if is_v2 => json!({ "isBase64Encoded": false }),
        text => json!({ "body": text, "isBase64Encoded": is_base64 }),
    };
    extend(event, body)
}

fn http_body(received: &Received<'_>, notes: &mut Vec<Note>) -> (String, bool) {
    let incoming = received.incoming;
    let media = incoming.header("content-type").last().unwrap_or_default();
    let is_text = media.starts_with("text/") || media.starts_with("application/json");
    let (text, is_base64) = body(&incoming.body);
    if !text.is_empty() && !is_base64 && !is_text {
        notes.push(Note::assumed("a body of this media type comes as text, not in base64"));
    }
    (text, is_base64)
}
