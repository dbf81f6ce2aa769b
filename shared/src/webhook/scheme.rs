//! How senders sign: a description and the interpreter that follows it, and RFC 9421, which is code
//! of its own. All end in a [`Signature`], which one function verifies.

mod describe;
mod description;
#[cfg(test)]
mod fixture;
mod hmac;
mod named;
mod read;
mod rfc9421;
mod template;
mod time;

use std::sync::Arc;
use std::time::Duration;

pub use description::{Description, ToldApartBy};
pub use named::NamedScheme;
use named::{DEFAULT_WINDOW, NAMED};
pub(super) use rfc9421::is_component;

use crate::denial::Denial;
use crate::ids::WebhookId;
use crate::time::Timestamp;
use crate::webhook::handshake::Handshake;
use crate::webhook::hmac_key::KeyForm;
use crate::webhook::message::Message;
use crate::webhook::sign::Outgoing;
use crate::webhook::signature::Signature;

/// How a sender signs, as a webhook's record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// One that is known here by its name.
    Named(&'static NamedScheme),
    /// `hmac`: the record describes it.
    Hmac(Arc<Description>),
    /// `rfc9421`: HTTP Message Signatures with `hmac-sha256`.
    Rfc9421,
}

/// The name of the scheme that a record describes.
pub(super) const HMAC: &str = "hmac";

impl Scheme {
    /// Every scheme that needs no description.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMED.into_iter().map(Self::Named).chain([Self::Rfc9421])
    }

    /// The name in a record and in the log.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Named(scheme) => scheme.name,
            Self::Hmac(_) => HMAC,
            Self::Rfc9421 => "rfc9421",
        }
    }

    /// The scheme of this name, in exactly this case; `None` for `hmac`, which a name does not
    /// describe.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|scheme| scheme.as_str() == name)
    }

    /// Whether the signature covers headers alone, so that the gate can verify it without the body.
    #[must_use]
    pub const fn signs_headers(&self) -> bool {
        matches!(self, Self::Rfc9421)
    }

    /// What tells a repetition of its deliveries, for those that have no `nonce` of RFC 9421.
    #[must_use]
    pub fn told_apart_by(&self) -> ToldApartBy {
        self.forms().first().map_or(ToldApartBy::Time, Description::told_apart_by)
    }

    /// The headers that carry its signature. They are dropped before a delivery is forwarded.
    pub fn signature_headers(&self) -> impl Iterator<Item = &str> {
        let rfc9421: &[&str] =
            if matches!(self, Self::Rfc9421) { rfc9421::SIGNATURE_HEADERS } else { &[] };
        self.forms().iter().map(Description::header).chain(rfc9421.iter().copied())
    }

    /// How far the time of a signature may be from now; zero where none is signed.
    pub(super) fn window(&self) -> Duration {
        self.forms().first().map_or(DEFAULT_WINDOW, Description::window)
    }

    /// How the secret becomes the key.
    #[must_use]
    pub fn key_form(&self) -> KeyForm {
        self.forms().first().map_or(KeyForm::Rfc9421, |form| form.key().clone())
    }

    /// What a webhook of this scheme may answer to see whether an address is ours.
    pub(super) fn handshakes(&self) -> Vec<Handshake> {
        match self {
            Self::Named(scheme) => scheme.handshake.into_iter().collect(),
            Self::Hmac(described) => Handshake::of_described(described),
            Self::Rfc9421 => Vec::new(),
        }
    }

    fn forms(&self) -> &[Description] {
        match self {
            Self::Named(scheme) => scheme.forms,
            Self::Hmac(described) => std::slice::from_ref(described),
            Self::Rfc9421 => &[],
        }
    }

    /// Reads the signature that `message` presents to the webhook `id`, which must cover the
    /// components `required` if the scheme signs headers.
    ///
    /// # Errors
    /// `SIGNATURE_INVALID`: missing, malformed, given twice. `SIGNATURE_EXPIRED`: made too long
    /// before `now`, or too far after it.
    pub(super) fn read(
        &self,
        id: &WebhookId,
        required: &[Box<str>],
        message: &Message<'_>,
        now: Timestamp,
    ) -> Result<Signature, Denial> {
        match self {
            Self::Rfc9421 => rfc9421::read(id, required, message, now),
            Self::Named(_) | Self::Hmac(_) => hmac::read(self.forms(), message, now),
        }
    }

    /// The headers that sign `delivery` to the webhook `id` with `key`: [`Scheme::read`] turned round.
    ///
    /// # Errors
    /// It signs headers, and one of `required` is not sent.
    pub(super) fn sign(
        &self,
        id: &WebhookId,
        required: &[Box<str>],
        delivery: &Outgoing<'_>,
        key: &aws_lc_rs::hmac::Key,
        now: Timestamp,
    ) -> Result<Vec<(String, String)>, Denial> {
        match self.forms().first() {
            Some(form) => Ok(hmac::sign(form, delivery, key, now)),
            None => rfc9421::sign(id, required, delivery, key, now),
        }
    }
}
