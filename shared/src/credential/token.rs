//! A signed token (RFC 7515 compact form, RFC 7519 claims), as strict as RFC 8725 asks and stricter.
//!
//! [`UnverifiedToken`] is what can be known without a key; [`UnverifiedToken::verify`] is the only
//! way from there to an identity.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::json::{Json, Object};
use super::jwk::{MAX_KID_BYTES, VerifyingKey};
use super::{Kind, id_token, service_token};
use crate::access::AccessTable;
use crate::denial::{Code, Denial};
use crate::identity::Identity;
use crate::secret::Secret;
use crate::time::Timestamp;

/// The longest token that is looked at. Cognito's own are about 1 KB.
const MAX_BYTES: usize = 8 * 1024;

/// Header members that would change how the token is read or where its key comes from (RFC 7515
/// §4.1, RFC 7516, RFC 7797). None is ever needed, so none may be there.
const REFUSED_MEMBERS: [&str; 9] = ["crit", "b64", "zip", "jwk", "jku", "x5u", "x5c", "enc", "cty"];

/// The largest whole number of seconds that a double holds exactly.
const MAX_SECONDS: f64 = 9_007_199_254_740_992.0;

/// One Cognito user pool and the two ways in which its tokens may name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    names: [Box<str>; 2],
}

impl Issuer {
    /// The pool `pool_id`, such as `eu-central-1_AbCdEfGhI`; `None` if it is not shaped like one.
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>
    #[must_use]
    pub fn of_pool(pool_id: &str) -> Option<Self> {
        let (region, id) = pool_id.split_once('_')?;
        let plain = |text: &str, dash: bool| {
            (1..=55).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || (dash && b == b'-'))
        };
        if !plain(region, true) || !plain(id, false) || !region.contains('-') {
            return None;
        }
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let name = |host| format!("https://{host}.{region}.{suffix}/{pool_id}").into_boxed_str();
        Some(Self { names: [name("cognito-idp"), name("issuer-cognito-idp")] })
    }

    /// The name by which keys of this issuer are kept, and under which its key set is published.
    #[must_use]
    pub fn name(&self) -> &str {
        let [name, _] = &self.names;
        name
    }

    /// Where the issuer publishes its keys.
    #[must_use]
    pub fn jwks_url(&self) -> String {
        format!("{}/.well-known/jwks.json", self.name())
    }

    /// Whether `name` is one of the issuer's two names, to the letter.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|own| **own == *name)
    }
}

/// What a token must satisfy to be taken here.
#[derive(Clone, Debug)]
pub struct TokenRules {
    /// The kinds of token this instance takes.
    pub kinds: Vec<Kind>,
    /// The pools whose tokens are taken. Empty takes none.
    pub issuers: Vec<Issuer>,
    /// The app clients whose ID tokens are taken. Empty takes none.
    pub app_clients: Vec<String>,
    /// How many seconds the clocks may differ.
    pub leeway_seconds: u32,
    /// Further claims of an ID token to hand on.
    pub context_claims: Vec<String>,
}

/// The three parts of a compact JWS, decoded. Owns the bytes that [`UnverifiedToken`] borrows.
pub struct TokenParts<'t> {
    signing_input: &'t str,
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> TokenParts<'t> {
    /// Takes `token` apart: three non-empty base64url parts without padding, stray bits or any
    /// other character, 8 KiB at most.
    ///
    /// # Errors
    /// `TOKEN_INVALID`, with the rule that was broken.
    pub fn decode(token: Secret<&'t str>) -> Result<Self, Denial> {
        let token = *token.expose();
        if token.len() > MAX_BYTES {
            return Err(invalid("the token is longer than 8 KiB"));
        }
        let three = "the token is not three parts";
        let (signing_input, signature) = token.rsplit_once('.').ok_or_else(|| invalid(three))?;
        let (header, payload) = signing_input.split_once('.').ok_or_else(|| invalid(three))?;
        if payload.contains('.') {
            return Err(invalid(three));
        }
        Ok(Self {
            signing_input,
            header: part(header, "the header is not base64url")?,
            payload: part(payload, "the payload is not base64url")?,
            signature: part(signature, "the signature is not base64url")?,
        })
    }
}

fn part(text: &str, broken: &'static str) -> Result<Vec<u8>, Denial> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid(broken))?;
    if bytes.is_empty() { Err(invalid(broken)) } else { Ok(bytes) }
}

/// What a token says of itself. Nothing in it is believed; it only tells which key to ask for.
pub struct UnverifiedToken<'t> {
    signing_input: &'t str,
    signature: &'t [u8],
    kid: Box<str>,
    typ: Typ,
    claims: Claims<'t>,
}

/// The `typ` of the header (RFC 8725 §3.11).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typ {
    Jwt,
    AccessToken,
}

impl<'t> UnverifiedToken<'t> {
    /// Reads header and claims, and finds the one of the configured issuers that `iss` names.
    ///
    /// # Errors
    /// `TOKEN_INVALID`: one of the two is not a JSON object with distinct names, `alg` is not
    /// RS256, `kid` is not a string of 1 to 256 bytes, `typ` is another, a member is there that
    /// would change how the token is read, or `iss` is not exactly an issuer's name.
    pub fn read<'r>(
        parts: &'t TokenParts<'t>,
        rules: &'r TokenRules,
    ) -> Result<(Self, &'r Issuer), Denial> {
        let header = Object::read(&parts.header)
            .ok_or_else(|| invalid("the header is not one JSON object"))?;
        if let Some(name) = REFUSED_MEMBERS.iter().find(|name| header.member(name).is_some()) {
            return Err(Denial::new(
                Code::TokenInvalid,
                format!("header member `{name}` is not taken"),
            ));
        }
        match header.member("alg") {
            Some(Json::String(alg)) if alg == "RS256" => {}
            _ => return Err(invalid("header member `alg` is not `RS256`")),
        }
        let kid = match header.member("kid") {
            Some(Json::String(kid)) if (1..=MAX_KID_BYTES).contains(&kid.len()) => kid.as_ref(),
            _ => return Err(invalid("header member `kid` is not a string of 1 to 256 bytes")),
        };
        let typ = match header.member("typ") {
            None => Typ::Jwt,
            Some(Json::String(typ)) if typ == "JWT" => Typ::Jwt,
            Some(Json::String(typ)) if typ == "at+jwt" => Typ::AccessToken,
            Some(_) => return Err(invalid("header member `typ` is neither `JWT` nor `at+jwt`")),
        };
        let claims = Object::read(&parts.payload)
            .ok_or_else(|| invalid("the payload is not one JSON object"))?;
        let claims = Claims(claims);
        let issuer = claims.required_str("iss")?;
        let issuer = rules
            .issuers
            .iter()
            .find(|configured| configured.is_called(issuer))
            .ok_or_else(|| invalid("claim `iss` is not an issuer of this function"))?;
        let (signing_input, signature) = (parts.signing_input, parts.signature.as_slice());
        Ok((Self { signing_input, signature, kid: kid.into(), typ, claims }, issuer))
    }

    /// The key that the token says it is signed with. Attacker's text: only for comparing.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Verifies the signature with `key`, then every claim, and says who that proves.
    ///
    /// `key` must be the one that the token's issuer publishes as [`UnverifiedToken::kid`].
    ///
    /// # Errors
    /// The first rule that is broken, as a denial; the signature comes first, so nothing is said of
    /// the claims of a token that is not genuine.
    pub fn verify(
        &self,
        key: &VerifyingKey,
        now: Timestamp,
        rules: &TokenRules,
        table: &AccessTable,
    ) -> Result<Identity, Denial> {
        if !key.verify_rs256(self.signing_input.as_bytes(), self.signature) {
            return Err(invalid("the signature does not verify"));
        }
        self.claims.hold_at(now, rules.leeway_seconds)?;
        match (self.claims.required_str("token_use")?, self.typ) {
            ("id", Typ::Jwt) => id_token::identify(&self.claims, rules),
            ("access", _) => service_token::identify(&self.claims, rules, table),
            ("id", Typ::AccessToken) => {
                Err(invalid("an ID token with the `typ` of an access token"))
            }
            _ => Err(invalid("claim `token_use` is neither `id` nor `access`")),
        }
    }
}

/// The claims of a token, read by exact type.
pub(super) struct Claims<'t>(Object<'t>);

impl Claims<'_> {
    /// The string claim `name`; `None` if it is not there.
    ///
    /// # Errors
    /// `TOKEN_INVALID`: it is there and is no string.
    pub(super) fn optional_str(&self, name: &str) -> Result<Option<&str>, Denial> {
        match self.0.member(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(claim(name, "is not a string")),
        }
    }

    /// The string claim `name`.
    ///
    /// # Errors
    /// `TOKEN_INVALID`: it is missing or no string.
    pub(super) fn required_str(&self, name: &str) -> Result<&str, Denial> {
        self.optional_str(name)?.ok_or_else(|| claim(name, "is missing"))
    }

    /// Whether the claim `name` is there, whatever it holds.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.member(name).is_some()
    }

    /// The claim `name` as text, if it is a string, a number or a boolean.
    pub(super) fn plain(&self, name: &str) -> Option<String> {
        match self.0.member(name)? {
            Json::String(text) => Some(text.clone().into_owned()),
            Json::Number(number) => Some(number.to_string()),
            Json::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// Checks `exp`, `nbf` and `iat` (RFC 7519 §4.1.4 to §4.1.6). The leeway is given on both
    /// sides: a token is good before `exp + leeway` and from `nbf - leeway` on.
    fn hold_at(&self, now: Timestamp, leeway_seconds: u32) -> Result<(), Denial> {
        let (now, leeway) = (now.unix_seconds(), f64::from(leeway_seconds));
        let exp = self.seconds("exp")?.ok_or_else(|| claim("exp", "is missing"))?;
        let nbf = self.seconds("nbf")?;
        let iat = self.seconds("iat")?;
        if now >= exp + leeway {
            return Err(Denial::new(Code::TokenExpired, "claim `exp` has passed"));
        }
        if nbf.is_some_and(|nbf| now < nbf - leeway) {
            return Err(invalid("claim `nbf` is still to come"));
        }
        if iat.is_some_and(|iat| now < iat - leeway) {
            return Err(invalid("claim `iat` is still to come"));
        }
        Ok(())
    }

    fn seconds(&self, name: &str) -> Result<Option<f64>, Denial> {
        match self.0.member(name) {
            None => Ok(None),
            Some(Json::Number(seconds)) if (0.0..=MAX_SECONDS).contains(seconds) => {
                Ok(Some(*seconds))
            }
            Some(_) => Err(claim(name, "is not a number of seconds between 0 and 2^53")),
        }
    }
}

fn claim(name: &str, problem: &str) -> Denial {
    Denial::new(Code::TokenInvalid, format!("claim `{name}` {problem}"))
}

pub(super) fn invalid(reason: &'static str) -> Denial {
    Denial::new(Code::TokenInvalid, reason)
}
