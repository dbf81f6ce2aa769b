//! A token of Cognito: from its header and claims to the identity that it proves.
//!
//! [`UnverifiedToken`] is what can be read without a key; [`UnverifiedToken::verify`] is the only
//! way from there to an identity.

use super::jws::{Header, Typ};
use super::{id_token, service_token, user_token};
use crate::authn::claims::Claims;
use crate::authn::identity::{Identity, Principal};
use crate::authn::issuer::Issuer;
use crate::authn::jwk::VerifyingKey;
use crate::authn::jws::Jws;
use crate::authn::token_rules::{Registered, TokenRules};
use crate::denial::{Code, Denial};
use crate::ids::TenantId;
use crate::time::Timestamp;

/// Header and claims of a token, not yet believed. They only tell which key to look up.
///
/// ```
/// use shared::authn::{
///     ClaimName, CredentialKind, Issuer, Jws, Registered, TokenRules, UnverifiedToken, jwk,
/// };
/// use shared::secret::Secret;
/// use shared::time::Timestamp;
///
/// # let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../events/");
/// # let event = std::fs::read(format!("{root}authorizer/allow-rest-token-raw.json"))?;
/// # let event: serde_json::Value = serde_json::from_slice(&event)?;
/// # let bearer = event["authorizationToken"].as_str().unwrap();
/// # let jwks_json = std::fs::read(format!("{root}dev-jwks.json"))?;
/// # let env = std::fs::read_to_string(format!("{root}authorizer.env"))?;
/// # let setting = |name: &str| env.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix('=')).unwrap();
/// # let (pool_id, app_client) = (setting("USER_POOL_IDS"), setting("APP_CLIENT_IDS"));
/// let rules = TokenRules {
///     kinds: vec![CredentialKind::IdToken],
///     issuers: vec![Issuer::of_pool(pool_id).unwrap()],
///     app_clients: vec![app_client.to_owned()],
///     audiences: Vec::new(),
///     role_claim: ClaimName::custom_role(),
///     tenant_claim: ClaimName::custom_tenant_id(),
///     leeway_seconds: 30,
///     context_claims: Vec::new(),
/// };
/// let jws = Jws::decode(Secret::new(bearer))?;
/// let token = UnverifiedToken::read(&jws, &rules)?;
///
/// // The published key of that name of `token.issuer()`, from the store of keys.
/// let keys = jwk::parse(&jwks_json)?;
/// let key = keys.get(token.kid()).unwrap();
///
/// let now = Timestamp::from_unix_millis(1_800_000_000_000);
/// let registered = Registered { services: &[], is_role: &|role| role == "viewer" };
/// let identity = token.verify(key, now, &rules, registered)?;
/// assert_eq!(identity.role(), "viewer");
///
/// let after_it_expired = Timestamp::from_unix_millis(9_000_000_000_000);
/// assert!(token.verify(key, after_it_expired, &rules, registered).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct UnverifiedToken<'t> {
    jws: &'t Jws<'t>,
    header: Header,
    claims: Claims<'t>,
    issuer: &'t Issuer,
}

impl<'t> UnverifiedToken<'t> {
    /// Reads header and claims, and finds the configured issuer that `iss` names. A token can only
    /// choose among these issuers (RFC 8725 §3.8); nothing in it becomes an address to fetch from.
    ///
    /// # Errors
    /// `TOKEN_INVALID`: header or claims are not what this function takes, or `iss` is not exactly
    /// an issuer's name.
    pub fn read(jws: &'t Jws<'t>, rules: &'t TokenRules) -> Result<Self, Denial> {
        let header = Header::read(jws)?;
        let claims = Claims::read(jws.payload())?;
        let iss = claims.required_str("iss")?;
        let issuer =
            rules.issuers.iter().find(|configured| configured.is_called(iss)).ok_or_else(|| {
                Denial::token_invalid("claim `iss` is not an issuer of this function")
            })?;
        Ok(Self { jws, header, claims, issuer })
    }

    /// The issuer that the token names.
    #[must_use]
    pub const fn issuer(&self) -> &'t Issuer {
        self.issuer
    }

    /// The name of the key that the token says it is signed with. It may be an attacker's text:
    /// only for comparing.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.header.kid
    }

    /// Verifies the signature with `key`, then every claim, and returns the identity that they
    /// prove. `registered` is what tokens may name.
    ///
    /// `key` must be the one that the token's issuer publishes as [`UnverifiedToken::kid`]: with
    /// the key of another issuer, one user pool could sign tokens of another (RFC 8725 §3.8).
    ///
    /// # Errors
    /// The first rule that is broken, as a denial. The signature comes first, so the log says
    /// nothing of the claims of a forged token.
    pub fn verify(
        &self,
        key: &VerifyingKey,
        now: Timestamp,
        rules: &TokenRules,
        registered: Registered<'_>,
    ) -> Result<Identity, Denial> {
        if !self.jws.is_signed_by(key) {
            return Err(Denial::token_invalid("the signature does not verify"));
        }
        self.claimed(now, rules, registered)
    }

    /// The caller whom the claims name, for an explanation: everything is checked as in
    /// [`UnverifiedToken::verify`] but the signature, which alone proves it. So it is no [`Identity`], and
    /// nothing may be decided for it.
    ///
    /// # Errors
    /// The first rule that is broken, as a denial.
    pub fn suppose_unverified(
        &self,
        now: Timestamp,
        rules: &TokenRules,
        registered: Registered<'_>,
    ) -> Result<(Principal, TenantId), Denial> {
        let claimed = self.claimed(now, rules, registered)?;
        Ok((claimed.principal().clone(), claimed.tenant().clone()))
    }

    /// The identity of the claims, of which nothing is proven unless the signature is verified.
    fn claimed(
        &self,
        now: Timestamp,
        rules: &TokenRules,
        registered: Registered<'_>,
    ) -> Result<Identity, Denial> {
        self.claims.hold_at(now, rules.leeway_seconds)?;
        let identity = self.identify(rules, registered)?;
        if !self.issuer.speaks_for(identity.tenant()) {
            let reason = "the user pool of the token does not speak for its tenant";
            return Err(Denial::new(Code::TenantMismatch, reason));
        }
        Ok(identity)
    }

    /// Reads the claims of a token whose times are checked, by its kind.
    fn identify(&self, rules: &TokenRules, registered: Registered<'_>) -> Result<Identity, Denial> {
        let claims = &self.claims;
        match (claims.required_str("token_use")?, self.header.typ) {
            ("id", Typ::Jwt) => id_token::identify(claims, rules, registered),
            ("access", _) if claims.has("username") => {
                user_token::identify(claims, rules, registered)
            }
            ("access", _) => service_token::identify(claims, rules, registered),
            ("id", Typ::AccessToken) => {
                Err(Denial::token_invalid("an ID token with the `typ` of an access token"))
            }
            _ => Err(Denial::token_invalid("claim `token_use` is neither `id` nor `access`")),
        }
    }
}
