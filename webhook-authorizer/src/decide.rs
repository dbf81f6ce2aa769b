//! Step 4, the decision: may they? At the gate by the headers alone, on delivery by the body too, and
//! the answer to a handshake.

use adapters::secrets_manager::SecretStore;
use runtime::{MisconfiguredError, Stop};
use shared::denial::{Code, Denial};
use shared::time::Timestamp;
use shared::webhook::{
    Admitted, Challenge, Delivery, GateRequest, HandshakeAnswer, HmacKeys, KnownWebhook,
    SecretReference, Signature, SignedChallenge, VerifiedDelivery,
};

use crate::WebhookAuthorizer;

/// What a request to a webhook turned out to be.
pub(crate) enum Verdict {
    /// A handshake, and its answer.
    Handshake(HandshakeAnswer),
    /// A delivery.
    Verified(Box<VerifiedDelivery>),
}

const UNFIT: &str = "the signature is not one of the webhook's secret";
const UNFIT_TOKEN: &str = "the verify token is not the webhook's";
const NO_VERIFY_TOKEN: &str = "the webhook's `verify_token_secret_id` is also the secret of the signatures: make one of its own";

impl<R, S: SecretStore, P, T> WebhookAuthorizer<R, S, P, T> {
    /// Checks what can be checked without the body.
    pub(crate) async fn check_headers(
        &self,
        webhook: &KnownWebhook,
        gate: &GateRequest<'_>,
        now: Timestamp,
    ) -> Result<Admitted, Stop> {
        gate.exact_resource()?;
        if Challenge::may_be_unsigned(webhook, &gate.message)? {
            return Ok(Admitted::Pending(webhook.clone()));
        }
        let signature = Signature::read(webhook, &gate.message, now)?;
        if !webhook.scheme().signs_headers() {
            return Ok(Admitted::Pending(webhook.clone()));
        }
        let verify = |keys: &_| Ok(signature.verify_headers(webhook, keys, now));
        let secret = self.secret(webhook);
        self.with_keys(webhook, &secret, now, UNFIT, verify).await.map(Admitted::Headers)
    }

    /// Verifies a delivery, or answers a handshake.
    pub(crate) async fn decide(
        &self,
        webhook: &KnownWebhook,
        delivery: &Delivery<'_>,
        now: Timestamp,
    ) -> Result<Verdict, Stop> {
        if Challenge::may_be_unsigned(webhook, &delivery.message)?
            && let Some(challenge) =
                Challenge::unsigned(webhook, &delivery.message, &delivery.body()?)?
        {
            return self.shake(webhook, &challenge, now).await.map(Verdict::Handshake);
        }
        let signature = Signature::read(webhook, &delivery.message, now)?;
        let body = delivery.body()?;
        let verify = |keys: &_| signature.verify(webhook, keys, &body, now);
        let verified = self.with_keys(webhook, &self.secret(webhook), now, UNFIT, verify).await?;
        match SignedChallenge::read(webhook, &body)? {
            None => Ok(Verdict::Verified(Box::new(verified))),
            Some(SignedChallenge::Echo(answer)) => {
                let secret_version = Some(verified.secret_version());
                Ok(Verdict::Handshake(HandshakeAnswer { secret_version, ..answer }))
            }
            Some(SignedChallenge::PlainToken(token)) => {
                let challenge = Challenge::PlainToken(token);
                self.shake(webhook, &challenge, now).await.map(Verdict::Handshake)
            }
        }
    }

    /// Answers a handshake with what only we and the sender know.
    async fn shake(
        &self,
        webhook: &KnownWebhook,
        challenge: &Challenge<'_>,
        now: Timestamp,
    ) -> Result<HandshakeAnswer, Stop> {
        let secret = self.secret(webhook);
        let overlap = webhook.secret_overlap();
        match challenge {
            Challenge::PlainToken(token) => {
                Ok(token.answer(&*self.keys.keys(&secret, overlap, now).await?))
            }
            Challenge::VerifyToken(token) => {
                let own = webhook.verify_token().filter(|own| own.name != secret.name);
                let own = own.ok_or_else(|| MisconfiguredError::new(NO_VERIFY_TOKEN))?;
                let compare = |keys: &HmacKeys| Ok(token.answer(keys, overlap, now));
                self.with_keys(webhook, &own, now, UNFIT_TOKEN, compare).await
            }
        }
    }

    fn secret(&self, webhook: &KnownWebhook) -> SecretReference {
        webhook.secret(&self.config.secret_prefix)
    }

    /// Verifies with the keys that are held and, if none of them fits, with fresh ones: the secret
    /// may have been rotated since those were looked up. If those do not fit either, the sentence for
    /// the log is `unfit`.
    async fn with_keys<Verified>(
        &self,
        webhook: &KnownWebhook,
        secret: &SecretReference,
        now: Timestamp,
        unfit: &'static str,
        verify: impl Fn(&HmacKeys) -> Result<Option<Verified>, Denial>,
    ) -> Result<Verified, Stop> {
        let overlap = webhook.secret_overlap();
        let held = self.keys.keys(secret, overlap, now).await?;
        if let Some(verified) = verify(&held)? {
            return Ok(verified);
        }
        if let Some(fresh) = self.keys.fresh_keys(secret, overlap, now).await?
            && let Some(verified) = verify(&fresh)?
        {
            return Ok(verified);
        }
        Err(Denial::new(Code::SignatureInvalid, unfit).into())
    }
}
