//! The keys with which a user pool signs (RFC 7517).

use oauth2::HttpResponse;
use oauth2::http::Request;
use runtime::printable_within;
use shared::authn::{Jwks, jwk};

use super::http::Http;
use crate::cognito::address_of;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::Profile;

/// What the pool of `profile` answers to whoever asks for its keys.
///
/// # Errors
/// It does not answer.
pub(crate) async fn ask(
    profile: &Profile,
    http: &Http,
    env: &mut Env<'_>,
) -> Result<HttpResponse, CommandError> {
    let address = format!("{}/.well-known/jwks.json", address_of(profile, env)?);
    let request = Request::get(&address).body(Vec::new()).map_err(|_| {
        CommandError::failed("the address of the user pool is none: configure again")
    })?;
    Ok(http.send(request).await?)
}

/// The keys in `answer`.
///
/// # Errors
/// There are none, or none that can be used.
pub(crate) fn read(profile: &Profile, answer: &HttpResponse) -> Result<Jwks, CommandError> {
    let pool = &profile.config.user_pool_id;
    if !answer.status().is_success() {
        return Err(CommandError::failed(format!(
            "the user pool `{pool}` does not show its keys: it answers {}",
            answer.status().as_u16()
        )));
    }
    jwk::parse(answer.body()).map_err(|error| {
        let error = printable_within(&error.to_string(), 200);
        CommandError::failed(format!("the keys of the user pool `{pool}` cannot be used: {error}"))
    })
}
