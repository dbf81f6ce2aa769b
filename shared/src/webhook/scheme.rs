//! How senders sign: each scheme has a file that reads its headers into a [`Signature`], and one
//! function verifies the signatures of all schemes.

#[cfg(test)]
mod fixture;
mod github;
mod portcullis;
mod read;
mod rfc9421;
mod slack;
mod standard_webhooks;
mod stripe;

pub(super) use rfc9421::is_component;

use crate::denial::Denial;
use crate::ids::WebhookId;
use crate::time::Timestamp;
use crate::webhook::message::Message;
use crate::webhook::signature::Signature;

/// How a sender signs, as a record's `scheme` names it.
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

    /// The name in a record and in the log.
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

    /// Whether the signature covers headers alone, so that the gate can verify it without the body.
    #[must_use]
    pub const fn signs_headers(self) -> bool {
        matches!(self, Self::Rfc9421)
    }

    /// The headers that carry its signature, in lower case. They are dropped before a delivery is
    /// forwarded.
    #[must_use]
    pub const fn signature_headers(self) -> &'static [&'static str] {
        match self {
            Self::Portcullis => portcullis::SIGNATURE_HEADERS,
            Self::GitHub => github::SIGNATURE_HEADERS,
            Self::Stripe => stripe::SIGNATURE_HEADERS,
            Self::Slack => slack::SIGNATURE_HEADERS,
            Self::StandardWebhooks => standard_webhooks::SIGNATURE_HEADERS,
            Self::Rfc9421 => rfc9421::SIGNATURE_HEADERS,
        }
    }

    /// The part of `secret` that is the key in base64 (RFC 4648 §4); `None` where the text is the
    /// key itself.
    ///
    /// # Errors
    /// One sentence: the secret is not encoded as the scheme encodes its secrets.
    pub(super) fn base64_key(self, secret: &str) -> Result<Option<&str>, &'static str> {
        match self {
            Self::StandardWebhooks => standard_webhooks::base64_key(secret).map(Some),
            // A key of RFC 9421 may be any bytes, and not all bytes are a text.
            Self::Rfc9421 => Ok(secret.strip_prefix("base64:")),
            Self::Portcullis | Self::GitHub | Self::Stripe | Self::Slack => Ok(None),
        }
    }

    /// Reads the signature that `message` presents to the webhook `id`, which must cover the
    /// components `required` if the scheme signs headers.
    ///
    /// # Errors
    /// `SIGNATURE_INVALID`: missing, malformed, given twice. `SIGNATURE_EXPIRED`: made too long
    /// before `now`, or too far after it.
    pub(super) fn read(
        self,
        id: &WebhookId,
        required: &[Box<str>],
        message: &Message<'_>,
        now: Timestamp,
    ) -> Result<Signature, Denial> {
        match self {
            Self::Portcullis => portcullis::read(message),
            Self::GitHub => github::read(message),
            Self::Stripe => stripe::read(message, now),
            Self::Slack => slack::read(message, now),
            Self::StandardWebhooks => standard_webhooks::read(message, now),
            Self::Rfc9421 => rfc9421::read(id, required, message, now),
        }
    }
}
