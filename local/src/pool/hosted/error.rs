//! The errors of the token and revocation endpoints (RFC 6749 §5.2, RFC 7009 §2.2.1).

use serde_json::json;

use crate::pool::error::PoolError;
use crate::pool::http::Response;

/// An error in the words of its RFC. The description never holds what was sent.
#[derive(Debug)]
pub(super) struct OAuthError {
    status: u16,
    pub(super) error: &'static str,
    pub(super) description: &'static str,
    /// Whether the client tried to authenticate with HTTP, and so is asked to in HTTP's way.
    challenge: bool,
}

impl OAuthError {
    pub(super) const fn new(error: &'static str, description: &'static str) -> Self {
        Self { status: 400, error, description, challenge: false }
    }

    pub(super) const fn invalid_request(description: &'static str) -> Self {
        Self::new("invalid_request", description)
    }

    pub(super) const fn invalid_grant(description: &'static str) -> Self {
        Self::new("invalid_grant", description)
    }

    /// 401, and with `WWW-Authenticate` after a try with `Authorization`.
    pub(super) const fn invalid_client(challenge: bool) -> Self {
        let description = "the client is unknown, or does not prove that it is it";
        Self { status: 401, error: "invalid_client", description, challenge }
    }

    pub(super) fn response(&self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let response = Response::json(self.status, &body);
        if self.challenge {
            return response.with("www-authenticate", "Basic realm=\"portcullis\"");
        }
        response
    }
}

impl From<PoolError> for OAuthError {
    fn from(_: PoolError) -> Self {
        Self { status: 500, ..Self::new("server_error", "the development pool failed") }
    }
}
