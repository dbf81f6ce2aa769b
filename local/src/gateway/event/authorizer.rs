//! The event of an authorizer. None has a body.

use serde_json::{Value, json};

use super::maps::extend;
use super::{v1, v2, websocket};
use crate::gateway::api::{ApiKind, AuthorizerKind, PayloadFormat};
use crate::gateway::received::Received;
use crate::gateway::trace::Note;

/// The event for an authorizer of this kind, whose identity sources have these values.
pub(in crate::gateway) fn authorizer_event(
    received: &Received<'_>,
    kind: &AuthorizerKind,
    identity: &[String],
    notes: &mut Vec<Note>,
) -> Value {
    let arn = received.arn();
    if received.api.kind == ApiKind::Http && received.incoming.path.contains('%') {
        notes.push(Note::assumed(
            "the ARN names the path without percent-encoding, as `rawPath` does",
        ));
    }
    match kind {
        AuthorizerKind::Token { .. } => json!({
            "type": "TOKEN",
            "authorizationToken": identity.first(),
            "methodArn": arn,
        }),
        AuthorizerKind::Request => {
            let event = match received.api.kind {
                ApiKind::WebSocket => websocket::event(received),
                ApiKind::Rest | ApiKind::Http => v1::event(received),
            };
            extend(json!({ "type": "REQUEST", "methodArn": arn }), event)
        }
        AuthorizerKind::Http { format: PayloadFormat::V1, .. } => {
            note_path(received, notes);
            let sources = (!identity.is_empty()).then(|| identity.join(","));
            let own = json!({
                "version": "1.0",
                "type": "REQUEST",
                "methodArn": arn,
                "identitySource": sources,
                "authorizationToken": sources,
            });
            extend(own, v1::event(received))
        }
        AuthorizerKind::Http { format: PayloadFormat::V2, .. } => {
            let sources = (!identity.is_empty()).then_some(identity);
            let own = json!({ "type": "REQUEST", "routeArn": arn, "identitySource": sources });
            extend(v2::event(received), own)
        }
    }
}

/// What is not known of the paths of HTTP APIs in format 1.0.
pub(super) fn note_path(received: &Received<'_>, notes: &mut Vec<Note>) {
    if received.api.stage != "$default" {
        notes.push(Note::assumed("`path` of format 1.0 begins with the stage, as `rawPath` does"));
    }
}
