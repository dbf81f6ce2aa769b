//! A signature that is presented.

use std::fmt;

use aws_lc_rs::digest;

use crate::ids::DeliveryId;
use crate::webhook::scheme::ToldApartBy;

/// A MAC by HMAC-SHA256 (RFC 2104).
pub(super) type Mac = [u8; 32];

/// A signature that is presented: well-formed and inside its window, and not yet believed.
pub struct Signature {
    /// The signed bytes before the body; all signed bytes, where a digest stands for the body.
    pub(super) prefix: String,
    /// How the signature covers the body.
    pub(super) body: SignedBody,
    /// The MACs that are presented, at least one. A sender that rotates its secret signs with the
    /// old and the new one, and presents both.
    pub(super) macs: Vec<Mac>,
    /// What tells a repetition.
    pub(super) told_apart_by: ToldApartBy,
    /// The sender's id of the delivery, if it is signed.
    pub(super) signed_id: Option<DeliveryId>,
    /// The sender's id of the delivery, if it is not signed: whoever sends can write it.
    pub(super) sender_id: Option<DeliveryId>,
}

/// How a signature covers the body.
pub(super) enum SignedBody {
    /// Its bytes follow the prefix.
    Bytes,
    /// The prefix covers a `Content-Digest` (RFC 9530), which says what the body must be.
    Digest(ContentDigest),
}

/// A `Content-Digest`: the digests by known algorithms, at least one.
pub(super) struct ContentDigest {
    pub(super) sha256: Option<[u8; 32]>,
    pub(super) sha512: Option<[u8; 64]>,
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature").finish_non_exhaustive()
    }
}

impl ContentDigest {
    /// Whether every digest that is given is the one of `body`. Digests are no secrets, so the
    /// comparison need not take constant time.
    pub(super) fn is_of(&self, body: &[u8]) -> bool {
        let is = |algorithm, given: Option<&[u8]>| {
            given.is_none_or(|given| digest::digest(algorithm, body).as_ref() == given)
        };
        (self.sha256.is_some() || self.sha512.is_some())
            && is(&digest::SHA256, self.sha256.as_ref().map(<[u8; 32]>::as_slice))
            && is(&digest::SHA512, self.sha512.as_ref().map(<[u8; 64]>::as_slice))
    }
}
