//! The webhook-authorizer in process: registry, vault, replays and target in memory, a fixed clock.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;
use shared::credential::webhook::SecretVersion;
use shared::decision_log::Record;
use shared::identity::{Attribute, KnownWebhook, Registration, VerifiedDelivery, WebhookId};
use shared::time::Timestamp;
use shell::{Failure, Misconfigured, Unavailable};
use webhook_authorizer::config::Config;
use webhook_authorizer::io::registry::Registry;
use webhook_authorizer::io::replays::{Claimed, Replays};
use webhook_authorizer::io::secrets::{Secret, Secrets, Vault};
use webhook_authorizer::io::target::{Answer as TargetAnswer, Handed, NotHandedOver, Target};
use webhook_authorizer::{OnDelivery, WebhookAuthorizer};

use crate::gate::{Answer, TIMEOUT, outcome, put_through};
use crate::lookup;

/// The moment of every decision unless a test moves it: 2026-01-01T00:00:00Z, in seconds.
pub const NOW_SECONDS: u64 = 1_767_225_600;

/// The function with everything it asks in memory.
pub struct WebhookGate {
    function: WebhookAuthorizer<Rows, Texts, Seen, Echo>,
    /// The moment of every decision.
    pub now: Timestamp,
    /// How long Lambda gives each event.
    pub timeout: Duration,
    invocations: Cell<u64>,
}

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

type Row = BTreeMap<&'static str, Attribute>;

/// Who has claimed which delivery.
#[derive(Default)]
struct Seen(RefCell<BTreeMap<String, String>>);

/// Answers with a 200 unless it is told to answer something else or to fail.
struct Echo {
    failure: RefCell<Option<NotHandedOver>>,
    answer: RefCell<String>,
    handed_over: RefCell<Vec<Vec<u8>>>,
}

impl WebhookGate {
    /// A function without webhooks, with the settings of the samples.
    #[must_use]
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// The same with `settings` on top.
    #[must_use]
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let config = Config::read(|name| lookup(settings, name).or_else(|| default(name)))
            .expect("the settings are right");
        let secrets = Secrets::new(Texts::default(), config.secret_prefix.clone());
        let on_delivery = OnDelivery { replays: Seen::default(), target: Echo::default() };
        let delivery = config.delivery.is_some().then_some(on_delivery);
        Self {
            function: WebhookAuthorizer { config, registry: Rows::default(), secrets, delivery },
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
        attributes: &[(&'static str, Option<Attribute>)],
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
        self.function.secrets.vault().0.borrow_mut().insert(name, versions);
    }

    /// From now on the target fails like this, or works again.
    pub fn target_fails(&self, failure: Option<NotHandedOver>) {
        *self.on_delivery().target.failure.borrow_mut() = failure;
    }

    /// From now on the target answers this.
    pub fn target_answers(&self, answer: &str) {
        *self.on_delivery().target.answer.borrow_mut() = answer.to_owned();
    }

    /// What was handed over so far.
    #[must_use]
    pub fn handed_over(&self) -> Vec<Value> {
        let events = self.on_delivery().target.handed_over.borrow();
        events.iter().map(|event| serde_json::from_slice(event).expect("it is JSON")).collect()
    }

    fn on_delivery(&self) -> &OnDelivery<Seen, Echo> {
        self.function.delivery.as_ref().expect("`STEPS` has `delivery`")
    }

    /// Puts `event` through the function and keeps everything that can be seen of it.
    #[must_use]
    pub fn ask(&self, event: &Value) -> Answer {
        self.ask_bytes(event.to_string().as_bytes())
    }

    /// The same for bytes that may not even be JSON.
    #[must_use]
    pub fn ask_bytes(&self, event: &[u8]) -> Answer {
        let (answer, record) = self.put_through(event);
        outcome(event, answer, &record)
    }

    /// Puts `event` through the function and gives the length of the answer: what a benchmark
    /// measures.
    pub fn run(&self, event: &[u8], log: &mut Vec<u8>) -> usize {
        let (answer, record) = self.put_through(event);
        log.clear();
        let written = serde_json::to_writer(log, &record);
        // A target that kept everything would make every delivery touch fresh memory.
        self.on_delivery().target.handed_over.borrow_mut().clear();
        answer.map_or(0, |answer| answer.get().len() * usize::from(written.is_ok()))
    }

    fn put_through(&self, event: &[u8]) -> (Result<Box<RawValue>, Failure>, Record) {
        self.invocations.set(self.invocations.get() + 1);
        let id = format!("invocation-{}", self.invocations.get());
        put_through(&self.function, event, &id, self.now, self.timeout)
    }
}

impl Default for WebhookGate {
    fn default() -> Self {
        Self::new()
    }
}

/// The webhook `id`, registered with `scheme` and active, before anything is verified.
#[must_use]
pub fn known_webhook(id: &str, scheme: &str) -> KnownWebhook {
    let row = row(id, scheme, &[]);
    let id = WebhookId::parse(id).expect("the id is one");
    let registration = Registration::read(&id, |name| row.get(name).cloned());
    let now = Timestamp::from_unix_millis(NOW_SECONDS * 1000);
    KnownWebhook::admit(registration.expect("the row is right"), None, now).expect("it is active")
}

fn row(id: &str, scheme: &str, attributes: &[(&'static str, Option<Attribute>)]) -> Row {
    let text = |text: &str| Some(Attribute::Text(text.to_owned()));
    let mut row = BTreeMap::from([
        ("webhook_id", text(id)),
        ("user_id", text("2f1c0a52-7a3d-4a5e-9d0a-0d6f5c1e8b11")),
        ("tenant_id", text("acme")),
        ("name", text("a webhook of the tests")),
        ("status", text("active")),
        ("scheme", text(scheme)),
        ("created_at", Some(Attribute::Number("1767000000".to_owned()))),
    ]);
    row.extend(attributes.iter().cloned());
    row.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
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
            handed_over: RefCell::default(),
        }
    }
}

impl Registry for Rows {
    async fn find(&self, id: &WebhookId) -> Result<Option<Registration>, Failure> {
        if id.as_str() == "outage" {
            return Err(Unavailable::new("DynamoDB could not be asked: scripted").into());
        }
        let Some(row) = self.0.get(id.as_str()) else { return Ok(None) };
        match Registration::read(id, |name| row.get(name).cloned()) {
            Ok(registration) => Ok(Some(registration)),
            Err(bad) => Err(Misconfigured::new(bad.to_string()).into()),
        }
    }
}

impl Vault for Texts {
    async fn secret(&self, name: &str, version: SecretVersion) -> Result<Option<Secret>, Failure> {
        if name.contains("outage") {
            return Err(Unavailable::new("Secrets Manager could not be asked: scripted").into());
        }
        let versions = self.0.borrow().get(name).cloned();
        let Some(versions) = versions else { return Ok(None) };
        let text = match version {
            SecretVersion::Current => Some(versions.current),
            SecretVersion::Previous => versions.previous,
        };
        Ok(text.map(|text| Secret { text: text.into(), created: versions.created }))
    }
}

impl Replays for Seen {
    async fn claim(
        &self,
        delivery: &VerifiedDelivery<'_>,
        claim: &str,
        _: Timestamp,
        _: Timestamp,
    ) -> Result<Claimed, Failure> {
        if delivery.webhook().replay_window().is_zero() {
            return Ok(Claimed::Now);
        }
        let mut seen = self.0.borrow_mut();
        let keys: BTreeSet<String> = keys(delivery).collect();
        let is_new = keys.iter().all(|key| seen.get(key).is_none_or(|by| by == claim));
        if is_new {
            seen.extend(keys.into_iter().map(|key| (key, claim.to_owned())));
        }
        // One event at a time: what is taken was handed over.
        Ok(if is_new { Claimed::Now } else { Claimed::Before })
    }

    async fn keep(&self, _: &VerifiedDelivery<'_>, _: &str, _: Timestamp) -> Result<(), Failure> {
        Ok(())
    }

    async fn release(&self, delivery: &VerifiedDelivery<'_>, claim: &str) -> Result<(), Failure> {
        let keys: BTreeSet<String> = keys(delivery).collect();
        self.0.borrow_mut().retain(|key, by| !keys.contains(key) || by != claim);
        Ok(())
    }
}

fn keys(delivery: &VerifiedDelivery<'_>) -> impl Iterator<Item = String> {
    let id = delivery.webhook().id().as_str();
    delivery.replay_keys().iter().map(move |key| format!("{id} {}", key.as_str()))
}

impl Target for Echo {
    async fn hand_over(&self, event: Vec<u8>, _: Duration) -> Result<Handed, NotHandedOver> {
        if let Some(failure) = self.failure.borrow().clone() {
            return Err(failure);
        }
        self.handed_over.borrow_mut().push(event);
        let answer = RawValue::from_string(self.answer.borrow().clone()).expect("it is JSON");
        TargetAnswer::read(answer).map(Handed::Answered)
    }
}
