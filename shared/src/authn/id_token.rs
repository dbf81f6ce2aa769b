//! A Cognito ID token, which proves a user.
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html>

use crate::authn::claims::Claims;
use crate::authn::identity::{CredentialKind, Identity};
use crate::authn::token_rules::{Registered, TokenRules};
use crate::authn::user_claims::User;
use crate::denial::{Code, Denial};

/// Makes an identity of the claims of an ID token whose signature, times and issuer are verified: user
/// from `sub`, role and tenant from the claims that the rules name.
///
/// # Errors
/// `WRONG_TOKEN_TYPE` where this function takes no ID tokens; `TOKEN_INVALID` for another audience or a
/// mistyped claim; `INSUFFICIENT_ROLE` and `TENANT_MISMATCH` for a user who has no role or no tenant.
pub(super) fn identify(
    claims: &Claims<'_>,
    rules: &TokenRules,
    registered: Registered<'_>,
) -> Result<Identity, Denial> {
    if !rules.kinds.contains(&CredentialKind::IdToken) {
        return Err(Denial::new(Code::WrongTokenType, "an ID token, which is not taken here"));
    }
    let audience = claims.required_str("aud")?;
    if !rules.app_clients.iter().any(|client| client == audience) {
        return Err(Denial::token_invalid("claim `aud` is not an app client of this function"));
    }
    User::read(claims, rules, registered).map(Identity::of_user)
}
