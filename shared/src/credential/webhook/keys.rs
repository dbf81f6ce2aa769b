//! Secrets as keys: what a text from Secrets Manager means in a scheme, and which version counts.

use std::fmt;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::Scheme;
use crate::time::Timestamp;

/// A shorter key could be guessed: half of what the hash gives.
const MIN_KEY_BYTES: usize = 16;
/// The longest text that is taken. Secrets Manager takes 64 KiB.
const MAX_SECRET_BYTES: usize = 4 * 1024;

/// Which version of a secret: the labels of Secrets Manager.
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

/// A secret that cannot be a key. The sentence never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnusableSecret(&'static str);

impl fmt::Display for UnusableSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for UnusableSecret {}

/// A key to verify with. aws-lc overwrites it when it is dropped; `Debug` says nothing.
#[derive(Clone)]
pub struct SigningKey(Box<hmac::Key>);

impl SigningKey {
    /// Makes a key of a secret's text, as `scheme` writes its keys.
    ///
    /// # Errors
    /// It is empty, blank, shorter than 16 bytes or longer than 4096, or not written as the scheme
    /// asks.
    pub fn new(scheme: Scheme, secret: &str) -> Result<Self, UnusableSecret> {
        if secret.trim().is_empty() {
            return Err(UnusableSecret("the secret is empty"));
        }
        if secret.len() > MAX_SECRET_BYTES {
            return Err(UnusableSecret("the secret is longer than 4096 bytes"));
        }
        let bytes = key_bytes(scheme, secret)?;
        if bytes.len() < MIN_KEY_BYTES {
            return Err(UnusableSecret("the secret is shorter than 16 bytes"));
        }
        Ok(Self(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &bytes))))
    }

    pub(super) const fn hmac(&self) -> &hmac::Key {
        &self.0
    }
}

/// The bytes of the key in `secret`, wiped when dropped.
fn key_bytes(scheme: Scheme, secret: &str) -> Result<Zeroizing<Vec<u8>>, UnusableSecret> {
    let encoded =
        match scheme {
            Scheme::StandardWebhooks => Some(secret.strip_prefix("whsec_").ok_or(
                UnusableSecret("the secret lacks the prefix `whsec_` of Standard Webhooks"),
            )?),
            // RFC 9421 keys are bytes, which a text cannot always hold.
            Scheme::Rfc9421 => secret.strip_prefix("base64:"),
            _ => None,
        };
    let Some(encoded) = encoded else { return Ok(Zeroizing::new(secret.as_bytes().to_vec())) };
    // Into a buffer that is wiped even if it is filled only half.
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len()));
    let decoded = STANDARD.decode_vec(encoded, &mut bytes);
    decoded.map(|()| bytes).map_err(|_| UnusableSecret("the secret is not base64"))
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The versions of one secret.
#[derive(Clone, Debug)]
pub struct SigningKeys {
    /// `AWSCURRENT`.
    pub current: SigningKey,
    /// When that version was created.
    pub created: Timestamp,
    /// `AWSPREVIOUS`, if there is one. The label stays on for ever, so it alone says nothing.
    pub previous: Option<SigningKey>,
}

impl SigningKeys {
    /// The keys that verify at `now`: the previous one only while the current one is younger than
    /// `overlap`.
    pub(super) fn accepted(
        &self,
        overlap: Duration,
        now: Timestamp,
    ) -> impl Iterator<Item = (SecretVersion, &SigningKey)> {
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

    use super::{SecretVersion, SigningKey, SigningKeys};
    use crate::credential::webhook::Scheme;
    use crate::time::Timestamp;

    fn check(scheme: Scheme, secret: &str, sentence: Option<&str>) {
        let key = SigningKey::new(scheme, secret);
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
        let key = SigningKey::new(Scheme::Portcullis, "correct horse battery staple").unwrap();
        let at = Timestamp::from_unix_millis;
        let keys = |previous| SigningKeys { current: key.clone(), created: at(1000), previous };
        let accepted = |keys: SigningKeys, overlap: u64, now: u64| {
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
