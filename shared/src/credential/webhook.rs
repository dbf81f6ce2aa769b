//! Webhook signatures: what is presented, and what a secret proves of it.
//!
//! One file per scheme says where the signature stands and what is signed; all of them end in a
//! [`Signature`], and one function verifies every kind.

#[cfg(test)]
mod fixture;
mod github;
mod keys;
mod portcullis;
mod read;
mod rfc9421;
mod slack;
mod standard_webhooks;
mod stripe;
mod verify;

use std::fmt;

use crate::denial::Denial;
use crate::identity::{KnownWebhook, VerifiedDelivery, VerifiedHeaders};
use crate::request::Message;
use crate::time::Timestamp;

pub use keys::{SecretVersion, SigningKey, SigningKeys, UnusableSecret};
pub(crate) use rfc9421::is_component;

/// How a webhook signs, as the registry's `scheme` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `X-Webhook-Signature: sha256=<hex>` over the body.
    Portcullis,
    /// `X-Hub-Signature-256: sha256=<hex>` over the body.
    GitHub,
    /// `Stripe-Signature: t=…,v1=…` over time and body.
    Stripe,
    /// `X-Slack-Signature: v0=<hex>` over time and body.
    Slack,
    /// `webhook-signature: v1,<base64>` over id, time and body.
    StandardWebhooks,
    /// HTTP Message Signatures with `hmac-sha256`.
    Rfc9421,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 6] = [
        Self::Portcullis,
        Self::GitHub,
        Self::Stripe,
        Self::Slack,
        Self::StandardWebhooks,
        Self::Rfc9421,
    ];

    /// The name in the registry and in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Portcullis => "portcullis",
            Self::GitHub => "github",
            Self::Stripe => "stripe",
            Self::Slack => "slack",
            Self::StandardWebhooks => "standard-webhooks",
            Self::Rfc9421 => "rfc9421",
        }
    }

    /// The scheme of this name, in exactly this case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.as_str() == name)
    }

    /// Whether everything that is signed stands in the headers, so that the gate can verify it.
    #[must_use]
    pub const fn signs_headers(self) -> bool {
        matches!(self, Self::Rfc9421)
    }
}

/// A MAC by HMAC-SHA256 (RFC 2104).
type Mac = [u8; 32];

/// A signature that is presented: well-formed and inside its window, and not yet believed.
pub struct Signature {
    /// What is signed before the body, or all that is signed.
    prefix: String,
    /// How the body takes part.
    body: SignedBody,
    /// What is claimed to be the MAC. More than one while a sender changes its secret.
    macs: Vec<Mac>,
    /// What the sender calls the delivery, if anything.
    id: Option<DeliveryId>,
    /// Whether `id` is signed, and so can tell a repetition.
    id_is_signed: bool,
}

/// How the body takes part in what is signed.
enum SignedBody {
    /// Its bytes follow the prefix.
    Bytes,
    /// The prefix covers a `Content-Digest` (RFC 9530), which says what the body must be.
    Digest(ContentDigest),
}

/// A `Content-Digest`: every digest that is given and known. At least one.
struct ContentDigest {
    sha256: Option<[u8; 32]>,
    sha512: Option<[u8; 64]>,
}

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
        match webhook.scheme() {
            Scheme::Portcullis => portcullis::read(message),
            Scheme::GitHub => github::read(message),
            Scheme::Stripe => stripe::read(message, now),
            Scheme::Slack => slack::read(message, now),
            Scheme::StandardWebhooks => standard_webhooks::read(message, now),
            Scheme::Rfc9421 => rfc9421::read(webhook, message, now),
        }
    }

    /// Verifies what stands in the headers; `None` if no key fits, or if the scheme signs the body.
    #[must_use]
    pub fn verify_headers<'w>(
        &self,
        webhook: &'w KnownWebhook,
        keys: &SigningKeys,
        now: Timestamp,
    ) -> Option<VerifiedHeaders<'w>> {
        verify::headers(self, webhook, keys, now)
    }

    /// Verifies the whole delivery, whose body is `body`; `Ok(None)` if no key fits.
    ///
    /// # Errors
    /// `SIGNATURE_INVALID`: the signature fits, but the body is not the one whose digest it covers.
    pub fn verify<'w>(
        &self,
        webhook: &'w KnownWebhook,
        keys: &SigningKeys,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<VerifiedDelivery<'w>>, Denial> {
        verify::delivery(self, webhook, keys, body, now)
    }

    /// One of `prefix` and the body's bytes, without an id.
    const fn over_body(prefix: String, macs: Vec<Mac>) -> Self {
        Self { prefix, body: SignedBody::Bytes, macs, id: None, id_is_signed: false }
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature").finish_non_exhaustive()
    }
}

/// What a delivery is called: the sender's own id, or what tells it from every other. 1 to 128 of
/// `A–Z a–z 0–9 - . _ : + = / ~`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryId(Box<str>);

impl DeliveryId {
    /// Takes `text` if it is the id of a delivery.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:+=/~".contains(&b);
        let shaped = (1..=128).contains(&text.len()) && text.bytes().all(plain);
        shaped.then(|| Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What must come once only, for one webhook: a signed id, or the digest of a signature. Never the
/// signature itself, which would be a credential in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayKey(Box<str>);

impl ReplayKey {
    /// The key as text: `id:<id>` or `mac:<hex>`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
