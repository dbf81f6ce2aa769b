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
        if delivery.webhook().remembered_for().is_zero() {
            return Ok(Claim::Granted);
        }
        let mut seen = self.0.borrow_mut();
        let owner = seen.entry(key(delivery)).or_insert_with(|| claim.to_owned());
        // Events come one at a time, so another claim has forwarded it.
        Ok(if owner == claim { Claim::Granted } else { Claim::Forwarded })
    }

    async fn keep(&self, _: &VerifiedDelivery, _: &str, _: Timestamp) -> Result<(), Failure> {
        Ok(())
    }

    async fn release(&self, delivery: &VerifiedDelivery, claim: &str) -> Result<(), Failure> {
        let key = key(delivery);
        self.0.borrow_mut().retain(|seen, owner| owner != claim || *seen != key);
        Ok(())
    }
}

fn key(delivery: &VerifiedDelivery) -> String {
    format!("{} {}", delivery.webhook().id(), delivery.replay_key().as_str())
}
