//! Whoever is logged in, proven as the authorizer proves it: by the pool's keys, and every claim.

use std::path::Path;

use runtime::printable_within;
use shared::authn::{
    ClaimName, ClaimNameError, CredentialKind, Identity, Issuer, Jws, Registered, TokenRules,
    UnverifiedToken,
};
use shared::authz::AccessTable;
use shared::denial::{Code, Denial};
use shared::secret::Secret;

use crate::env::Env;
use crate::exit::CommandError;
use crate::oauth::{Http, keys};
use crate::profile::{Profile, Use};
use crate::proxy::Proxy;
use crate::{access_table, session};

/// The authorizer's own where LEEWAY_SECONDS is not set.
const LEEWAY_SECONDS: u32 = 30;

/// The identity of the fresh ID token of `profile`, and the email address in it.
///
/// # Errors
/// Nobody is logged in, the pool's keys cannot be had, or the token proves nothing.
pub(crate) async fn verified(
    profile: &Profile,
    env: &mut Env<'_>,
) -> Result<(Identity, Option<String>), CommandError> {
    let credentials = session::fresh(profile, Use::Id, env).await?;
    let http = Http::new(&Proxy::of(&profile.place, env)?)?;
    let keys = keys::read(profile, &keys::ask(profile, &http, env).await?)?;
    let rules = rules(profile, env)?;
    let table = table(env)?;
    let is_role = |name: &str| table.as_ref().is_none_or(|table| table.role(name).is_some());
    let registered = Registered { services: &[], is_role: &is_role };
    let jws = Jws::decode(Secret::new(credentials.token(Use::Id)));
    let identity = jws.and_then(|jws| {
        let token = UnverifiedToken::read(&jws, &rules)?;
        let unknown = || Denial::new(Code::TokenInvalid, "the pool has no key with its `kid`");
        let key = keys.get(token.kid()).ok_or_else(unknown)?;
        token.verify(key, (env.clock.now)(), &rules, registered)
    });
    let identity = identity.map_err(|denial| {
        let (name, log_in) = (&profile.place.name, profile.log_in());
        let reason = printable_within(&denial.reason, 200);
        CommandError::refused(format!(
            "the ID token of the profile `{name}` proves nobody ({}: {reason}): log in again: {log_in}",
            denial.code
        ))
    })?;
    // Its signature was verified just now.
    let claims = credentials.claims(Use::Id)?;
    Ok((identity, claims.text("email").map(str::to_owned)))
}

fn rules(profile: &Profile, env: &Env<'_>) -> Result<TokenRules, CommandError> {
    type Parse = fn(&str) -> Result<ClaimName, ClaimNameError>;
    let claim = |variable: &str, default: ClaimName, parse: Parse| {
        let set = (env.setting)(variable).filter(|name| !name.is_empty());
        let read = set.map_or(Ok(default), |name| parse(&name));
        read.map_err(|error| CommandError::failed(format!("`{variable}`: {error}")))
    };
    Ok(TokenRules {
        kinds: vec![CredentialKind::IdToken],
        issuers: Issuer::of_pool(&profile.config.user_pool_id).into_iter().collect(),
        app_clients: vec![profile.config.client_id.clone()],
        audiences: Vec::new(),
        role_claim: claim("ROLE_CLAIM", ClaimName::custom_role(), ClaimName::of_role)?,
        tenant_claim: claim("TENANT_CLAIM", ClaimName::custom_tenant_id(), ClaimName::of_tenant)?,
        leeway_seconds: LEEWAY_SECONDS,
        context_claims: Vec::new(),
    })
}

/// The access table of ACCESS_FILE, which tells the roles among a user's groups. Without one, each group counts
/// as a role.
fn table(env: &mut Env<'_>) -> Result<Option<AccessTable>, CommandError> {
    let file = (env.setting)("ACCESS_FILE").filter(|file| !file.is_empty());
    file.map(|file| access_table::load(Path::new(&file), env)).transpose()
}
