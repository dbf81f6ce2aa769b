//! The settings of the authorizer: read once, through a lookup, every mistake reported at once.

use std::fmt;

use shared::credential::{Issuer, Kind, TokenRules};
use shared::response::{Form, OnUnauthenticated, ResponseRules};

use crate::io::jwks::JwksUrl;

/// Claims that the context already has under a name of its own, or may never carry.
const RESERVED_CLAIMS: [&str; 7] =
    ["user_id", "role", "tenant_id", "auth_method", "scopes", "code", "claims"];

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
    pub jwks_url: Option<JwksUrl>,
    /// `JWKS_REFRESH`.
    pub jwks_refresh: bool,
    /// `ACCESS_FILE`; `None` stands for `access.toml` beside the binary.
    pub access_file: Option<String>,
}

/// Every setting's name, in the order of the README's table.
pub const SETTINGS: [&str; 12] = [
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
];

/// Everything that is wrong with the settings, one sentence each.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Mistakes {}

impl Config {
    /// Reads the settings through `lookup`. A setting that is empty counts as not set.
    ///
    /// # Errors
    /// Every mistake there is, not only the first.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Mistakes> {
        let mut reader = Reader { lookup, mistakes: Vec::new() };
        let config = reader.config();
        if reader.mistakes.is_empty() { Ok(config) } else { Err(Mistakes(reader.mistakes)) }
    }
}

struct Reader<L> {
    lookup: L,
    mistakes: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    fn config(&mut self) -> Config {
        let kinds = self.kinds();
        let issuers = self.issuers();
        let jwks_file = self.optional("JWKS_FILE");
        let jwks_refresh = self.choice("JWKS_REFRESH", [("on", true), ("off", false)]);
        if !jwks_refresh && jwks_file.is_none() {
            self.mistake(
                "`JWKS_REFRESH` is `off` and `JWKS_FILE` is not set: there would be no keys",
            );
        }
        Config {
            response: ResponseRules {
                form: self.choice("RESPONSE", [("iam", Form::Iam), ("simple", Form::Simple)]),
                on_unauthenticated: self.choice(
                    "ON_UNAUTHENTICATED",
                    [("throw", OnUnauthenticated::Throw), ("deny", OnUnauthenticated::Deny)],
                ),
            },
            websocket_token_parameter: self.optional("WEBSOCKET_TOKEN_PARAMETER"),
            jwks_url: self.jwks_url(issuers.len()),
            jwks_file,
            jwks_refresh,
            access_file: self.optional("ACCESS_FILE"),
            tokens: TokenRules {
                app_clients: self.app_clients(&kinds),
                kinds,
                issuers,
                leeway_seconds: self.leeway_seconds(),
                context_claims: self.context_claims(),
            },
        }
    }

    fn kinds(&mut self) -> Vec<Kind> {
        let names = Kind::ALL.map(|kind| format!("`{}`", kind.as_str())).join(", ");
        let mut kinds = Vec::new();
        for name in self.required_list("CREDENTIALS", &format!("any of {names}")) {
            match Kind::ALL.into_iter().find(|kind| kind.as_str() == name) {
                Some(kind) if !kinds.contains(&kind) => kinds.push(kind),
                Some(_) => self.mistake(format!("`CREDENTIALS` names `{name}` twice")),
                None => {
                    self.mistake(format!("`CREDENTIALS` names `{name}`, which is none of {names}"))
                }
            }
        }
        kinds
    }

    fn issuers(&mut self) -> Vec<Issuer> {
        let mut issuers = Vec::new();
        for id in self.required_list("USER_POOL_IDS", "the ids of Cognito user pools") {
            match Issuer::of_pool(&id) {
                Some(issuer) if !issuers.contains(&issuer) => issuers.push(issuer),
                Some(_) => self.mistake(format!("`USER_POOL_IDS` names `{id}` twice")),
                None => self.mistake(format!(
                    "`USER_POOL_IDS` names `{id}`, which is no pool id such as `eu-central-1_AbCdEfGhI`"
                )),
            }
        }
        issuers
    }

    fn app_clients(&mut self, kinds: &[Kind]) -> Vec<String> {
        if kinds.contains(&Kind::IdToken) {
            return self
                .required_list("APP_CLIENT_IDS", "the app clients whose ID tokens are taken");
        }
        if !kinds.is_empty() && self.optional("APP_CLIENT_IDS").is_some() {
            self.mistake("`APP_CLIENT_IDS` is set, but `CREDENTIALS` takes no `id-token`");
        }
        Vec::new()
    }

    fn jwks_url(&mut self, pools: usize) -> Option<JwksUrl> {
        let text = self.optional("JWKS_URL")?;
        if pools > 1 {
            self.mistake(
                "`JWKS_URL` is one address for one pool, but `USER_POOL_IDS` names several",
            );
        }
        let url = JwksUrl::parse(&text);
        if let Err(problem) = &url {
            self.mistake(format!("`JWKS_URL` is `{text}`: {problem}"));
        }
        url.ok()
    }

    fn leeway_seconds(&mut self) -> u32 {
        let Some(text) = self.optional("LEEWAY_SECONDS") else { return 30 };
        match text.parse() {
            Ok(seconds) if seconds <= 120 => seconds,
            _ => {
                self.mistake(format!(
                    "`LEEWAY_SECONDS` is `{text}`: it must be a whole number from 0 to 120"
                ));
                30
            }
        }
    }

    fn context_claims(&mut self) -> Vec<String> {
        let names = self.list("CONTEXT_CLAIMS");
        for name in &names {
            if RESERVED_CLAIMS.contains(&name.as_str()) {
                self.mistake(format!(
                    "`CONTEXT_CLAIMS` names `{name}`, which the context already uses"
                ));
            }
        }
        names
    }

    /// One of two choices, the first if nothing is set.
    fn choice<T: Copy>(&mut self, name: &str, choices: [(&str, T); 2]) -> T {
        let [(first, default), (second, other)] = choices;
        match self.optional(name) {
            None => default,
            Some(text) if text == first => default,
            Some(text) if text == second => other,
            Some(text) => {
                self.mistake(format!("`{name}` is `{text}`: it must be `{first}` or `{second}`"));
                default
            }
        }
    }

    fn required_list(&mut self, name: &str, what: &str) -> Vec<String> {
        let list = self.list(name);
        if list.is_empty() && self.optional(name).is_none() {
            self.mistake(format!("`{name}` is not set: it must hold {what}, separated by commas"));
        }
        list
    }

    fn list(&mut self, name: &str) -> Vec<String> {
        let Some(text) = self.optional(name) else { return Vec::new() };
        let items: Vec<String> = text.split(',').map(|item| item.trim().to_owned()).collect();
        if items.iter().any(String::is_empty) {
            self.mistake(format!("`{name}` has an empty item between its commas"));
        }
        items.into_iter().filter(|item| !item.is_empty()).collect()
    }

    fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    fn mistake(&mut self, sentence: impl Into<String>) {
        self.mistakes.push(sentence.into());
    }
}
