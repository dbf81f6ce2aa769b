//! What the gateway is made of: an API, the functions behind it, and who answers for what.

use std::collections::{BTreeMap, BTreeSet};

use local::gateway::{Api, Authorizer, AuthorizerKind};
use runtime::printable;
use shared::authz::AccessTable;

use super::functions::sample;
use super::{Serve, api, from_template};
use crate::env::Env;
use crate::exit::{CommandError, Exit};

/// The name of the table of the samples.
const SAMPLE: &str = "access.toml";

/// The settings of a function that are not the laptop's own, by name; `None` is one that is not set.
pub(super) type Settings = BTreeMap<&'static str, Option<String>>;

/// What the gateway is made of.
pub(super) struct Plan {
    pub(super) api: Api,
    /// What kind of API it is, for people.
    pub(super) title: String,
    /// The authorizers' functions, by name.
    pub(super) authorizers: BTreeMap<String, Settings>,
    /// The webhook-authorizers, by name.
    pub(super) webhooks: BTreeMap<String, Settings>,
    /// The function of each authorizer of the API.
    pub(super) asked: BTreeMap<String, String>,
    /// The function that gets what passes on a route, by its key. All other routes go to the upstream.
    pub(super) deliveries: BTreeMap<String, String>,
    /// What is otherwise than on AWS, or likely not meant.
    pub(super) notes: BTreeSet<String>,
}

/// A request that is printed to paste, of the samples' API.
#[derive(Clone, Copy)]
pub(super) enum Sample {
    /// Without a credential.
    Open,
    /// Reads with a token of this kind.
    Read(&'static str),
    /// Writes as a user.
    Write,
    /// Delivers a webhook.
    Webhook,
}

/// The access table as it is written, and read.
pub(super) struct Table {
    /// Its name in messages.
    pub(super) file: String,
    pub(super) source: String,
    pub(super) access: AccessTable,
}

impl Table {
    /// The table of `--access`, or that of the samples.
    ///
    /// # Errors
    /// It cannot be read, or has mistakes: all of them.
    pub(super) fn read(serve: &Serve, env: &Env<'_>) -> Result<Self, CommandError> {
        let (file, bytes) = match &serve.access {
            Some(path) => {
                let file = printable(&path.to_string_lossy());
                let bytes = env.contents(path).map_err(|error| {
                    CommandError::failed(format!("{file} cannot be read: {error}"))
                })?;
                (file, bytes)
            }
            None => (SAMPLE.to_owned(), sample(SAMPLE)?),
        };
        let source = String::from_utf8(bytes)
            .map_err(|_| CommandError::failed(format!("{file} is not UTF-8")))?;
        let access = AccessTable::without_policies(&file, &source).map_err(|errors| {
            let sentences = errors.iter().map(|error| printable(&error.to_string())).collect();
            CommandError { exit: Exit::Failed, sentences }
        })?;
        Ok(Self { file, source, access })
    }
}

impl Plan {
    /// The plan that `serve` asks for: that of its template, or else one made of `table`.
    ///
    /// # Errors
    /// Something would not hold as it is written: all of it.
    pub(super) fn new(serve: &Serve, table: &Table, env: &Env<'_>) -> Result<Self, CommandError> {
        let mut plan = match from_template::plan(serve, table, env)? {
            Some(plan) => plan,
            None => api::of_table(&table.access, serve)?,
        };
        // A service of a table without scopes for services would be a mistake.
        if !table.access.has_service_scopes() {
            let all = plan.authorizers.values_mut();
            all.for_each(|settings| drop(settings.insert("SERVICE_CLIENTS", None)));
        }
        Ok(plan)
    }

    /// The headers in which tokens stand, in lower case, as far as settings and identity sources say so.
    pub(super) fn token_headers(&self) -> BTreeSet<String> {
        let lists = self.authorizers.values().filter_map(|own| own.get("TOKEN_SOURCES")?.as_ref());
        let items = lists.flat_map(|list| list.split(','));
        let named = items.filter_map(|item| item.trim().strip_prefix("header:"));
        let is_token = |own: &&Authorizer| matches!(own.kind, AuthorizerKind::Token { .. });
        let sources = self.api.authorizers.iter().filter(is_token);
        let sources = sources.flat_map(|own| &own.identity_sources);
        let of_sources = sources.filter_map(|own| own.strip_prefix("method.request.header."));
        named.chain(of_sources).map(str::to_ascii_lowercase).collect()
    }

    /// Whether one of the requests can be made that are printed to paste.
    pub(super) fn has_samples(&self) -> bool {
        [Sample::Open, Sample::Read("id-token"), Sample::Read("service-token"), Sample::Webhook]
            .into_iter()
            .any(|sample| self.has(sample))
    }

    /// Whether `sample` does here what is said of it.
    pub(super) fn has(&self, sample: Sample) -> bool {
        match sample {
            Sample::Open => {
                let mut routes = self.api.routes.iter();
                routes.any(|route| route.key == "GET /health" && route.authorizer.is_none())
            }
            Sample::Read(kind) => self.takes("GET /api/incidents", kind),
            Sample::Write => self.takes("POST /api/incidents", "id-token"),
            Sample::Webhook => self.deliveries.contains_key("POST /v1/webhooks/{webhook_id}"),
        }
    }

    /// Whether a credential of this kind, as a bearer token, may let a request through on the route `key`.
    fn takes(&self, key: &str, kind: &str) -> bool {
        let route = self.api.routes.iter().find(|route| route.key == key);
        let Some(name) = route.and_then(|route| route.authorizer.as_ref()) else { return false };
        let function = self.asked.get(name).and_then(|function| self.authorizers.get(function));
        let Some(settings) = function else { return false };
        let authorizer = self.api.authorizers.iter().find(|authorizer| authorizer.name == *name);
        let sources = authorizer.map_or(&[][..], |authorizer| &authorizer.identity_sources);
        let is_sent = |source: &String| {
            let source = source.to_ascii_lowercase();
            source.ends_with(".header.authorization") || !source.contains("request.")
        };
        let has = |name: &str, item: &str| match settings.get(name) {
            Some(Some(list)) => list.split(',').any(|own| own.trim().eq_ignore_ascii_case(item)),
            // The laptop's own, or the default.
            Some(None) | None => true,
        };
        sources.iter().all(is_sent)
            && has("CREDENTIALS", kind)
            && has("TOKEN_SOURCES", "header:authorization")
    }
}
