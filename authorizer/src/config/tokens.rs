//! The settings of tokens: what one must say to be taken.

use runtime::settings::Reader;
use shared::authn::{
    ClaimName, ClaimNameError, CredentialKind, Issuer, ServiceClient, ServiceTenant, TokenRules,
};
use shared::ids::TenantId;

/// What the context has under names of its own.
const OF_THE_CONTEXT: [&str; 7] =
    ["user_id", "role", "tenant_id", "auth_method", "key_id", "scopes", "code"];

/// What API Gateway itself has under `$context.authorizer`.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html>
const OF_API_GATEWAY: [&str; 8] = [
    "claims",
    "error",
    "integrationLatency",
    "integrationStatus",
    "latency",
    "principalId",
    "requestId",
    "status",
];

/// The rules of tokens. `taken` are the kinds of `CREDENTIALS`.
pub(super) fn token_rules(
    settings: &mut Reader<'_>,
    taken: &[CredentialKind],
    issuers: Vec<Issuer>,
) -> TokenRules {
    let (role_claim, tenant_claim) = claims(settings);
    TokenRules {
        kinds: taken.iter().copied().filter(|kind| *kind != CredentialKind::ApiKey).collect(),
        issuers,
        app_clients: app_clients(settings, taken),
        audiences: audiences(settings),
        role_claim,
        tenant_claim,
        leeway_seconds: leeway_seconds(settings),
        context_claims: context_claims(settings),
    }
}

/// A pool of `USER_POOL_IDS` with its id.
type Pool = (String, Issuer);

fn pools(settings: &mut Reader<'_>) -> Vec<Pool> {
    let mut pools: Vec<Pool> = Vec::new();
    for id in settings.required_list("USER_POOL_IDS", "the ids of Cognito user pools") {
        match Issuer::of_pool(&id) {
            _ if pools.iter().any(|(known, _)| *known == id) => {
                settings.mistake(format!("`USER_POOL_IDS` names `{id}` twice"));
            }
            Some(issuer) => pools.push((id, issuer)),
            None => settings.mistake(format!(
                "`USER_POOL_IDS` names `{id}`, which is no pool id such as `eu-central-1_AbCdEfGhI`"
            )),
        }
    }
    pools
}

/// The issuers, each limited to the tenants that `POOL_TENANTS` gives it. Once that is set, it names every
/// pool: one that was forgotten would speak for all tenants.
pub(super) fn issuers(settings: &mut Reader<'_>) -> Vec<Issuer> {
    let pools = pools(settings);
    let items = settings.list("POOL_TENANTS");
    if items.is_empty() {
        return pools.into_iter().map(|(_, issuer)| issuer).collect();
    }
    let mut named: Vec<(&str, Option<Vec<TenantId>>)> = Vec::new();
    for item in &items {
        let Some((pool, tenants)) = pair(item) else {
            settings.mistake(format!(
                "`POOL_TENANTS` has `{item}`, which is neither `<pool id>=<tenant>[+<tenant>…]` nor \
                 `<pool id>=*`"
            ));
            continue;
        };
        if !pools.iter().any(|(id, _)| id == pool) {
            let text = format!("`POOL_TENANTS` names `{pool}`, which is not in `USER_POOL_IDS`");
            settings.mistake(text);
        }
        if named.iter().any(|(known, _)| *known == pool) {
            settings.mistake(format!("`POOL_TENANTS` names `{pool}` twice"));
            continue;
        }
        named.push((pool, pool_tenants(settings, pool, tenants)));
    }
    let mut issuers = Vec::new();
    for (id, issuer) in pools {
        match named.iter().find(|(pool, _)| *pool == id) {
            Some((_, None)) => issuers.push(issuer),
            Some((_, Some(tenants))) => issuers.push(issuer.only_for(tenants.clone())),
            None => settings.mistake(format!(
                "`POOL_TENANTS` does not name `{id}`, which is in `USER_POOL_IDS`"
            )),
        }
    }
    issuers
}

/// The tenants of one pool; `None` stands for all.
fn pool_tenants(settings: &mut Reader<'_>, pool: &str, tenants: &str) -> Option<Vec<TenantId>> {
    if tenants == "*" {
        return None;
    }
    let mut known = Vec::new();
    for text in tenants.split('+').map(str::trim) {
        match TenantId::parse(text) {
            Some(tenant) if known.contains(&tenant) => settings
                .mistake(format!("`POOL_TENANTS` gives pool `{pool}` the tenant `{text}` twice")),
            Some(tenant) => known.push(tenant),
            None => settings.mistake(format!(
                "`POOL_TENANTS` gives pool `{pool}` the tenant `{text}`, which is no tenant id"
            )),
        }
    }
    Some(known)
}

fn app_clients(settings: &mut Reader<'_>, taken: &[CredentialKind]) -> Vec<String> {
    let of_users = [CredentialKind::IdToken, CredentialKind::UserToken];
    if taken.iter().any(|kind| of_users.contains(kind)) {
        return settings
            .required_list("APP_CLIENT_IDS", "the app clients whose users' tokens are taken");
    }
    Vec::new()
}

fn audiences(settings: &mut Reader<'_>) -> Vec<String> {
    let mut audiences = Vec::new();
    for audience in settings.list("TOKEN_AUDIENCES") {
        if audiences.contains(&audience) {
            settings.mistake(format!("`TOKEN_AUDIENCES` names `{audience}` twice"));
        } else {
            audiences.push(audience);
        }
    }
    audiences
}

/// The claims that say role and tenant.
fn claims(settings: &mut Reader<'_>) -> (ClaimName, ClaimName) {
    let role = claim(settings, "ROLE_CLAIM", ClaimName::of_role);
    let tenant = claim(settings, "TENANT_CLAIM", ClaimName::of_tenant);
    let role = role.unwrap_or_else(ClaimName::custom_role);
    let tenant = tenant.unwrap_or_else(ClaimName::custom_tenant_id);
    if role == tenant {
        settings.mistake(format!("`ROLE_CLAIM` and `TENANT_CLAIM` are both `{role}`"));
    }
    (role, tenant)
}

fn claim(
    settings: &mut Reader<'_>,
    name: &str,
    parse: fn(&str) -> Result<ClaimName, ClaimNameError>,
) -> Option<ClaimName> {
    let text = settings.optional(name)?;
    let claim = parse(&text);
    if let Err(why) = &claim {
        settings.mistake(format!("`{name}` is `{text}`: {why}"));
    }
    claim.ok()
}

/// `SERVICE_CLIENTS`: the services that are registered here and not in the access table.
pub(super) fn service_clients(settings: &mut Reader<'_>) -> Vec<ServiceClient> {
    let mut clients: Vec<ServiceClient> = Vec::new();
    for item in settings.list("SERVICE_CLIENTS") {
        let Some((id, tenant)) = pair(&item) else {
            let text = "which is not `<client id>=<tenant>`";
            settings.mistake(format!("`SERVICE_CLIENTS` has `{item}`, {text}"));
            continue;
        };
        if !ServiceClient::is_id(id) {
            settings.mistake(format!("`SERVICE_CLIENTS` names `{id}`, which is no app client id"));
        }
        if clients.iter().any(|client| *client.client_id == *id) {
            settings.mistake(format!("`SERVICE_CLIENTS` names `{id}` twice"));
        }
        match ServiceTenant::parse(tenant) {
            Ok(tenant) => clients.push(ServiceClient { client_id: id.into(), tenant }),
            Err(why) => settings.mistake(format!(
                "`SERVICE_CLIENTS` gives client `{id}` the tenant `{tenant}`: {why}"
            )),
        }
    }
    clients
}

/// The two halves of `<id>=<value>`, neither of them empty.
fn pair(item: &str) -> Option<(&str, &str)> {
    let (id, value) = item.split_once('=')?;
    let (id, value) = (id.trim(), value.trim());
    (!id.is_empty() && !value.is_empty()).then_some((id, value))
}

fn leeway_seconds(settings: &mut Reader<'_>) -> u32 {
    let Some(text) = settings.optional("LEEWAY_SECONDS") else { return 30 };
    match text.parse() {
        Ok(seconds) if seconds <= 120 => seconds,
        _ => {
            settings.mistake(format!(
                "`LEEWAY_SECONDS` is `{text}`: it must be a whole number from 0 to 120"
            ));
            30
        }
    }
}

fn context_claims(settings: &mut Reader<'_>) -> Vec<String> {
    let names = settings.list("CONTEXT_CLAIMS");
    for name in &names {
        if OF_THE_CONTEXT.contains(&name.as_str()) {
            settings.mistake(format!(
                "`CONTEXT_CLAIMS` names `{name}`, which the context already uses"
            ));
        }
        if OF_API_GATEWAY.contains(&name.as_str()) {
            settings.mistake(format!(
                "`CONTEXT_CLAIMS` names `{name}`, which is API Gateway's own in the context"
            ));
        }
    }
    names
}
