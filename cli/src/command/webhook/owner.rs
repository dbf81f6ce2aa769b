//! The owner of webhooks: who is logged in, or whom an administrator names.

use runtime::printable_within;
use shared::ids::{Subject, TenantId};

use crate::env::Env;
use crate::exit::CommandError;
use crate::logged_in;
use crate::profile::Profile;
use crate::user_pool::UserPool;

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

/// The user of `pool` whose address is `email`.
///
/// # Errors
/// There is none, or the pool could not be asked.
pub(super) async fn of_email(email: &str, pool: &UserPool<'_>) -> Result<Owner, CommandError> {
    let is_email = email.contains('@') && email.len() <= MAX_EMAIL_BYTES;
    if !is_email || !email.bytes().all(|b| b.is_ascii_graphic()) {
        let shown = printable_within(email, MAX_EMAIL_BYTES);
        return Err(CommandError::usage(format!("`--owner`: `{shown}` is no email address")));
    }
    let user = pool.user(email).await?;
    let shown = user.shown();
    let id = Subject::parse(&user.id).ok_or_else(|| {
        CommandError::failed(format!("the user pool says no `sub` of the user `{shown}`"))
    })?;
    let tenant = user.tenant.as_deref().and_then(TenantId::parse);
    Ok(Owner { id, tenant, email: Some(shown), from: "--owner" })
}
