//! The webhook-authorizer: an event in, an answer out, in five steps, at the gate and on delivery.

mod build;
pub mod config;
mod decide;
mod forward;

use adapters::dynamodb::{ReplayStore, WebhookRegistry};
use adapters::lambda::{Forwarded, Target, TargetResponse};
use adapters::secrets_manager::{HmacKeyCache, SecretStore};
pub use build::{AwsStores, Stores, aws_stores, build};
use config::Config;
use decide::Verdict;
pub use forward::DeliveryStores;
use runtime::decision_log::{Known, MetricsNamespace, Outcome, Record};
use runtime::{Answered, Failure, Function, Invocation, MisconfiguredError, Stop};
use shared::denial::{Code, Denial};
use shared::ids::{DeliveryId, WebhookId};
use shared::request::Occurrence;
use shared::time::Timestamp;
use shared::webhook::{
    Admitted, Delivery, GateRequest, HandshakeAnswer, KnownWebhook, Message, Reply, ToldApartBy,
    VerifiedDelivery, WebhookRequest, gate_response,
};

/// The function with everything it needs to decide.
pub struct WebhookAuthorizer<R, S, P, T> {
    /// The settings.
    pub config: Config,
    /// Where webhooks are looked up.
    pub registry: R,
    /// Where their keys are looked up.
    pub keys: HmacKeyCache<S>,
    /// What only a delivery needs.
    pub delivery: Option<DeliveryStores<P, T>>,
}

impl<R, S, P, T> Function for WebhookAuthorizer<R, S, P, T>
where
    R: WebhookRegistry,
    S: SecretStore,
    P: ReplayStore,
    T: Target,
{
    const NAME: &'static str = "webhook-authorizer";

    fn metrics_namespace(&self) -> &MetricsNamespace {
        &self.config.metrics_namespace
    }

    /// At the gate a failure is an error, which API Gateway answers with a 500 and does not cache.
    /// The sender of a delivery always gets an HTTP response, if the event can be read.
    async fn answer(&self, event: &[u8], invocation: Invocation<'_>) -> Answered {
        // 1. Request: what is requested?
        match (WebhookRequest::read(event), &self.delivery) {
            (Err(error), _) => Answered::unread(event, error.into()),
            (Ok(WebhookRequest::Gate(gate)), _) if self.config.gate => {
                self.gate(&gate, invocation.now).await
            }
            (Ok(WebhookRequest::Gate(_)), _) => Answered::unread(event, not_a_step("gate")),
            (Ok(WebhookRequest::Delivery(delivery)), Some(stores)) => {
                self.deliver(stores, &delivery, invocation).await
            }
            (Ok(WebhookRequest::Delivery(_)), None) => {
                Answered::unread(event, not_a_step("delivery"))
            }
        }
    }
}

impl<R: WebhookRegistry, S: SecretStore, P: ReplayStore, T: Target> WebhookAuthorizer<R, S, P, T> {
    async fn gate(&self, gate: &GateRequest<'_>, now: Timestamp) -> Answered {
        // 2 to 4.
        let admitted = self.admit(gate, now).await;
        // 5. Response: what does API Gateway get?
        let format = self.config.format;
        let (answer, known, outcome) = match admitted {
            Ok((admitted, known)) => {
                (gate_response(format, gate, Ok(&admitted)), known, Outcome::Allow)
            }
            Err(Stop::Denied(denial, known)) => {
                (gate_response(format, gate, Err(&denial)), *known, Outcome::Deny(denial))
            }
            Err(Stop::Failed(failure, known)) => {
                let outcome = Outcome::from(&failure);
                return Answered {
                    answer: Err(failure),
                    record: gate_record(gate, *known, outcome),
                };
            }
        };
        Answered { answer: answer.map_err(unwritten), record: gate_record(gate, known, outcome) }
    }

    async fn admit(
        &self,
        gate: &GateRequest<'_>,
        now: Timestamp,
    ) -> Result<(Admitted, Known), Stop> {
        // 2, 3. Credential and identity: what is presented, and which webhook does it name?
        let webhook = self.identify(&gate.message, now).await?;
        // 4. Decision: may they?
        match self.check_headers(&webhook, gate, now).await {
            Ok(admitted) => {
                let secret_version = admitted.secret_version();
                Ok((admitted, Known { webhook: Some(webhook), secret_version, ..Known::default() }))
            }
            Err(stop) => Err(stop.knowing(of_webhook(webhook))),
        }
    }

    async fn deliver(
        &self,
        stores: &DeliveryStores<P, T>,
        delivery: &Delivery<'_>,
        invocation: Invocation<'_>,
    ) -> Answered {
        let reply = |reply: Reply<'_>| reply.to_json(delivery.shape).map_err(unwritten);
        let gateway_request_id = delivery.gateway_request_id.as_deref();
        let record = |known: Known, outcome: Outcome| {
            Record::of_event(delivery.shape.as_str(), gateway_request_id, known, outcome)
        };
        if delivery.is_health_check() {
            let record = record(Known::default(), Outcome::Ping);
            return Answered { answer: reply(Reply::Healthy), record };
        }
        // 2 to 4, and forwarded.
        let accepted = self.accept(stores, delivery, invocation).await;
        // 5. Response: what does the sender get?
        let (answer, known, outcome) = match accepted {
            Ok((Accepted::Answered(response), known)) => {
                (Ok(response.into_json()), known, Outcome::Allow)
            }
            Ok((Accepted::Queued(id), known)) => {
                (reply(Reply::Accepted(&id)), known, Outcome::Allow)
            }
            Ok((Accepted::Duplicate(id, by), known)) => {
                (reply(Reply::Duplicate(&id, by)), known, Outcome::Duplicate)
            }
            Ok((Accepted::Handshake(answer), known)) => {
                (reply(Reply::Handshake(&answer)), known, Outcome::Handshake)
            }
            Err(stop) => {
                let outcome = stop.outcome();
                let answer = match &stop {
                    Stop::Denied(denial, _) => reply(Reply::Denied(denial)),
                    Stop::Failed(failure, _) => reply(reply_to(failure)),
                };
                (answer, stop.into_known(), outcome)
            }
        };
        Answered { answer, record: record(known, outcome) }
    }

    /// Verifies a delivery, and only then forwards it. A handshake is answered here.
    async fn accept(
        &self,
        stores: &DeliveryStores<P, T>,
        delivery: &Delivery<'_>,
        invocation: Invocation<'_>,
    ) -> Result<(Accepted, Known), Stop> {
        let now = invocation.now;
        // 2, 3. Credential and identity: what is presented, and which webhook does it name?
        let webhook = self.identify(&delivery.message, now).await?;
        // 4. Decision: may they?
        match self.decide(&webhook, delivery, now).await {
            Ok(Verdict::Handshake(answer)) => {
                let secret_version = answer.secret_version;
                let known = Known { secret_version, ..of_webhook(webhook) };
                Ok((Accepted::Handshake(answer), known))
            }
            Ok(Verdict::Verified(verified)) => {
                let known = of_verified(webhook, &verified);
                match stores.forward(delivery, &verified, invocation).await {
                    Ok(forwarded) => Ok((Accepted::of(forwarded, &verified), known)),
                    Err(stop) => Err(stop.knowing(known)),
                }
            }
            Err(stop) => Err(stop.knowing(of_webhook(webhook))),
        }
    }

    async fn identify(&self, message: &Message<'_>, now: Timestamp) -> Result<KnownWebhook, Stop> {
        let unknown = |reason: &'static str| Denial::new(Code::WebhookUnknown, reason);
        let id = match message.webhook_id() {
            Occurrence::Absent => return Err(unknown("no webhook is named").into()),
            Occurrence::Conflicting => {
                return Err(unknown("two different webhooks are named").into());
            }
            Occurrence::Single(id) => WebhookId::parse(id),
        };
        let id = id.ok_or_else(|| unknown("the webhook's id is malformed"))?;
        let record = self.registry.find(&id).await?;
        let record = record.ok_or_else(|| unknown("the webhook is not registered"))?;
        Ok(KnownWebhook::admit(record, message.source_ip(), now)?)
    }
}

/// What came of a request that was let in.
enum Accepted {
    /// A delivery that the target has answered.
    Answered(TargetResponse),
    /// A delivery that Lambda has queued for the target.
    Queued(DeliveryId),
    /// A delivery that was forwarded before.
    Duplicate(DeliveryId, ToldApartBy),
    /// A handshake.
    Handshake(HandshakeAnswer),
}

impl Accepted {
    fn of(forwarded: Option<Forwarded>, verified: &VerifiedDelivery) -> Self {
        match forwarded {
            Some(Forwarded::Answered(response)) => Self::Answered(response),
            Some(Forwarded::Queued) => Self::Queued(verified.id().clone()),
            None => Self::Duplicate(verified.id().clone(), verified.told_apart_by()),
        }
    }
}

fn of_verified(webhook: KnownWebhook, verified: &VerifiedDelivery) -> Known {
    Known {
        secret_version: Some(verified.secret_version()),
        delivery: Some(verified.id().clone()),
        sender_id: verified.sender_id().cloned(),
        ..of_webhook(webhook)
    }
}

fn of_webhook(webhook: KnownWebhook) -> Known {
    Known { webhook: Some(webhook), ..Known::default() }
}

fn gate_record(gate: &GateRequest<'_>, known: Known, outcome: Outcome) -> Record {
    Record::of_event(gate.shape.as_str(), gate.gateway_request_id.as_deref(), known, outcome)
}

const fn reply_to(failure: &Failure) -> Reply<'static> {
    match failure {
        Failure::Unavailable(_) => Reply::Unavailable,
        Failure::TargetFailed(_) => Reply::TargetFailed,
        Failure::TooLarge(_) => Reply::TooLarge,
        Failure::Unauthorized
        | Failure::Malformed(_)
        | Failure::Misconfigured(_)
        | Failure::AnswerDisagrees(_) => Reply::Misconfigured,
    }
}

fn unwritten(_: serde_json::Error) -> Failure {
    Failure::TooLarge("the answer cannot be written".to_owned())
}

fn not_a_step(step: &str) -> Failure {
    MisconfiguredError::new(format!("this is a {step} event, but `STEPS` has no `{step}`")).into()
}
