//! The settings of an authorizer's function, as far as the template says them.

use std::collections::BTreeMap;

use shared::authn::TokenSource;

use crate::template::{IdentitySource, Setting};

/// The settings of an authorizer's function, as far as the template says them.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'t>(pub(super) &'t BTreeMap<String, Setting>);

impl<'t> Settings<'t> {
    /// The value of a setting; `None` if only a deployment knows it.
    pub(crate) fn value(&self, name: &str, default: &'t str) -> Option<&'t str> {
        match self.0.get(name) {
            None => Some(default),
            Some(setting) => setting.value.as_deref().map(|value| match value.trim() {
                "" => default,
                value => value,
            }),
        }
    }

    /// The logical ids that a setting is made of.
    pub(crate) fn refers_to(&self, name: &str) -> &'t [String] {
        self.0.get(name).map_or(&[][..], |setting| &setting.refers_to)
    }

    fn list(&self, name: &str, default: &'t str) -> Option<Vec<&'t str>> {
        let items = self.value(name, default)?.split(',').map(str::trim);
        Some(items.filter(|item| !item.is_empty()).collect())
    }

    /// Whether `CREDENTIALS` has one of `kinds`; not if that cannot be known.
    pub(crate) fn takes(&self, kinds: &[&str]) -> bool {
        let taken = self.list("CREDENTIALS", "").unwrap_or_default();
        taken.iter().any(|kind| kinds.contains(kind))
    }

    pub(crate) fn takes_tokens(&self) -> bool {
        self.takes(&["id-token", "user-token", "service-token"])
    }

    pub(crate) fn takes_api_keys(&self) -> bool {
        self.takes(&["api-key"])
    }

    /// Where a token may stand in a request to an API of this kind; none if that cannot be known, or is
    /// a mistake.
    pub(crate) fn token_places(&self, is_web_socket: bool) -> Vec<TokenSource> {
        let items = self.list("TOKEN_SOURCES", "header:authorization").unwrap_or_default();
        let sources = items.into_iter().filter_map(|item| TokenSource::parse(item).ok());
        // The others are read from the opening of a WebSocket alone.
        sources.filter(|one| is_web_socket || matches!(one, TokenSource::Header(_))).collect()
    }
}

/// The identity source that a token's place is.
pub(crate) fn identity_source(place: &TokenSource) -> IdentitySource {
    match place {
        TokenSource::Header(name) => IdentitySource::Header(name.to_ascii_lowercase()),
        TokenSource::Query(name) => IdentitySource::Query(name.to_string()),
        TokenSource::WebSocketProtocol => {
            IdentitySource::Header("sec-websocket-protocol".to_owned())
        }
    }
}
