//! The hosted endpoints: OAuth 2.0 (RFC 6749) with PKCE (RFC 7636), and OpenID Connect.
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html>

mod authorize;
mod client;
mod error;
mod login;
mod page;
mod pkce;
mod revoke;
mod token;
mod user_info;

use shared::time::Timestamp;

pub(super) use self::authorize::SignIn;
pub(super) use self::token::Code;
use super::http::{Request, Response};
use super::params::Params;
use super::{Pool, only};

/// The type of every form (RFC 6749 §3.2).
const FORM: &str = "application/x-www-form-urlencoded";

impl Pool {
    pub(super) fn answer_hosted(
        &mut self,
        path: &str,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Response {
        match path {
            "/oauth2/authorize" => only("GET", request, || self.authorize(request, now)),
            "/login" => only("POST", request, || self.log_in(request, now)),
            "/oauth2/token" => only("POST", request, || match self.token(request, now) {
                Ok(answer) => answer,
                Err(error) => error.response(),
            }),
            "/oauth2/revoke" => only("POST", request, || match self.revoke(request) {
                Ok(answer) => answer,
                Err(error) => error.response(),
            }),
            // OpenID Connect Core §5.3.1 has both.
            "/oauth2/userInfo" if request.method == "POST" => self.user_info(request, now),
            "/oauth2/userInfo" => only("GET", request, || self.user_info(request, now)),
            "/logout" => only("GET", request, || self.log_out(request)),
            _ => Response::text(404, "there is nothing here"),
        }
    }

    /// Sends the browser on. There is no sign-in that outlasts its page, so nothing else ends.
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html>
    fn log_out(&self, request: &Request<'_>) -> Response {
        let refuse = |problem: &str| page::problem(400, problem);
        let Some(params) = Params::read(request.query.as_bytes()) else {
            return refuse("A parameter occurs twice.");
        };
        let client = params.get("client_id").and_then(|id| self.config.app_client(id));
        let Some(client) = client else {
            return refuse("The client does not exist.");
        };
        let uri = params.get("logout_uri").unwrap_or_default();
        if !client.logout_uris.iter().any(|own| own == uri) {
            return refuse("The logout_uri is not registered for this client.");
        }
        Response::redirect(302, uri.to_owned())
    }
}
