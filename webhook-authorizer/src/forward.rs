//! The end of a verified delivery: claimed, forwarded, and then kept, or released if that failed.
//!
//! It is claimed before it is forwarded, so that of two equal deliveries at the same time one is
//! forwarded; and after it was verified, so that an attacker without the secret cannot use up an
//! id.

use adapters::dynamodb::{Claim, ReplayStore};
use adapters::lambda::{Forwarded, Target};
use runtime::{Invocation, Stop, UnavailableError};
use shared::webhook::{Delivery, VerifiedDelivery, forward};

/// What only a delivery needs.
pub struct DeliveryStores<P, T> {
    /// Where deliveries are remembered.
    pub replays: P,
    /// Where verified deliveries go.
    pub target: T,
}

impl<P: ReplayStore, T: Target> DeliveryStores<P, T> {
    /// Forwards `delivery`, which is `verified`, to the target: once, as far as that can be known.
    /// `None` if it was forwarded before.
    pub(crate) async fn forward(
        &self,
        delivery: &Delivery<'_>,
        verified: &VerifiedDelivery,
        invocation: Invocation<'_>,
    ) -> Result<Option<Forwarded>, Stop> {
        let event = forward(delivery, verified)?;
        if self.claim(verified, invocation).await? == Claim::Forwarded {
            return Ok(None);
        }
        match self.target.forward(event, invocation.time_left()).await {
            Ok(Forwarded::Answered(response)) if response.asks_to_try_again() => {
                self.release(verified, invocation).await;
                Ok(Some(Forwarded::Answered(response)))
            }
            Ok(forwarded) => {
                self.keep(verified, invocation).await;
                Ok(Some(forwarded))
            }
            Err(failure) => {
                self.release(verified, invocation).await;
                Err(failure.into())
            }
        }
    }

    /// [`Claim::Granted`] or [`Claim::Forwarded`].
    async fn claim(
        &self,
        verified: &VerifiedDelivery,
        invocation: Invocation<'_>,
    ) -> Result<Claim, Stop> {
        // If Lambda ended the function between claim and forwarding, the claim would only make the
        // sender's next attempt wait.
        if invocation.time_left().is_zero() {
            return Err(UnavailableError::new("no time is left to forward the delivery").into());
        }
        let until = invocation.ends();
        match self.replays.claim(verified, invocation.id, invocation.now, until).await {
            Ok(claim @ (Claim::Granted | Claim::Forwarded)) => Ok(claim),
            Ok(Claim::InProgress) => {
                let reason = "the same delivery is being forwarded, and may still fail";
                Err(UnavailableError::new(reason).into())
            }
            Err(failure) => {
                // The claim may have been written, and only the response of DynamoDB lost.
                self.release(verified, invocation).await;
                Err(failure.into())
            }
        }
    }

    /// Records that the delivery was forwarded, so that it cannot come again.
    async fn keep(&self, verified: &VerifiedDelivery, invocation: Invocation<'_>) {
        if let Err(failure) = self.replays.keep(verified, invocation.id, invocation.now).await {
            tracing::warn!(%failure, "a delivery is remembered for a short time only");
        }
    }

    /// Releases the claim, so that the sender's next attempt is forwarded.
    async fn release(&self, verified: &VerifiedDelivery, invocation: Invocation<'_>) {
        if let Err(failure) = self.replays.release(verified, invocation.id).await {
            tracing::warn!(%failure, "a delivery that failed cannot come again for a while");
        }
    }
}
