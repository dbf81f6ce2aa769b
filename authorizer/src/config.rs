//! The settings of the authorizer: read once, through a lookup, every mistake reported at once.

use adapters::postgres::{Database, api_key_environment};
use adapters::url::Url;
use runtime::settings::{Reader, SettingsError};
use shared::authn::{Accepted, ApiKeyRules, CredentialKind, Issuer, TokenRules};
use shared::response::{OnUnauthenticated, ResponseFormat, ResponseRules};

/// Claims that the context already has under a name of its own, or may never carry.
const RESERVED_CLAIMS: [&str; 7] =
    ["user_id", "role", "tenant_id", "auth_method", "key_id", "scopes", "code"];

/// What API Gateway itself has under `$context.authorizer`.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html>
const GATEWAY_NAMES: [&str; 8] = [
    "claims",
    "error",
    "integrationLatency",
    "integrationStatus",
    "latency",
    "principalId",
    "requestId",
    "status",
];

/// Everything that an operator decides. Nothing that matters for security has a default.
#[derive(Clone, Debug)]
pub struct Config {
    /// `CREDENTIALS`, `USER_POOL_IDS`, `APP_CLIENT_IDS`, `LEEWAY_SECONDS`, `CONTEXT_CLAIMS`.
    pub tokens: TokenRules,
    /// `RESPONSE`, `ON_UNAUTHENTICATED`.
    pub response: ResponseRules,
    /// `WEBSOCKET_TOKEN_PARAMETER`.
    pub websocket_token_parameter: Option<String>,
    /// `JWKS_FILE`.
    pub jwks_file: Option<String>,
    /// `JWKS_URL`.
    pub jwks_url: Option<Url>,
    /// `JWKS_REFRESH`.
    pub jwks_refresh: bool,
    /// Set if `CREDENTIALS` takes API keys.
    pub api_keys: Option<ApiKeyConfig>,
    /// `ACCESS_FILE`; `None` stands for `access.toml` beside the binary.
    pub access_file: Option<String>,
}

/// The settings of API keys.
#[derive(Clone, Debug)]
pub struct ApiKeyConfig {
    /// `API_KEY_ENVIRONMENT`, `API_KEY_IMPORTED`.
    pub rules: ApiKeyRules,
    /// `AURORA_HOST`, `AURORA_DATABASE`, `AURORA_USER`, `AURORA_AUTH`, `AURORA_CA_FILE`.
    pub database: Database,
}

/// Every setting's name, in the order of `docs/settings.md`.
pub const SETTINGS: [&str; 19] = [
    "CREDENTIALS",
    "USER_POOL_IDS",
    "APP_CLIENT_IDS",
    "JWKS_FILE",
    "JWKS_URL",
    "JWKS_REFRESH",
    "ACCESS_FILE",
    "ON_UNAUTHENTICATED",
    "RESPONSE",
    "LEEWAY_SECONDS",
    "CONTEXT_CLAIMS",
    "WEBSOCKET_TOKEN_PARAMETER",
    "API_KEY_ENVIRONMENT",
    "API_KEY_IMPORTED",
    "AURORA_HOST",
    "AURORA_DATABASE",
    "AURORA_USER",
    "AURORA_AUTH",
    "AURORA_CA_FILE",
];

/// Whether only tokens use the setting.
fn is_of_tokens(name: &str) -> bool {
    matches!(name, "USER_POOL_IDS" | "JWKS_FILE" | "JWKS_URL")
}

/// Whether only API keys use the setting.
fn is_of_api_keys(name: &str) -> bool {
    name.starts_with("API_KEY_") || name.starts_with("AURORA_")
}

impl Config {
    /// Reads the settings through `lookup`. A setting that is empty counts as not set.
    ///
    /// # Errors
    /// Every mistake there is, not only the first.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut settings = Reader::new(&lookup);
        let config = config(&mut settings);
        settings.finish(config)
    }

    /// What a request may present.
    #[must_use]
    pub fn accepted(&self) -> Accepted<'_> {
        Accepted {
            tokens: !self.tokens.kinds.is_empty(),
            api_keys: self.api_keys.as_ref().map(|config| &config.rules),
            websocket_parameter: self.websocket_token_parameter.as_deref(),
        }
    }
}

fn config(settings: &mut Reader<'_>) -> Config {
    let taken =
        settings.some_of("CREDENTIALS", &CredentialKind::ALL.map(|kind| (kind.as_str(), kind)));
    let takes_keys = taken.contains(&CredentialKind::ApiKey);
    let kinds: Vec<_> =
        taken.iter().copied().filter(|kind| *kind != CredentialKind::ApiKey).collect();
    // If `CREDENTIALS` itself is a mistake, the settings of tokens are checked all the same.
    let takes_tokens = !kinds.is_empty() || taken.is_empty();
    if !takes_tokens {
        unused(settings, is_of_tokens, "takes no token");
    }
    if !takes_keys && !taken.is_empty() {
        unused(settings, is_of_api_keys, "takes no `api-key`");
    }
    let issuers = if takes_tokens { issuers(settings) } else { Vec::new() };
    let jwks_file = settings.optional("JWKS_FILE");
    let jwks_refresh = settings.choice("JWKS_REFRESH", [("on", true), ("off", false)]);
    if takes_tokens && !jwks_refresh && jwks_file.is_none() {
        settings
            .mistake("`JWKS_REFRESH` is `off` and `JWKS_FILE` is not set: there would be no keys");
    }
    Config {
        response: ResponseRules {
            format: settings.choice(
                "RESPONSE",
                [("iam", ResponseFormat::Iam), ("simple", ResponseFormat::Simple)],
            ),
            on_unauthenticated: settings.choice(
                "ON_UNAUTHENTICATED",
                [("throw", OnUnauthenticated::Throw), ("deny", OnUnauthenticated::Deny)],
            ),
        },
        websocket_token_parameter: settings.optional("WEBSOCKET_TOKEN_PARAMETER"),
        jwks_url: jwks_url(settings, issuers.len()),
        jwks_file,
        jwks_refresh,
        access_file: settings.optional("ACCESS_FILE"),
        api_keys: if takes_keys { api_keys(settings) } else { None },
        tokens: TokenRules {
            app_clients: app_clients(settings, &taken),
            kinds,
            issuers,
            leeway_seconds: leeway_seconds(settings),
            context_claims: context_claims(settings),
        },
    }
}

fn unused(settings: &mut Reader<'_>, has_no_use: fn(&str) -> bool, why: &str) {
    for name in SETTINGS.into_iter().filter(|name| has_no_use(name)) {
        if settings.optional(name).is_some() {
            settings.mistake(format!("`{name}` is set, but `CREDENTIALS` {why}"));
        }
    }
}

fn api_keys(settings: &mut Reader<'_>) -> Option<ApiKeyConfig> {
    let environment = api_key_environment(settings);
    let imported = settings.choice("API_KEY_IMPORTED", [("off", false), ("on", true)]);
    let database = Database::read(settings);
    Some(ApiKeyConfig {
        rules: ApiKeyRules { environment: environment?, imported },
        database: database?,
    })
}

fn issuers(settings: &mut Reader<'_>) -> Vec<Issuer> {
    let mut issuers = Vec::new();
    for id in settings.required_list("USER_POOL_IDS", "the ids of Cognito user pools") {
        match Issuer::of_pool(&id) {
            Some(issuer) if !issuers.contains(&issuer) => issuers.push(issuer),
            Some(_) => settings.mistake(format!("`USER_POOL_IDS` names `{id}` twice")),
            None => settings.mistake(format!(
                "`USER_POOL_IDS` names `{id}`, which is no pool id such as `eu-central-1_AbCdEfGhI`"
            )),
        }
    }
    issuers
}

fn app_clients(settings: &mut Reader<'_>, kinds: &[CredentialKind]) -> Vec<String> {
    if kinds.contains(&CredentialKind::IdToken) {
        return settings
            .required_list("APP_CLIENT_IDS", "the app clients whose ID tokens are taken");
    }
    if !kinds.is_empty() && settings.optional("APP_CLIENT_IDS").is_some() {
        settings.mistake("`APP_CLIENT_IDS` is set, but `CREDENTIALS` takes no `id-token`");
    }
    Vec::new()
}

fn jwks_url(settings: &mut Reader<'_>, pools: usize) -> Option<Url> {
    let text = settings.optional("JWKS_URL")?;
    if pools > 1 {
        settings
            .mistake("`JWKS_URL` is one address for one pool, but `USER_POOL_IDS` names several");
    }
    let url = Url::parse(&text);
    if let Err(problem) = &url {
        settings.mistake(format!("`JWKS_URL` is `{text}`: {problem}"));
    }
    url.ok()
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
        if RESERVED_CLAIMS.contains(&name.as_str()) {
            settings.mistake(format!(
                "`CONTEXT_CLAIMS` names `{name}`, which the context already uses"
            ));
        }
        if GATEWAY_NAMES.contains(&name.as_str()) {
            settings.mistake(format!(
                "`CONTEXT_CLAIMS` names `{name}`, which is API Gateway's own in the context"
            ));
        }
    }
    names
}
