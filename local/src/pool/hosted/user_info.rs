//! `/oauth2/userInfo` (OpenID Connect Core §5.3).
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html>

use serde_json::{Map, Value, json};
use shared::time::Timestamp;

use crate::pool::Pool;
use crate::pool::access::AccessError;
use crate::pool::claims::readable;
use crate::pool::http::{Request, Response};

impl Pool {
    pub(super) fn user_info(&self, request: &Request<'_>, now: Timestamp) -> Response {
        let Some(token) = request.bearer() else {
            // RFC 6750 §3.1: without a token there is nothing to say of it.
            return Response::empty(401).with("www-authenticate", "Bearer");
        };
        let access = match self.access(token, "openid", now) {
            Ok(access) => access,
            Err(error) => return refused(error),
        };
        let Some(user) = self.users.find(&access.sub) else {
            return refused(AccessError::Revoked);
        };
        // Every value is text here, `email_verified` too: that is how Cognito answers.
        let mut info: Map<String, Value> = readable(user, &access.scope)
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        info.insert("sub".to_owned(), json!(user.sub));
        info.insert("username".to_owned(), json!(user.sub));
        Response::json(200, &Value::Object(info))
    }
}

/// RFC 6750 §3.
fn refused(error: AccessError) -> Response {
    let (status, error, description) = match error {
        AccessError::WithoutScope => (403, "insufficient_scope", "the token has no scope openid"),
        AccessError::Expired => (401, "invalid_token", "the token has expired"),
        AccessError::Revoked => (401, "invalid_token", "the token was revoked"),
        AccessError::Invalid => (401, "invalid_token", "the token is no access token of a user"),
    };
    let challenge = format!("Bearer error=\"{error}\", error_description=\"{description}\"");
    let body = json!({ "error": error, "error_description": description });
    Response::json(status, &body).with("www-authenticate", challenge)
}
