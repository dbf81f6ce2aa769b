//! What a scheme is: where the signature, the time and the id stand, how the key is read, and what
//! is signed. The named schemes are values of this type (`named.rs`), a webhook's record may hold
//! one (`read.rs`), and one interpreter (`hmac.rs`) follows all of them.

use std::borrow::Cow;
use std::time::Duration;

use crate::webhook::hmac_key::KeyForm;

/// A text of a named scheme or of a record.
pub(in crate::webhook) type Name = Cow<'static, str>;

/// How a sender signs with HMAC-SHA256. Built by [`Description::read`], or a row of the named
/// schemes: both keep the same rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The header that holds the signature.
    pub(super) header: Name,
    /// How signatures stand in that header.
    pub(super) signatures: Signatures,
    /// How a MAC is written.
    pub(super) encoding: Encoding,
    /// How the secret's text becomes the key.
    pub(super) key: KeyForm,
    /// What is signed.
    pub(super) template: Template,
    /// Where the signed time stands. `None` where no time is signed.
    pub(super) time: Option<Time>,
    /// The header that holds the sender's id of the delivery, signed or not.
    pub(super) id_header: Option<Name>,
}

/// How signatures stand in their header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Signatures {
    /// One, after this prefix.
    One(Name),
    /// Several, separated by blanks. Those without the prefix are of other algorithms.
    List(Name),
    /// Pairs of `key=value`, separated by commas. Those under this key are signatures.
    Pairs(Name),
}

/// How a MAC is written. Each has one spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// 64 lower-case digits.
    Hex,
    /// RFC 4648 §4, with padding.
    Base64,
    /// RFC 4648 §5, without padding.
    Base64Url,
}

/// The signed time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) source: TimeSource,
    pub(super) unit: TimeUnit,
    /// How far it may be from `now`, before and after.
    pub(super) window: Duration,
}

/// Where a time stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TimeSource {
    /// In this header.
    Header(Name),
    /// In the signature's header, under this key.
    Pair(Name),
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeUnit {
    /// Whole seconds since 1970.
    Seconds,
    /// Whole milliseconds since 1970.
    Milliseconds,
    /// `2026-01-01T00:00:00Z` (RFC 3339).
    Rfc3339,
}

/// What is signed: these pieces, then the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template(pub(super) Cow<'static, [Piece]>);

/// A piece of what is signed before the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// This text.
    Text(Name),
    /// The time, as the sender wrote it.
    Time,
    /// The sender's id of the delivery.
    Id,
}

/// What tells a repeated delivery from a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldApartBy {
    /// The sender's id of the delivery, which is signed.
    Id,
    /// The signed bytes, in which the time is.
    Time,
    /// The signed bytes, which are the body's: two deliveries may rightly be the same.
    Body,
}

impl ToldApartBy {
    /// The name in a reply: `id`, `time` or `body`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Time => "time",
            Self::Body => "body",
        }
    }
}

impl Description {
    /// What tells a repetition of its deliveries.
    pub(in crate::webhook) fn told_apart_by(&self) -> ToldApartBy {
        match (self.template.has(&Piece::Id), self.time.is_some()) {
            (true, _) => ToldApartBy::Id,
            (false, true) => ToldApartBy::Time,
            (false, false) => ToldApartBy::Body,
        }
    }

    /// How far a signed time may be from `now`; zero where none is signed.
    pub(in crate::webhook) fn window(&self) -> Duration {
        self.time.as_ref().map_or(Duration::ZERO, |time| time.window)
    }

    /// The header that holds the signature, which no target sees.
    pub(in crate::webhook) fn header(&self) -> &str {
        &self.header
    }

    /// How the secret's text becomes the key.
    pub(in crate::webhook) const fn key(&self) -> &KeyForm {
        &self.key
    }

    /// Whether what is signed always begins with a text that has a colon.
    pub(in crate::webhook) fn begins_with_colon_text(&self) -> bool {
        matches!(self.template.0.first(), Some(Piece::Text(text)) if text.contains(':'))
    }
}

impl Template {
    pub(super) fn has(&self, piece: &Piece) -> bool {
        self.0.contains(piece)
    }
}
