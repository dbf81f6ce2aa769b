//! What an operator does with users.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::time::Timestamp;

use super::exception::Exception;
use super::input::{
    AboutUser, AdminCreateUser, AdminSetUserPassword, AdminUpdateUserAttributes, Attribute,
    required,
};
use crate::pool::Pool;
use crate::pool::password::{PasswordHash, check_policy};
use crate::pool::users::{MAX_USERS, User, UserStatus};

/// Attributes of the pool besides `sub`: OpenID Connect's standard claims (Core §5.1) and our two.
const SCHEMA: [&str; 20] = [
    "address",
    "birthdate",
    "custom:role",
    "custom:tenant_id",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "website",
    "zoneinfo",
];
/// The longest value of an attribute, in characters.
const MAX_VALUE_CHARS: usize = 2048;

impl Pool {
    /// Invites nobody: without a temporary password there is one that nobody knows.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>
    pub(super) fn admin_create_user(
        &mut self,
        input: AdminCreateUser,
        now: Timestamp,
    ) -> Result<Value, Exception> {
        self.require_pool(input.user_pool_id.as_deref())?;
        let email = required(input.username, "username")?;
        if !is_email(&email) {
            return Err(Exception::invalid_parameter("Username should be an email."));
        }
        let mut attributes = checked(input.user_attributes.unwrap_or_default())?;
        if attributes.get("email").is_some_and(|own| *own != email) {
            let message = "Username and email attribute should be the same.";
            return Err(Exception::invalid_parameter(message));
        }
        if self.users.find(&email).is_some() {
            return Err(Exception::new("UsernameExistsException", "User account already exists"));
        }
        if self.users.count() >= MAX_USERS {
            let message = format!("The development pool holds {MAX_USERS} users at most.");
            return Err(Exception::new("LimitExceededException", message));
        }
        if let Some(password) = &input.temporary_password {
            check_policy(password).map_err(Exception::invalid_password)?;
        }
        attributes.insert("email".to_owned(), email);
        let password = input.temporary_password.map_or_else(|| self.random.secret(), Ok)?;
        let user = User {
            sub: self.random.uuid()?,
            attributes,
            groups: Vec::new(),
            password: PasswordHash::new(&password, &mut self.random)?,
            status: UserStatus::ForceChangePassword,
            created: now.unix_millis(),
            modified: now.unix_millis(),
        };
        let described = describe(&user, "Attributes");
        self.users.put(user);
        Ok(json!({ "User": described }))
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html>
    pub(super) fn admin_get_user(&self, input: &AboutUser) -> Result<Value, Exception> {
        self.require_pool(input.user_pool_id.as_deref())?;
        let user = self.users.find(required(input.username.as_ref(), "username")?);
        Ok(describe(user.ok_or_else(Exception::user_not_found)?, "UserAttributes"))
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteUser.html>
    pub(super) fn admin_delete_user(&mut self, input: &AboutUser) -> Result<Value, Exception> {
        let sub = self.named(input.user_pool_id.as_deref(), input.username.as_deref())?;
        // Its sessions end with it: a token needs a user.
        self.users.remove(&sub);
        Ok(json!({}))
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUserGlobalSignOut.html>
    pub(super) fn admin_user_global_sign_out(
        &mut self,
        input: &AboutUser,
    ) -> Result<Value, Exception> {
        let sub = self.named(input.user_pool_id.as_deref(), input.username.as_deref())?;
        self.sessions.revoke_user(&sub);
        Ok(json!({}))
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminSetUserPassword.html>
    pub(super) fn admin_set_user_password(
        &mut self,
        input: AdminSetUserPassword,
        now: Timestamp,
    ) -> Result<Value, Exception> {
        let password = required(input.password, "password")?;
        let sub = self.named(input.user_pool_id.as_deref(), input.username.as_deref())?;
        check_policy(&password).map_err(Exception::invalid_password)?;
        let permanent = input.permanent.unwrap_or_default();
        let status =
            if permanent { UserStatus::Confirmed } else { UserStatus::ForceChangePassword };
        let hash = PasswordHash::new(&password, &mut self.random)?;
        let user = self.users.find_mut(&sub).ok_or_else(Exception::user_not_found)?;
        user.set_password(hash, status, now);
        Ok(json!({}))
    }

    /// An empty value takes an attribute away.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html>
    pub(super) fn admin_update_attributes(
        &mut self,
        input: AdminUpdateUserAttributes,
        now: Timestamp,
    ) -> Result<Value, Exception> {
        let changes = checked(required(input.user_attributes, "userAttributes")?)?;
        let sub = self.named(input.user_pool_id.as_deref(), input.username.as_deref())?;
        let email = changes.get("email").map(String::as_str);
        if email.is_some_and(|email| !is_email(email)) {
            return Err(Exception::invalid_parameter("Invalid email address format."));
        }
        let holder = email.and_then(|email| self.users.find(email));
        if holder.is_some_and(|holder| holder.sub != sub) {
            let message = "An account with the given email already exists.";
            return Err(Exception::new("AliasExistsException", message));
        }
        let user = self.users.find_mut(&sub).ok_or_else(Exception::user_not_found)?;
        user.attributes.extend(changes);
        user.attributes.retain(|_, value| !value.is_empty());
        user.modified = now.unix_millis();
        Ok(json!({}))
    }

    pub(super) fn require_pool(&self, id: Option<&str>) -> Result<(), Exception> {
        let id = required(id, "userPoolId")?;
        if id == self.config.pool_id { Ok(()) } else { Err(Exception::no_pool(id)) }
    }

    /// The `sub` of the user `name` of the pool `pool_id`.
    fn named(&self, pool_id: Option<&str>, name: Option<&str>) -> Result<String, Exception> {
        self.require_pool(pool_id)?;
        let user = self.users.find(required(name, "username")?);
        Ok(user.ok_or_else(Exception::user_not_found)?.sub.clone())
    }
}

/// A user as Cognito's API describes it, times in seconds since 1970. `attributes` is the name of
/// the list, which is another in each operation.
///
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserType.html>
pub(super) fn describe(user: &User, attributes: &str) -> Value {
    let seconds = |millis: u64| Timestamp::from_unix_millis(millis).unix_seconds();
    json!({
        "Username": user.sub,
        attributes: user.attribute_list(),
        "UserCreateDate": seconds(user.created),
        "UserLastModifiedDate": seconds(user.modified),
        "Enabled": true,
        "UserStatus": user.status,
    })
}

fn checked(attributes: Vec<Attribute>) -> Result<BTreeMap<String, String>, Exception> {
    let mut checked = BTreeMap::new();
    for Attribute { name, value } in attributes {
        if name == "sub" {
            return Err(Exception::invalid_parameter(
                "Cannot modify the non-mutable attribute sub",
            ));
        }
        if !SCHEMA.contains(&name.as_str()) {
            let message = format!(
                "Attributes did not conform to the schema: {name}: Attribute does not exist in the \
                 schema.\n"
            );
            return Err(Exception::invalid_parameter(message));
        }
        let value = value.unwrap_or_default();
        if value.chars().count() > MAX_VALUE_CHARS {
            let message = format!(
                "Attributes did not conform to the schema: {name}: String must be no longer than \
                 {MAX_VALUE_CHARS} characters\n"
            );
            return Err(Exception::invalid_parameter(message));
        }
        checked.insert(name, value);
    }
    Ok(checked)
}

/// One `@` between something and something with a dot: enough to tell an address from a name.
fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    let plain = |text: &str| {
        !text.is_empty()
            && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@')
    };
    plain(name) && plain(host) && host.contains('.') && text.len() <= 254
}
