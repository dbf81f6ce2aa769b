//! Deliveries in memory.

use std::cell::RefCell;
use std::collections::HashMap;

use adapters::dynamodb::{Claim, ReplayStore};
use runtime::Failure;
use serde_json::{Map, Value};
use shared::time::Timestamp;
use shared::webhook::VerifiedDelivery;

/// Deliveries that were seen, each with the claim that has it.
#[derive(Debug)]
pub struct MemoryReplays(RefCell<HashMap<String, String>>);

impl MemoryReplays {
    /// A store in which the replay keys in `before`, an object from ids of webhooks, were seen
    /// before.
    #[must_use]
    pub fn new(before: &Map<String, Value>) -> Self {
        let mut seen = HashMap::new();
        for (webhook, keys) in before {
            for key in keys.as_array().into_iter().flatten().filter_map(Value::as_str) {
                seen.insert(format!("{webhook} {key}"), "an earlier one".to_owned());
            }
        }
        Self(RefCell::new(seen))
    }
}

impl ReplayStore for MemoryReplays {
    async fn claim(
        &self,
        delivery: &VerifiedDelivery,
        claim: &str,
        _: Timestamp,
        _: Timestamp,
    ) -> Result<Claim, Failure> {
        // A window of zero: nothing is remembered.
        if delivery.webhook().replay_window().is_zero() {
            return Ok(Claim::Granted);
        }
        let mut seen = self.0.borrow_mut();
        let keys = keys(delivery);
        if keys.iter().any(|key| seen.get(key).is_some_and(|other| other != claim)) {
            // Events come one at a time, so the other claim has forwarded it.
            return Ok(Claim::Forwarded);
        }
        seen.extend(keys.into_iter().map(|key| (key, claim.to_owned())));
        Ok(Claim::Granted)
    }

    async fn keep(&self, _: &VerifiedDelivery, _: &str, _: Timestamp) -> Result<(), Failure> {
        Ok(())
    }

    async fn release(&self, delivery: &VerifiedDelivery, claim: &str) -> Result<(), Failure> {
        let keys = keys(delivery);
        self.0.borrow_mut().retain(|key, owner| owner != claim || !keys.contains(key));
        Ok(())
    }
}

fn keys(delivery: &VerifiedDelivery) -> Vec<String> {
    let webhook = delivery.webhook().id().as_str();
    delivery.replay_keys().iter().map(|key| format!("{webhook} {}", key.as_str())).collect()
}
