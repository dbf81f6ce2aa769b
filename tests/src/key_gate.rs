//! The authorizer in process with its API keys in a real PostgreSQL, and a fixed clock.

use std::rc::Rc;

use authorizer::Authorizer;
use authorizer::config::Config;
use authorizer::io::api_keys::KeyTable;
use authorizer::io::aurora::{Aurora, Login, Parameter};
use authorizer::io::jwks::{Http, JwksStore, Limits, Refresh};
use serde_json::Value;
use serde_json::value::RawValue;
use shared::access::AccessTable;
use shared::credential::api_key::NewKey;
use shared::decision_log::{Outcome, Record};
use shared::time::Timestamp;
use shell::settings::Reader;
use shell::{Clock, Failure, Function as _, Invocation};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

use crate::api_keys::ENVIRONMENT;
use crate::aws::{Aws, unique};
use crate::events::rest_request;
use crate::gate::{Answer, TABLE, TIMEOUT, outcome};
use crate::mint::NEW_YEAR_2026;
use crate::postgres::{Cluster, Database};
use crate::samples::Settings;

/// The role of `infra/migrations/` that the authorizer logs in as.
pub const ROLE: &str = "portcullis_authorizer";

/// An authorizer that takes API keys and nothing else.
pub struct KeyGate {
    authorizer: Rc<Authorizer<JwksStore<Http>, KeyTable>>,
    runtime: Runtime,
    /// The moment of every decision.
    pub now: Timestamp,
}

impl KeyGate {
    /// A gate with `settings` alone.
    ///
    /// # Errors
    /// What stands in the way of a start, every mistake on a line of its own.
    ///
    /// # Panics
    /// A runtime does not start, or a file cannot be read.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let lookup = |name: &str| settings.get(name).cloned();
        let config = Config::read(lookup).map_err(|mistakes| mistakes.to_string())?;
        let database = config.api_keys.as_ref().expect("it takes API keys").database.clone();
        let mut reader = Reader::new(&lookup);
        let login = Login::read(&database.auth, &mut reader);
        let login = reader.finish(login).map_err(|mistakes| mistakes.to_string())?;
        let ca = database.ca_file.as_ref().map(|path| std::fs::read(path).expect("a file"));
        let aurora = Aurora::new(database, login.expect("a login"), ca.as_deref())?;
        let now = Timestamp::from_unix_millis((NEW_YEAR_2026 + 60) * 1000);
        let authorizer = Authorizer {
            table: AccessTable::prove("access.toml", TABLE).expect("the default table is proven"),
            keys: JwksStore::new([], Http::default(), Refresh::Off, &Limits::default(), now),
            api_keys: Some(KeyTable::new(aurora)),
            config,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        Ok(Self { authorizer: Rc::new(authorizer), runtime, now })
    }

    /// A gate that asks as the superuser, who needs no password: what it asks is up to the caller.
    ///
    /// # Errors
    /// As [`KeyGate::new`].
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
        let (answer, record) = self.runtime.block_on(decide(&self.authorizer, event, self.now));
        let line = serde_json::to_string(&record);
        line.is_ok() && answer.is_ok() && record.outcome == Outcome::Allow
    }

    /// How many rows `sql` finds, asked over the connection of the decisions.
    ///
    /// # Errors
    /// It could not be asked.
    ///
    /// # Panics
    /// Never: this gate has a store of keys.
    pub fn select(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        now: Timestamp,
    ) -> Result<usize, Failure> {
        let store = self.authorizer.api_keys.as_ref().expect("a store of keys");
        let rows = self.runtime.block_on(store.aurora().ask(sql, parameters, now));
        rows.map(|rows| rows.len())
    }

    /// Decides on `event` and keeps everything that can be seen of it.
    #[must_use]
    pub fn ask(&self, event: &Value) -> Answer {
        self.runtime.block_on(ask(&self.authorizer, event, self.now))
    }

    /// Decides on a request to read, with the key `value`.
    #[must_use]
    pub fn read(&self, value: &str) -> Answer {
        self.ask(&reading(value))
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
                tokio::task::spawn_local(async move { ask(&authorizer, &event, now).await })
            };
            let asked: Vec<_> = values.iter().map(ask).collect();
            let mut answers = Vec::new();
            for task in asked {
                answers.push(task.await.expect("a decision is made"));
            }
            answers
        })
    }

    /// Runs `future` where the gate's own tasks run, so that they get on.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}

async fn ask(
    authorizer: &Authorizer<JwksStore<Http>, KeyTable>,
    event: &Value,
    now: Timestamp,
) -> Answer {
    let event = event.to_string();
    let (answer, record) = decide(authorizer, event.as_bytes(), now).await;
    outcome(event.as_bytes(), answer, &record)
}

async fn decide(
    authorizer: &Authorizer<JwksStore<Http>, KeyTable>,
    event: &[u8],
    now: Timestamp,
) -> (Result<Box<RawValue>, Failure>, Record) {
    let invocation = Invocation::new("invocation", now, now.after(TIMEOUT), Clock::system());
    let mut record = Record::new(Authorizer::<JwksStore<Http>, KeyTable>::NAME, now);
    let answer = shell::answer(authorizer, event, invocation, &mut record).await;
    (answer, record)
}

/// A request to read, with the key `value`.
#[must_use]
pub fn reading(value: &str) -> Value {
    rest_request(&[("x-api-key", value)], "GET", "/api/incidents")
}

/// The settings of a gate on `database` of `cluster`, past PgBouncer, without TLS, with the password in
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
pub fn insert_key(database: &Database, key: &NewKey, owner: &str) {
    let hash: String = key.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    database.execute(&format!(
        "INSERT INTO portcullis.api_keys (id, hash, environment, owner, name, scopes) \
         VALUES ('{}', '\\x{hash}', '{ENVIRONMENT}', '{owner}', 'test', '{{read-only}}')",
        key.id
    ));
}
