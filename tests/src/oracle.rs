//! `jsonwebtoken` as the oracle of tokens: a reader that shares nothing with ours but the library that
//! verifies signatures. Whatever we accept, it accepts, and it reads the same out of it.

use jsonwebtoken::dangerous::insecure_decode_claims;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header, get_current_timestamp,
};
use serde_json::Value;
use shared::authn::{CredentialKind, Identity, Issuer, TokenRules};
use shared::time::Timestamp;

use crate::mint::Signer;

/// The keys of every issuer, as the oracle has them.
pub struct Oracle(Vec<(Issuer, String, DecodingKey)>);

impl Oracle {
    /// An oracle that trusts each of `signers` as the issuer at its place.
    ///
    /// # Panics
    /// A key is none.
    #[must_use]
    pub fn new(issuers: &[Issuer], signers: &[Signer]) -> Self {
        let keys = issuers.iter().zip(signers).map(|(issuer, signer)| {
            let jwk = signer.jwk();
            let member = |name: &str| jwk[name].as_str().unwrap_or_default().to_owned();
            let key = DecodingKey::from_rsa_components(&member("n"), &member("e"));
            (issuer.clone(), signer.kid.clone(), key.expect("the key of a signer is one"))
        });
        Self(keys.collect())
    }

    /// Fails if the oracle refuses `token`, which we have accepted at `now` by `rules`, or reads another
    /// subject, tenant or role in it than that of `identity`.
    ///
    /// # Panics
    /// It does; the message does not repeat the token.
    pub fn confirm(&self, token: &str, rules: &TokenRules, identity: &Identity, now: Timestamp) {
        let claims = match self.read(token, rules, identity.kind(), now) {
            Ok(claims) => claims,
            Err(why) => panic!("the oracle refuses a token that we accept: {why}"),
        };
        assert_eq!(claims["sub"], identity.subject().as_str());
        if identity.kind() != CredentialKind::ServiceToken {
            let tenant = &claims[rules.tenant_claim.as_str()];
            assert_eq!(tenant, identity.tenant().as_str());
            let role = &claims[rules.role_claim.as_str()];
            let is_role = |one: &Value| one == identity.role();
            assert!(is_role(role) || role.as_array().is_some_and(|list| list.iter().any(is_role)));
        }
    }

    /// The claims of `token`, a token of `kind`, if the oracle accepts it.
    ///
    /// # Errors
    /// The oracle's own word for what is wrong.
    pub fn read(
        &self,
        token: &str,
        rules: &TokenRules,
        kind: CredentialKind,
        now: Timestamp,
    ) -> Result<Value, String> {
        let text = |error: jsonwebtoken::errors::Error| error.to_string();
        let kid = decode_header(token).map_err(text)?.kid.ok_or("no `kid`")?;
        let unverified: Value = insecure_decode_claims(token).map_err(text)?;
        let iss = unverified["iss"].as_str().ok_or("no `iss`")?;
        let of_token =
            |(issuer, own, _): &&(Issuer, String, _)| issuer.is_called(iss) && *own == kid;
        let (_, _, key) = self.0.iter().find(of_token).ok_or("no key of this issuer and name")?;
        let validation = validation(rules, kind, iss, &unverified, now);
        let claims = decode::<Value>(token, key, &validation).map_err(text)?.claims;
        // The oracle has the clock of this machine, and its leeway moves `exp` only into the past.
        let seconds = now.unix_seconds() + f64::from(rules.leeway_seconds);
        for name in ["nbf", "iat"] {
            if claims[name].as_f64().is_some_and(|time| time > seconds) {
                return Err(format!("`{name}` is still to come"));
            }
        }
        Ok(claims)
    }
}

fn validation(
    rules: &TokenRules,
    kind: CredentialKind,
    iss: &str,
    claims: &Value,
    now: Timestamp,
) -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[iss]);
    // A token has to be valid at `now`, which is earlier than this machine's clock by so much.
    let by = get_current_timestamp().saturating_sub(now.unix_millis() / 1000);
    validation.leeway = u64::from(rules.leeway_seconds) + by;
    if kind == CredentialKind::IdToken {
        validation.set_required_spec_claims(&["exp", "iss", "sub", "aud"]);
        validation.set_audience(&rules.app_clients);
    } else {
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        let own = claims["client_id"].as_str().map(str::to_owned);
        let audiences: Vec<String> = rules.audiences.iter().cloned().chain(own).collect();
        validation.set_audience(&audiences);
    }
    validation
}
