//! Handshakes: how senders see whether an address is ours before they send to it.
//!
//! | handshake | the sender sends | we answer |
//! |---|---|---|
//! | Slack's | a delivery with a `challenge`, signed | the challenge |
//! | Zoom's | a delivery with a `plainToken`, perhaps not signed | the token and its HMAC |
//! | Meta's | a `GET` with a verify token and a challenge, not signed | the challenge |
//!
//! A handshake is answered here and never forwarded, and only where the webhook's record says so.
//! <https://docs.slack.dev/reference/events/url_verification>,
//! <https://developers.zoom.us/docs/api/webhooks>,
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>

use std::time::Duration;

use aws_lc_rs::hmac;
use serde::Deserialize;
use serde_json::json;

use crate::denial::{Code, Denial};
use crate::hex;
use crate::request::Occurrence;
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::webhook::hmac_keys::{HmacKeys, SecretVersion};
use crate::webhook::known::KnownWebhook;
use crate::webhook::message::Message;
use crate::webhook::scheme::Description;

/// The longest challenge, in characters.
const MAX_CHALLENGE: usize = 256;
/// The longest body that may hold a challenge, in bytes. A longer one is a delivery.
const MAX_BODY_BYTES: usize = 4 * 1024;

/// A kind of handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// Slack's: a signed `url_verification`.
    SignedChallenge,
    /// Zoom's: an `endpoint.url_validation`, whose token is answered with its HMAC.
    PlainToken,
    /// Meta's: a `GET` with `hub.verify_token` and `hub.challenge`.
    VerifyToken,
}

impl Handshake {
    /// Those that a described scheme may have. Zoom's asks us to sign a text of the sender's choice
    /// with the key of the deliveries. That is no signature of a delivery only if what is signed of
    /// one always begins with a text that has a colon, since no text with a colon is signed here.
    pub(super) fn of_described(description: &Description) -> Vec<Self> {
        let mut handshakes = vec![Self::SignedChallenge, Self::VerifyToken];
        if description.begins_with_colon_text() {
            handshakes.push(Self::PlainToken);
        }
        handshakes
    }
}

/// What a sender wants to see answered.
#[derive(Debug)]
pub enum Challenge<'d> {
    /// Of Meta's handshake.
    VerifyToken(VerifyToken<'d>),
    /// Of Zoom's handshake.
    PlainToken(PlainToken),
}

/// A verify token that is presented, and the challenge beside it.
#[derive(Debug)]
pub struct VerifyToken<'d> {
    presented: Secret<&'d str>,
    challenge: &'d str,
}

/// A plain token, which is to be answered with its HMAC.
#[derive(Debug)]
pub struct PlainToken(Box<str>);

/// The answer to a handshake: 200 with this body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeAnswer {
    /// The value of `content-type`.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
    /// Which version of a secret it took, if one.
    pub secret_version: Option<SecretVersion>,
}

impl<'d> Challenge<'d> {
    /// Whether `message` may be a handshake that is not signed: the gate, which does not see the
    /// body, lets it through.
    ///
    /// # Errors
    /// `SIGNATURE_INVALID`: it is Meta's and malformed.
    pub fn may_be_unsigned(webhook: &KnownWebhook, message: &Message<'_>) -> Result<bool, Denial> {
        Ok(VerifyToken::read(webhook, message)?.is_some() || may_have_plain_token(webhook, message))
    }

    /// The challenge of `message`, which presents no signature, with `body`; `None` if it is no
    /// handshake of `webhook`, and so has to be signed.
    ///
    /// # Errors
    /// `SIGNATURE_INVALID`: it is one and malformed.
    pub fn unsigned(
        webhook: &KnownWebhook,
        message: &'d Message<'_>,
        body: &[u8],
    ) -> Result<Option<Self>, Denial> {
        if let Some(token) = VerifyToken::read(webhook, message)? {
            return Ok(Some(Self::VerifyToken(token)));
        }
        if !may_have_plain_token(webhook, message) {
            return Ok(None);
        }
        Ok(PlainToken::read(body)?.map(Self::PlainToken))
    }
}

/// The challenge in `body`, which is verified; `None` if it is a delivery.
#[derive(Debug)]
pub enum SignedChallenge {
    /// Of Slack's handshake.
    Echo(HandshakeAnswer),
    /// Of Zoom's handshake.
    PlainToken(PlainToken),
}

impl SignedChallenge {
    /// The challenge in the verified `body` of `webhook`; `None` if it is a delivery.
    ///
    /// # Errors
    /// `SIGNATURE_INVALID`: it is a challenge that is not answered.
    pub fn read(webhook: &KnownWebhook, body: &[u8]) -> Result<Option<Self>, Denial> {
        if webhook.shakes(Handshake::SignedChallenge)
            && let Some(SlackChallenge { r#type, challenge }) = json(body)
            && r#type == "url_verification"
        {
            let body = plain(&challenge)?.to_owned();
            let answer = HandshakeAnswer { content_type: TEXT, body, secret_version: None };
            return Ok(Some(Self::Echo(answer)));
        }
        if webhook.shakes(Handshake::PlainToken) {
            return Ok(PlainToken::read(body)?.map(Self::PlainToken));
        }
        Ok(None)
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

impl<'d> VerifyToken<'d> {
    fn read(webhook: &KnownWebhook, message: &'d Message<'_>) -> Result<Option<Self>, Denial> {
        let is_one = webhook.shakes(Handshake::VerifyToken)
            && message.method() == "GET"
            && message.query("hub.mode") != Occurrence::Absent;
        if !is_one {
            return Ok(None);
        }
        let single = |name: &str| match message.query(name) {
            Occurrence::Single(value) => Ok(value),
            Occurrence::Absent => Err(invalid(format!("`{name}` is missing"))),
            Occurrence::Conflicting => Err(invalid(format!("`{name}` is given twice"))),
        };
        if single("hub.mode")? != "subscribe" {
            return Err(invalid("`hub.mode` is not `subscribe`".to_owned()));
        }
        let presented = Secret::new(single("hub.verify_token")?);
        Ok(Some(Self { presented, challenge: plain(single("hub.challenge")?)? }))
    }

    /// The answer, if the token is the one of `keys`; the previous version counts for `overlap`.
    #[must_use]
    pub fn answer(
        &self,
        keys: &HmacKeys,
        overlap: Duration,
        now: Timestamp,
    ) -> Option<HandshakeAnswer> {
        let mut accepted = keys.accepted(overlap, now);
        let (version, _) = accepted.find(|(_, key)| key.is(self.presented.expose()))?;
        Some(HandshakeAnswer {
            content_type: TEXT,
            body: self.challenge.to_owned(),
            secret_version: Some(version),
        })
    }
}

impl PlainToken {
    fn read(body: &[u8]) -> Result<Option<Self>, Denial> {
        let challenge: Option<ZoomChallenge> = json(body);
        let Some(challenge) = challenge.filter(|one| one.event == "endpoint.url_validation") else {
            return Ok(None);
        };
        plain(&challenge.payload.plain_token).map(|token| Some(Self(token.into())))
    }

    /// The answer: the token, and its HMAC with the current one of `keys`.
    #[must_use]
    pub fn answer(&self, keys: &HmacKeys) -> HandshakeAnswer {
        let mac = hmac::sign(keys.current.hmac(), self.0.as_bytes());
        let encrypted = hex::encode(mac.as_ref());
        HandshakeAnswer {
            content_type: "application/json",
            body: json!({ "plainToken": self.0, "encryptedToken": encrypted }).to_string(),
            secret_version: Some(SecretVersion::Current),
        }
    }
}

/// Whether `message` may be Zoom's handshake without a signature. One with a signature is verified
/// first.
fn may_have_plain_token(webhook: &KnownWebhook, message: &Message<'_>) -> bool {
    let mut headers = webhook.scheme().signature_headers();
    webhook.shakes(Handshake::PlainToken)
        && message.method() == "POST"
        && headers.all(|name| message.header(name) == Occurrence::Absent)
}

/// `text`, if it is what we repeat to a stranger: 1 to 256 letters, digits and `- . _ ~ + / =`. It has
/// no colon (see [`Handshake::of_described`]), and no browser reads it as anything but text.
fn plain(text: &str) -> Result<&str, Denial> {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    if (1..=MAX_CHALLENGE).contains(&text.len()) && text.bytes().all(is_plain) {
        return Ok(text);
    }
    Err(invalid("the challenge is not 1 to 256 plain characters".to_owned()))
}

fn json<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Option<T> {
    if body.len() > MAX_BODY_BYTES {
        return None;
    }
    serde_json::from_slice(body).ok()
}

#[derive(Deserialize)]
struct SlackChallenge {
    r#type: String,
    challenge: String,
}

#[derive(Deserialize)]
struct ZoomChallenge {
    event: String,
    payload: ZoomPayload,
}

#[derive(Deserialize)]
struct ZoomPayload {
    #[serde(rename = "plainToken")]
    plain_token: String,
}

fn invalid(reason: String) -> Denial {
    Denial::new(Code::SignatureInvalid, reason)
}
