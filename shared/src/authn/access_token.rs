//! What access tokens of users and of services have in common (RFC 9068).
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html>

use crate::authn::claims::Claims;
use crate::authn::token_rules::TokenRules;
use crate::denial::{Code, Denial};

/// The most scopes that are read; Cognito allows 50 per client.
const MAX_SCOPES: usize = 64;

/// Checks `aud`. Cognito writes none, unless the app asks for a token of one API (RFC 8707): a token of
/// another API is not for this one.
///
/// # Errors
/// `TOKEN_INVALID`: it is present, and neither `client_id` nor one of the audiences of `rules`.
pub(super) fn check_audience(
    claims: &Claims<'_>,
    client_id: &str,
    rules: &TokenRules,
) -> Result<(), Denial> {
    let Some(audience) = claims.optional_str("aud")? else { return Ok(()) };
    if audience == client_id || rules.audiences.iter().any(|own| own == audience) {
        return Ok(());
    }
    let reason = "claim `aud` is neither the token's own client nor an audience of this function";
    Err(Denial::token_invalid(reason))
}

/// The scopes, separated by blanks; empty where the token has none.
///
/// # Errors
/// `TOKEN_INVALID`: `scope` is no string, or holds too many.
pub(super) fn scopes<'c>(claims: &'c Claims<'_>) -> Result<&'c str, Denial> {
    let scopes = claims.optional_str("scope")?.unwrap_or_default();
    if scopes.split(' ').count() > MAX_SCOPES {
        return Err(Denial::token_invalid("claim `scope` holds more than 64 scopes"));
    }
    Ok(scopes)
}

pub(super) fn wrong_type(reason: &'static str) -> Denial {
    Denial::new(Code::WrongTokenType, reason)
}
