//! Step 2: what credential is presented? It is not yet believed.
//!
//! Exactly one is taken: a token or an API key from one of the [`TokenSource`]s, or an API key from
//! `x-api-key`. The file of each kind says how it becomes an
//! [`Identity`](crate::authn::identity::Identity).

use super::api_key;
use crate::authn::api_key::{ApiKeyRules, PREFIX};
use crate::authn::token_source::TokenSource;
use crate::denial::Denial;
use crate::request::{Occurrence, Request, Shape};
use crate::secret::Secret;

/// The credentials that this function takes.
#[derive(Clone, Copy, Debug)]
pub struct Accepted<'c> {
    /// Tokens of any kind.
    pub tokens: bool,
    /// API keys, by these rules.
    pub api_keys: Option<&'c ApiKeyRules>,
    /// Where a token may stand. An API key with the prefix of our own may stand there, too.
    pub token_sources: &'c [TokenSource],
}

/// The credential that a request presents.
#[derive(Debug)]
pub enum Credential<'r> {
    /// A compact JWS, without the scheme `Bearer`.
    Token(Secret<&'r str>),
    /// An API key: the value of `x-api-key`, or what stands in a token's place.
    ApiKey(Secret<&'r str>),
}

impl<'r> Credential<'r> {
    /// Finds the one credential of `request`; `None` if it presents none.
    ///
    /// # Errors
    /// `TOKEN_INVALID` and `API_KEY_INVALID` when more than one is presented, because another
    /// reader may take another one. `TOKEN_INVALID` for a token where none is taken.
    pub fn presented(
        request: &'r Request<'_>,
        accepted: Accepted<'_>,
    ) -> Result<Option<Self>, Denial> {
        let bearer = match request.shape {
            Shape::RestToken => request.token().and_then(|value| of_token_event(value, accepted)),
            _ => bearer(request, accepted)?.map(|value| of_bearer(value, accepted)),
        };
        let key = presented_key(request, bearer.is_some(), accepted)?;
        match (bearer, key) {
            (Some(Self::Token(_)), Some(_)) => {
                Err(Denial::token_invalid("a token and an API key at once"))
            }
            (Some(Self::ApiKey(_)), Some(_)) => Err(api_key::invalid("two API keys at once")),
            (Some(Self::Token(_)), None) if !accepted.tokens => {
                Err(Denial::token_invalid("a token, and this function takes none"))
            }
            (Some(bearer), None) => Ok(Some(bearer)),
            (None, key) => Ok(key.filter(|_| accepted.api_keys.is_some()).map(Self::ApiKey)),
        }
    }
}

impl Credential<'_> {
    /// Whether API Gateway caches the answer to `request` for this credential alone: it caches nothing,
    /// or one of the identity sources holds it. Only HTTP APIs say what their identity sources are.
    #[must_use]
    pub fn is_identity_source(&self, request: &Request<'_>) -> bool {
        let (Self::Token(text) | Self::ApiKey(text)) = self;
        let sources = &request.identity_sources;
        sources.is_none() || sources.contain(text.expose())
    }
}

/// What stands in the places of tokens, without its scheme.
fn bearer<'r>(
    request: &'r Request<'_>,
    accepted: Accepted<'_>,
) -> Result<Option<Secret<&'r str>>, Denial> {
    let mut found: Option<(Secret<&str>, &TokenSource)> = None;
    for source in accepted.token_sources {
        let value = source.value(request)?.map(bare);
        let Some(value) = value.filter(|value| !value.expose().is_empty()) else { continue };
        if let Some((_, first)) = &found {
            let sentence = format!("two tokens at once, in `{first}` and in `{source}`");
            return Err(Denial::token_invalid(sentence));
        }
        found = Some((value, source));
    }
    Ok(found.map(|(value, _)| value))
}

/// What begins with a key's prefix is no token, because its header would not be JSON.
fn of_bearer<'r>(bearer: Secret<&'r str>, accepted: Accepted<'_>) -> Credential<'r> {
    if accepted.api_keys.is_some() && bearer.expose().starts_with(PREFIX) {
        return Credential::ApiKey(bearer);
    }
    Credential::Token(bearer)
}

/// A `TOKEN` event has one value and does not say from which header. Where no tokens are taken, it is a
/// key of whatever shape.
fn of_token_event<'r>(value: Secret<&'r str>, accepted: Accepted<'_>) -> Option<Credential<'r>> {
    let is_present = !value.expose().is_empty();
    let is_any_key = !accepted.tokens && accepted.api_keys.is_some();
    match of_bearer(bare(value), accepted) {
        Credential::Token(_) if is_any_key => is_present.then_some(Credential::ApiKey(value)),
        Credential::Token(token) if token.expose().is_empty() => None,
        credential => Some(credential),
    }
}

/// `x-api-key` may also hold the key of an API Gateway usage plan. So beside a token, only a value
/// with the prefix of our own keys counts as an API key, unless imported keys are taken as well.
fn presented_key<'r>(
    request: &'r Request<'_>,
    beside_token: bool,
    accepted: Accepted<'_>,
) -> Result<Option<Secret<&'r str>>, Denial> {
    let value = match request.header("x-api-key") {
        Occurrence::Absent | Occurrence::Single("") => return Ok(None),
        Occurrence::Single(value) => value,
        Occurrence::Conflicting if beside_token => {
            return Err(Denial::token_invalid("a token and two different `x-api-key` headers"));
        }
        Occurrence::Conflicting if accepted.api_keys.is_some() => {
            return Err(api_key::invalid("two different `x-api-key` headers"));
        }
        Occurrence::Conflicting => return Ok(None),
    };
    let any_shape = accepted.api_keys.is_some_and(|rules| rules.imported || !beside_token);
    // HTTP APIs join repeated headers with commas.
    let begins_like_one = |part: &str| part.trim_start().starts_with(PREFIX);
    let is_key = any_shape || value.split(',').any(begins_like_one);
    Ok(is_key.then(|| Secret::new(value)))
}

/// `value` without the scheme `Bearer` (RFC 6750 §2.1; in any case, RFC 9110 §11.1) and the blanks
/// around it.
fn bare(value: Secret<&str>) -> Secret<&str> {
    let value = value.expose().trim_matches(' ');
    let bearer = value.split_at_checked(6).filter(|(head, _)| head.eq_ignore_ascii_case("bearer"));
    Secret::new(match bearer {
        Some((_, "")) => "",
        Some((_, rest)) if rest.starts_with(' ') => rest.trim_start_matches(' '),
        _ => value,
    })
}
