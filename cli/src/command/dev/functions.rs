//! Both functions in this process, with what they have on AWS in memory.

use std::io;
use std::path::Path;

use authorizer::Authorizer;
use local::gateway::Call;
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

use super::api::WEBHOOKS;
use super::pool::SharedPool;
use super::{Kind, Serve};
use crate::env::Env;
use crate::exit::CommandError;

/// How long the gateway waits for a function.
const TIMEOUT_MILLIS: u64 = 10_000;

type OwnAuthorizer = Authorizer<adapters::jwks::JwksStore<adapters::jwks::Http>, FileApiKeys>;
type OwnWebhookAuthorizer =
    WebhookAuthorizer<FileWebhooks, FileSecrets, MemoryReplays, LocalTarget>;

/// The functions.
pub(super) struct Functions {
    authorizer: OwnAuthorizer,
    webhooks: OwnWebhookAuthorizer,
    clock: Clock,
    /// The access table's file.
    source: Vec<u8>,
}

/// What a function did, as its line of the decision log.
pub(super) struct Called {
    /// The answer, or the message of the error.
    pub(super) answer: Result<Vec<u8>, String>,
    /// The line.
    pub(super) line: Value,
}

impl Functions {
    /// Builds both as AWS would start them.
    pub(super) async fn start(
        serve: &Serve,
        pool: &SharedPool,
        env: &Env<'_>,
    ) -> Result<Self, CommandError> {
        let jwks = pool.borrow().jwks();
        let table = match &serve.access {
            Some(path) => env.contents(path).map_err(|error| {
                let path = runtime::printable(&path.to_string_lossy());
                CommandError::failed(format!("{path} cannot be read: {error}"))
            })?,
            None => sample("access.toml")?,
        };
        let files = |path: &Path| match path.file_name().and_then(|name| name.to_str()) {
            Some("pool-jwks.json") => Ok(jwks.clone().into_bytes()),
            Some("access.toml") => Ok(table.clone()),
            _ => sample_file(path).map(|text| text.as_bytes().to_vec()),
        };
        let authorizer = Self::authorizer(serve, &files, env.now).await?;
        let webhooks = Self::webhooks(&files).await?;
        Ok(Self { authorizer, webhooks, clock: env.clock, source: table.clone() })
    }

    async fn authorizer(
        serve: &Serve,
        files: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
        now: Timestamp,
    ) -> Result<OwnAuthorizer, CommandError> {
        let service_client = format!("{SERVICE_CLIENT}=acme");
        let unauthenticated = match serve.api {
            Kind::Rest => "throw",
            Kind::Http => "deny",
        };
        let lookup = |name: &str| {
            let own = match name {
                "USER_POOL_IDS" => POOL_ID,
                "APP_CLIENT_IDS" => APP_CLIENT,
                "SERVICE_CLIENTS" => service_client.as_str(),
                "JWKS_FILE" => "pool-jwks.json",
                "ACCESS_FILE" => "access.toml",
                "ON_UNAUTHENTICATED" => unauthenticated,
                "TOKEN_SOURCES" => "header:authorization",
                _ => return authorizer_setting(name, None),
            };
            Some(own.to_owned())
        };
        authorizer::build(&lookup, files, open_api_keys, now).await.map_err(CommandError::from)
    }

    async fn webhooks(
        files: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<OwnWebhookAuthorizer, CommandError> {
        let lookup = |name: &str| webhook_authorizer_setting(name, None);
        let stores = |_: runtime::settings::Lookup<'_>| {
            Ok(async |config: &WebhookConfig| open_stores(config, files))
        };
        webhook_authorizer::build(&lookup, stores).await.map_err(CommandError::from)
    }

    /// The access table.
    pub(super) const fn table(&self) -> &AccessTable {
        &self.authorizer.table
    }

    /// The bytes that it was read from.
    pub(super) fn source(&self) -> &[u8] {
        &self.source
    }

    /// Calls the function of the authorizer that `call` names.
    pub(super) async fn call(&self, call: &Call, request_id: &str) -> Called {
        if call.authorizer == WEBHOOKS {
            self.invoke(&self.webhooks, &call.event, request_id).await
        } else {
            self.invoke(&self.authorizer, &call.event, request_id).await
        }
    }

    /// Delivers a webhook whose gate was passed.
    pub(super) async fn deliver(&self, event: &Value, request_id: &str) -> Called {
        self.invoke(&self.webhooks, event.to_string().as_bytes(), request_id).await
    }

    async fn invoke<F: Function>(&self, function: &F, event: &[u8], request_id: &str) -> Called {
        let now = (self.clock.now)();
        let deadline = Timestamp::from_unix_millis(now.unix_millis() + TIMEOUT_MILLIS);
        let invocation = Invocation::new(request_id, now, deadline, self.clock);
        let Answered { answer, record } = function.answer(event, invocation).await;
        let line = line::<F>(&record, now, request_id, &invocation);
        let answer = answer.map(|json| json.get().as_bytes().to_vec());
        Called { answer: answer.map_err(|failure| failure.to_string()), line }
    }
}

fn line<F: Function>(
    record: &Record,
    now: Timestamp,
    request_id: &str,
    invocation: &Invocation<'_>,
) -> Value {
    let microseconds = u64::try_from(invocation.elapsed().as_micros()).unwrap_or(u64::MAX);
    let line = Line { function: F::NAME, time: now, request_id, microseconds, record };
    serde_json::to_value(line).unwrap_or_default()
}

fn sample(name: &str) -> Result<Vec<u8>, CommandError> {
    let text = sample_file(Path::new(name));
    text.map(|text| text.as_bytes().to_vec())
        .map_err(|error| CommandError::failed(format!("{name} is not there: {error}")))
}
