//! One JWK: is it a key that verifies RS256, and are its numbers sound?

use std::fmt;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::authn::json::{Json, Object};

/// An RSA public key of 2048 to 4096 bits that verifies RS256, parsed once.
///
/// RFC 7518 §3.3 requires 2048 bits, because shorter keys can be factored; NIST SP 800-131A §3
/// allows them for old signatures only. The upper bound limits the work: twice the bits take about
/// four times as long to verify, and aws-lc-rs itself would take 8192.
pub struct VerifyingKey {
    key: ParsedPublicKey,
    bits: usize,
}

impl VerifyingKey {
    /// Whether `signature` is the RSASSA-PKCS1-v1_5 signature with SHA-256 (RFC 7518 §3.3) of
    /// `message` under this key.
    #[must_use]
    pub fn verify_rs256(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }

    /// Admits the key if it is an RSA key (`kty`, RFC 7517 §4.1) for signatures (`use`, §4.2) that
    /// may verify (`key_ops`, §4.3) with RS256 (`alg`, §4.4), and if its numbers are in range.
    /// `use`, `key_ops` and `alg` are optional: an absent one forbids nothing.
    pub(super) fn admit(jwk: &Object<'_>) -> Result<Self, JwkError> {
        if !is(jwk.member("kty"), "RSA") {
            return Err(JwkError::Type);
        }
        if !may_be(jwk.member("use"), "sig") {
            return Err(JwkError::Use);
        }
        if !may_be(jwk.member("alg"), "RS256") {
            return Err(JwkError::Algorithm);
        }
        match jwk.member("key_ops") {
            None => {}
            Some(Json::Array(ops)) if ops.iter().any(|op| is(Some(op), "verify")) => {}
            Some(_) => return Err(JwkError::Operations),
        }
        let modulus = uint(jwk.member("n")).ok_or(JwkError::Encoding("n"))?;
        let exponent = uint(jwk.member("e")).ok_or(JwkError::Encoding("e"))?;
        Self::from_numbers(&modulus, &exponent)
    }

    fn from_numbers(n: &[u8], e: &[u8]) -> Result<Self, JwkError> {
        let bits = bit_length(n);
        if !(2048..=4096).contains(&bits) {
            return Err(JwkError::ModulusBits(bits));
        }
        if !is_odd(n) {
            return Err(JwkError::EvenModulus);
        }
        // An even exponent has no private one (RFC 8017 §3.1), and with an exponent of 1 the padded
        // hash would be its own signature. With 3, which RFC 8017 allows, lenient verifiers took
        // forged padding. 17 bits and odd is 65537 or more, as FIPS 186-5 A.1.1 requires; 32 bits
        // bound the work of a verification.
        if !(17..=32).contains(&bit_length(e)) || !is_odd(e) {
            return Err(JwkError::Exponent);
        }
        RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .map(|key| Self { key, bits })
            .map_err(|_| JwkError::Refused)
    }
}

/// Shows how long the key is, and nothing else.
impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("bits", &self.bits).finish_non_exhaustive()
    }
}

/// Why a key of a set is passed over. The sentence continues "key 0".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwkError {
    /// `kty` is not `RSA`.
    Type,
    /// `use` is present and not `sig`.
    Use,
    /// `alg` is present and not `RS256`.
    Algorithm,
    /// `key_ops` is present and does not hold `verify`.
    Operations,
    /// This member is not a number as RFC 7518 §2 (`Base64urlUInt`) writes it.
    Encoding(&'static str),
    /// The modulus has this many bits.
    ModulusBits(usize),
    /// The modulus is even, so it is no product of odd primes (RFC 8017 §3.1).
    EvenModulus,
    /// The exponent is even, below 65537 or of more than 32 bits.
    Exponent,
    /// aws-lc-rs does not take the numbers.
    Refused,
}

impl fmt::Display for JwkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type => f.write_str("is not of type `RSA`"),
            Self::Use => f.write_str("is not for signatures"),
            Self::Algorithm => f.write_str("is not for `RS256`"),
            Self::Operations => f.write_str("is not for verifying"),
            Self::Encoding(member) => {
                write!(f, "has a member `{member}` that is not a number in strict base64url")
            }
            Self::ModulusBits(bits) => write!(f, "has {bits} bits; 2048 to 4096 are taken"),
            Self::EvenModulus => f.write_str("has an even modulus"),
            Self::Exponent => f.write_str("has an exponent that is not odd, 65537 to 2^32"),
            Self::Refused => f.write_str("is not an RSA key"),
        }
    }
}

/// The first member of `jwk` that only a private or a symmetric key has, whatever its `kty` (RFC
/// 7518 §6.2.2, §6.3.2 and §6.4.1).
pub(super) fn private_member(jwk: &Object<'_>) -> Option<&'static str> {
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k"]
        .into_iter()
        .find(|name| jwk.member(name).is_some())
}

fn is(member: Option<&Json<'_>>, text: &str) -> bool {
    matches!(member, Some(Json::String(value)) if value == text)
}

fn may_be(member: Option<&Json<'_>>, text: &str) -> bool {
    member.is_none() || is(member, text)
}

/// A positive number in big-endian octets, as few as it needs (RFC 7518 §2), in base64url without
/// padding, foreign characters or stray bits (RFC 7515 §2). Some libraries put a zero octet before
/// a modulus (RFC 7518 §6.3.1.1); taking it would give one key two spellings.
fn uint(member: Option<&Json<'_>>) -> Option<Vec<u8>> {
    let Some(Json::String(text)) = member else {
        return None;
    };
    let octets = URL_SAFE_NO_PAD.decode(text.as_ref()).ok()?;
    octets.first().is_some_and(|first| *first != 0).then_some(octets)
}

/// The bits of a number without leading zero octets.
fn bit_length(octets: &[u8]) -> usize {
    let unused = octets.first().map_or(0, |first| first.leading_zeros() as usize);
    (octets.len() * 8).saturating_sub(unused)
}

fn is_odd(octets: &[u8]) -> bool {
    octets.last().is_some_and(|last| last & 1 == 1)
}
