//! The issuers of tokens: Cognito user pools.

use crate::ids::TenantId;

/// One Cognito user pool and the two ways in which its tokens may name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    names: [Box<str>; 2],
    /// `None`: every tenant.
    tenants: Option<Vec<TenantId>>,
}

impl Issuer {
    /// The pool `pool_id`, such as `eu-central-1_AbCdEfGhI`; `None` if it does not have this form.
    ///
    /// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html>
    #[must_use]
    pub fn of_pool(pool_id: &str) -> Option<Self> {
        let (region, id) = pool_id.split_once('_')?;
        let plain = |text: &str, dash: bool| {
            (1..=55).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || (dash && b == b'-'))
        };
        if !plain(region, true) || !plain(id, false) || !region.contains('-') {
            return None;
        }
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let name = |host| format!("https://{host}.{region}.{suffix}/{pool_id}").into_boxed_str();
        Some(Self { names: [name("cognito-idp"), name("issuer-cognito-idp")], tenants: None })
    }

    /// The same pool, whose tokens are taken for `tenants` alone.
    #[must_use]
    pub fn only_for(self, tenants: Vec<TenantId>) -> Self {
        Self { tenants: Some(tenants), ..self }
    }

    /// Whether the pool's tokens are taken for `tenant`.
    #[must_use]
    pub fn speaks_for(&self, tenant: &TenantId) -> bool {
        self.tenants.as_ref().is_none_or(|tenants| tenants.contains(tenant))
    }

    /// The name under which this issuer's keys are stored, and the base of [`Issuer::jwks_url`].
    #[must_use]
    pub fn name(&self) -> &str {
        let [name, _] = &self.names;
        name
    }

    /// Where the issuer publishes its keys.
    #[must_use]
    pub fn jwks_url(&self) -> String {
        format!("{}/.well-known/jwks.json", self.name())
    }

    /// Whether `name` is exactly one of the issuer's two names.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.names.iter().any(|own| **own == *name)
    }
}
