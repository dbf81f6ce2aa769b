//! Verifies signatures, with one function for all schemes. A [`VerifiedHeaders`] and a
//! [`VerifiedDelivery`] are built here and nowhere else.

use aws_lc_rs::{constant_time, digest, hmac};

use crate::denial::{Code, Denial};
use crate::hex;
use crate::ids::DeliveryId;
use crate::time::Timestamp;
use crate::webhook::hmac_keys::{HmacKeys, SecretVersion};
use crate::webhook::known::KnownWebhook;
use crate::webhook::message::Message;
use crate::webhook::signature::{Mac, Signature, SignedBody};

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
    /// use shared::webhook::{
    ///     HmacKey, HmacKeys, KnownWebhook, Signature, WebhookRecord, WebhookRequest,
    /// };
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
    /// let current = HmacKey::new(webhook.scheme(), secret)?;
    /// let keys = HmacKeys { current, created: now, previous: None };
    /// let signature = Signature::read(&webhook, &gate.message, now)?;
    /// assert!(signature.verify_headers(&webhook, &keys, now).is_some());
    ///
    /// let current = HmacKey::new(webhook.scheme(), "the secret of another webhook")?;
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
    /// use shared::webhook::{
    ///     HmacKey, HmacKeys, KnownWebhook, Signature, WebhookRecord, WebhookRequest,
    /// };
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
    /// let key = HmacKey::new(webhook.scheme(), "It's a Secret to Everybody")?;
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
    replay_keys: Vec<ReplayKey>,
    secret_version: SecretVersion,
}

#[cfg(test)]
impl VerifiedDelivery {
    /// A value for tests, for which nothing was verified.
    pub(super) fn of_test(webhook: &KnownWebhook, id: DeliveryId) -> Self {
        Self {
            webhook: webhook.clone(),
            id,
            replay_keys: Vec::new(),
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

    /// The delivery's id, for the log and the target: the sender's, or else the SHA-256 of the MAC.
    #[must_use]
    pub const fn id(&self) -> &DeliveryId {
        &self.id
    }

    /// The keys by which a repetition is recognised, at least one: none may have been seen before.
    /// The first is made of authenticated bytes, because an attacker could change an unsigned id at
    /// each repetition. The others are of the MACs beside the one that fits.
    #[must_use]
    pub fn replay_keys(&self) -> &[ReplayKey] {
        &self.replay_keys
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

/// A key that must come only once for one webhook: a signed id, or the digest of a MAC. Never the
/// MAC itself, which would be a credential in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayKey(Box<str>);

impl ReplayKey {
    /// The key as text: `id:<id>` or `mac:<hex>`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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
    let matched = matches(signature, webhook, keys, b"", now);
    let (version, _) = matched.first()?;
    Some(VerifiedHeaders { webhook: webhook.clone(), secret_version: *version })
}

fn delivery(
    signature: &Signature,
    webhook: &KnownWebhook,
    keys: &HmacKeys,
    body: &[u8],
    now: Timestamp,
) -> Result<Option<VerifiedDelivery>, Denial> {
    let signed = if matches!(signature.body, SignedBody::Bytes) { body } else { b"" };
    let matched = matches(signature, webhook, keys, signed, now);
    let Some((version, mac)) = matched.first() else { return Ok(None) };
    if let SignedBody::Digest(digest) = &signature.body
        && !digest.is_of(body)
    {
        let reason = "the body is not the one of its `Content-Digest`";
        return Err(Denial::new(Code::SignatureInvalid, reason));
    }
    let signed_id = signature.id.as_ref().filter(|_| signature.id_is_signed);
    Ok(Some(VerifiedDelivery {
        webhook: webhook.clone(),
        secret_version: *version,
        id: signature.id.clone().unwrap_or_else(|| DeliveryId::new(&digest_of(mac))),
        replay_keys: match signed_id {
            Some(id) => vec![ReplayKey(format!("id:{}", id.as_str()).into())],
            None => presented(&matched, &signature.macs).iter().map(replay_key).collect(),
        },
    }))
}

/// Every version of the secret that made one of the MACs, with that MAC, each MAC once.
///
/// For each key there is one HMAC over prefix and body, which is compared with every MAC that is
/// presented: a sender that rotates its secret presents one for each version, and may rotate before
/// or after Secrets Manager does. The comparison takes constant time. If it ended at the first
/// wrong byte, its duration would tell an attacker how many bytes of a guessed MAC are right.
fn matches(
    signature: &Signature,
    webhook: &KnownWebhook,
    keys: &HmacKeys,
    body: &[u8],
    now: Timestamp,
) -> Vec<(SecretVersion, Mac)> {
    let mut matched = Vec::new();
    for (version, key) in keys.accepted(webhook.secret_overlap(), now) {
        let mut context = hmac::Context::with_key(key.hmac());
        context.update(signature.prefix.as_bytes());
        context.update(body);
        let tag = context.sign();
        // All are compared, so that the time does not tell which one it was.
        for mac in &signature.macs {
            if constant_time::verify_slices_are_equal(tag.as_ref(), mac).is_ok() {
                matched.push((version, *mac));
            }
        }
        // Every MAC has matched: another key would hash the body for nothing.
        if matched.len() == signature.macs.len() {
            break;
        }
    }
    matched.dedup_by_key(|(_, mac)| *mac);
    matched
}

/// Every MAC that is presented, once, and those that `matched` first. A sender that rotates its
/// secret signs with both versions, and an attacker who leaves one MAC out must not make a new
/// delivery of an old one. That includes a MAC that does not fit yet: it will as soon as this
/// function has looked up the new secret.
fn presented(matched: &[(SecretVersion, Mac)], all: &[Mac]) -> Vec<Mac> {
    let mut macs: Vec<Mac> = matched.iter().map(|(_, mac)| *mac).collect();
    for mac in all {
        if !macs.contains(mac) {
            macs.push(*mac);
        }
    }
    macs
}

fn replay_key(mac: &Mac) -> ReplayKey {
    ReplayKey(format!("mac:{}", digest_of(mac)).into())
}

/// A MAC is a credential for its message: only its SHA-256 is kept.
fn digest_of(mac: &Mac) -> String {
    hex::encode(digest::digest(&digest::SHA256, mac).as_ref())
}
