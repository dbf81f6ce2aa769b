//! The functions in this process, with what they have on AWS in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use authorizer::Authorizer;
use authorizer::config::is_read;
use local::gateway::{Call, Forward};
use local::pool::{APP_CLIENT, POOL_ID, SERVICE_CLIENT};
use local::{
    FileApiKeys, FileSecrets, FileWebhooks, LocalTarget, MemoryReplays, authorizer_setting,
    open_api_keys, open_stores, sample_file, webhook_authorizer_setting,
};
use runtime::decision_log::{Line, Record};
use runtime::{Answered, Clock, Function, Invocation};
use serde_json::Value;
use shared::authz::AccessTable;
use shared::time::Timestamp;
use webhook_authorizer::WebhookAuthorizer;
use webhook_authorizer::config::Config as WebhookConfig;

use super::plan::{Plan, Settings, Table};
use super::pool::SharedPool;
use crate::env::Env;
use crate::exit::{CommandError, Exit};

/// How long the gateway waits for a function.
const TIMEOUT_MILLIS: u64 = 10_000;

type OwnAuthorizer = Authorizer<adapters::jwks::JwksStore<adapters::jwks::Http>, FileApiKeys>;
type OwnWebhookAuthorizer =
    WebhookAuthorizer<FileWebhooks, FileSecrets, MemoryReplays, LocalTarget>;
type Files<'f> = &'f dyn Fn(&Path) -> io::Result<Vec<u8>>;

/// The functions, by name.
pub(super) struct Functions {
    authorizers: BTreeMap<String, OwnAuthorizer>,
    webhooks: BTreeMap<String, OwnWebhookAuthorizer>,
    /// The function of each authorizer.
    asked: BTreeMap<String, String>,
    /// The function of each route that does not go to the upstream.
    deliveries: BTreeMap<String, String>,
    /// The headers in which tokens stand.
    token_headers: BTreeSet<String>,
    clock: Clock,
}

/// What a function did, as its line of the decision log.
pub(super) struct Called {
    /// The answer, or the message of the error.
    pub(super) answer: Result<Vec<u8>, String>,
    /// The line.
    pub(super) line: Value,
}

impl Functions {
    /// Builds all of `plan` as AWS would start them.
    ///
    /// # Errors
    /// Every mistake in their settings and in `table`.
    pub(super) async fn start(
        plan: &Plan,
        table: &Table,
        pool: &SharedPool,
        env: &Env<'_>,
    ) -> Result<Self, CommandError> {
        let jwks = pool.borrow().jwks();
        let files = |path: &Path| match path.file_name().and_then(|name| name.to_str()) {
            Some("pool-jwks.json") => Ok(jwks.clone().into_bytes()),
            Some("access.toml") => Ok(table.source.clone().into_bytes()),
            _ => sample_file(path).map(|text| text.as_bytes().to_vec()),
        };
        let mut functions = Self {
            authorizers: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            asked: plan.asked.clone(),
            deliveries: plan.deliveries.clone(),
            token_headers: plan.token_headers(),
            clock: env.clock,
        };
        let mut sentences = Vec::new();
        for (name, settings) in &plan.authorizers {
            match authorizer(settings, &files, env.now).await {
                Ok(built) => drop(functions.authorizers.insert(name.clone(), built)),
                Err(error) => sentences.extend(error.sentences),
            }
        }
        for (name, settings) in &plan.webhooks {
            match webhooks(settings, &files).await {
                Ok(built) => drop(functions.webhooks.insert(name.clone(), built)),
                Err(error) => sentences.extend(error.sentences),
            }
        }
        // All of them have the same table.
        sentences.dedup();
        match sentences.is_empty() {
            true => Ok(functions),
            false => Err(CommandError { exit: Exit::Failed, sentences }),
        }
    }

    /// The access table with its policies, as an authorizer has it. All of them have the same; there may be
    /// no authorizer.
    pub(super) fn table(&self) -> Option<&AccessTable> {
        self.authorizers
            .values()
            .map(|own| &own.table)
            .find(|table| table.policy_extent().is_some())
    }

    /// Whether a function gets what passes on the route `key`.
    pub(super) fn takes(&self, key: Option<&str>) -> bool {
        key.is_some_and(|key| self.deliveries.contains_key(key))
    }

    /// The headers in which tokens stand, which no upstream gets.
    pub(super) const fn token_headers(&self) -> &BTreeSet<String> {
        &self.token_headers
    }

    /// Calls the function of the authorizer that `call` names.
    pub(super) async fn call(&self, call: &Call, request_id: &str) -> Called {
        let name = self.asked.get(&call.authorizer).map(String::as_str).unwrap_or_default();
        if let Some(function) = self.authorizers.get(name) {
            return self.invoke(function, &call.event, request_id).await;
        }
        self.call_webhooks(name, &call.event, request_id).await
    }

    /// Delivers a webhook whose gate was passed.
    pub(super) async fn deliver(&self, forward: &Forward, request_id: &str) -> Called {
        let name = self.deliveries.get(&forward.route).map(String::as_str).unwrap_or_default();
        self.call_webhooks(name, forward.event.to_string().as_bytes(), request_id).await
    }

    async fn call_webhooks(&self, name: &str, event: &[u8], request_id: &str) -> Called {
        match self.webhooks.get(name) {
            Some(function) => self.invoke(function, event, request_id).await,
            None => Called { answer: Err("there is no such function".into()), line: Value::Null },
        }
    }

    async fn invoke<F: Function>(&self, function: &F, event: &[u8], request_id: &str) -> Called {
        let now = (self.clock.now)();
        let deadline = Timestamp::from_unix_millis(now.unix_millis() + TIMEOUT_MILLIS);
        let invocation = Invocation::new(request_id, now, deadline, self.clock);
        let Answered { answer, record } = function.answer(event, invocation).await;
        let line = line(function, &record, now, request_id, &invocation);
        let answer = answer.map(|json| json.get().as_bytes().to_vec());
        Called { answer: answer.map_err(|failure| failure.to_string()), line }
    }
}

async fn authorizer(
    settings: &Settings,
    files: Files<'_>,
    now: Timestamp,
) -> Result<OwnAuthorizer, CommandError> {
    let lookup = |name: &str| authorizer_value(settings, name);
    authorizer::build(&lookup, files, open_api_keys, now).await.map_err(CommandError::from)
}

async fn webhooks(
    settings: &Settings,
    files: Files<'_>,
) -> Result<OwnWebhookAuthorizer, CommandError> {
    let lookup = |name: &str| webhook_value(settings, name);
    let stores = |_: runtime::settings::Lookup<'_>| {
        Ok(async |config: &WebhookConfig| open_stores(config, files))
    };
    webhook_authorizer::build(&lookup, stores).await.map_err(CommandError::from)
}

/// The value of an authorizer's setting `name`: that of `settings`, or the laptop's own, as far as a function
/// with these `CREDENTIALS` reads it.
pub(super) fn authorizer_value(settings: &Settings, name: &str) -> Option<String> {
    if let Some(own) = settings.get(name) {
        return own.clone();
    }
    if let Some(Some(credentials)) = settings.get("CREDENTIALS")
        && !is_read(name, credentials)
    {
        return None;
    }
    let own = match name {
        "USER_POOL_IDS" => POOL_ID.to_owned(),
        "APP_CLIENT_IDS" => APP_CLIENT.to_owned(),
        "SERVICE_CLIENTS" => format!("{SERVICE_CLIENT}=acme"),
        "JWKS_FILE" => "pool-jwks.json".to_owned(),
        "ACCESS_FILE" => "access.toml".to_owned(),
        "TOKEN_SOURCES" => "header:authorization".to_owned(),
        _ => return authorizer_setting(name, None),
    };
    Some(own)
}

/// The same of a webhook-authorizer.
pub(super) fn webhook_value(settings: &Settings, name: &str) -> Option<String> {
    if let Some(own) = settings.get(name) {
        return own.clone();
    }
    let is_of_delivery = matches!(name, "REPLAY_TABLE" | "TARGET_FUNCTION" | "TARGET_MODE");
    if let Some(Some(steps)) = settings.get("STEPS")
        && is_of_delivery
        && !delivers(steps)
    {
        return None;
    }
    webhook_authorizer_setting(name, None)
}

/// Whether `steps`, the value of `STEPS`, has the delivery.
pub(super) fn delivers(steps: &str) -> bool {
    steps.split(',').any(|step| step.trim() == "delivery")
}

fn line<F: Function>(
    function: &F,
    record: &Record,
    now: Timestamp,
    request_id: &str,
    invocation: &Invocation<'_>,
) -> Value {
    let microseconds = u64::try_from(invocation.elapsed().as_micros()).unwrap_or(u64::MAX);
    let namespace = function.metrics_namespace();
    let line = Line { function: F::NAME, namespace, time: now, request_id, microseconds, record };
    serde_json::to_value(line).unwrap_or_default()
}

/// The file `name` of the samples.
///
/// # Errors
/// There is none.
pub(super) fn sample(name: &str) -> Result<Vec<u8>, CommandError> {
    let text = sample_file(Path::new(name));
    text.map(|text| text.as_bytes().to_vec())
        .map_err(|error| CommandError::failed(format!("{name} is not there: {error}")))
}
