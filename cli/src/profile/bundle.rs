//! A bundle: what an administrator sends to a teammate, and `configure` takes. Nothing in it is secret.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runtime::printable_within;
use serde_json::{Map, Value};

use super::config::{Config, is_local};
use crate::exit::CommandError;

/// The longest bundle that is read, in bytes.
pub(crate) const MAX_BUNDLE_BYTES: usize = 16 * 1024;

const REQUIRED: [&str; 4] = ["api_url", "region", "user_pool_id", "client_id"];
/// Only for development pools.
const OPTIONAL: &str = "cognito_endpoint";

/// A bundle that was read. Its values are not checked yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Bundle {
    pub(crate) config: Config,
    /// Fields that say nothing to this version.
    pub(crate) unknown: Vec<String>,
}

/// Why a text is no bundle.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BundleError {
    TooLong,
    Empty,
    NotBase64,
    NotJson,
    NotAnObject,
    Missing(Vec<&'static str>),
    NotAText(&'static str),
    /// The password goes there: a bundle from somebody else may not say so.
    Endpoint,
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(
                f,
                "the bundle is longer than {MAX_BUNDLE_BYTES} bytes: paste what the administrator sent, and \
                 nothing else"
            ),
            Self::Empty => f.write_str("the bundle is empty: paste what the administrator sent"),
            Self::NotBase64 => f.write_str(
                "the bundle is not base64: paste all of it, from its first character to its last",
            ),
            Self::NotJson => f.write_str(
                "the bundle is base64, but not of JSON: paste all of it, from its first character to its last",
            ),
            Self::NotAnObject => {
                f.write_str("the bundle holds JSON, but no object: ask the administrator for another")
            }
            Self::Missing(fields) => {
                let fields = fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>();
                let fields = fields.join(", ");
                write!(f, "the bundle lacks {fields}: ask the administrator for another")
            }
            Self::NotAText(field) => {
                write!(f, "`{field}` of the bundle is no text: ask the administrator for another")
            }
            Self::Endpoint => f.write_str(
                "`cognito_endpoint` of the bundle is not on this machine: it would get your password",
            ),
        }
    }
}

impl Bundle {
    /// Reads standard base64 (RFC 4648 §4), in which blanks and line breaks may stand, of a JSON object.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, BundleError> {
        if text.len() > MAX_BUNDLE_BYTES {
            return Err(BundleError::TooLong);
        }
        let plain: Vec<u8> = text.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect();
        if plain.is_empty() {
            return Err(BundleError::Empty);
        }
        let json = STANDARD.decode(plain).map_err(|_| BundleError::NotBase64)?;
        let value: Value = serde_json::from_slice(&json).map_err(|_| BundleError::NotJson)?;
        let Value::Object(object) = value else { return Err(BundleError::NotAnObject) };
        let missing = REQUIRED.into_iter().filter(|name| !object.contains_key(*name));
        let missing: Vec<&str> = missing.collect();
        if !missing.is_empty() {
            return Err(BundleError::Missing(missing));
        }
        let [api_url, region, user_pool_id, client_id] = REQUIRED;
        let config = Config {
            api_url: text_of(&object, api_url)?,
            region: text_of(&object, region)?,
            user_pool_id: text_of(&object, user_pool_id)?,
            client_id: text_of(&object, client_id)?,
            cognito_endpoint: match object.contains_key(OPTIONAL) {
                true => Some(text_of(&object, OPTIONAL)?),
                false => None,
            },
        };
        if config.cognito_endpoint.as_deref().is_some_and(|own| !is_local(own)) {
            return Err(BundleError::Endpoint);
        }
        let is_known = |name: &str| REQUIRED.contains(&name) || name == OPTIONAL;
        let unknown = object.keys().filter(|name| !is_known(name));
        let mut unknown: Vec<_> = unknown.map(|name| printable_within(name, 40)).collect();
        unknown.sort_unstable();
        Ok(Self { config, unknown })
    }
}

impl Config {
    /// The bundle that makes another person's profile like this one.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub(crate) fn bundle(&self) -> Result<String, CommandError> {
        let json = serde_json::to_vec(self);
        let json = json.map_err(|error| CommandError::failed(format!("no JSON: {error}")))?;
        Ok(STANDARD.encode(json))
    }
}

fn text_of(object: &Map<String, Value>, field: &'static str) -> Result<String, BundleError> {
    let text = object.get(field).and_then(Value::as_str).map(str::trim);
    text.map(str::to_owned).ok_or(BundleError::NotAText(field))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::{Bundle, BundleError, MAX_BUNDLE_BYTES};

    const JSON: &str = r#"{"api_url":"https://a","region":"r","user_pool_id":"p","client_id":"c"}"#;

    #[track_caller]
    fn check(json: &str, expected: Result<&[&str], BundleError>) {
        let parsed = Bundle::parse(STANDARD.encode(json).as_bytes()).map(|bundle| bundle.unknown);
        let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(parsed, expected, "{json}");
    }

    #[test]
    fn bundles() {
        check(JSON, Ok(&[]));
        let with = |more: &str| JSON.replace('}', &format!(",{more}}}"));
        check(&with(r#""cognito_endpoint":"http://127.0.0.1:1""#), Ok(&[]));
        check(
            &with(r#""user_pool_client_id":1,"a\nb":null"#),
            Ok(&["a\\u{a}b", "user_pool_client_id"]),
        );
        check(&with(r#""cognito_endpoint":null"#), Err(BundleError::NotAText("cognito_endpoint")));
        check(&with(r#""cognito_endpoint":"https://a.example""#), Err(BundleError::Endpoint));
        check(&JSON.replace(r#""r""#, "1"), Err(BundleError::NotAText("region")));
        check(
            r#"{"region":"r","client_id":"c"}"#,
            Err(BundleError::Missing(vec!["api_url", "user_pool_id"])),
        );
        check("[]", Err(BundleError::NotAnObject));
        check("null", Err(BundleError::NotAnObject));
        check("{", Err(BundleError::NotJson));
        check(&"[".repeat(9_000), Err(BundleError::NotJson));
    }

    #[test]
    fn what_is_around_it() {
        let check =
            |text: &str, expected| assert_eq!(Bundle::parse(text.as_bytes()).err(), expected);
        let bundle = STANDARD.encode(JSON);
        let (first, second) = bundle.split_at(40);
        check(&format!(" {first}\r\n  {second}\n"), None);
        check(first, Some(BundleError::NotJson));
        check("", Some(BundleError::Empty));
        check(" \n", Some(BundleError::Empty));
        check(JSON, Some(BundleError::NotBase64));
        check(&format!("{bundle}%"), Some(BundleError::NotBase64));
        check(&"A".repeat(MAX_BUNDLE_BYTES + 1), Some(BundleError::TooLong));
    }
}
