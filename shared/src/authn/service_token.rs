//! A Cognito access token from the client-credentials grant, which proves a service.
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html>

use crate::authn::access_token::{self, wrong_type};
use crate::authn::claims::Claims;
use crate::authn::identity::{CredentialKind, Identity};
use crate::authn::service_client::ServiceTenant;
use crate::authn::token_rules::{Registered, TokenRules};
use crate::authn::user_claims;
use crate::denial::Denial;
use crate::ids::Subject;

/// Makes an identity of the claims of an access token whose signature, times and issuer are
/// verified: the service from `client_id`, its tenant as it is registered.
///
/// # Errors
/// `WRONG_TOKEN_TYPE` for every access token that is not a registered service's own: one of another
/// client, or any where this function takes no service tokens. `TOKEN_INVALID` for another audience or a
/// mistyped claim. `TENANT_MISMATCH` where the token should name the tenant and does not.
pub(super) fn identify(
    claims: &Claims<'_>,
    rules: &TokenRules,
    registered: Registered<'_>,
) -> Result<Identity, Denial> {
    if !rules.kinds.contains(&CredentialKind::ServiceToken) {
        return Err(wrong_type("an access token, which is not taken here"));
    }
    let client_id = claims.required_str("client_id")?;
    if claims.required_str("sub")? != client_id {
        return Err(wrong_type("an access token whose `sub` is not its `client_id`"));
    }
    let service = registered
        .services
        .iter()
        .find(|client| *client.client_id == *client_id)
        .ok_or_else(|| wrong_type("an access token of a client that is no service client"))?;
    let subject = Subject::parse(client_id).ok_or_else(|| {
        Denial::token_invalid("claim `client_id` is not 1 to 128 plain characters")
    })?;
    access_token::check_audience(claims, client_id, rules)?;
    let scopes = access_token::scopes(claims)?;
    let tenant = match &service.tenant {
        ServiceTenant::Fixed(tenant) => tenant.clone(),
        ServiceTenant::Claim(name) => user_claims::tenant(claims, name.as_str())?,
    };
    Ok(Identity::of_service(subject, tenant, scopes))
}
