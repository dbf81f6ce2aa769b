//! What is done once, before the first event: settings, access table, seed keys, and the way to the
//! store of API keys, which is not asked before somebody presents one.

#[cfg(feature = "api-keys")]
mod store;
#[cfg(not(feature = "api-keys"))]
#[path = "start/no_store.rs"]
mod store;

use std::fmt::Display;
use std::path::{Path, PathBuf};

use authorizer::Authorizer;
use authorizer::config::{ApiKeyConfig, Config};
use authorizer::io::http::Url;
use authorizer::io::jwks::{Http, JwksStore, Limits, Refresh, Source};
use shared::access::AccessTable;
use shared::credential::Issuer;
use shared::credential::jwk::{self, KeySet, Seed};
use shared::time::Timestamp;

use store::Store;

/// Reads everything there is to read, and reports everything that is wrong with it.
#[cfg_attr(feature = "local", expect(dead_code, reason = "the samples ask no database"))]
pub(crate) async fn authorizer(
    now: Timestamp,
) -> Result<Authorizer<JwksStore<Http>, Store>, Vec<String>> {
    with_store(now, store::open).await
}

/// The same with a store of API keys that `store` opens, if this instance takes API keys.
pub(crate) async fn with_store<A>(
    now: Timestamp,
    store: impl FnOnce(&ApiKeyConfig) -> Result<A, Vec<String>>,
) -> Result<Authorizer<JwksStore<Http>, A>, Vec<String>> {
    let config = Config::read(setting).map_err(|mistakes| mistakes.0)?;
    let table = access_table(config.access_file.as_deref());
    let keys = keys(&config, now);
    let api_keys = config.api_keys.as_ref().map(store).transpose();
    match (table, keys, api_keys) {
        (Ok(table), Ok(keys), Ok(api_keys)) => {
            keys.prepare(now).await;
            Ok(Authorizer { config, table, keys, api_keys })
        }
        (table, keys, api_keys) => {
            let mistakes = [table.err(), keys.err(), api_keys.err()].into_iter().flatten();
            Err(mistakes.flatten().collect())
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn setting(name: &str) -> Option<String> {
    let set = std::env::var(name).ok();
    #[cfg(feature = "local")]
    let set = set.or_else(|| crate::local::setting(name));
    set
}

/// The table, if the seal beside it says that exactly these bytes were proven. Without a seal, or
/// with one of another table, the proof is made here and now: a start that takes longer, never one
/// that trusts.
fn access_table(path: Option<&str>) -> Result<AccessTable, Vec<String>> {
    let path = path.map_or_else(|| beside_the_binary("access.toml"), PathBuf::from);
    let source = read(&path, "ACCESS_FILE")?;
    let file = path.display().to_string();
    let seal = std::fs::read(format!("{file}.seal")).unwrap_or_default();
    match AccessTable::unseal(&source, &seal) {
        Ok(table) => return Ok(table),
        Err(reason) => tracing::warn!(file, %reason, "the access table is proven at start"),
    }
    let source = String::from_utf8(source).map_err(|_| vec![format!("{file}: it is not UTF-8")])?;
    AccessTable::prove(&file, &source)
        .map_err(|mistakes| mistakes.iter().map(ToString::to_string).collect())
}

fn keys(config: &Config, now: Timestamp) -> Result<JwksStore<Http>, Vec<String>> {
    let mut seeds = Seeds::read(config)?;
    let mut sources = Vec::new();
    let mut mistakes = Vec::new();
    for issuer in &config.tokens.issuers {
        match (jwks_url(config, issuer), seeds.take(issuer, config.jwks_refresh)) {
            (Ok(url), Ok(seed)) => {
                sources.push(Source { issuers: vec![issuer.name().to_owned()], url, seed });
            }
            (url, seed) => mistakes.extend(url.err().into_iter().chain(seed.err())),
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let refresh = if config.jwks_refresh { Refresh::On } else { Refresh::Off };
    Ok(JwksStore::new(sources, Http::default(), refresh, &Limits::default(), now))
}

fn jwks_url(config: &Config, issuer: &Issuer) -> Result<Url, String> {
    if let Some(url) = &config.jwks_url {
        return Ok(url.clone());
    }
    let url = issuer.jwks_url();
    Url::parse(&url).map_err(|problem| format!("`{url}`: {problem}"))
}

/// The key sets of `JWKS_FILE`, by issuer.
struct Seeds(Vec<(String, KeySet)>);

impl Seeds {
    fn read(config: &Config) -> Result<Self, Vec<String>> {
        let Some(path) = config.jwks_file.as_deref() else { return Ok(Self(Vec::new())) };
        let bytes = read(Path::new(path), "JWKS_FILE")?;
        let wrong = |problem: &dyn Display| vec![format!("`JWKS_FILE` {path}: {problem}")];
        match (jwk::parse_seed(&bytes), config.tokens.issuers.as_slice()) {
            (Ok(Seed::ByIssuer(sets)), _) => Ok(Self(sets.into_iter().collect())),
            (Ok(Seed::One(set)), [issuer]) => Ok(Self(vec![(issuer.name().to_owned(), set)])),
            (Ok(Seed::One(_)), _) => {
                Err(wrong(&"one key set for several pools: give an object from issuer to key set"))
            }
            (Err(error), _) => Err(wrong(&error)),
        }
    }

    fn take(&mut self, issuer: &Issuer, may_be_absent: bool) -> Result<Option<KeySet>, String> {
        let name = issuer.name();
        let Some(index) = self.0.iter().position(|(seed, _)| issuer.is_called(seed)) else {
            let problem = format!("`JWKS_FILE` has no keys of {name}, and `JWKS_REFRESH` is `off`");
            return if may_be_absent { Ok(None) } else { Err(problem) };
        };
        let (_, set) = self.0.swap_remove(index);
        if self.0.iter().any(|(seed, _)| issuer.is_called(seed)) {
            return Err(format!("`JWKS_FILE` has two key sets of {name}"));
        }
        Ok(Some(set))
    }
}

fn read(path: &Path, setting: &str) -> Result<Vec<u8>, Vec<String>> {
    std::fs::read(path)
        .map_err(|error| vec![format!("`{setting}`: {} cannot be read: {error}", path.display())])
}

/// The Lambda runtime starts the binary in its folder or elsewhere; the files stand beside it.
fn beside_the_binary(file: &str) -> PathBuf {
    let binary = std::env::current_exe().unwrap_or_default();
    binary.parent().unwrap_or(Path::new("/")).join(file)
}
