//! A Cognito ID token, which proves a user.
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html>

use crate::authn::claims::Claims;
use crate::authn::identity::{CredentialKind, Identity};
use crate::authn::token_rules::TokenRules;
use crate::denial::{Code, Denial};
use crate::ids::{Subject, TenantId};

/// Makes an identity of the claims of an ID token whose signature, times and issuer are verified:
/// role from `custom:role`, tenant from `custom:tenant_id`, user from `sub`.
///
/// # Errors
/// `TOKEN_INVALID` for another audience or a mistyped claim; `WRONG_TOKEN_TYPE` where this function
/// takes no ID tokens; `INSUFFICIENT_ROLE` and `TENANT_MISMATCH` for a user who has no role or no
/// tenant: signing in again would not help, so the status is not 401.
pub(super) fn identify(claims: &Claims<'_>, rules: &TokenRules) -> Result<Identity, Denial> {
    if !rules.kinds.contains(&CredentialKind::IdToken) {
        return Err(Denial::new(Code::WrongTokenType, "an ID token, which is not taken here"));
    }
    let audience = claims.required_str("aud")?;
    if !rules.app_clients.iter().any(|client| client == audience) {
        return Err(Denial::token_invalid("claim `aud` is not an app client of this function"));
    }
    let subject = Subject::parse(claims.required_str("sub")?)
        .ok_or_else(|| Denial::token_invalid("claim `sub` is not 1 to 128 plain characters"))?;
    let role = claims
        .optional_str("custom:role")?
        .ok_or_else(|| Denial::new(Code::InsufficientRole, "claim `custom:role` is missing"))?;
    let tenant = claims
        .optional_str("custom:tenant_id")?
        .ok_or_else(|| Denial::new(Code::TenantMismatch, "claim `custom:tenant_id` is missing"))?;
    let tenant = TenantId::parse(tenant)
        .ok_or_else(|| Denial::token_invalid("claim `custom:tenant_id` is not a tenant id"))?;
    let claims = rules
        .context_claims
        .iter()
        .filter_map(|name| Some((name.clone(), claims.plain(name)?)))
        .collect();
    Ok(Identity::of_user(subject, role, tenant, claims))
}
