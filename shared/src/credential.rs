//! Step 2: what is presented? Not yet believed.
//!
//! Both kinds of Cognito token come in the same header, so a request presents *a token*; which kind
//! it is, the token itself says, and that is believed only once its signature is verified. One file
//! per kind says what makes an [`Identity`](crate::identity::Identity) of it.

mod id_token;
mod json;
pub mod jwk;
mod service_token;
mod token;
pub mod webhook;

use crate::denial::{Code, Denial};
use crate::request::{Given, Request, Shape};
use crate::secret::Secret;

pub use token::{Issuer, TokenParts, TokenRules, UnverifiedToken};

/// A kind of credential, as `CREDENTIALS` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A person: a Cognito ID token.
    IdToken,
    /// A service: a Cognito access token from the client-credentials grant.
    ServiceToken,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::IdToken, Self::ServiceToken];

    /// The name in settings, in the log and in the answer's `auth_method`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IdToken => "id-token",
            Self::ServiceToken => "service-token",
        }
    }
}

/// What a request presents.
#[derive(Debug)]
pub enum Credential<'r> {
    /// A compact JWS, with the scheme in front of it already taken off.
    Token(Secret<&'r str>),
}

impl<'r> Credential<'r> {
    /// Finds the one credential of `request`; `None` says that there is none.
    ///
    /// On `$connect` browsers cannot set a header; where `websocket_parameter` names a query
    /// parameter, the token may stand there instead.
    ///
    /// # Errors
    /// `TOKEN_INVALID` when more than one is presented: nobody can say which one was meant.
    pub fn presented(
        request: &'r Request<'_>,
        websocket_parameter: Option<&str>,
    ) -> Result<Option<Self>, Denial> {
        let mut token = single(request.authorization(), "two different `Authorization` headers")?;
        if let (Shape::WebSocket, Some(name)) = (request.shape, websocket_parameter) {
            let parameter = single(request.query(name), "two different tokens in the query")?;
            token = match (token, parameter.map(Secret::new)) {
                (Some(_), Some(_)) => {
                    return Err(refused("a token in the header and in the query"));
                }
                (header, query) => header.or(query),
            };
        }
        let token = token.map(|value| bare(value)).filter(|token| !token.expose().is_empty());
        if token.is_some() && presents_api_key(request) {
            return Err(refused("a token and an API key at once"));
        }
        Ok(token.map(Self::Token))
    }
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

/// Only keys of our own shape: `x-api-key` is also how API Gateway's usage plans know a client.
fn presents_api_key(request: &Request<'_>) -> bool {
    match request.header("x-api-key") {
        Given::Never => false,
        Given::Once(key) => key.trim_start().starts_with("sfk_"),
        Given::Conflicting => true,
    }
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
