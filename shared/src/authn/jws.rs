//! A compact JWS (RFC 7515 §7.1), read more strictly than RFC 8725 requires.
//!
//! Tokens are forged where two readers disagree on one: the first checks what the second does not
//! see. So whatever readers are known to read differently is refused here, before any lookup:
//! padding and stray bits of base64url, duplicate member names, members that change how the rest
//! is read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::authn::json::{Json, Object};
use crate::authn::jwk::{MAX_KID_BYTES, VerifyingKey};
use crate::denial::Denial;
use crate::secret::Secret;

/// The longest token that is read, in bytes: as much as API Gateway takes in all headers together. One
/// of Cognito has about 1 KB; that of a user in 94 groups has 8.4 KB.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const MAX_BYTES: usize = 10 * 1024;

/// Header members that change how a token is read or where its key comes from. Cognito sends none
/// of them, and a token with one of them is refused.
///
/// - `crit` (RFC 7515 §4.1.11) names extensions that a reader must understand or else refuse the
///   token. None is understood here, and to ignore `crit` is to skip a rule of the issuer's.
/// - `b64` (RFC 7797 §3) lets the payload be signed and sent without base64url, so that one signed
///   text has two readings; a JWT must not use it (§7).
/// - `zip` and `enc` (RFC 7516 §4.1.2, §4.1.3) are of encrypted tokens, and `cty` (RFC 7519 §5.2)
///   says that the payload is another token: a reader that heeds them reads other claims.
/// - `jwk`, `jku`, `x5u` and `x5c` (RFC 7515 §4.1.2 to §4.1.6) bring a key or say where to fetch
///   one. An attacker would name their own, or an address inside the network (RFC 8725 §3.10).
const REFUSED_MEMBERS: [&str; 9] = ["crit", "b64", "zip", "jwk", "jku", "x5u", "x5c", "enc", "cty"];

/// Members that say nothing of how the token is read, and are strings where they stand (RFC 7515 §4.1.7
/// and §4.1.8, RFC 8555 §6.4 and §6.5): readers that know them refuse a token with another value.
const STRINGS: [&str; 4] = ["x5t", "x5t#S256", "url", "nonce"];

/// The three parts of a compact JWS, decoded. Nothing in it is believed.
pub struct Jws<'t> {
    /// What is signed (RFC 7515 §5.2): header and payload as received, with the dot between them.
    signing_input: &'t str,
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> Jws<'t> {
    /// Decodes `token`: three non-empty parts in base64url without padding, stray bits or any other
    /// character, 10 KiB at most.
    ///
    /// # Errors
    /// `TOKEN_INVALID`, with the rule that was broken.
    pub fn decode(token: Secret<&'t str>) -> Result<Self, Denial> {
        let token = *token.expose();
        if token.len() > MAX_BYTES {
            return Err(Denial::token_invalid("the token is longer than 10 KiB"));
        }
        let three = || Denial::token_invalid("the token is not three parts");
        let (signing_input, signature) = token.rsplit_once('.').ok_or_else(three)?;
        let (header, payload) = signing_input.split_once('.').ok_or_else(three)?;
        if payload.contains('.') {
            return Err(three());
        }
        Ok(Self {
            signing_input,
            header: part(header, "the header is not base64url")?,
            payload: part(payload, "the payload is not base64url")?,
            signature: part(signature, "the signature is not base64url")?,
        })
    }

    /// The payload, for an explanation to people. Nothing may be decided by it: a key must verify it first.
    #[must_use]
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }

    pub(super) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Whether `key` made the signature. The key alone determines the algorithm (RFC 8725 §3.1): a
    /// token that chose it could choose `none`, or HS256 with the public key as the shared secret
    /// (§2.1).
    pub(super) fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        key.verify_rs256(self.signing_input.as_bytes(), &self.signature)
    }
}

/// Decodes one part. The engine refuses padding (RFC 7515 §2) and bits after the last byte that are
/// not zero (RFC 4648 §3.5). A decoder that ignores these bits accepts up to 16 spellings of one
/// signature, and whatever knows a token by its text, such as a cache, takes each for a new token.
/// An empty signature is that of an unsecured JWT (RFC 7519 §6).
fn part(text: &str, broken: &'static str) -> Result<Vec<u8>, Denial> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Denial::token_invalid(broken))?;
    if bytes.is_empty() { Err(Denial::token_invalid(broken)) } else { Ok(bytes) }
}

/// The members of the header that matter.
pub(super) struct Header {
    /// The key's name. It may be an attacker's text: only for comparing (RFC 8725 §3.10).
    pub(super) kid: Box<str>,
    pub(super) typ: Typ,
}

/// The `typ` of the header; Cognito sends none. Another `typ` marks a JWT for another use, such as
/// a logout token, which may be signed with the same keys and must not pass for an ID or access
/// token (RFC 8725 §3.11). The claim `token_use` tells these two apart.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Typ {
    Jwt,
    /// RFC 9068 §2.1.
    AccessToken,
}

impl Header {
    /// Reads the header of `jws`.
    ///
    /// # Errors
    /// `TOKEN_INVALID`: it is not a JSON object with distinct names, `alg` is not RS256, `kid` is
    /// not a string of 1 to 256 bytes, `typ` is another, a member is there that would change how the
    /// token is read, or one that is a string has another type.
    pub(super) fn read(jws: &Jws<'_>) -> Result<Self, Denial> {
        let header = Object::read(&jws.header)
            .ok_or_else(|| Denial::token_invalid("the header is not one JSON object"))?;
        if let Some(name) = REFUSED_MEMBERS.iter().find(|name| header.member(name).is_some()) {
            return Err(Denial::token_invalid(format!("header member `{name}` is not taken")));
        }
        if !matches!(header.member("alg"), Some(Json::String(alg)) if alg == "RS256") {
            return Err(Denial::token_invalid("header member `alg` is not `RS256`"));
        }
        let mistyped = |name: &&&str| {
            header.member(name).is_some_and(|value| !matches!(value, Json::String(_)))
        };
        if let Some(name) = STRINGS.iter().find(mistyped) {
            return Err(Denial::token_invalid(format!("header member `{name}` is not a string")));
        }
        Ok(Self { kid: kid(&header)?, typ: typ(&header)? })
    }
}

/// RFC 7515 §4.1.4 lets `kid` be absent. Any of the issuer's keys could then be meant, and a sender
/// of junk would make this function verify each token with all of them.
fn kid(header: &Object<'_>) -> Result<Box<str>, Denial> {
    match header.member("kid") {
        Some(Json::String(kid)) if (1..=MAX_KID_BYTES).contains(&kid.len()) => {
            Ok(kid.as_ref().into())
        }
        _ => Err(Denial::token_invalid("header member `kid` is not a string of 1 to 256 bytes")),
    }
}

fn typ(header: &Object<'_>) -> Result<Typ, Denial> {
    match header.member("typ") {
        None => Ok(Typ::Jwt),
        Some(Json::String(typ)) if typ == "JWT" => Ok(Typ::Jwt),
        Some(Json::String(typ)) if typ == "at+jwt" => Ok(Typ::AccessToken),
        Some(_) => Err(Denial::token_invalid("header member `typ` is neither `JWT` nor `at+jwt`")),
    }
}
