//! What the claims of a user's token say: who, in which role, of which tenant. ID tokens and access
//! tokens of users say it in the same claims.

use crate::authn::claims::{Claims, StrOrList};
use crate::authn::token_rules::{Registered, TokenRules};
use crate::denial::{Code, Denial};
use crate::ids::{Subject, TenantId};

/// The user of the claims.
pub(super) struct User {
    pub(super) subject: Subject,
    pub(super) role: Box<str>,
    pub(super) tenant: TenantId,
    /// The further claims that the settings name.
    pub(super) claims: Vec<(String, String)>,
}

impl User {
    /// Reads `sub`, the claims of role and tenant, and the further ones.
    ///
    /// # Errors
    /// `TOKEN_INVALID` for a mistyped claim; `INSUFFICIENT_ROLE` and `TENANT_MISMATCH` for a user who has
    /// no role, several, or no tenant: signing in again would not help, so the status is not 401.
    pub(super) fn read(
        claims: &Claims<'_>,
        rules: &TokenRules,
        registered: Registered<'_>,
    ) -> Result<Self, Denial> {
        let subject = Subject::parse(claims.required_str("sub")?)
            .ok_or_else(|| Denial::token_invalid("claim `sub` is not 1 to 128 plain characters"))?;
        let role = role(claims, rules.role_claim.as_str(), registered)?.into();
        let tenant = tenant(claims, rules.tenant_claim.as_str())?;
        let further = rules
            .context_claims
            .iter()
            .filter_map(|name| Some((name.clone(), claims.plain(name)?)))
            .collect();
        Ok(Self { subject, role, tenant, claims: further })
    }
}

/// The role: the claim as it is, or the one element of its list that is a role. Which of two roles counts
/// is for whoever gives them to decide.
fn role<'c>(
    claims: &'c Claims<'_>,
    name: &str,
    registered: Registered<'_>,
) -> Result<&'c str, Denial> {
    let no =
        |problem: String| Denial::new(Code::InsufficientRole, format!("claim `{name}` {problem}"));
    let list = match claims.str_or_list(name)? {
        None => return Err(no("is missing".to_owned())),
        Some(StrOrList::Str(role)) => return Ok(role),
        Some(StrOrList::List(list)) => list,
    };
    let mut roles = list.into_iter().filter(|element| (registered.is_role)(element));
    match (roles.next(), roles.next()) {
        (Some(role), None) => Ok(role),
        (Some(first), Some(second)) => {
            Err(no(format!("names two roles: `{first}` and `{second}`")))
        }
        (None, _) => Err(no("names no role of the access table".to_owned())),
    }
}

/// The tenant in the claim `name`, of a user or a service.
///
/// # Errors
/// `TENANT_MISMATCH`: it is missing. `TOKEN_INVALID`: it is no string, or no tenant id.
pub(super) fn tenant(claims: &Claims<'_>, name: &str) -> Result<TenantId, Denial> {
    let tenant = claims
        .optional_str(name)?
        .ok_or_else(|| Denial::new(Code::TenantMismatch, format!("claim `{name}` is missing")))?;
    TenantId::parse(tenant)
        .ok_or_else(|| Denial::token_invalid(format!("claim `{name}` is not a tenant id")))
}
