//! The owner of webhooks: who is logged in, or whom an administrator names.

use aws_config::SdkConfig;
use aws_sdk_cognitoidentityprovider::types::UserType;
use runtime::printable_within;
use shared::ids::{Subject, TenantId};

use crate::cognito::administrator;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::Profile;
use crate::{aws, logged_in};

/// The longest email address that is looked up, in bytes.
const MAX_EMAIL_BYTES: usize = 256;

/// Whose webhooks.
pub(super) struct Owner {
    /// The user's `sub` in Cognito.
    pub(super) id: Subject,
    /// `None`: the user has none.
    pub(super) tenant: Option<TenantId>,
    email: Option<String>,
    /// What says so.
    pub(super) from: &'static str,
}

impl Owner {
    /// The name for people.
    pub(super) fn shown(&self) -> String {
        let name = self.email.as_deref().unwrap_or(self.id.as_str());
        printable_within(name, MAX_EMAIL_BYTES)
    }
}

/// Whoever is logged in with `profile`, proven by the ID token.
///
/// # Errors
/// Nobody is, or it is not proven.
pub(super) async fn logged_in(profile: &Profile, env: &mut Env<'_>) -> Result<Owner, CommandError> {
    let (identity, email) = logged_in::verified(profile, env).await?;
    let (id, tenant) = (identity.subject().clone(), Some(identity.tenant().clone()));
    Ok(Owner { id, tenant, email, from: "the ID token" })
}

/// The user of the pool of `profile` whose address is `email`.
///
/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html>
///
/// # Errors
/// There is none, there are several, or the pool could not be asked.
pub(super) async fn of_email(
    email: &str,
    profile: &Profile,
    config: &SdkConfig,
    env: &mut Env<'_>,
) -> Result<Owner, CommandError> {
    let shown = printable_within(email, MAX_EMAIL_BYTES);
    // It becomes a part of a filter, in quotes.
    let is_email = email.contains('@') && email.len() <= MAX_EMAIL_BYTES;
    if !is_email || !email.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\".contains(&b)) {
        return Err(CommandError::usage(format!("`--owner`: `{shown}` is no email address")));
    }
    let answer = administrator(profile, config, env)?
        .list_users()
        .user_pool_id(&profile.config.user_pool_id)
        .filter(format!("email = \"{email}\""))
        .limit(2)
        .send()
        .await
        .map_err(|error| aws::failed("Cognito", &format!("for the user `{shown}`"), &error))?;
    let user = match answer.users() {
        [only] => only,
        [] => {
            return Err(CommandError::refused(format!(
                "there is no user `{shown}` in the user pool `{}`",
                profile.config.user_pool_id
            )));
        }
        _ => {
            return Err(CommandError::refused(format!(
                "several users have the address `{shown}`: which one is meant is not known"
            )));
        }
    };
    of_user(user, &shown, env)
}

fn of_user(user: &UserType, shown: &str, env: &Env<'_>) -> Result<Owner, CommandError> {
    let set = (env.setting)("TENANT_CLAIM").filter(|name| !name.is_empty());
    let claim = set.unwrap_or_else(|| "custom:tenant_id".to_owned());
    let attribute = |name: &str| {
        let own = user.attributes().iter().find(|own| own.name() == name);
        own.and_then(|own| own.value())
    };
    let id = attribute("sub").and_then(Subject::parse);
    let id = id.ok_or_else(|| {
        CommandError::failed(format!("the user pool says no `sub` of the user `{shown}`"))
    })?;
    let tenant = attribute(&claim).and_then(TenantId::parse);
    Ok(Owner { id, tenant, email: Some(shown.to_owned()), from: "--owner" })
}
