//! `--event`: an event, read as the function reads it.

use shared::authn::api_key::PREFIX;
use shared::authn::{
    Accepted, ApiKeyEnvironment, ApiKeyRules, Credential, PresentedApiKey, TokenSource,
};
use shared::authz::Step;
use shared::request::{Occurrence, Request};
use shared::time::Timestamp;

use super::caller::Supposed;
use super::report::Report;
use super::settings::Settings;
use super::table::Table;
use super::{read, token};
use crate::exit::CommandError;

const CACHED_FOR_ALL: &str = "the credential stands in none of the authorizer's identity sources: one caller's \
                              answer would be cached for every other";

/// What comes of the event `text`, for `supposed` in place of whoever presents its credential.
///
/// # Errors
/// It is no event of an authorizer, or presents an API key, which only the database knows.
pub(super) fn explain(
    text: &str,
    supposed: Option<&Supposed>,
    settings: &Settings,
    table: &Table,
    now: Timestamp,
) -> Result<Report, CommandError> {
    let request = read(text.as_bytes())?;
    if let Some(supposed) = supposed {
        return Ok(Report::of_decision(&request, Some(supposed.as_caller()), table));
    }
    let rules = key_rules(&request, settings);
    let standard = [TokenSource::authorization()];
    let config = settings.config.as_ref();
    let accepted = config.map_or(
        Accepted { tokens: true, api_keys: rules.as_ref(), token_sources: &standard },
        |config| config.accepted(),
    );
    let credential = match Credential::presented(&request, accepted) {
        Ok(credential) => credential,
        Err(denial) => return Ok(Report::of_denial(&request, Step::Credential, &denial, table)),
    };
    if credential.as_ref().is_some_and(|credential| !credential.is_identity_source(&request)) {
        return Ok(Report::about(&request, Step::Credential, CACHED_FOR_ALL, table));
    }
    match (credential, accepted.api_keys) {
        (None, _) => Ok(Report::of_decision(&request, None, table)),
        (Some(Credential::Token(token)), _) => {
            Ok(token::of_token(token, &request, settings, table, now))
        }
        (Some(Credential::ApiKey(key)), Some(rules)) => match PresentedApiKey::read(key, rules) {
            Err(denial) => Ok(Report::of_denial(&request, Step::Identity, &denial, table)),
            Ok(_) => Err(only_the_database()),
        },
        (Some(Credential::ApiKey(_)), None) => Err(only_the_database()),
    }
}

fn only_the_database() -> CommandError {
    CommandError::failed(
        "the event presents an API key, and no database is asked: say beside `--event` what it holds, with \
         `--credential api-key`, `--role` of its owner, `--scope` and `--tenant`",
    )
}

/// Without settings, a key's own environment counts.
fn key_rules(request: &Request<'_>, settings: &Settings) -> Option<ApiKeyRules> {
    if settings.config.is_some() {
        return None;
    }
    let Occurrence::Single(key) = request.header("x-api-key") else { return None };
    let (environment, _) = key.strip_prefix(PREFIX)?.split_once('_')?;
    Some(ApiKeyRules { environment: ApiKeyEnvironment::parse(environment)?, imported: false })
}
