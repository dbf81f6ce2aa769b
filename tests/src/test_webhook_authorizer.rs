//! The webhook-authorizer in process: registry, secrets, replays and target in memory, a fixed clock.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use adapters::dynamodb::WebhookRegistry;
use adapters::lambda::{Forwarded, Target, TargetResponse};
use adapters::secrets_manager::{SecretStore, StoredSecret};
use local::MemoryReplays;
use runtime::{Answered, Failure, MisconfiguredError, UnavailableError};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use shared::ids::WebhookId;
use shared::record::{Field, Fields};
use shared::time::Timestamp;
use shared::webhook::{KnownWebhook, SecretVersion, WebhookRecord};
use webhook_authorizer::config::Config;
use webhook_authorizer::{DeliveryStores, Stores, WebhookAuthorizer, build};

use crate::lookup;
use crate::test_authorizer::{Answer, TIMEOUT, block_on, line, outcome, put_through};

/// The moment of every decision unless a test moves it: 2026-01-01T00:00:00Z, in seconds.
pub const NOW_SECONDS: u64 = 1_767_225_600;

/// The function with everything it asks in memory.
pub struct TestWebhookAuthorizer {
    function: Function,
    /// The moment of every decision.
    pub now: Timestamp,
    /// How long Lambda gives each event.
    pub timeout: Duration,
    invocations: Cell<u64>,
}

type Function = WebhookAuthorizer<Rows, Texts, MemoryReplays, Echo>;

/// Rows by webhook; a webhook that is called `outage` cannot be asked for.
#[derive(Default)]
struct Rows(BTreeMap<String, Row>);

/// Texts by name of the secret. A name with `outage` in it cannot be asked for, one with `binary`
/// holds no text.
#[derive(Default)]
struct Texts(RefCell<BTreeMap<String, Versions>>);

#[derive(Clone)]
struct Versions {
    current: String,
    created: Timestamp,
    previous: Option<String>,
}

type Row = BTreeMap<&'static str, Field>;

/// Answers with a 200 unless it is told to answer something else or to fail.
struct Echo {
    failure: RefCell<Option<Failure>>,
    answer: RefCell<String>,
    forwarded: RefCell<Vec<Vec<u8>>>,
}

impl TestWebhookAuthorizer {
    /// A function without webhooks, with the settings of the samples.
    #[must_use]
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// The same with `settings` on top.
    #[must_use]
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let lookup = |name: &str| lookup(settings, name).or_else(|| default(name));
        let built = build(&lookup, |_| {
            Ok(async |config: &Config| {
                let on_delivery = DeliveryStores {
                    replays: MemoryReplays::new(&Map::new()),
                    target: Echo::default(),
                };
                let delivery = config.delivery.is_some().then_some(on_delivery);
                Ok(Stores { registry: Rows::default(), secrets: Texts::default(), delivery })
            })
        });
        Self {
            function: block_on(built).expect("the settings are right"),
            now: Timestamp::from_unix_millis(NOW_SECONDS * 1000),
            timeout: TIMEOUT,
            invocations: Cell::new(0),
        }
    }

    /// Registers `id` with `scheme` and `secret`. `attributes` stand on top of those that every row
    /// has; one of them with `None` is left out.
    #[must_use]
    pub fn webhook(
        mut self,
        id: &str,
        scheme: &str,
        secret: &str,
        attributes: &[(&'static str, Option<Field>)],
    ) -> Self {
        self.function.registry.0.insert(id.to_owned(), row(id, scheme, attributes));
        self.rotate(id, secret, None, NOW_SECONDS - 1_000_000);
        self
    }

    /// Gives the secret of `id` another text, as of `created` in seconds.
    pub fn rotate(&self, id: &str, current: &str, previous: Option<&str>, created: u64) {
        let versions = Versions {
            current: current.to_owned(),
            created: Timestamp::from_unix_millis(created * 1000),
            previous: previous.map(str::to_owned),
        };
        let name = format!("portcullis/webhook/{id}");
        self.function.keys.store().0.borrow_mut().insert(name, versions);
    }

    /// From now on the target fails like this, or works again.
    pub fn target_fails(&self, failure: Option<Failure>) {
        *self.on_delivery().target.failure.borrow_mut() = failure;
    }

    /// From now on the target answers this.
    pub fn target_answers(&self, answer: &str) {
        *self.on_delivery().target.answer.borrow_mut() = answer.to_owned();
    }

    /// What was forwarded so far.
    #[must_use]
    pub fn forwarded(&self) -> Vec<Value> {
        let events = self.on_delivery().target.forwarded.borrow();
        events.iter().map(|event| serde_json::from_slice(event).expect("it is JSON")).collect()
    }

    fn on_delivery(&self) -> &DeliveryStores<MemoryReplays, Echo> {
        self.function.delivery.as_ref().expect("`STEPS` has `delivery`")
    }

    /// Puts `event` through the function and keeps everything that can be seen of it.
    #[must_use]
    pub fn answer(&self, event: &Value) -> Answer {
        self.answer_bytes(event.to_string().as_bytes())
    }

    /// The same for bytes that may not even be JSON.
    #[must_use]
    pub fn answer_bytes(&self, event: &[u8]) -> Answer {
        let answered = self.put_through(event);
        outcome(&self.function, event, answered, self.now)
    }

    /// Puts `event` through the function and gives the length of the answer: what a benchmark
    /// measures.
    pub fn run(&self, event: &[u8], log: &mut Vec<u8>) -> usize {
        let answered = self.put_through(event);
        log.clear();
        let line = line(&self.function, &answered.record, self.now);
        let written = serde_json::to_writer(log, &line);
        // A target that kept everything would make every delivery touch fresh memory.
        self.on_delivery().target.forwarded.borrow_mut().clear();
        answered.answer.map_or(0, |answer| answer.get().len() * usize::from(written.is_ok()))
    }

    fn put_through(&self, event: &[u8]) -> Answered {
        self.invocations.set(self.invocations.get() + 1);
        let id = format!("invocation-{}", self.invocations.get());
        put_through(&self.function, event, &id, self.now, self.timeout)
    }
}

impl Default for TestWebhookAuthorizer {
    fn default() -> Self {
        Self::new()
    }
}

/// The webhook `id`, registered with `scheme` and active, before anything is verified.
#[must_use]
pub fn known_webhook(id: &str, scheme: &str) -> KnownWebhook {
    let row = fields(&row(id, scheme, &[]));
    let id = WebhookId::parse(id).expect("the id is one");
    let record = WebhookRecord::read(&id, &row);
    let now = Timestamp::from_unix_millis(NOW_SECONDS * 1000);
    KnownWebhook::admit(record.expect("the row is right"), None, now).expect("it is active")
}

fn row(id: &str, scheme: &str, attributes: &[(&'static str, Option<Field>)]) -> Row {
    let text = |text: &str| Some(Field::Text(text.to_owned()));
    let mut row = BTreeMap::from([
        ("webhook_id", text(id)),
        ("user_id", text("2f1c0a52-7a3d-4a5e-9d0a-0d6f5c1e8b11")),
        ("tenant_id", text("acme")),
        ("name", text("a webhook of the tests")),
        ("status", text("active")),
        ("scheme", text(scheme)),
        ("created_at", Some(Field::Number("1767000000".to_owned()))),
    ]);
    row.extend(attributes.iter().cloned());
    row.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn fields(row: &Row) -> Fields {
    row.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn default(name: &str) -> Option<String> {
    let value = match name {
        "STEPS" => "gate,delivery",
        "WEBHOOK_TABLE" => "webhooks",
        "REPLAY_TABLE" => "replays",
        "TARGET_FUNCTION" => "echo",
        _ => return None,
    };
    Some(value.to_owned())
}

impl Default for Echo {
    fn default() -> Self {
        Self {
            failure: RefCell::default(),
            answer: RefCell::new(r#"{"statusCode":200,"body":"handled"}"#.to_owned()),
            forwarded: RefCell::default(),
        }
    }
}

impl WebhookRegistry for Rows {
    async fn find(&self, id: &WebhookId) -> Result<Option<WebhookRecord>, Failure> {
        if id.as_str() == "outage" {
            return Err(UnavailableError::new("DynamoDB could not be asked: scripted").into());
        }
        let Some(row) = self.0.get(id.as_str()) else { return Ok(None) };
        match WebhookRecord::read(id, &fields(row)) {
            Ok(record) => Ok(Some(record)),
            Err(bad) => Err(MisconfiguredError::new(bad.to_string()).into()),
        }
    }
}

impl SecretStore for Texts {
    async fn secret(
        &self,
        name: &str,
        version: SecretVersion,
    ) -> Result<Option<StoredSecret>, Failure> {
        if name.contains("outage") {
            return Err(
                UnavailableError::new("Secrets Manager could not be asked: scripted").into()
            );
        }
        let versions = self.0.borrow().get(name).cloned();
        let Some(versions) = versions else { return Ok(None) };
        let text = match version {
            SecretVersion::Current => Some(versions.current),
            SecretVersion::Previous => versions.previous,
        };
        Ok(text.map(|text| StoredSecret { text: text.into(), created: versions.created }))
    }
}

impl Target for Echo {
    async fn forward(&self, event: Vec<u8>, _: Duration) -> Result<Forwarded, Failure> {
        if let Some(failure) = self.failure.borrow().clone() {
            return Err(failure);
        }
        self.forwarded.borrow_mut().push(event);
        let answer = RawValue::from_string(self.answer.borrow().clone()).expect("it is JSON");
        TargetResponse::read(answer).map(Forwarded::Answered)
    }
}
