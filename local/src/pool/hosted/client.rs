//! Which client calls the token endpoint (RFC 6749 §2.3).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::OAuthError;
use crate::pool::Pool;
use crate::pool::config::{AppClient, ServiceClient};
use crate::pool::http::Request;
use crate::pool::params::Params;

/// The client of a request.
pub(super) enum Client {
    /// It has no secret; what it presents proves it, or does not.
    App(AppClient),
    /// Its secret was right.
    Service(ServiceClient),
}

impl Pool {
    /// The client, by Basic authentication or by `client_id` and `client_secret` in the body.
    pub(super) fn client_of(
        &self,
        request: &Request<'_>,
        params: &Params,
    ) -> Result<Client, OAuthError> {
        let by_header = request.header("authorization").is_some();
        let refused = || OAuthError::invalid_client(by_header);
        let (id, secret) = if by_header {
            if params.get("client_secret").is_some() {
                return Err(OAuthError::invalid_request("the client authenticates in two ways"));
            }
            let (id, secret) = basic(request).ok_or_else(refused)?;
            if params.get("client_id").is_some_and(|own| own != id) {
                return Err(OAuthError::invalid_request("client_id is not the one in the header"));
            }
            (id, Some(secret))
        } else {
            let id = params.get("client_id");
            let id = id.ok_or(OAuthError::invalid_request("client_id is missing"))?;
            (id.to_owned(), params.get("client_secret").map(str::to_owned))
        };
        match secret {
            Some(secret) => {
                let client = self.config.service_client(&id).ok_or_else(refused)?;
                let own = client.secret.expose().as_bytes();
                verify_slices_are_equal(own, secret.as_bytes()).map_err(|_| refused())?;
                Ok(Client::Service(client.clone()))
            }
            None => {
                let client = self.config.app_client(&id).ok_or_else(refused)?;
                Ok(Client::App(client.clone()))
            }
        }
    }
}

/// Id and secret of `Authorization: Basic` (RFC 7617 §2), each encoded as in a form (RFC 6749
/// §2.3.1).
fn basic(request: &Request<'_>) -> Option<(String, String)> {
    let bytes = STANDARD.decode(request.credentials("basic")?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decoded(id)?, decoded(secret)?))
}

/// A form without `=` and `&` is one name.
fn decoded(text: &str) -> Option<String> {
    if text.contains(['=', '&']) {
        // Not encoded, then: many clients leave that out.
        return Some(text.to_owned());
    }
    form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned())
}
