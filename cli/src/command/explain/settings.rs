//! What the authorizer would know of tokens: its settings and the pools' keys, as far as they are at hand.

use std::path::Path;

use authorizer::config::Config;
use runtime::printable;
use shared::authn::jwk::parse_seed;
use shared::authn::{Issuer, Jwks, JwksSeed};

use crate::env::Env;
use crate::exit::CommandError;

/// One of them is set wherever the settings are those of an authorizer.
const TELLING: [&str; 3] = ["CREDENTIALS", "USER_POOL_IDS", "APP_CLIENT_IDS"];

/// The settings of an authorizer, and keys.
pub(super) struct Settings {
    /// `None` where the environment has none.
    pub(super) config: Option<Config>,
    keys: Option<JwksSeed>,
}

impl Settings {
    /// Reads the environment, and the keys of the file `jwks`, or else of `JWKS_FILE`.
    ///
    /// # Errors
    /// Every mistake in the settings; the file cannot be read, or is no JWK set.
    pub(super) fn read(jwks: Option<&Path>, env: &Env<'_>) -> Result<Self, CommandError> {
        let is_set = |name: &str| (env.setting)(name).is_some_and(|text| !text.trim().is_empty());
        let config = match TELLING.iter().any(|name| is_set(name)) {
            true => Some(Config::read(env.setting)?),
            false => None,
        };
        let of_settings = config.as_ref().and_then(|config| config.jwks_file.as_deref());
        let file = jwks.or_else(|| of_settings.map(Path::new));
        let keys = file.map(|file| read_keys(file, env)).transpose()?;
        let issuers = config.as_ref().map_or(1, |config| config.tokens.issuers.len());
        if issuers > 1 && matches!(keys, Some(JwksSeed::One(_))) {
            return Err(CommandError::failed(
                "one key set for several pools: give an object from issuer to key set",
            ));
        }
        Ok(Self { config, keys })
    }

    /// The keys of `issuer`, if they are at hand.
    pub(super) fn keys(&self, issuer: &Issuer) -> Option<&Jwks> {
        match self.keys.as_ref()? {
            JwksSeed::One(set) => Some(set),
            JwksSeed::ByIssuer(sets) => {
                sets.iter().find(|(name, _)| issuer.is_called(name)).map(|(_, set)| set)
            }
        }
    }
}

fn read_keys(path: &Path, env: &Env<'_>) -> Result<JwksSeed, CommandError> {
    let file = printable(&path.to_string_lossy());
    let bytes = env
        .contents(path)
        .map_err(|error| CommandError::failed(format!("{file} cannot be read: {error}")))?;
    parse_seed(&bytes)
        .map_err(|error| CommandError::failed(format!("{file}: {}", printable(&error.to_string()))))
}
