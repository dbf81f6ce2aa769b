//! The settings of the authorizer: read once, through a lookup, every mistake reported at once.

mod sources;
mod tokens;

use adapters::postgres::{Database, api_key_environment};
use adapters::url::Url;
use runtime::decision_log::MetricsNamespace;
use runtime::settings::{Reader, SettingsError};
use shared::authn::{
    Accepted, ApiKeyRules, CredentialKind, ServiceClient, TokenRules, TokenSource,
};
use shared::response::{OnUnauthenticated, ResponseFormat, ResponseRules};
pub use sources::REPLACED;

/// Everything that an operator decides. Nothing that matters for security has a default.
#[derive(Clone, Debug)]
pub struct Config {
    /// `CREDENTIALS`, `USER_POOL_IDS`, `POOL_TENANTS`, `APP_CLIENT_IDS`, `TOKEN_AUDIENCES`, `ROLE_CLAIM`,
    /// `TENANT_CLAIM`, `LEEWAY_SECONDS`, `CONTEXT_CLAIMS`.
    pub tokens: TokenRules,
    /// `TOKEN_SOURCES`.
    pub token_sources: Vec<TokenSource>,
    /// `SERVICE_CLIENTS`: the services that stand here and not in the access table.
    pub service_clients: Vec<ServiceClient>,
    /// `RESPONSE`, `ON_UNAUTHENTICATED`.
    pub response: ResponseRules,
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
    /// `METRICS_NAMESPACE`.
    pub metrics_namespace: MetricsNamespace,
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
pub const SETTINGS: [&str; 25] = [
    "CREDENTIALS",
    "TOKEN_SOURCES",
    "USER_POOL_IDS",
    "POOL_TENANTS",
    "APP_CLIENT_IDS",
    "TOKEN_AUDIENCES",
    "ROLE_CLAIM",
    "TENANT_CLAIM",
    "SERVICE_CLIENTS",
    "JWKS_FILE",
    "JWKS_URL",
    "JWKS_REFRESH",
    "ACCESS_FILE",
    "ON_UNAUTHENTICATED",
    "RESPONSE",
    "LEEWAY_SECONDS",
    "CONTEXT_CLAIMS",
    "API_KEY_ENVIRONMENT",
    "API_KEY_IMPORTED",
    "AURORA_HOST",
    "AURORA_DATABASE",
    "AURORA_USER",
    "AURORA_AUTH",
    "AURORA_CA_FILE",
    MetricsNamespace::SETTING,
];

/// The settings that only some kinds of credential use: the kinds, and what to say if `CREDENTIALS` takes
/// none of them.
const USED_BY: [(&[&str], &[CredentialKind], &str); 5] = {
    use CredentialKind::{ApiKey, IdToken, ServiceToken, UserToken};
    [
        (
            &["USER_POOL_IDS", "JWKS_FILE", "JWKS_URL", "POOL_TENANTS"],
            &[IdToken, UserToken, ServiceToken],
            "takes no token",
        ),
        (
            &["APP_CLIENT_IDS", "ROLE_CLAIM", "TENANT_CLAIM"],
            &[IdToken, UserToken],
            "takes neither `id-token` nor `user-token`",
        ),
        (
            &["TOKEN_AUDIENCES"],
            &[UserToken, ServiceToken],
            "takes neither `user-token` nor `service-token`",
        ),
        (&["SERVICE_CLIENTS"], &[ServiceToken], "takes no `service-token`"),
        (
            &[
                "API_KEY_ENVIRONMENT",
                "API_KEY_IMPORTED",
                "AURORA_HOST",
                "AURORA_DATABASE",
                "AURORA_USER",
                "AURORA_AUTH",
                "AURORA_CA_FILE",
            ],
            &[ApiKey],
            "takes no `api-key`",
        ),
    ]
};

/// Whether a function reads the setting `name` whose `CREDENTIALS` has the value `credentials`.
#[must_use]
pub fn is_read(name: &str, credentials: &str) -> bool {
    let taken: Vec<&str> = credentials.split(',').map(str::trim).collect();
    let uses = |kinds: &[CredentialKind]| kinds.iter().any(|kind| taken.contains(&kind.as_str()));
    USED_BY.iter().all(|(names, kinds, _)| !names.contains(&name) || uses(kinds))
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

    /// What the function's role has to allow: the setting that names what is used, and the IAM actions on
    /// it. What Lambda itself does for a function, such as writing its log, is not among them.
    #[must_use]
    pub fn iam_actions(&self) -> Vec<(&'static str, &'static [&'static str])> {
        self.api_keys.iter().map(|keys| keys.database.iam_actions()).collect()
    }

    /// What a request may present.
    #[must_use]
    pub fn accepted(&self) -> Accepted<'_> {
        Accepted {
            tokens: !self.tokens.kinds.is_empty(),
            api_keys: self.api_keys.as_ref().map(|config| &config.rules),
            token_sources: &self.token_sources,
        }
    }
}

fn config(settings: &mut Reader<'_>) -> Config {
    let taken =
        settings.some_of("CREDENTIALS", &CredentialKind::ALL.map(|kind| (kind.as_str(), kind)));
    refuse_unused(settings, &taken);
    // If `CREDENTIALS` itself is a mistake, the settings of tokens are checked all the same.
    let takes_tokens = taken.is_empty() || taken.iter().any(|kind| *kind != CredentialKind::ApiKey);
    let issuers = if takes_tokens { tokens::issuers(settings) } else { Vec::new() };
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
        token_sources: sources::token_sources(settings),
        service_clients: tokens::service_clients(settings),
        jwks_url: jwks_url(settings, issuers.len()),
        jwks_file,
        jwks_refresh,
        access_file: settings.optional("ACCESS_FILE"),
        metrics_namespace: MetricsNamespace::read(settings),
        api_keys: match taken.contains(&CredentialKind::ApiKey) {
            true => api_keys(settings),
            false => None,
        },
        tokens: tokens::token_rules(settings, &taken, issuers),
    }
}

/// A setting that nothing reads would say something that does not hold.
fn refuse_unused(settings: &mut Reader<'_>, taken: &[CredentialKind]) {
    if taken.is_empty() {
        return;
    }
    for (names, kinds, why) in USED_BY {
        let is_used = kinds.iter().any(|kind| taken.contains(kind));
        for name in names.iter().filter(|_| !is_used) {
            if settings.optional(name).is_some() {
                settings.mistake(format!("`{name}` is set, but `CREDENTIALS` {why}"));
            }
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
