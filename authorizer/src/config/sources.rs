//! `TOKEN_SOURCES`: where a token may stand.

use runtime::settings::Reader;
use shared::authn::TokenSource;

/// What `query:<name>` of `TOKEN_SOURCES` took the place of. Whoever still sets it expects tokens to be
/// taken from the query, so the function does not start without them.
pub const REPLACED: &str = "WEBSOCKET_TOKEN_PARAMETER";

/// The places, at least one, each once.
pub(super) fn token_sources(settings: &mut Reader<'_>) -> Vec<TokenSource> {
    if let Some(parameter) = settings.optional(REPLACED) {
        settings.mistake(format!(
            "`{REPLACED}` is now a part of `TOKEN_SOURCES`: write \
             `TOKEN_SOURCES=header:authorization,query:{parameter}`"
        ));
    }
    if settings.optional("TOKEN_SOURCES").is_none() {
        return vec![TokenSource::authorization()];
    }
    let mut sources: Vec<TokenSource> = Vec::new();
    for item in settings.list("TOKEN_SOURCES") {
        match TokenSource::parse(&item) {
            Ok(source) if sources.iter().any(|known| known.is_place_of(&source)) => {
                settings.mistake(format!("`TOKEN_SOURCES` names `{item}` twice"));
            }
            Ok(source) => sources.push(source),
            Err(why) => settings.mistake(format!("`TOKEN_SOURCES` names `{item}`: {why}")),
        }
    }
    sources
}
