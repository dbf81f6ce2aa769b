//! Deliveries in memory, and a target that answers by its name.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use shared::identity::VerifiedDelivery;
use shared::time::Timestamp;
use shell::Failure;
use webhook_authorizer::io::replays::{Claimed, Replays};
use webhook_authorizer::io::target::{Answer, Handed, Mode, NotHandedOver, Target};

/// Deliveries that were seen, each with the claim that has it. What `events/<table>.json` lists, an
/// object from a webhook's id to replay keys, was seen before.
pub(crate) struct MemoryReplays(RefCell<HashMap<String, String>>);

impl MemoryReplays {
    pub(crate) fn open(table: &str) -> Result<Self, String> {
        let mut seen = HashMap::new();
        for (webhook, keys) in super::read(table)? {
            for key in keys.as_array().into_iter().flatten().filter_map(Value::as_str) {
                seen.insert(format!("{webhook} {key}"), "an earlier one".to_owned());
            }
        }
        Ok(Self(RefCell::new(seen)))
    }
}

impl Replays for MemoryReplays {
    async fn claim(
        &self,
        delivery: &VerifiedDelivery<'_>,
        claim: &str,
        _: Timestamp,
        _: Timestamp,
    ) -> Result<Claimed, Failure> {
        // As in the row: no window, nothing remembered.
        if delivery.webhook().replay_window().is_zero() {
            return Ok(Claimed::Now);
        }
        let mut seen = self.0.borrow_mut();
        let keys = keys(delivery);
        if keys.iter().any(|key| seen.get(key).is_some_and(|other| other != claim)) {
            // One event at a time: what is taken was handed over.
            return Ok(Claimed::Before);
        }
        seen.extend(keys.into_iter().map(|key| (key, claim.to_owned())));
        Ok(Claimed::Now)
    }

    async fn keep(&self, _: &VerifiedDelivery<'_>, _: &str, _: Timestamp) -> Result<(), Failure> {
        Ok(())
    }

    async fn release(&self, delivery: &VerifiedDelivery<'_>, claim: &str) -> Result<(), Failure> {
        let keys = keys(delivery);
        self.0.borrow_mut().retain(|key, owner| owner != claim || !keys.contains(key));
        Ok(())
    }
}

fn keys(delivery: &VerifiedDelivery<'_>) -> Vec<String> {
    let webhook = delivery.webhook().id().as_str();
    delivery.replay_keys().iter().map(|key| format!("{webhook} {}", key.as_str())).collect()
}

/// What `TARGET_FUNCTION` names: `echo` answers with what it learns of the sender, `failing` fails,
/// any other is not there.
pub(crate) struct LocalTarget {
    name: String,
    mode: Mode,
}

impl LocalTarget {
    pub(crate) const fn new(name: String, mode: Mode) -> Self {
        Self { name, mode }
    }
}

impl Target for LocalTarget {
    async fn hand_over(&self, event: Vec<u8>, _: Duration) -> Result<Handed, NotHandedOver> {
        match (self.name.as_str(), self.mode) {
            ("echo", Mode::Async) => Ok(Handed::Queued),
            ("echo", Mode::Sync) => Answer::read(echo(&event)?).map(Handed::Answered),
            ("failing", _) => Err(NotHandedOver::Failed("the target failed".to_owned())),
            _ => Err(NotHandedOver::Unreachable("the target is out of reach".to_owned())),
        }
    }
}

/// An answer whose body shows what the target gets besides the body: identity, and the names of the
/// headers.
fn echo(event: &[u8]) -> Result<Box<RawValue>, NotHandedOver> {
    let failed = |error: serde_json::Error| NotHandedOver::Failed(error.to_string());
    let event: Map<String, Value> = serde_json::from_slice(event).map_err(failed)?;
    let headers =
        ["headers", "multiValueHeaders"].iter().find_map(|name| event.get(*name)?.as_object());
    let headers: Vec<&String> = headers.into_iter().flat_map(Map::keys).collect();
    let context = event.get("requestContext");
    let authorizer = context.and_then(|context| context.get("authorizer"));
    let body = json!({ "authorizer": authorizer, "headers": headers }).to_string();
    let answer = json!({
        "statusCode": 200,
        "headers": { "content-type": "application/json" },
        "body": body,
    });
    serde_json::value::to_raw_value(&answer).map_err(failed)
}
