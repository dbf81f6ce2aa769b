//! A Cognito access token of a user, which proves a user where a trigger puts role and tenant into it.
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html>

use crate::authn::access_token;
use crate::authn::claims::Claims;
use crate::authn::identity::{CredentialKind, Identity};
use crate::authn::token_rules::{Registered, TokenRules};
use crate::authn::user_claims::User;
use crate::denial::Denial;

/// Makes an identity of the claims of a user's access token whose signature, times and issuer are
/// verified: user, role and tenant as in an ID token, and its scopes.
///
/// # Errors
/// `WRONG_TOKEN_TYPE` where this function takes no access tokens of users; `TOKEN_INVALID` for another
/// app client or audience, or a mistyped claim; `INSUFFICIENT_ROLE` and `TENANT_MISMATCH` for a user who
/// has no role or no tenant.
pub(super) fn identify(
    claims: &Claims<'_>,
    rules: &TokenRules,
    registered: Registered<'_>,
) -> Result<Identity, Denial> {
    if !rules.kinds.contains(&CredentialKind::UserToken) {
        return Err(access_token::wrong_type("an access token of a user"));
    }
    claims.required_str("username")?;
    let client_id = claims.required_str("client_id")?;
    if !rules.app_clients.iter().any(|client| client == client_id) {
        let reason = "claim `client_id` is not an app client of this function";
        return Err(Denial::token_invalid(reason));
    }
    access_token::check_audience(claims, client_id, rules)?;
    let scopes = access_token::scopes(claims)?;
    let user = User::read(claims, rules, registered)?;
    Ok(Identity::of_user_token(user, scopes))
}
