//! What a profile is made of.

use std::fmt;

use adapters::url::{Url, is_loopback};
use runtime::printable_within;
use serde::{Deserialize, Serialize};
use shared::authn::Issuer;

/// The longest value that is shown in a sentence, in bytes.
const SHOWN_BYTES: usize = 100;
/// The longest id of an app client that Cognito has.
const MAX_CLIENT_ID_BYTES: usize = 128;

/// An API and its user pool, as `profile.json` has it. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Config {
    /// Where the API is.
    pub(crate) api_url: String,
    /// The region of the user pool.
    pub(crate) region: String,
    /// The user pool.
    pub(crate) user_pool_id: String,
    /// The app client through which people log in.
    pub(crate) client_id: String,
    /// Where Cognito is, if not at AWS: a development pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cognito_endpoint: Option<String>,
}

/// What of a configuration cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ConfigError {
    /// Neither `https`, nor `http` on loopback.
    Url { field: &'static str, value: String },
    /// No region.
    Region(String),
    /// No user pool.
    UserPoolId(String),
    /// No app client.
    ClientId(String),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &str| printable_within(value, SHOWN_BYTES);
        match self {
            Self::Url { field, value } => write!(
                f,
                "`{field}` is `{}`, which is neither `https` nor `http` on loopback",
                shown(value)
            ),
            Self::Region(value) => {
                write!(
                    f,
                    "`region` is `{}`, which is no region such as `eu-central-1`",
                    shown(value)
                )
            }
            Self::UserPoolId(value) => write!(
                f,
                "`user_pool_id` is `{}`, which is no user pool such as `eu-central-1_AbCdEfGhI`",
                shown(value)
            ),
            Self::ClientId(value) => write!(
                f,
                "`client_id` is `{}`, which is no app client: letters and digits",
                shown(value)
            ),
        }
    }
}

impl Config {
    /// Whether all of it can be used.
    ///
    /// # Errors
    /// The first thing that cannot.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let url = |field: &'static str, value: &str| match Url::parse(value) {
            Ok(_) => Ok(()),
            Err(_) => Err(ConfigError::Url { field, value: value.to_owned() }),
        };
        url("api_url", &self.api_url)?;
        // It becomes a part of a host's name.
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let is_region =
            self.region.bytes().all(plain) && self.region.contains('-') && self.region.len() <= 32;
        if !is_region {
            return Err(ConfigError::Region(self.region.clone()));
        }
        if Issuer::of_pool(&self.user_pool_id).is_none() {
            return Err(ConfigError::UserPoolId(self.user_pool_id.clone()));
        }
        let is_client = (1..=MAX_CLIENT_ID_BYTES).contains(&self.client_id.len())
            && self.client_id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+".contains(&b));
        if !is_client {
            return Err(ConfigError::ClientId(self.client_id.clone()));
        }
        self.cognito_endpoint.as_deref().map_or(Ok(()), |own| url("cognito_endpoint", own))
    }

    /// What is strange about it, though it can be used.
    pub(crate) fn warning(&self) -> Option<String> {
        let of_pool = self.user_pool_id.split_once('_').map(|(region, _)| region)?;
        (of_pool != self.region)
            .then(|| format!("the region is `{}`, and the user pool says `{of_pool}`", self.region))
    }

    /// The host of the API, with its port where that is none of its own.
    pub(crate) fn host(&self) -> String {
        let url = Url::parse(&self.api_url).ok();
        let host = url.and_then(|url| url.host().to_str().ok().map(str::to_owned));
        host.unwrap_or_default()
    }
}

/// Whether `url` is an address of this machine.
pub(super) fn is_local(url: &str) -> bool {
    let url = Url::parse(url).ok();
    url.and_then(|url| is_loopback(url.uri().host()?)) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::Config;

    fn config(change: impl FnOnce(&mut Config)) -> Config {
        let mut config = Config {
            api_url: "https://api.example.com/prod".to_owned(),
            region: "eu-central-1".to_owned(),
            user_pool_id: "eu-central-1_AbCdEfGhI".to_owned(),
            client_id: "1example23456789".to_owned(),
            cognito_endpoint: None,
        };
        change(&mut config);
        config
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Config), expected: &str) {
        let problem = config(change).check().err().map(|error| error.to_string());
        assert_eq!(problem.unwrap_or_default(), expected);
    }

    #[test]
    fn what_can_be_used() {
        check(|_| {}, "");
        check(|config| config.api_url = "http://127.0.0.1:9000".to_owned(), "");
        check(|config| config.cognito_endpoint = Some("http://127.0.0.1:9229".to_owned()), "");
        let wanted = "which is neither `https` nor `http` on loopback";
        check(
            |config| config.api_url = "http://api.example.com".to_owned(),
            &format!("`api_url` is `http://api.example.com`, {wanted}"),
        );
        check(
            |config| config.cognito_endpoint = Some("http://10.0.0.1".to_owned()),
            &format!("`cognito_endpoint` is `http://10.0.0.1`, {wanted}"),
        );
        check(
            |config| config.region = "eu-central-1.example.com/".to_owned(),
            "`region` is `eu-central-1.example.com/`, which is no region such as `eu-central-1`",
        );
        check(
            |config| config.user_pool_id = "pool".to_owned(),
            "`user_pool_id` is `pool`, which is no user pool such as `eu-central-1_AbCdEfGhI`",
        );
        check(
            |config| config.client_id = "a\u{1b}[2J".to_owned(),
            "`client_id` is `a\\u{1b}[2J`, which is no app client: letters and digits",
        );
    }

    #[test]
    fn a_region_that_does_not_fit_the_pool() {
        assert_eq!(config(|_| {}).warning(), None);
        let warning = config(|config| config.region = "eu-west-1".to_owned()).warning();
        let expected = "the region is `eu-west-1`, and the user pool says `eu-central-1`";
        assert_eq!(warning.as_deref(), Some(expected));
    }
}
