//! The authorizer in process with its API keys in a real PostgreSQL, and a fixed clock.

use std::path::Path;
use std::rc::Rc;

use adapters::jwks::{Http, JwksStore};
use adapters::postgres::{ApiKeyTable, Parameter};
use authorizer::{Authorizer, build, open_api_keys};
use runtime::decision_log::Outcome;
use runtime::{Answered, Clock, Failure, Function as _, Invocation};
use serde_json::Value;
use shared::authn::NewApiKey;
use shared::hex;
use shared::time::Timestamp;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

use crate::api_keys::ENVIRONMENT;
use crate::aws::{Aws, unique};
use crate::events::rest_request;
use crate::mint::NEW_YEAR_2026;
use crate::postgres::{Cluster, Database};
use crate::samples::Settings;
use crate::test_authorizer::{Answer, TABLE, TIMEOUT, access_table, line, outcome};

/// The role of `infra/migrations/` that the authorizer logs in as.
pub const ROLE: &str = "portcullis_authorizer";

type KeyAuthorizer = Authorizer<JwksStore<Http>, ApiKeyTable>;

/// An authorizer that takes API keys and nothing else.
pub struct TestKeyAuthorizer {
    authorizer: Rc<KeyAuthorizer>,
    runtime: Runtime,
    /// The moment of every decision.
    pub now: Timestamp,
}

impl TestKeyAuthorizer {
    /// An authorizer with `settings` alone.
    ///
    /// # Errors
    /// What stands in the way of a start, every mistake on a line of its own.
    ///
    /// # Panics
    /// A runtime does not start.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let lookup = |name: &str| settings.get(name).cloned();
        let files = |path: &Path| access_table(TABLE, path).or_else(|_| std::fs::read(path));
        let now = Timestamp::from_unix_millis((NEW_YEAR_2026 + 60) * 1000);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        let built = runtime.block_on(build(&lookup, &files, open_api_keys, now));
        let authorizer = built.map_err(|error| error.to_string())?;
        Ok(Self { authorizer: Rc::new(authorizer), runtime, now })
    }

    /// An authorizer that logs in as the superuser, who needs no password.
    ///
    /// # Errors
    /// As [`TestKeyAuthorizer::new`].
    pub fn of_superuser(database: &Database) -> Result<Self, String> {
        let mut settings = Aws::environment("http://127.0.0.1:1");
        let host = database.host();
        let own = [("AURORA_USER", "postgres"), ("AURORA_AUTH", "iam")];
        let own = own.into_iter().chain(leading_to(database, &host));
        settings.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Self::new(&settings)
    }

    /// Whether `event` is let in: what a benchmark measures, log line included.
    #[must_use]
    pub fn decide(&self, event: &[u8]) -> bool {
        let answered = self.runtime.block_on(decide(&self.authorizer, event, self.now));
        let line = serde_json::to_string(&line(&*self.authorizer, &answered.record, self.now));
        line.is_ok() && answered.answer.is_ok() && answered.record.outcome == Outcome::Allow
    }

    /// How many rows `sql` finds, asked over the connection of the decisions.
    ///
    /// # Errors
    /// It could not be asked.
    ///
    /// # Panics
    /// Never: this authorizer has a store of keys.
    pub fn select(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        now: Timestamp,
    ) -> Result<usize, Failure> {
        let store = self.authorizer.api_keys.as_ref().expect("a store of keys");
        let rows = self.runtime.block_on(store.aurora().query(sql, parameters, now));
        rows.map(|rows| rows.len())
    }

    /// Decides on `event` and keeps everything that can be seen of it.
    #[must_use]
    pub fn answer(&self, event: &Value) -> Answer {
        self.runtime.block_on(answer(&self.authorizer, event, self.now))
    }

    /// Decides on a request to read, with the key `value`.
    #[must_use]
    pub fn read(&self, value: &str) -> Answer {
        self.answer(&reading(value))
    }

    /// Decides on as many requests to read at once as there are `values`.
    ///
    /// # Panics
    /// A decision does.
    #[must_use]
    pub fn read_at_once(&self, values: &[&str]) -> Vec<Answer> {
        let tasks = LocalSet::new();
        tasks.block_on(&self.runtime, async {
            let ask = |value: &&str| {
                let (authorizer, event, now) =
                    (Rc::clone(&self.authorizer), reading(value), self.now);
                tokio::task::spawn_local(async move { answer(&authorizer, &event, now).await })
            };
            let asked: Vec<_> = values.iter().map(ask).collect();
            let mut answers = Vec::new();
            for task in asked {
                answers.push(task.await.expect("a decision is made"));
            }
            answers
        })
    }

    /// Runs `future` where the authorizer's own tasks run, so that they get on.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

async fn answer(authorizer: &KeyAuthorizer, event: &Value, now: Timestamp) -> Answer {
    let event = event.to_string();
    let answered = decide(authorizer, event.as_bytes(), now).await;
    outcome(authorizer, event.as_bytes(), answered, now)
}

async fn decide(authorizer: &KeyAuthorizer, event: &[u8], now: Timestamp) -> Answered {
    let invocation = Invocation::new("invocation", now, now.after(TIMEOUT), Clock::system());
    authorizer.answer(event, invocation).await
}

/// A request to read, with the key `value`.
#[must_use]
pub fn reading(value: &str) -> Value {
    rest_request(&[("x-api-key", value)], "GET", "/api/incidents")
}

/// The settings of an authorizer on `database` of `cluster`, past PgBouncer, without TLS, with the password in
/// Secrets Manager.
#[must_use]
pub fn settings(aws: &Aws, cluster: &Cluster, database: &Database) -> Settings {
    let secret = unique("aurora");
    let password = cluster.password(ROLE);
    let text = serde_json::json!({ "username": ROLE, "password": password });
    aws.create_secret(&secret, &text.to_string());
    let mut settings = Aws::environment(aws.endpoint());
    let (host, auth) = (database.host(), format!("secret:{secret}"));
    let own = [("AURORA_USER", ROLE), ("AURORA_AUTH", &auth)];
    let own = own.into_iter().chain(leading_to(database, &host));
    settings.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    settings
}

fn leading_to<'a>(database: &'a Database, host: &'a str) -> [(&'static str, &'a str); 4] {
    [
        ("CREDENTIALS", "api-key"),
        ("API_KEY_ENVIRONMENT", ENVIRONMENT),
        ("AURORA_HOST", host),
        ("AURORA_DATABASE", database.name()),
    ]
}

/// Makes the account `owner` with `role`, of the tenant `acme`.
pub fn insert_account(database: &Database, owner: &str, role: &str) {
    database.execute(&format!(
        "INSERT INTO portcullis.accounts (user_id, tenant_id, role) VALUES ('{owner}', 'acme', '{role}')"
    ));
}

/// Puts `key` of `owner` in, with the scope `read-only`.
pub fn insert_key(database: &Database, key: &NewApiKey, owner: &str) {
    let hash = hex::encode(&key.hash);
    database.execute(&format!(
        "INSERT INTO portcullis.api_keys (id, hash, environment, owner, name, scopes) \
         VALUES ('{}', '\\x{hash}', '{ENVIRONMENT}', '{owner}', 'test', '{{read-only}}')",
        key.id
    ));
}
