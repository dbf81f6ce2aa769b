//! The pool's keys and its description of itself.

use serde_json::json;

use super::Pool;
use super::http::Response;

impl Pool {
    /// The key set, as the authorizer fetches it (`JWKS_URL`).
    #[must_use]
    pub fn jwks(&self) -> String {
        self.keys.jwks().to_string()
    }

    pub(super) fn answer_jwks(&self) -> Response {
        Response::json(200, &self.keys.jwks())
    }

    /// OpenID Connect Discovery §3 and RFC 8414 §2. The issuer is Cognito's name, the endpoints are
    /// the pool's own.
    pub(super) fn answer_discovery(&self) -> Response {
        let at = |path: &str| format!("{}{path}", self.config.endpoint);
        Response::json(
            200,
            &json!({
                "issuer": self.config.issuer,
                "jwks_uri": at(&format!("/{}/.well-known/jwks.json", self.config.pool_id)),
                "authorization_endpoint": at("/oauth2/authorize"),
                "token_endpoint": at("/oauth2/token"),
                "userinfo_endpoint": at("/oauth2/userInfo"),
                "revocation_endpoint": at("/oauth2/revoke"),
                "end_session_endpoint": at("/logout"),
                "response_types_supported": ["code"],
                "grant_types_supported":
                    ["authorization_code", "refresh_token", "client_credentials"],
                "code_challenge_methods_supported": ["S256"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "phone", "profile"],
                "token_endpoint_auth_methods_supported":
                    ["client_secret_basic", "client_secret_post", "none"],
            }),
        )
    }
}
