//! Cognito's JSON API: `POST /` with the operation in `X-Amz-Target`.
//!
//! <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/Welcome.html>

mod account;
mod admin;
mod auth;
mod exception;
mod input;
mod list;

use serde_json::Value;
use shared::time::Timestamp;

pub(super) use self::auth::Challenge;
use self::exception::Exception;
use super::Pool;
use super::http::{Request, Response};

const SERVICE: &str = "AWSCognitoIdentityProviderService.";
const MEDIA_TYPE: &str = "application/x-amz-json-1.1";

impl Pool {
    pub(super) fn answer_api(&mut self, request: &Request<'_>, now: Timestamp) -> Response {
        match self.call(request, now) {
            Ok(output) => Response::new(200, MEDIA_TYPE, output.to_string().into_bytes()),
            Err(exception) => {
                let body = exception.body().to_string().into_bytes();
                // With its colon, as the services send it.
                let error_type = format!("{}:", exception.name);
                Response::new(exception.status, MEDIA_TYPE, body)
                    .with("x-amzn-errortype", error_type)
            }
        }
    }

    fn call(&mut self, request: &Request<'_>, now: Timestamp) -> Result<Value, Exception> {
        let target = request.header("x-amz-target").unwrap_or_default();
        let operation = target.strip_prefix(SERVICE).ok_or_else(Exception::unknown_operation)?;
        // A page in a browser can send no other type across origins without being asked first.
        if !request.is(MEDIA_TYPE) {
            return Err(Exception::serialization());
        }
        let body = request.body;
        if operation.starts_with("Admin") || operation == "ListUsers" {
            require_signed(request)?;
        }
        match operation {
            "InitiateAuth" => self.initiate_auth(input::read(body)?, now),
            "RespondToAuthChallenge" => self.respond_to_auth_challenge(input::read(body)?, now),
            "GetTokensFromRefreshToken" => self.get_tokens(input::read(body)?, now),
            "RevokeToken" => self.revoke_token(&input::read(body)?),
            "ChangePassword" => self.change_password(input::read(body)?, now),
            "GetUser" => self.get_user(&input::read(body)?, now),
            "GlobalSignOut" => self.global_sign_out(&input::read(body)?, now),
            "AdminCreateUser" => self.admin_create_user(input::read(body)?, now),
            "AdminDeleteUser" => self.admin_delete_user(&input::read(body)?),
            "AdminGetUser" => self.admin_get_user(&input::read(body)?),
            "AdminSetUserPassword" => self.admin_set_user_password(input::read(body)?, now),
            "AdminUpdateUserAttributes" => self.admin_update_attributes(input::read(body)?, now),
            "AdminUserGlobalSignOut" => self.admin_user_global_sign_out(&input::read(body)?),
            "ListUsers" => self.list_users(&input::read(body)?),
            _ => Err(Exception::unknown_operation()),
        }
    }
}

/// These operations are signed with AWS credentials. The pool knows nobody's, so it only looks
/// whether there is a signature: what forgets to sign here would be refused by AWS.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
fn require_signed(request: &Request<'_>) -> Result<(), Exception> {
    let credentials = request.credentials("AWS4-HMAC-SHA256").unwrap_or_default();
    let has = |part: &str| credentials.contains(part);
    if has("Credential=") && has("SignedHeaders=") && has("Signature=") {
        return Ok(());
    }
    Err(Exception::new("MissingAuthenticationTokenException", "Missing Authentication Token"))
}
