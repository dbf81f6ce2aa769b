//! What a user does with an access token: `ChangePassword`, `GetUser`, `GlobalSignOut`.

use serde_json::{Value, json};
use shared::time::Timestamp;

use super::exception::Exception;
use super::input::{ChangePassword, OfUser, required};
use crate::pool::Pool;
use crate::pool::config::API_SCOPE;
use crate::pool::password::{PasswordHash, check_policy};
use crate::pool::users::UserStatus;

impl Pool {
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ChangePassword.html>
    pub(super) fn change_password(
        &mut self,
        input: ChangePassword,
        now: Timestamp,
    ) -> Result<Value, Exception> {
        let token = required(input.access_token, "accessToken")?;
        let proposed = required(input.proposed_password, "proposedPassword")?;
        let previous = required(input.previous_password, "previousPassword")?;
        let access = self.access(&token, API_SCOPE, now)?;
        let user = self.check_password(&access.sub, &previous);
        let sub = user.ok_or_else(Exception::wrong_password)?.sub.clone();
        check_policy(&proposed).map_err(Exception::invalid_password)?;
        let hash = PasswordHash::new(&proposed, &mut self.random)?;
        let user = self.users.find_mut(&sub).ok_or_else(Exception::user_not_found)?;
        user.set_password(hash, UserStatus::Confirmed, now);
        Ok(json!({}))
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUser.html>
    pub(super) fn get_user(&self, input: &OfUser, now: Timestamp) -> Result<Value, Exception> {
        let token = required(input.access_token.as_ref(), "accessToken")?;
        let access = self.access(token, API_SCOPE, now)?;
        let user = self.users.find(&access.sub).ok_or_else(Exception::user_not_found)?;
        Ok(json!({ "Username": user.sub, "UserAttributes": user.attribute_list() }))
    }

    /// Ends every session of the user: refresh tokens and, for the pool, access tokens. The
    /// authorizer takes ID tokens that are out until they expire, as with Cognito.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GlobalSignOut.html>
    pub(super) fn global_sign_out(
        &mut self,
        input: &OfUser,
        now: Timestamp,
    ) -> Result<Value, Exception> {
        let token = required(input.access_token.as_ref(), "accessToken")?;
        let access = self.access(token, API_SCOPE, now)?;
        self.sessions.revoke_user(&access.sub);
        Ok(json!({}))
    }
}
