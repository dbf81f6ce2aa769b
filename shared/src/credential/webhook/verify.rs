//! The one verify function.

use aws_lc_rs::{constant_time, digest, hmac};

use super::{
    ContentDigest, DeliveryId, Mac, ReplayKey, SecretVersion, Signature, SignedBody, SigningKeys,
};
use crate::denial::{Code, Denial};
use crate::identity::{KnownWebhook, VerifiedDelivery, VerifiedHeaders};
use crate::time::Timestamp;

pub(super) fn headers<'w>(
    signature: &Signature,
    webhook: &'w KnownWebhook,
    keys: &SigningKeys,
    now: Timestamp,
) -> Option<VerifiedHeaders<'w>> {
    if matches!(signature.body, SignedBody::Bytes) {
        return None;
    }
    let matched = matches(signature, webhook, keys, b"", now);
    let (secret, _) = matched.first()?;
    Some(VerifiedHeaders { webhook, secret: *secret })
}

pub(super) fn delivery<'w>(
    signature: &Signature,
    webhook: &'w KnownWebhook,
    keys: &SigningKeys,
    body: &[u8],
    now: Timestamp,
) -> Result<Option<VerifiedDelivery<'w>>, Denial> {
    let signed = if matches!(signature.body, SignedBody::Bytes) { body } else { b"" };
    let matched = matches(signature, webhook, keys, signed, now);
    let Some((secret, mac)) = matched.first() else { return Ok(None) };
    if let SignedBody::Digest(digest) = &signature.body
        && !digest.is_of(body)
    {
        let reason = "the body is not the one of its `Content-Digest`";
        return Err(Denial::new(Code::SignatureInvalid, reason));
    }
    let signed_id = signature.id.as_ref().filter(|_| signature.id_is_signed);
    Ok(Some(VerifiedDelivery {
        webhook,
        secret: *secret,
        id: signature.id.clone().unwrap_or_else(|| DeliveryId(digest_of(mac).into())),
        replay_keys: match signed_id {
            Some(id) => vec![ReplayKey(format!("id:{}", id.as_str()).into())],
            None => presented(&matched, &signature.macs).iter().map(replay_key).collect(),
        },
    }))
}

/// Every version of the secret that made one of the MACs, with that MAC, each MAC once.
fn matches(
    signature: &Signature,
    webhook: &KnownWebhook,
    keys: &SigningKeys,
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
        // Nothing is left for another key: it would hash the body for nothing.
        if matched.len() == signature.macs.len() {
            break;
        }
    }
    matched.dedup_by_key(|(_, mac)| *mac);
    matched
}

/// Every MAC that is presented, once, and those that `matched` first. A sender that changes its
/// secret signs with both, and leaving one of them out must not make a delivery a new one: not even
/// the one that did not fit, because it will as soon as the new secret is known here.
fn presented(matched: &[(SecretVersion, Mac)], all: &[Mac]) -> Vec<Mac> {
    let mut macs: Vec<Mac> = matched.iter().map(|(_, mac)| *mac).collect();
    for mac in all {
        if !macs.contains(mac) {
            macs.push(*mac);
        }
    }
    macs
}

impl ContentDigest {
    /// Whether every digest that is given is the one of `body`.
    pub(super) fn is_of(&self, body: &[u8]) -> bool {
        let is = |algorithm, given: Option<&[u8]>| {
            given.is_none_or(|given| digest::digest(algorithm, body).as_ref() == given)
        };
        (self.sha256.is_some() || self.sha512.is_some())
            && is(&digest::SHA256, self.sha256.as_ref().map(<[u8; 32]>::as_slice))
            && is(&digest::SHA512, self.sha512.as_ref().map(<[u8; 64]>::as_slice))
    }
}

fn replay_key(mac: &Mac) -> ReplayKey {
    ReplayKey(format!("mac:{}", digest_of(mac)).into())
}

/// A MAC is a credential for its message: what is kept of it is its SHA-256.
fn digest_of(mac: &Mac) -> String {
    use std::fmt::Write as _;
    let mut hex = String::with_capacity(64);
    for byte in digest::digest(&digest::SHA256, mac).as_ref() {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
