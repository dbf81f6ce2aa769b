//! HMAC keys: how a secret's text becomes a key, and which versions of the secret verify.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::time::Timestamp;
use crate::webhook::scheme::Scheme;

/// The shortest key that is taken, in bytes: half the length of the hash. A shorter one could be
/// guessed.
const MIN_KEY_BYTES: usize = 16;
/// The longest secret that is taken, in bytes. Secrets Manager stores up to 64 KiB.
const MAX_SECRET_BYTES: usize = 4 * 1024;

/// A version of a secret, by its staging label in Secrets Manager:
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretVersion {
    /// `AWSCURRENT`.
    Current,
    /// `AWSPREVIOUS`.
    Previous,
}

impl SecretVersion {
    /// The name in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
        }
    }
}

/// Why a secret cannot be a key. The sentence never quotes the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretError(&'static str);

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for SecretError {}

/// A key that verifies signatures. aws-lc overwrites it when it is dropped; `Debug` does not show
/// it.
#[derive(Clone)]
pub struct HmacKey(Box<hmac::Key>);

impl HmacKey {
    /// Reads the key in a secret's text, as `scheme` encodes it.
    ///
    /// # Errors
    /// It is empty, blank, shorter than 16 bytes or longer than 4096, or not encoded as the scheme
    /// requires.
    pub fn new(scheme: Scheme, secret: &str) -> Result<Self, SecretError> {
        if secret.trim().is_empty() {
            return Err(SecretError("the secret is empty"));
        }
        if secret.len() > MAX_SECRET_BYTES {
            return Err(SecretError("the secret is longer than 4096 bytes"));
        }
        let bytes = key_bytes(scheme, secret)?;
        if bytes.len() < MIN_KEY_BYTES {
            return Err(SecretError("the secret is shorter than 16 bytes"));
        }
        Ok(Self(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &bytes))))
    }

    pub(super) const fn hmac(&self) -> &hmac::Key {
        &self.0
    }
}

/// The bytes of the key in `secret`, wiped when dropped.
fn key_bytes(scheme: Scheme, secret: &str) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let encoded = scheme.base64_key(secret).map_err(SecretError)?;
    let Some(encoded) = encoded else { return Ok(Zeroizing::new(secret.as_bytes().to_vec())) };
    // Into a buffer that is wiped even if the decoding fails halfway.
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len()));
    let decoded = STANDARD.decode_vec(encoded, &mut bytes);
    decoded.map(|()| bytes).map_err(|_| SecretError("the secret is not base64"))
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The keys of one secret, by version.
#[derive(Clone, Debug)]
pub struct HmacKeys {
    /// `AWSCURRENT`.
    pub current: HmacKey,
    /// When that version was created.
    pub created: Timestamp,
    /// `AWSPREVIOUS`, if there is one. Secrets Manager never takes that label off by itself, so it
    /// does not mean that the version still verifies.
    pub previous: Option<HmacKey>,
}

impl HmacKeys {
    /// The keys that verify at `now`: the previous one only while the current one is younger than
    /// `overlap`. A rotated secret reaches the sender and this function at different moments, so
    /// for a while deliveries signed with either version are genuine. It must end, because a secret
    /// is often replaced after it has leaked.
    pub(super) fn accepted(
        &self,
        overlap: Duration,
        now: Timestamp,
    ) -> impl Iterator<Item = (SecretVersion, &HmacKey)> {
        let overlaps = now.since(self.created) < overlap;
        let previous = self.previous.as_ref().filter(|_| overlaps);
        [(SecretVersion::Current, Some(&self.current)), (SecretVersion::Previous, previous)]
            .into_iter()
            .filter_map(|(version, key)| key.map(|key| (version, key)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::time::Timestamp;
    use crate::webhook::hmac_keys::{HmacKey, HmacKeys, SecretVersion};
    use crate::webhook::scheme::Scheme;

    fn check(scheme: Scheme, secret: &str, sentence: Option<&str>) {
        let key = HmacKey::new(scheme, secret);
        assert_eq!(key.err().map(|unusable| unusable.to_string()).as_deref(), sentence, "{secret}");
    }

    #[test]
    fn what_can_be_a_key() {
        let (empty, short) =
            (Some("the secret is empty"), Some("the secret is shorter than 16 bytes"));
        let long = Some("the secret is longer than 4096 bytes");
        for scheme in Scheme::ALL {
            check(scheme, "", empty);
            check(scheme, " \t\r\n", empty);
            check(scheme, &" ".repeat(5000), empty);
            check(scheme, &"a".repeat(4097), long);
        }
        for scheme in [Scheme::Portcullis, Scheme::GitHub, Scheme::Stripe, Scheme::Slack] {
            check(scheme, &"a".repeat(15), short);
            check(scheme, &"a".repeat(16), None);
            check(scheme, &"a".repeat(4096), None);
            check(scheme, "ääääääää", None);
        }
    }

    #[test]
    fn keys_that_are_written_in_base64() {
        let (standard, rfc) = (Scheme::StandardWebhooks, Scheme::Rfc9421);
        let prefix = Some("the secret lacks the prefix `whsec_` of Standard Webhooks");
        let base64 = Some("the secret is not base64");
        let short = Some("the secret is shorter than 16 bytes");
        check(standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", None);
        check(standard, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", prefix);
        check(standard, "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", prefix);
        check(standard, "whsec_", short);
        check(standard, "whsec_MfKQ9r8GKYqrTwjUPD8=", short);
        check(standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS", base64);
        check(standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_", base64);
        check(standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n", base64);
        check(rfc, "base64:MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", None);
        check(rfc, "base64:MfKQ9r8GKYqrTwjUPD8=", short);
        check(rfc, "base64:not base64 at all", base64);
        check(rfc, "just sixteen byt", None);
        check(rfc, "just fifteen by", short);
        check(Scheme::Portcullis, "base64:not base64 at all", None);
    }

    #[test]
    fn the_previous_secret_verifies_while_they_overlap() {
        let key = HmacKey::new(Scheme::Portcullis, "correct horse battery staple").unwrap();
        let at = Timestamp::from_unix_millis;
        let keys = |previous| HmacKeys { current: key.clone(), created: at(1000), previous };
        let accepted = |keys: HmacKeys, overlap: u64, now: u64| {
            let accepted = keys.accepted(Duration::from_millis(overlap), at(now));
            accepted.map(|(version, _)| version.as_str()).collect::<Vec<_>>().join(" ")
        };
        let both = || keys(Some(key.clone()));
        assert_eq!(accepted(both(), 60, 1059), "current previous");
        assert_eq!(accepted(both(), 60, 1060), "current");
        assert_eq!(accepted(both(), 60, 900), "current previous");
        assert_eq!(accepted(both(), 0, 1000), "current");
        assert_eq!(accepted(keys(None), 60, 1000), "current");
        assert_eq!(SecretVersion::Previous.as_str(), "previous");
        assert!(!format!("{:?}", both()).contains("horse"));
    }
}
