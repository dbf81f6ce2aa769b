//! Step 2: what credential is presented? It is not yet believed.
//!
//! Exactly one is taken: a token from `Authorization`, or an API key from `x-api-key`. The file of
//! each kind says how it becomes an [`Identity`](crate::authn::identity::Identity).

use super::api_key;
use crate::authn::api_key::{ApiKeyRules, PREFIX};
use crate::denial::Denial;
use crate::request::{Occurrence, Request, Shape};
use crate::secret::Secret;

/// The credentials that this function takes.
#[derive(Clone, Copy, Debug)]
pub struct Accepted<'c> {
    /// Tokens of either kind.
    pub tokens: bool,
    /// API keys, by these rules.
    pub api_keys: Option<&'c ApiKeyRules>,
    /// The query parameter that may hold the token on `$connect`, where browsers cannot set a
    /// header.
    pub websocket_parameter: Option<&'c str>,
}

/// The credential that a request presents.
#[derive(Debug)]
pub enum Credential<'r> {
    /// A compact JWS, without the scheme `Bearer`.
    Token(Secret<&'r str>),
    /// The value of `x-api-key`.
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
        if let Some(key) = key_of_token_event(request, accepted) {
            return Ok(Some(Self::ApiKey(key)));
        }
        let token = presented_token(request, accepted.websocket_parameter)?;
        let key = presented_key(request, token.is_some(), accepted)?;
        match (token, key) {
            (Some(_), Some(_)) => Err(Denial::token_invalid("a token and an API key at once")),
            (Some(_), None) if !accepted.tokens => {
                Err(Denial::token_invalid("a token, and this function takes none"))
            }
            (Some(token), None) => Ok(Some(Self::Token(token))),
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

fn presented_token<'r>(
    request: &'r Request<'_>,
    websocket_parameter: Option<&str>,
) -> Result<Option<Secret<&'r str>>, Denial> {
    let mut token = single(request.authorization(), "two different `Authorization` headers")?;
    if let (Shape::WebSocket, Some(name)) = (request.shape, websocket_parameter) {
        let parameter = single(request.query(name), "two different tokens in the query")?;
        token = match (token, parameter.map(Secret::new)) {
            (Some(_), Some(_)) => {
                return Err(Denial::token_invalid("a token in the header and in the query"));
            }
            (header, query) => header.or(query),
        };
    }
    Ok(token.map(bare).filter(|token| !token.expose().is_empty()))
}

/// The API key of a `TOKEN` event, which has one value and does not say from which header. A value
/// that begins with a key's prefix is no token, because its header would not be JSON.
fn key_of_token_event<'r>(
    request: &'r Request<'_>,
    accepted: Accepted<'_>,
) -> Option<Secret<&'r str>> {
    let Occurrence::Single(value) = request.authorization() else { return None };
    let is_key = request.shape == Shape::RestToken
        && accepted.api_keys.is_some()
        && (value.expose().starts_with(PREFIX) || !accepted.tokens && !value.expose().is_empty());
    is_key.then_some(value)
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

fn single<T>(occurrence: Occurrence<T>, conflict: &'static str) -> Result<Option<T>, Denial> {
    match occurrence {
        Occurrence::Absent => Ok(None),
        Occurrence::Single(value) => Ok(Some(value)),
        Occurrence::Conflicting => Err(Denial::token_invalid(conflict)),
    }
}
