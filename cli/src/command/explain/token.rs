//! `--token`, and the token of an event: whom it proves, or names.

use std::borrow::Cow;

use serde_json::Value;
use shared::authn::api_key::PREFIX;
use shared::authn::{
    ClaimName, CredentialKind, Issuer, Jws, Registered, ServiceClient, TokenRules, UnverifiedToken,
};
use shared::authz::Step;
use shared::denial::{Code, Denial};
use shared::request::Request;
use shared::secret::Secret;
use shared::time::Timestamp;

use super::caller::Supposed;
use super::report::Report;
use super::settings::Settings;
use super::table::Table;
use crate::exit::CommandError;

/// The authorizer's own where LEEWAY_SECONDS is not set.
const LEEWAY_SECONDS: u32 = 30;

/// What comes of `request` with the token `text`, which may have the scheme `Bearer` before it.
///
/// # Errors
/// It is an API key.
pub(super) fn explain(
    text: &str,
    request: &Request<'_>,
    settings: &Settings,
    table: &Table,
    now: Timestamp,
) -> Result<Report, CommandError> {
    let token = text.strip_prefix("Bearer ").unwrap_or(text).trim();
    if token.starts_with(PREFIX) {
        return Err(CommandError::failed(
            "that is an API key, and no database is asked: say what it holds, with `--credential api-key`, \
             `--role` of its owner, and `--scope`",
        ));
    }
    Ok(of_token(Secret::new(token), request, settings, table, now))
}

/// What comes of `request` with `token`.
pub(super) fn of_token(
    token: Secret<&str>,
    request: &Request<'_>,
    settings: &Settings,
    table: &Table,
    now: Timestamp,
) -> Report {
    let mut notes = Vec::new();
    let mut report = match examine(token, settings, table, now, &mut notes) {
        Ok((supposed, is_verified)) => {
            let mut report = Report::of_decision(request, Some(supposed.as_caller()), table);
            if let Some(caller) = &mut report.caller {
                caller.verified = Some(is_verified);
            }
            report
        }
        Err(denial) => Report::of_denial(request, Step::Identity, &denial, table),
    };
    report.notes.extend(notes);
    report
}

/// Who the token names, and whether its signature was verified: by the rules of the authorizer, in their
/// order.
fn examine(
    token: Secret<&str>,
    settings: &Settings,
    table: &Table,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<(Supposed, bool), Denial> {
    let jws = Jws::decode(token)?;
    let rules = rules(&jws, settings);
    let token = UnverifiedToken::read(&jws, &rules)?;
    let services = services(settings, table);
    let is_role = |name: &str| table.access.role(name).is_some();
    let registered = Registered { services: &services, is_role: &is_role };
    if settings.config.is_none() {
        notes.push(
            "the token's user pool and app client are taken on trust: CREDENTIALS, USER_POOL_IDS and \
             APP_CLIENT_IDS are not set"
                .to_owned(),
        );
    }
    let Some(keys) = settings.keys(token.issuer()) else {
        notes.push(
            "NOT VERIFIED: the keys of the token's user pool are not at hand, so anybody may have written it; \
             give them with `--jwks`, or in JWKS_FILE"
                .to_owned(),
        );
        let (principal, tenant) = token.suppose_unverified(now, &rules, registered)?;
        return Ok((Supposed { principal, tenant: Some(tenant) }, false));
    };
    let Some(key) = keys.get(token.kid()) else {
        let reason = "the issuer has no key with the token's `kid`";
        return Err(Denial::new(Code::TokenInvalid, reason));
    };
    let identity = token.verify(key, now, &rules, registered)?;
    let (principal, tenant) = (identity.principal().clone(), identity.tenant().clone());
    Ok((Supposed { principal, tenant: Some(tenant) }, true))
}

fn services(settings: &Settings, table: &Table) -> Vec<ServiceClient> {
    let listed = table.access.service_clients().iter();
    let own = settings.config.iter().flat_map(|config| &config.service_clients);
    listed.chain(own).cloned().collect()
}

/// The authorizer's rules; where nobody has set them, those that the token itself would satisfy.
fn rules<'s>(jws: &Jws<'_>, settings: &'s Settings) -> Cow<'s, TokenRules> {
    if let Some(config) = &settings.config {
        return Cow::Borrowed(&config.tokens);
    }
    let claims: Value = serde_json::from_slice(jws.unverified_payload()).unwrap_or_default();
    let claim = |name: &str| claims.get(name).and_then(Value::as_str);
    let pool = claim("iss").and_then(|iss| iss.rsplit('/').next());
    let clients = ["aud", "client_id"].into_iter().filter_map(claim);
    let kinds = CredentialKind::ALL.into_iter().filter(|kind| *kind != CredentialKind::ApiKey);
    Cow::Owned(TokenRules {
        kinds: kinds.collect(),
        issuers: pool.and_then(Issuer::of_pool).into_iter().collect(),
        app_clients: clients.map(str::to_owned).collect(),
        audiences: claim("aud").map(str::to_owned).into_iter().collect(),
        role_claim: ClaimName::custom_role(),
        tenant_claim: ClaimName::custom_tenant_id(),
        leeway_seconds: LEEWAY_SECONDS,
        context_claims: Vec::new(),
    })
}
