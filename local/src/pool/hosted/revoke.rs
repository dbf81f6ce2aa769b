//! `POST /oauth2/revoke` (RFC 7009).
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html>

use super::client::Client;
use super::error::OAuthError;
use super::token::read_form;
use crate::pool::Pool;
use crate::pool::http::{Request, Response};

impl Pool {
    /// Ends the session of a refresh token. One that is not known is no error (§2.2).
    pub(super) fn revoke(&mut self, request: &Request<'_>) -> Result<Response, OAuthError> {
        let params = read_form(request)?;
        let token = params.get("token");
        let token = token.ok_or(OAuthError::invalid_request("token is missing"))?;
        let client = self.client_of(request, &params)?;
        if self.keys.verify(token).is_some() {
            let description = "only refresh tokens can be revoked";
            return Err(OAuthError::new("unsupported_token_type", description));
        }
        if let Client::App(client) = client {
            self.sessions.revoke_token(token, &client.id);
        }
        Ok(Response::empty(200))
    }
}
