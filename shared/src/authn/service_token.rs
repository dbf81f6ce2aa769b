//! A Cognito access token from the client-credentials grant, which proves a service.
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html>

use crate::authn::claims::Claims;
use crate::authn::identity::{CredentialKind, Identity};
use crate::authn::service_client::ServiceClient;
use crate::authn::token_rules::TokenRules;
use crate::denial::{Code, Denial};
use crate::ids::Subject;

/// The most scopes that are read; Cognito allows 50 per client.
const MAX_SCOPES: usize = 64;

/// Makes an identity of the claims of an access token whose signature, times and issuer are
/// verified: the service from `client_id`, its tenant from the list of `clients`.
///
/// # Errors
/// `WRONG_TOKEN_TYPE` for every access token that is not a registered service's own: a user's, one
/// of another client, or any where this function takes no service tokens. `TOKEN_INVALID` for a
/// mistyped claim.
pub(super) fn identify(
    claims: &Claims<'_>,
    rules: &TokenRules,
    clients: &[ServiceClient],
) -> Result<Identity, Denial> {
    if !rules.kinds.contains(&CredentialKind::ServiceToken) {
        return Err(wrong("an access token, which is not taken here"));
    }
    if claims.has("username") {
        return Err(wrong("an access token of a user"));
    }
    let client_id = claims.required_str("client_id")?;
    if claims.required_str("sub")? != client_id {
        return Err(wrong("an access token whose `sub` is not its `client_id`"));
    }
    let service = clients
        .iter()
        .find(|client| *client.client_id == *client_id)
        .ok_or_else(|| wrong("an access token of a client that is not in the access table"))?;
    let subject = Subject::parse(client_id).ok_or_else(|| {
        Denial::token_invalid("claim `client_id` is not 1 to 128 plain characters")
    })?;
    let scopes = claims.optional_str("scope")?.unwrap_or_default();
    if scopes.split(' ').count() > MAX_SCOPES {
        return Err(Denial::token_invalid("claim `scope` holds more than 64 scopes"));
    }
    Ok(Identity::of_service(subject, service.tenant.clone(), scopes))
}

fn wrong(reason: &'static str) -> Denial {
    Denial::new(Code::WrongTokenType, reason)
}
