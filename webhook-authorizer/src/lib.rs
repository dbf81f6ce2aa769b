//! The webhook-authorizer: an event in, an answer out, in five steps, at the gate and on delivery.

pub mod config;
mod hand_over;
pub mod io;

use serde_json::value::RawValue;
use shared::credential::webhook::{Signature, SigningKeys};
use shared::decision_log::{Outcome, Record};
use shared::denial::{Code, Denial};
use shared::identity::{Admitted, KnownWebhook, VerifiedDelivery, WebhookId};
use shared::request::{Delivery, Gate, Given, Message, WebhookRequest};
use shared::response::{Reply, webhook_gate};
use shared::time::Timestamp;
use shell::{Failure, Function, Invocation, Misconfigured};

use config::Config;
use hand_over::{Delivered, Undelivered};
use io::registry::Registry;
use io::replays::Replays;
use io::secrets::{Secrets, Vault};
use io::target::Target;

pub use hand_over::OnDelivery;

/// The function with everything it needs to decide.
pub struct WebhookAuthorizer<R, V, P, T> {
    /// The settings.
    pub config: Config,
    /// Who knows the webhooks.
    pub registry: R,
    /// Who knows their keys.
    pub secrets: Secrets<V>,
    /// What only a delivery needs.
    pub delivery: Option<OnDelivery<P, T>>,
}

impl<R: Registry, V: Vault, P: Replays, T: Target> Function for WebhookAuthorizer<R, V, P, T> {
    const NAME: &'static str = "webhook-authorizer";

    /// At the gate a failure is an error, which API Gateway answers with a 500 and does not cache.
    /// A delivery's sender gets an HTTP answer whatever happens.
    async fn answer(
        &self,
        event: &[u8],
        invocation: Invocation<'_>,
        record: &mut Record,
    ) -> Result<Box<RawValue>, Failure> {
        // 1. What is asked?
        match WebhookRequest::read(event)? {
            WebhookRequest::Gate(gate) if self.config.gate => {
                self.gate(&gate, invocation.now, record).await
            }
            WebhookRequest::Delivery(delivery) => match &self.delivery {
                Some(on_delivery) => self.deliver(on_delivery, &delivery, invocation, record).await,
                None => Err(not_a_step("delivery")),
            },
            WebhookRequest::Gate(_) => Err(not_a_step("gate")),
        }
    }
}

impl<R: Registry, V: Vault, P: Replays, T: Target> WebhookAuthorizer<R, V, P, T> {
    async fn gate(
        &self,
        gate: &Gate<'_>,
        now: Timestamp,
        record: &mut Record,
    ) -> Result<Box<RawValue>, Failure> {
        record.asked_by(gate.shape.as_str(), gate.request_id.as_deref());
        // 2, 3. What is presented, and whom does the registry know by it?
        let known = self.identify(&gate.message, now, record).await?;
        // 4. May they?
        let decided = match &known {
            Ok(webhook) => self.admit(webhook, gate, now).await?,
            Err(denial) => Err(denial.clone()),
        };
        // 5. What does API Gateway get?
        let answer = webhook_gate(self.config.form, gate, &decided);
        record.secret = match &decided {
            Ok(Admitted::Headers(headers)) => Some(headers.secret()),
            _ => None,
        };
        record.outcome = decided.map_or_else(Outcome::Deny, |_| Outcome::Allow);
        answer.map_err(|_| Failure::TooLarge)
    }

    async fn deliver(
        &self,
        on_delivery: &OnDelivery<P, T>,
        delivery: &Delivery<'_>,
        invocation: Invocation<'_>,
        record: &mut Record,
    ) -> Result<Box<RawValue>, Failure> {
        record.asked_by(delivery.shape.as_str(), delivery.request_id.as_deref());
        let delivered = self.take(on_delivery, delivery, invocation, record).await;
        // 5. What does the sender get?
        record.outcome = match &delivered {
            Ok(delivered) => delivered.outcome(),
            Err(undelivered) => undelivered.outcome(),
        };
        let reply = |reply: Reply<'_>| reply.to_json(delivery.shape).map_err(|_| Failure::TooLarge);
        match delivered {
            Ok(Delivered::Answered(answer)) => Ok(answer),
            Ok(Delivered::Queued(id)) => reply(Reply::Accepted(&id)),
            Ok(Delivered::Denied(denial)) => reply(Reply::Denied(&denial)),
            Err(undelivered) => reply(undelivered.reply()),
        }
    }

    /// Verifies a delivery, and only then hands it over.
    async fn take(
        &self,
        on_delivery: &OnDelivery<P, T>,
        delivery: &Delivery<'_>,
        invocation: Invocation<'_>,
        record: &mut Record,
    ) -> Result<Delivered, Undelivered> {
        let now = invocation.now;
        // 2, 3. What is presented, and whom does the registry know by it?
        let webhook = match self.identify(&delivery.message, now, record).await? {
            Ok(webhook) => webhook,
            Err(denial) => return Ok(Delivered::Denied(denial)),
        };
        // 4. May they?
        let verified = match self.verify(&webhook, delivery, now).await? {
            Ok(verified) => verified,
            Err(denial) => return Ok(Delivered::Denied(denial)),
        };
        record.secret = Some(verified.secret());
        record.delivery = Some(verified.id().clone());
        let event = shared::response::hand_over(delivery, &verified).map_err(Failure::from)?;
        on_delivery.hand_over(event, &verified, invocation).await
    }

    /// Who is presented. `Ok(Err(_))` is a "no", `Err(_)` is "could not ask".
    async fn identify(
        &self,
        message: &Message<'_>,
        now: Timestamp,
        record: &mut Record,
    ) -> Result<Result<KnownWebhook, Denial>, Failure> {
        let unknown = |reason: &'static str| Ok(Err(Denial::new(Code::WebhookUnknown, reason)));
        let id = match message.webhook_id() {
            Given::Never => return unknown("no webhook is named"),
            Given::Conflicting => return unknown("two different webhooks are named"),
            Given::Once(id) => WebhookId::parse(id),
        };
        let Some(id) = id else { return unknown("the webhook's id is malformed") };
        let Some(registration) = self.registry.find(&id).await? else {
            return unknown("the webhook is not registered");
        };
        let known = KnownWebhook::admit(registration, message.source(), now);
        record.webhook = known.as_ref().ok().cloned();
        Ok(known)
    }

    /// What the gate can tell without the body.
    async fn admit<'w>(
        &self,
        webhook: &'w KnownWebhook,
        gate: &Gate<'_>,
        now: Timestamp,
    ) -> Result<Result<Admitted<'w>, Denial>, Failure> {
        if let Err(denial) = gate.exact_resource() {
            return Ok(Err(denial));
        }
        let signature = match Signature::read(webhook, &gate.message, now) {
            Ok(signature) => signature,
            Err(denial) => return Ok(Err(denial)),
        };
        if !webhook.scheme().signs_headers() {
            return Ok(Ok(Admitted::Pending(webhook)));
        }
        let verify = |keys: &_| Ok(signature.verify_headers(webhook, keys, now));
        Ok(self.with_keys(webhook, now, verify).await?.map(Admitted::Headers))
    }

    async fn verify<'w>(
        &self,
        webhook: &'w KnownWebhook,
        delivery: &Delivery<'_>,
        now: Timestamp,
    ) -> Result<Result<VerifiedDelivery<'w>, Denial>, Failure> {
        let signature = match Signature::read(webhook, &delivery.message, now) {
            Ok(signature) => signature,
            Err(denial) => return Ok(Err(denial)),
        };
        let body = delivery.body()?;
        self.with_keys(webhook, now, |keys| signature.verify(webhook, keys, &body, now)).await
    }

    /// Verifies with the keys that are held and, where none of them fits, with fresh ones: the
    /// secret may have been changed since.
    async fn with_keys<Verified>(
        &self,
        webhook: &KnownWebhook,
        now: Timestamp,
        verify: impl Fn(&SigningKeys) -> Result<Option<Verified>, Denial>,
    ) -> Result<Result<Verified, Denial>, Failure> {
        let held = self.secrets.keys(webhook, now).await?;
        if let Some(result) = verify(&held).transpose() {
            return Ok(result);
        }
        if let Some(fresh) = self.secrets.fresh_keys(webhook, now).await?
            && let Some(result) = verify(&fresh).transpose()
        {
            return Ok(result);
        }
        let reason = "the signature is not one of the webhook's secret";
        Ok(Err(Denial::new(Code::SignatureInvalid, reason)))
    }
}

fn not_a_step(step: &str) -> Failure {
    Misconfigured::new(format!("this is a {step} event, but `STEPS` has no `{step}`")).into()
}
