//! Verifies signatures, with one function for all schemes. A [`VerifiedHeaders`] and a
//! [`VerifiedDelivery`] are built here and nowhere else.

use aws_lc_rs::digest::{self, SHA256};
use aws_lc_rs::{constant_time, hmac};

use crate::denial::{Code, Denial};
use crate::hex;
use crate::ids::DeliveryId;
use crate::time::Timestamp;
use crate::webhook::hmac_keys::{HmacKeys, SecretVersion};
use crate::webhook::known::KnownWebhook;
use crate::webhook::message::Message;
use crate::webhook::replay_key::ReplayKey;
use crate::webhook::scheme::ToldApartBy;
use crate::webhook::signature::{Signature, SignedBody};

impl Signature {
    /// Reads the signature that `message` presents to `webhook`, in the webhook's scheme.
    ///
    /// # Errors
    /// `SIGNATURE_INVALID`: missing, malformed, given twice. `SIGNATURE_EXPIRED`: made too long
    /// before `now`, or too far after it.
    pub fn read(
        webhook: &KnownWebhook,
        message: &Message<'_>,
        now: Timestamp,
    ) -> Result<Self, Denial> {
        webhook.scheme().read(webhook.id(), webhook.required_components(), message, now)
    }

    /// Verifies a signature over headers alone; `None` if no key fits, or if the scheme signs the
    /// body.
    ///
    /// ```
    /// use shared::ids::WebhookId;
    /// use shared::record::Fields;
    /// use shared::time::Timestamp;
    /// use shared::webhook::{HmacKeys, KnownWebhook, Signature, WebhookRecord, WebhookRequest};
    ///
    /// # let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../events/");
    /// # let event = std::fs::read(format!("{root}webhook-authorizer/gate-rfc9421.json"))?;
    /// # let secrets: serde_json::Value =
    /// #     serde_json::from_slice(&std::fs::read(format!("{root}dev-secrets.json"))?)?;
    /// # let secret = secrets["portcullis/webhook/wh_rfc9421"]["current"].as_str().unwrap();
    /// let now = Timestamp::from_unix_millis(1_767_225_660_000);
    /// let attributes = Fields::from_json(
    ///     r#"{"webhook_id": "wh_rfc9421", "user_id": "u", "tenant_id": "acme", "name": "Orders",
    ///         "status": "active", "scheme": "rfc9421", "created_at": 1764547200}"#,
    /// ).unwrap();
    /// let id = WebhookId::parse("wh_rfc9421").unwrap();
    /// let webhook = KnownWebhook::admit(WebhookRecord::read(&id, &attributes)?, None, now)?;
    ///
    /// let WebhookRequest::Gate(gate) = WebhookRequest::read(&event)? else {
    ///     return Err("it is a delivery".into());
    /// };
    /// let current = webhook.secret("portcullis/webhook/").key(secret)?;
    /// let keys = HmacKeys { current, created: now, previous: None };
    /// let signature = Signature::read(&webhook, &gate.message, now)?;
    /// assert!(signature.verify_headers(&webhook, &keys, now).is_some());
    ///
    /// let current = webhook.secret("").key("the secret of another webhook")?;
    /// let keys = HmacKeys { current, created: now, previous: None };
    /// assert!(signature.verify_headers(&webhook, &keys, now).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn verify_headers(
        &self,
        webhook: &KnownWebhook,
        keys: &HmacKeys,
        now: Timestamp,
    ) -> Option<VerifiedHeaders> {
        headers(self, webhook, keys, now)
    }

    /// Verifies the whole delivery, whose body is `body`; `Ok(None)` if no key fits.
    ///
    /// ```
    /// use shared::ids::WebhookId;
    /// use shared::record::Fields;
    /// use shared::time::Timestamp;
    /// use shared::webhook::{HmacKeys, KnownWebhook, Signature, WebhookRecord, WebhookRequest};
    ///
    /// let now = Timestamp::from_unix_millis(1_700_000_000_000);
    /// let attributes = Fields::from_json(
    ///     r#"{"webhook_id": "wh_1", "user_id": "u", "tenant_id": "acme", "name": "Builds",
    ///         "status": "active", "scheme": "github", "created_at": 1600000000}"#,
    /// ).ok_or("it is no object")?;
    /// let id = WebhookId::parse("wh_1").ok_or("it is no id")?;
    /// let webhook = KnownWebhook::admit(WebhookRecord::read(&id, &attributes)?, None, now)?;
    ///
    /// // The example of GitHub's documentation.
    /// let event = br#"{
    ///     "version": "2.0", "rawPath": "/hooks",
    ///     "requestContext": {"http": {"method": "POST"}},
    ///     "headers": {"x-hub-signature-256":
    ///         "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
    ///     "body": "Hello, World!"
    /// }"#;
    /// let WebhookRequest::Delivery(delivery) = WebhookRequest::read(event)? else {
    ///     return Err("it is an authorizer event".into());
    /// };
    /// let key = webhook.secret("portcullis/webhook/").key("It's a Secret to Everybody")?;
    /// let keys = HmacKeys { current: key, created: now, previous: None };
    ///
    /// let signature = Signature::read(&webhook, &delivery.message, now)?;
    /// let verified = signature.verify(&webhook, &keys, &delivery.body()?, now)?;
    /// assert!(verified.is_some_and(|verified| verified.webhook().tenant().as_str() == "acme"));
    /// assert!(signature.verify(&webhook, &keys, b"Hello, Worlds!", now)?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `SIGNATURE_INVALID`: the signature fits, but the body is not the one whose digest it covers.
    pub fn verify(
        &self,
        webhook: &KnownWebhook,
        keys: &HmacKeys,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<VerifiedDelivery>, Denial> {
        delivery(self, webhook, keys, body, now)
    }
}

/// Headers that are authenticated: an RFC 9421 signature, verified. Their `Content-Digest` is
/// authenticated too, but not yet compared with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedHeaders {
    webhook: KnownWebhook,
    secret_version: SecretVersion,
}

impl VerifiedHeaders {
    /// Which version of the secret verified them.
    #[must_use]
    pub const fn secret_version(&self) -> SecretVersion {
        self.secret_version
    }
}

/// A delivery whose body is authenticated. Only this file builds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedDelivery {
    webhook: KnownWebhook,
    id: DeliveryId,
    told_apart_by: ToldApartBy,
    sender_id: Option<DeliveryId>,
    secret_version: SecretVersion,
}

#[cfg(test)]
impl VerifiedDelivery {
    /// A value for tests, for which nothing was verified.
    pub(super) fn of_test(webhook: &KnownWebhook, id: DeliveryId) -> Self {
        Self {
            webhook: webhook.clone(),
            id,
            told_apart_by: ToldApartBy::Body,
            sender_id: None,
            secret_version: SecretVersion::Current,
        }
    }
}

impl VerifiedDelivery {
    /// The webhook whose secret verified it.
    #[must_use]
    pub const fn webhook(&self) -> &KnownWebhook {
        &self.webhook
    }

    /// The delivery's id: the sender's where it is signed, or else the SHA-256 of the signed bytes.
    /// It is authenticated, and the same whatever secret signed the delivery.
    #[must_use]
    pub const fn id(&self) -> &DeliveryId {
        &self.id
    }

    /// What its id is made of.
    #[must_use]
    pub const fn told_apart_by(&self) -> ToldApartBy {
        self.told_apart_by
    }

    /// The sender's own id of the delivery where it is not signed. It proves nothing: whoever
    /// repeats a delivery can write another.
    #[must_use]
    pub const fn sender_id(&self) -> Option<&DeliveryId> {
        self.sender_id.as_ref()
    }

    /// The key by which a repetition is recognised.
    #[must_use]
    pub fn replay_key(&self) -> ReplayKey {
        ReplayKey::new(self.told_apart_by, &self.id)
    }

    /// Which version of the secret verified it.
    #[must_use]
    pub const fn secret_version(&self) -> SecretVersion {
        self.secret_version
    }
}

/// A webhook that the gate lets through, and what was verified by then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// Registered, active, with a well-formed signature in its window, which can be verified only
    /// on delivery, with the body: `verified=pending`.
    Pending(KnownWebhook),
    /// With a signature over the headers, verified: `verified=headers`.
    Headers(VerifiedHeaders),
}

impl Admitted {
    /// The webhook.
    #[must_use]
    pub const fn webhook(&self) -> &KnownWebhook {
        match self {
            Self::Pending(webhook) => webhook,
            Self::Headers(headers) => &headers.webhook,
        }
    }

    /// Which version of the secret verified its headers, if one did.
    #[must_use]
    pub const fn secret_version(&self) -> Option<SecretVersion> {
        match self {
            Self::Pending(_) => None,
            Self::Headers(headers) => Some(headers.secret_version),
        }
    }

    /// The value of `verified` in the context.
    #[must_use]
    pub const fn verified(&self) -> &'static str {
        match self {
            Self::Pending(_) => "pending",
            Self::Headers(_) => "headers",
        }
    }
}

fn headers(
    signature: &Signature,
    webhook: &KnownWebhook,
    keys: &HmacKeys,
    now: Timestamp,
) -> Option<VerifiedHeaders> {
    if matches!(signature.body, SignedBody::Bytes) {
        return None;
    }
    let version = matching(signature, webhook, keys, b"", now)?;
    Some(VerifiedHeaders { webhook: webhook.clone(), secret_version: version })
}

fn delivery(
    signature: &Signature,
    webhook: &KnownWebhook,
    keys: &HmacKeys,
    body: &[u8],
    now: Timestamp,
) -> Result<Option<VerifiedDelivery>, Denial> {
    let signed = if matches!(signature.body, SignedBody::Bytes) { body } else { b"" };
    let Some(version) = matching(signature, webhook, keys, signed, now) else { return Ok(None) };
    if let SignedBody::Digest(digest) = &signature.body
        && !digest.is_of(body)
    {
        let reason = "the body is not the one of its `Content-Digest`";
        return Err(Denial::new(Code::SignatureInvalid, reason));
    }
    let of_signed_bytes = || DeliveryId::new(&sha256(&signature.prefix, signed));
    Ok(Some(VerifiedDelivery {
        webhook: webhook.clone(),
        id: signature.signed_id.clone().unwrap_or_else(of_signed_bytes),
        told_apart_by: signature.told_apart_by,
        sender_id: signature.sender_id.clone(),
        secret_version: version,
    }))
}

/// The version of the secret that made one of the MACs.
///
/// For each key there is one HMAC over prefix and body, which is compared with every MAC that is
/// presented: a sender that rotates its secret presents one for each version, and may rotate before
/// or after Secrets Manager does. The comparison takes constant time. If it ended at the first
/// wrong byte, its duration would tell an attacker how many bytes of a guessed MAC are right.
fn matching(
    signature: &Signature,
    webhook: &KnownWebhook,
    keys: &HmacKeys,
    body: &[u8],
    now: Timestamp,
) -> Option<SecretVersion> {
    let mut accepted = keys.accepted(webhook.secret_overlap(), now);
    let version = accepted.find(|(_, key)| {
        let mut context = hmac::Context::with_key(key.hmac());
        context.update(signature.prefix.as_bytes());
        context.update(body);
        let tag = context.sign();
        // All are compared, so that the time does not tell which one it was.
        signature.macs.iter().fold(false, |found, mac| {
            found | constant_time::verify_slices_are_equal(tag.as_ref(), mac).is_ok()
        })
    });
    version.map(|(version, _)| version)
}

/// The SHA-256 of `prefix` and `body`, in digits.
fn sha256(prefix: &str, body: &[u8]) -> String {
    let mut context = digest::Context::new(&SHA256);
    context.update(prefix.as_bytes());
    context.update(body);
    hex::encode(context.finish().as_ref())
}
