//! Step 2: what is presented? Not yet believed.
//!
//! Both kinds of Cognito token come in the same header, so a request presents *a token*; which kind
//! it is, the token itself says, and that is believed only once its signature is verified. An API key
//! has a header of its own. One file per kind says what makes an [`Identity`](crate::identity::Identity) of it.

pub mod api_key;
mod id_token;
mod json;
pub mod jwk;
mod service_token;
mod token;
pub mod webhook;

use crate::denial::{Code, Denial};
use crate::request::{Given, Request, Shape};
use crate::secret::Secret;
use api_key::{KeyRules, PREFIX};

pub use token::{Issuer, TokenParts, TokenRules, UnverifiedToken};

/// A kind of credential, as `CREDENTIALS` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person: a Cognito ID token.
    IdToken,
    /// A service: a Cognito access token from the client-credentials grant.
    ServiceToken,
    /// A script: an API key.
    ApiKey,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::IdToken, Self::ServiceToken, Self::ApiKey];

    /// The name in settings, in the log and in the answer's `auth_method`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdToken => "id-token",
            Self::ServiceToken => "service-token",
            Self::ApiKey => "api-key",
        }
    }
}

/// What a request may present here.
#[derive(Clone, Copy, Debug)]
pub struct Accepted<'c> {
    /// Tokens of either kind.
    pub tokens: bool,
    /// API keys, by these rules.
    pub api_keys: Option<&'c KeyRules>,
    /// On `$connect` browsers cannot set a header: the query parameter in which the token may stand
    /// instead.
    pub websocket_parameter: Option<&'c str>,
}

/// What a request presents.
#[derive(Debug)]
pub enum Credential<'r> {
    /// A compact JWS, with the scheme in front of it already taken off.
    Token(Secret<&'r str>),
    /// The value of `x-api-key`.
    ApiKey(Secret<&'r str>),
}

impl<'r> Credential<'r> {
    /// Finds the one credential of `request`; `None` says that there is none.
    ///
    /// # Errors
    /// `TOKEN_INVALID` and `API_KEY_INVALID` when more than one is presented: nobody can say which
    /// one was meant. `TOKEN_INVALID` for a token where none is taken.
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
            (Some(_), Some(_)) => Err(refused("a token and an API key at once")),
            (Some(_), None) if !accepted.tokens => {
                Err(refused("a token, and this function takes none"))
            }
            (Some(token), None) => Ok(Some(Self::Token(token))),
            (None, key) => Ok(key.filter(|_| accepted.api_keys.is_some()).map(Self::ApiKey)),
        }
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
            (Some(_), Some(_)) => return Err(refused("a token in the header and in the query")),
            (header, query) => header.or(query),
        };
    }
    Ok(token.map(bare).filter(|token| !token.expose().is_empty()))
}

/// A `TOKEN` event has one value and does not say of which header it is. No token begins like a key:
/// its header would not be JSON.
fn key_of_token_event<'r>(
    request: &'r Request<'_>,
    accepted: Accepted<'_>,
) -> Option<Secret<&'r str>> {
    let Given::Once(value) = request.authorization() else { return None };
    let is_key = request.shape == Shape::RestToken
        && accepted.api_keys.is_some()
        && (value.expose().starts_with(PREFIX) || !accepted.tokens && !value.expose().is_empty());
    is_key.then_some(value)
}

/// `x-api-key` is also how API Gateway's usage plans know a client. So beside a token only keys of
/// our own shape count, unless those of any shape are taken here.
fn presented_key<'r>(
    request: &'r Request<'_>,
    beside_token: bool,
    accepted: Accepted<'_>,
) -> Result<Option<Secret<&'r str>>, Denial> {
    let value = match request.header("x-api-key") {
        Given::Never | Given::Once("") => return Ok(None),
        Given::Once(value) => value,
        Given::Conflicting if beside_token => {
            return Err(refused("a token and two different `x-api-key` headers"));
        }
        Given::Conflicting if accepted.api_keys.is_some() => {
            return Err(api_key::invalid("two different `x-api-key` headers"));
        }
        Given::Conflicting => return Ok(None),
    };
    let any_shape = accepted.api_keys.is_some_and(|rules| rules.imported || !beside_token);
    // An HTTP API joins repeated headers with commas.
    let begins_like_one = |part: &str| part.trim_start().starts_with(PREFIX);
    let is_key = any_shape || value.split(',').any(begins_like_one);
    Ok(is_key.then(|| Secret::new(value)))
}

/// Without the scheme `Bearer` (RFC 6750 §2.1, any case: RFC 9110 §11.1) and the blanks around it.
fn bare(value: Secret<&str>) -> Secret<&str> {
    let value = value.expose().trim_matches(' ');
    let bearer = value.split_at_checked(6).filter(|(head, _)| head.eq_ignore_ascii_case("bearer"));
    Secret::new(match bearer {
        Some((_, "")) => "",
        Some((_, rest)) if rest.starts_with(' ') => rest.trim_start_matches(' '),
        _ => value,
    })
}

fn single<T>(given: Given<T>, conflict: &'static str) -> Result<Option<T>, Denial> {
    match given {
        Given::Never => Ok(None),
        Given::Once(value) => Ok(Some(value)),
        Given::Conflicting => Err(refused(conflict)),
    }
}

fn refused(reason: &'static str) -> Denial {
    Denial::new(Code::TokenInvalid, reason)
}
