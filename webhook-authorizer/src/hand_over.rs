//! The end of a verified delivery: claimed, handed over, and then kept, or released if that failed.

use serde_json::value::RawValue;
use shared::credential::webhook::DeliveryId;
use shared::decision_log::Outcome;
use shared::denial::{Code, Denial};
use shared::identity::VerifiedDelivery;
use shared::response::Reply;
use shell::{Failure, Invocation, Unavailable};

use crate::io::replays::{Claimed, Replays};
use crate::io::target::{Handed, NotHandedOver, Target};

/// What only a delivery needs.
pub struct OnDelivery<P, T> {
    /// Who remembers deliveries.
    pub replays: P,
    /// Where verified deliveries go.
    pub target: T,
}

/// What came of a delivery.
pub(crate) enum Delivered {
    /// The target answered.
    Answered(Box<RawValue>),
    /// Lambda has it, and the target will get it.
    Queued(DeliveryId),
    Denied(Denial),
}

/// Why a delivery is neither taken nor refused.
pub(crate) enum Undelivered {
    Failure(Failure),
    Target(NotHandedOver),
}

impl<P: Replays, T: Target> OnDelivery<P, T> {
    /// Hands `event`, which is `verified` for the target, over: once, as far as that can be known.
    pub(crate) async fn hand_over(
        &self,
        event: Vec<u8>,
        verified: &VerifiedDelivery<'_>,
        invocation: Invocation<'_>,
    ) -> Result<Delivered, Undelivered> {
        // Ended between the claim and the hand-over, it would only keep the sender's next try waiting.
        if invocation.time_left().is_zero() {
            let reason = "no time is left to hand the delivery over";
            return Err(Failure::from(Unavailable::new(reason)).into());
        }
        let until = invocation.ends();
        match self.replays.claim(verified, invocation.id, invocation.now, until).await {
            Ok(Claimed::Now) => {}
            Ok(Claimed::Before) => {
                let reason = "a delivery with the same id or signature was seen before";
                return Ok(Delivered::Denied(Denial::new(Code::Replayed, reason)));
            }
            Ok(Claimed::BeingHandedOver) => {
                let reason = "the same delivery is being handed over, and may still fail";
                return Err(Failure::from(Unavailable::new(reason)).into());
            }
            Err(failure) => {
                // It may be written all the same, and only the answer was lost.
                self.release(verified, invocation).await;
                return Err(failure.into());
            }
        }
        match self.target.hand_over(event, invocation.time_left()).await {
            Ok(Handed::Queued) => {
                self.keep(verified, invocation).await;
                Ok(Delivered::Queued(verified.id().clone()))
            }
            Ok(Handed::Answered(answer)) => {
                if answer.asks_to_try_again() {
                    self.release(verified, invocation).await;
                } else {
                    self.keep(verified, invocation).await;
                }
                Ok(Delivered::Answered(answer.into_json()))
            }
            Err(not_handed_over) => {
                self.release(verified, invocation).await;
                Err(Undelivered::Target(not_handed_over))
            }
        }
    }

    /// What was handed over may not come again.
    async fn keep(&self, verified: &VerifiedDelivery<'_>, invocation: Invocation<'_>) {
        if let Err(failure) = self.replays.keep(verified, invocation.id, invocation.now).await {
            tracing::warn!(%failure, "a delivery is remembered for a short time only");
        }
    }

    /// What was not handed over may come again.
    async fn release(&self, verified: &VerifiedDelivery<'_>, invocation: Invocation<'_>) {
        if let Err(failure) = self.replays.release(verified, invocation.id).await {
            tracing::warn!(%failure, "a delivery that failed cannot come again for a while");
        }
    }
}

impl Delivered {
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Answered(_) | Self::Queued(_) => Outcome::Allow,
            Self::Denied(denial) => Outcome::Deny(denial.clone()),
        }
    }
}

impl Undelivered {
    pub(crate) const fn reply(&self) -> Reply<'_> {
        match self {
            Self::Failure(Failure::Unavailable(_)) => Reply::Unavailable,
            Self::Failure(_) => Reply::Misconfigured,
            Self::Target(NotHandedOver::TooLarge(_)) => Reply::TooLarge,
            Self::Target(NotHandedOver::Failed(_)) => Reply::TargetFailed,
            Self::Target(NotHandedOver::Unreachable(_)) => Reply::Unavailable,
        }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Failure(failure) => failure.outcome(),
            Self::Target(target) => Outcome::Error(target.code(), target.to_string()),
        }
    }
}

impl From<Failure> for Undelivered {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}
