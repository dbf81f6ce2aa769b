//! Users.

use aws_sdk_cognitoidentityprovider::types::{AttributeType, MessageActionType, UserType};
use runtime::printable_within;
use shared::ids::TenantId;
use shared::secret::Secret;
use shared::time::Timestamp;

use super::{ProvideErrorMetadata, SdkError, UserPool};
use crate::aws::answered;
use crate::exit::CommandError;

/// Somebody to invite.
pub(crate) struct NewUser<'n> {
    pub(crate) email: &'n str,
    pub(crate) role: &'n str,
    pub(crate) tenant: &'n TenantId,
}

/// A user of the pool, as Cognito describes it.
#[derive(Debug)]
pub(crate) struct User {
    /// The `sub`, by which accounts and webhooks know the user.
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) tenant: Option<String>,
    /// Such as `CONFIRMED`.
    pub(crate) status: String,
    pub(crate) is_enabled: bool,
    pub(crate) created: Timestamp,
    /// By which the pool knows the user.
    username: String,
}

impl User {
    /// The email, or else the id: for sentences.
    pub(crate) fn shown(&self) -> String {
        printable_within(self.email.as_deref().unwrap_or(&self.id), 254)
    }
}

impl UserPool<'_> {
    /// Makes a user who must change `password`, and sends nothing. Returns the user's `sub`.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html>
    ///
    /// # Errors
    /// There is a user with that email, or Cognito did not make one.
    pub(crate) async fn create(
        &self,
        new: &NewUser<'_>,
        password: &Secret<String>,
    ) -> Result<String, CommandError> {
        let attributes = [
            attribute("email", new.email)?,
            attribute("email_verified", "true")?,
            attribute(&self.role_claim, new.role)?,
            attribute(&self.tenant_claim, new.tenant.as_str())?,
        ];
        let call = self
            .client
            .admin_create_user()
            .user_pool_id(self.id())
            .username(new.email)
            .temporary_password(password.expose())
            .message_action(MessageActionType::Suppress)
            .set_user_attributes(Some(attributes.into()));
        let email = printable_within(new.email, 254);
        let answer = call.customize().config_override(Self::once()).send().await;
        let answer = answer.map_err(|error| {
            let own = answered(&error);
            match own.as_ref().map(|(code, message)| (code.as_str(), message.as_str())) {
                Some(("UsernameExistsException" | "AliasExistsException", _)) => {
                    self.exists(&email)
                }
                Some(("InvalidPasswordException", message)) => unfit(message),
                Some(_) => self.failed(&format!("to make the user `{email}`"), &error),
                None => {
                    let list = self.profile.place.next("admin list-users");
                    self.failed(&format!("to make the user `{email}`"), &error)
                        .and(format!("whether the user was made is not known: look with {list}"))
                }
            }
        })?;
        let attributes = answer.user.and_then(|user| user.attributes).unwrap_or_default();
        find(&attributes, "sub")
            .ok_or_else(|| CommandError::failed("Cognito did not say which `sub` the new user has"))
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminSetUserPassword.html>
    pub(crate) async fn set_password(
        &self,
        username: &str,
        password: &Secret<String>,
        is_permanent: bool,
    ) -> Result<(), CommandError> {
        let call = self
            .client
            .admin_set_user_password()
            .user_pool_id(self.id())
            .username(username)
            .password(password.expose())
            .permanent(is_permanent);
        call.send().await.map_err(|error| match answered(&error) {
            Some((code, message)) if code == "InvalidPasswordException" => unfit(&message),
            _ => self.about(username, "to set the password", &error),
        })?;
        Ok(())
    }

    /// Ends every session of the user: no refresh token is taken any more.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUserGlobalSignOut.html>
    pub(crate) async fn sign_out(&self, user: &User) -> Result<(), CommandError> {
        let call = self
            .client
            .admin_user_global_sign_out()
            .user_pool_id(self.id())
            .username(&user.username);
        let answer = call.send().await;
        answer.map_err(|error| self.about(&user.username, "to end the sessions", &error))?;
        Ok(())
    }

    /// The user called `name`: an email, or a `sub`.
    ///
    /// # Errors
    /// There is none, or Cognito did not say.
    pub(crate) async fn user(&self, name: &str) -> Result<User, CommandError> {
        self.find(name).await?.ok_or_else(|| self.nobody(name))
    }

    /// The same; `None` if there is none.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html>
    ///
    /// # Errors
    /// Cognito did not say.
    pub(crate) async fn find(&self, name: &str) -> Result<Option<User>, CommandError> {
        let call = self.client.admin_get_user().user_pool_id(self.id()).username(name);
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) if is_nobody(&error) => return Ok(None),
            Err(error) => return Err(self.failed("for the user", &error)),
        };
        let user = UserType::builder()
            .username(answer.username)
            .set_attributes(answer.user_attributes)
            .set_user_create_date(answer.user_create_date)
            .enabled(answer.enabled)
            .set_user_status(answer.user_status)
            .build();
        self.described(user).map(Some)
    }

    /// Every user, as Cognito lists them.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html>
    pub(crate) async fn users(&self) -> Result<Vec<User>, CommandError> {
        let mut pages = self.client.list_users().user_pool_id(self.id()).into_paginator().send();
        let mut users = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed("for the users", &error))?;
            for user in page.users.unwrap_or_default() {
                users.push(self.described(user)?);
            }
        }
        Ok(users)
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminUpdateUserAttributes.html>
    pub(crate) async fn set_role(&self, user: &User, role: &str) -> Result<(), CommandError> {
        let call = self
            .client
            .admin_update_user_attributes()
            .user_pool_id(self.id())
            .username(&user.username)
            .user_attributes(attribute(&self.role_claim, role)?);
        let answer = call.send().await;
        answer.map_err(|error| self.about(&user.username, "to set the role", &error))?;
        Ok(())
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminDeleteUser.html>
    pub(crate) async fn delete(&self, user: &User) -> Result<(), CommandError> {
        let call = self.client.admin_delete_user().user_pool_id(self.id()).username(&user.username);
        let answer = call.send().await;
        answer.map_err(|error| self.about(&user.username, "to delete the user", &error))?;
        Ok(())
    }

    fn described(&self, user: UserType) -> Result<User, CommandError> {
        let attributes = user.attributes.unwrap_or_default();
        let id = find(&attributes, "sub")
            .ok_or_else(|| CommandError::failed("Cognito listed a user without a `sub`"))?;
        let created = user.user_create_date.and_then(|date| u64::try_from(date.secs()).ok());
        Ok(User {
            id,
            email: find(&attributes, "email"),
            role: find(&attributes, &self.role_claim),
            tenant: find(&attributes, &self.tenant_claim),
            status: user.user_status.map_or_else(String::new, |own| own.as_str().to_owned()),
            is_enabled: user.enabled,
            created: Timestamp::from_unix_millis(created.unwrap_or_default().saturating_mul(1000)),
            username: user.username.unwrap_or_default(),
        })
    }

    /// The sentence about a call for the user `name`.
    fn about<E: ProvideErrorMetadata, R>(
        &self,
        name: &str,
        purpose: &str,
        error: &SdkError<E, R>,
    ) -> CommandError {
        if is_nobody(error) { self.nobody(name) } else { self.failed(purpose, error) }
    }

    /// The sentence about a user who is not there.
    pub(crate) fn nobody(&self, name: &str) -> CommandError {
        let list = self.profile.place.next("admin list-users");
        CommandError::refused(format!(
            "there is no user `{}` in the user pool `{}`: look with {list}",
            printable_within(name, 254),
            self.id()
        ))
    }

    fn exists(&self, email: &str) -> CommandError {
        let place = &self.profile.place;
        CommandError::refused(format!(
            "there is a user `{email}` in the user pool `{}` already: {} sets another password, {} another role",
            self.id(),
            place.next(&format!("admin reset-password {email}")),
            place.next(&format!("admin set-role {email} --role ROLE"))
        ))
    }
}

/// The password was generated for every policy that Cognito has by default.
fn unfit(message: &str) -> CommandError {
    let (_, problem) = message.split_once(": ").unwrap_or(("", message));
    CommandError::failed(format!(
        "the password policy of the user pool takes no generated password: {}",
        problem.trim_end_matches('.')
    ))
}

fn is_nobody<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    answered(error).is_some_and(|(code, _)| code == "UserNotFoundException")
}

fn attribute(name: &str, value: &str) -> Result<AttributeType, CommandError> {
    let attribute = AttributeType::builder().name(name).value(value).build();
    attribute.map_err(|error| CommandError::failed(format!("no attribute: {error}")))
}

fn find(attributes: &[AttributeType], name: &str) -> Option<String> {
    attributes.iter().find(|own| own.name == name).and_then(|own| own.value.clone())
}
