//! The caller who is supposed.

use runtime::printable;
use shared::authn::{ApiKeyPrincipal, CredentialKind, Principal, UserTokenPrincipal};
use shared::authz::Caller;
use shared::ids::{ApiKeyId, TenantId};

/// Stands for the id of a supposed key, on which nothing depends.
const KEY_ID: &str = "0000000000000000";

/// What a supposed caller is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parts<'p> {
    pub(crate) role: Option<&'p str>,
    pub(crate) scopes: Vec<&'p str>,
    pub(crate) credential: Option<&'p str>,
    pub(crate) tenant: Option<&'p str>,
}

/// A caller who is supposed, or whom a credential names.
#[derive(Clone, Debug)]
pub(crate) struct Supposed {
    pub(crate) principal: Principal,
    pub(crate) tenant: Option<TenantId>,
}

impl Supposed {
    /// The caller of `parts`; `None` for one who presents no credential.
    ///
    /// # Errors
    /// One sentence: no caller is made of these parts.
    pub(crate) fn read(parts: &Parts<'_>) -> Result<Option<Self>, String> {
        let tenant = parts.tenant.map(tenant).transpose()?;
        let Some(kind) = kind(parts)? else {
            return match tenant {
                Some(_) => {
                    Err("who presents no credential has no tenant: say a role or scopes".to_owned())
                }
                None => Ok(None),
            };
        };
        let principal = principal(kind, parts)?;
        Ok(Some(Self { principal, tenant }))
    }

    pub(crate) const fn as_caller(&self) -> Caller<'_> {
        Caller { principal: &self.principal, tenant: self.tenant.as_ref() }
    }
}

fn tenant(text: &str) -> Result<TenantId, String> {
    TenantId::parse(text).ok_or_else(|| format!("`{}` is no tenant id", printable(text)))
}

/// The kind of credential; what is not said follows from role and scopes.
fn kind(parts: &Parts<'_>) -> Result<Option<CredentialKind>, String> {
    let Some(text) = parts.credential else {
        return match (parts.role, parts.scopes.as_slice()) {
            (None, []) => Ok(None),
            (Some(_), []) => Ok(Some(CredentialKind::IdToken)),
            (None, _) => Ok(Some(CredentialKind::ServiceToken)),
            (Some(_), _) => {
                Err("a role with scopes is that of a `user-token` or an `api-key`: say which \
                                 credential it is"
                    .to_owned())
            }
        };
    };
    let known = CredentialKind::ALL.into_iter().find(|kind| kind.as_str() == text);
    let names = CredentialKind::ALL.map(|kind| format!("`{}`", kind.as_str())).join(", ");
    let unknown = || format!("`{}` is no credential: it is one of {names}", printable(text));
    known.ok_or_else(unknown).map(Some)
}

fn principal(kind: CredentialKind, parts: &Parts<'_>) -> Result<Principal, String> {
    let role =
        || parts.role.ok_or_else(|| format!("of an `{}` a role must be said", kind.as_str()));
    let scopes: Box<str> = parts.scopes.join(" ").into();
    match kind {
        CredentialKind::IdToken if !scopes.is_empty() => {
            Err("an `id-token` has no scopes: its role alone counts".to_owned())
        }
        CredentialKind::IdToken => Ok(Principal::User(role()?.into())),
        CredentialKind::UserToken => {
            let user = UserTokenPrincipal { role: role()?.into(), scopes };
            Ok(Principal::UserToken(Box::new(user)))
        }
        CredentialKind::ServiceToken if parts.role.is_some() => {
            Err("a `service-token` has no role: its scopes alone count".to_owned())
        }
        CredentialKind::ServiceToken => Ok(Principal::Service(scopes)),
        CredentialKind::ApiKey => {
            let key = ApiKeyId::parse(KEY_ID).ok_or("no key id")?;
            let key = ApiKeyPrincipal { key, role: role()?.into(), scopes };
            Ok(Principal::ApiKey(Box::new(key)))
        }
    }
}

/// The kind of credential that `principal` presents.
pub(crate) const fn credential(principal: &Principal) -> CredentialKind {
    match principal {
        Principal::User(_) => CredentialKind::IdToken,
        Principal::UserToken(_) => CredentialKind::UserToken,
        Principal::Service(_) => CredentialKind::ServiceToken,
        Principal::ApiKey(_) => CredentialKind::ApiKey,
    }
}
