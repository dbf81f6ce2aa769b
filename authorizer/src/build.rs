//! What is done once, before the first event: settings, access table, seed keys, and the client of
//! the database of API keys, which connects when the first API key is presented.

use std::fmt::Display;
use std::path::Path;
use std::time::Duration;

use adapters::jwks::{Http, JwksSource, JwksStore, Limits, Refresh};
use adapters::postgres::{ApiKeyStore, ApiKeyTable, Aurora, Login};
use adapters::url::Url;
use runtime::Failure;
use runtime::settings::{Files, Lookup, Reader, SettingsError};
use shared::authn::{
    ApiKeyLookup, ApiKeyRecord, ClaimName, CredentialKind, Issuer, Jwks, JwksSeed, ServiceClient,
    jwk,
};
use shared::authz::{AccessTable, TableError};
use shared::response::ResponseFormat;
use shared::time::Timestamp;

use crate::Authorizer;
use crate::config::{ApiKeyConfig, Config};

/// The access table where `ACCESS_FILE` does not say: beside the binary.
const ACCESS_FILE: &str = "access.toml";

/// Builds an authorizer from the settings in `lookup` and the files in `files`, with the store of
/// API keys that `api_keys` opens if `CREDENTIALS` takes any. Fetches the keys of every issuer
/// without a seed.
///
/// A bare name that `files` gets, such as `access.toml`, is a file beside the binary.
///
/// # Errors
/// Every mistake there is, not only the first.
pub async fn build<A: ApiKeyStore>(
    lookup: Lookup<'_>,
    files: Files<'_>,
    api_keys: impl FnOnce(&ApiKeyConfig, Lookup<'_>, Files<'_>) -> Result<A, SettingsError>,
    now: Timestamp,
) -> Result<Authorizer<JwksStore<Http>, A>, SettingsError> {
    let config = Config::read(lookup)?;
    let table = access_table(&config, files).and_then(|table| {
        let service_clients = service_clients(&config, &table)?;
        Ok((table, service_clients))
    });
    warn_of_lists(&config);
    let jwks = jwks(&config, files, now);
    let api_keys = config.api_keys.as_ref().map(|config| api_keys(config, lookup, files));
    match (table, jwks, api_keys.transpose()) {
        (Ok((table, service_clients)), Ok(jwks), Ok(api_keys)) => {
            jwks.prepare(now).await;
            Ok(Authorizer { config, table, service_clients, jwks, api_keys })
        }
        (table, jwks, api_keys) => {
            let errors = [table.err(), jwks.err(), api_keys.err()].into_iter().flatten();
            Err(SettingsError(errors.flat_map(|error| error.0).collect()))
        }
    }
}

/// Prepares the client of the database. Nothing is connected yet.
///
/// # Errors
/// Every mistake in the settings.
pub fn open_api_keys(
    config: &ApiKeyConfig,
    lookup: Lookup<'_>,
    files: Files<'_>,
) -> Result<ApiKeyTable, SettingsError> {
    let database = config.database.clone();
    let mut settings = Reader::new(lookup);
    let login = Login::read(&database.auth, &mut settings);
    let login = settings.finish(login)?;
    let ca = database.ca_file.as_deref().map(|path| read(files, path, "AURORA_CA_FILE"));
    let (Some(login), ca) = (login, ca.transpose()?) else { return Err(SettingsError(Vec::new())) };
    Ok(ApiKeyTable::new(Aurora::new(database, login, ca.as_deref())?))
}

/// The store of a binary that takes no API keys: a type without values.
#[derive(Debug)]
pub enum NoApiKeys {}

/// Refuses to start where a store of API keys would be needed.
///
/// # Errors
/// Always.
pub fn no_api_keys(
    _: &ApiKeyConfig,
    _: Lookup<'_>,
    _: Files<'_>,
) -> Result<NoApiKeys, SettingsError> {
    let problem = "`CREDENTIALS` names `api-key`, which this build does not take: deploy \
                   `authorizer-api-keys.zip`";
    Err(problem.to_owned().into())
}

impl ApiKeyStore for NoApiKeys {
    async fn find(&self, _: &ApiKeyLookup, _: Timestamp) -> Result<Option<ApiKeyRecord>, Failure> {
        match *self {}
    }

    fn touch(&self, _: &ApiKeyRecord, _: Timestamp) {
        match *self {}
    }
}

/// The access table, from the compiled table beside it if that was made from exactly these bytes.
/// Otherwise the table is proven here, with a warning: the start takes longer, but no table is used
/// without a proof. Simple answers need none.
fn access_table(config: &Config, files: Files<'_>) -> Result<AccessTable, SettingsError> {
    let file = config.access_file.as_deref().unwrap_or(ACCESS_FILE);
    let source = read(files, file, "ACCESS_FILE")?;
    let compiled = files(Path::new(&format!("{file}.compiled"))).unwrap_or_default();
    let why = match AccessTable::from_compiled(&source, &compiled) {
        Ok(table) => return Ok(table),
        Err(why) => why,
    };
    let source = String::from_utf8(source).map_err(|_| format!("{file}: it is not UTF-8"))?;
    let table = if config.response.format == ResponseFormat::Simple {
        AccessTable::without_policies(file, &source)
    } else {
        tracing::warn!(file, reason = %why, "the access table is proven at start");
        AccessTable::prove(file, &source)
    };
    let sentences = |errors: Vec<TableError>| errors.iter().map(ToString::to_string).collect();
    let table = table.map_err(|errors| SettingsError(sentences(errors)))?;
    for warning in table.warnings() {
        tracing::warn!(%warning, "the access table");
    }
    Ok(table)
}

/// The services of the table and those of `SERVICE_CLIENTS`. A service may stand in both, as the same
/// tenant's: so a client can move from one to the other.
fn service_clients(
    config: &Config,
    table: &AccessTable,
) -> Result<Vec<ServiceClient>, SettingsError> {
    let mut clients = table.service_clients().to_vec();
    let mut mistakes = Vec::new();
    for own in &config.service_clients {
        let ServiceClient { client_id, tenant } = own;
        match clients.iter().find(|client| client.client_id == *client_id) {
            Some(listed) if listed.tenant != *tenant => mistakes.push(format!(
                "`SERVICE_CLIENTS` gives client `{client_id}` the tenant `{tenant}`, and the access table \
                 gives it `{}`",
                listed.tenant
            )),
            Some(_) => {}
            None => clients.push(own.clone()),
        }
        if tenant.fixed().is_some_and(|tenant| table.reserved(tenant)) {
            mistakes.push(format!(
                "`SERVICE_CLIENTS` gives client `{client_id}` the tenant `{tenant}`, which is also a literal \
                 segment of a route"
            ));
        }
    }
    if !config.service_clients.is_empty() && !table.has_service_scopes() {
        mistakes.push(
            "`SERVICE_CLIENTS` is set, but no scope of the access table is `presented_by` a \
             `service-token`"
                .to_owned(),
        );
    }
    let takes_services = config.tokens.kinds.contains(&CredentialKind::ServiceToken);
    if takes_services && clients.is_empty() && table.has_service_scopes() {
        mistakes.push(
            "`CREDENTIALS` takes `service-token`, but there is no service client: neither the access \
             table nor `SERVICE_CLIENTS` has one"
                .to_owned(),
        );
    }
    if mistakes.is_empty() { Ok(clients) } else { Err(SettingsError(mistakes)) }
}

/// The context is flat. Whoever names a list there should know what becomes of it.
fn warn_of_lists(config: &Config) {
    let claims = &config.tokens.context_claims;
    for claim in claims.iter().filter(|name| ClaimName::is_list(name)) {
        tracing::warn!(
            %claim,
            "`CONTEXT_CLAIMS` names a list: the context gets its elements separated by blanks, or nothing \
             where one of them has a blank or they are longer than 256 bytes together"
        );
    }
}

fn jwks(
    config: &Config,
    files: Files<'_>,
    now: Timestamp,
) -> Result<JwksStore<Http>, SettingsError> {
    let mut seeds = Seeds::read(config, files)?;
    let mut sources = Vec::new();
    let mut mistakes = Vec::new();
    for issuer in &config.tokens.issuers {
        match (jwks_url(config, issuer), seeds.take(issuer, config.jwks_refresh)) {
            (Ok(_), Ok(Some(seed))) if is_of_the_future(&seed, now) => mistakes.push(format!(
                "`JWKS_FILE`: `fetched_at` of {} is in the future: write the seconds since 1970",
                issuer.name()
            )),
            (Ok(url), Ok(seed)) => {
                let issuers = vec![issuer.name().to_owned()];
                sources.push(JwksSource { issuers, url, seed });
            }
            (url, seed) => mistakes.extend(url.err().into_iter().chain(seed.err())),
        }
    }
    if !mistakes.is_empty() {
        return Err(SettingsError(mistakes));
    }
    let refresh = if config.jwks_refresh { Refresh::On } else { Refresh::Off };
    Ok(JwksStore::new(sources, Http::default(), refresh, &Limits::default(), now))
}

/// Whether `seed` says that it was fetched after `now`, by more than clocks differ. It would be used for
/// too long.
fn is_of_the_future(seed: &Jwks, now: Timestamp) -> bool {
    const CLOCKS: Duration = Duration::from_secs(300);
    seed.fetched_at().is_some_and(|fetched| fetched > now.after(CLOCKS))
}

fn jwks_url(config: &Config, issuer: &Issuer) -> Result<Url, String> {
    if let Some(url) = &config.jwks_url {
        return Ok(url.clone());
    }
    let url = issuer.jwks_url();
    Url::parse(&url).map_err(|problem| format!("`{url}`: {problem}"))
}

/// The JWK sets of `JWKS_FILE`, by issuer.
struct Seeds(Vec<(String, Jwks)>);

impl Seeds {
    fn read(config: &Config, files: Files<'_>) -> Result<Self, SettingsError> {
        let Some(path) = config.jwks_file.as_deref() else { return Ok(Self(Vec::new())) };
        let bytes = read(files, path, "JWKS_FILE")?;
        let wrong = |problem: &dyn Display| format!("`JWKS_FILE` {path}: {problem}").into();
        match (jwk::parse_seed(&bytes), config.tokens.issuers.as_slice()) {
            (Ok(JwksSeed::ByIssuer(sets)), _) => Ok(Self(sets.into_iter().collect())),
            (Ok(JwksSeed::One(set)), [issuer]) => Ok(Self(vec![(issuer.name().to_owned(), set)])),
            (Ok(JwksSeed::One(_)), _) => {
                Err(wrong(&"one key set for several pools: give an object from issuer to key set"))
            }
            (Err(error), _) => Err(wrong(&error)),
        }
    }

    fn take(&mut self, issuer: &Issuer, may_be_absent: bool) -> Result<Option<Jwks>, String> {
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

fn read(files: Files<'_>, path: &str, setting: &str) -> Result<Vec<u8>, SettingsError> {
    let bytes = files(Path::new(path));
    bytes.map_err(|error| format!("`{setting}`: {path} cannot be read: {error}").into())
}
