//! The authorizer in process: real table, real store, seeded keys, a fixed clock.

use std::time::Duration;

use authorizer::Authorizer;
use authorizer::config::Config;
use authorizer::io::http::Url;
use authorizer::io::jwks::{Http, JwksStore, Limits, Refresh, Source};
use serde_json::Value;
use serde_json::value::RawValue;
use shared::access::AccessTable;
use shared::credential::{Accepted, jwk};
use shared::decision_log::Record;
use shared::time::Timestamp;
use shell::{Clock, Failure, Function, Invocation};

use crate::api_keys::MemoryKeys;
use crate::lookup;
use crate::mint::{APP_CLIENT, NEW_YEAR_2026, POOL, Signer};

/// The default access table, proven once for all tests.
pub static TABLE: &str = include_str!("../../infra/access.toml");

/// An authorizer that trusts the keys it is given and nothing else.
pub struct Gate {
    authorizer: Authorizer<JwksStore<Http>, &'static MemoryKeys>,
    /// The API keys it knows, if it takes any.
    pub api_keys: &'static MemoryKeys,
    /// The moment of every decision.
    pub now: Timestamp,
}

/// Fails if `seen` holds a piece of a credential that `event` presents. Every decision of the suite
/// passes here, and so does every line of a sample's function.
///
/// # Panics
/// It does; the message does not repeat the credential.
pub fn assert_shows_no_credential(event: &[u8], seen: &str) {
    for credential in presented(event) {
        let pieces = credential.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
        for piece in pieces.filter(|piece| piece.len() >= 16) {
            assert!(!seen.contains(piece), "a credential of {} bytes is shown", credential.len());
        }
    }
}

/// Everything in `event` that may be a credential, whatever it is worth, and the body, which is not
/// for the log either.
fn presented(event: &[u8]) -> Vec<String> {
    let Ok(event) = serde_json::from_slice::<Value>(event) else { return Vec::new() };
    let mut found = vec![event["authorizationToken"].clone()];
    found.push(event["body"].clone());
    for map in ["headers", "multiValueHeaders", "queryStringParameters"] {
        let members = event[map].as_object().into_iter().flatten();
        found.extend(
            members.filter(|(name, _)| is_credential(name)).map(|(_, value)| value.clone()),
        );
    }
    found.iter().map(Value::to_string).flat_map(with_secret_part).collect()
}

/// The public part of an API key may be shown, and the secret part may not: it counts by itself.
fn with_secret_part(credential: String) -> Vec<String> {
    let keys = credential.split("sfk_").skip(1).filter_map(|rest| rest.split_once('_'));
    let secrets: Vec<_> = keys.filter_map(|(_, rest)| Some(rest.get(16..59)?.to_owned())).collect();
    [credential].into_iter().chain(secrets).collect()
}

fn is_credential(name: &str) -> bool {
    CREDENTIALS.iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// Headers and parameters that hold a credential.
const CREDENTIALS: [&str; 9] = [
    "authorization",
    "x-api-key",
    "token",
    "x-webhook-signature",
    "x-hub-signature-256",
    "stripe-signature",
    "x-slack-signature",
    "webhook-signature",
    "signature",
];

/// What came of one event.
#[derive(Debug)]
pub struct Answer {
    /// The answer, or the message of the error.
    pub answer: Result<Value, String>,
    /// The line of the decision log.
    pub log: Value,
    /// Everything that could be seen from outside: answer, error and log, each also as `Debug`.
    pub seen: String,
}

impl Answer {
    /// The code in the decision log.
    #[must_use]
    pub fn code(&self) -> &str {
        self.log["code"].as_str().unwrap_or_default()
    }

    /// The sentence in the decision log; empty for an Allow.
    #[must_use]
    pub fn reason(&self) -> &str {
        self.log["reason"].as_str().unwrap_or_default()
    }
}

impl Gate {
    /// A gate with the samples' settings, and `settings` on top of them.
    #[must_use]
    pub fn new(signer: &Signer, settings: &[(&str, &str)]) -> Self {
        Self::of_pools(std::slice::from_ref(signer), settings)
    }

    /// The same in front of another table.
    #[must_use]
    pub fn with_table(signer: &Signer, settings: &[(&str, &str)], table: AccessTable) -> Self {
        Self::build(std::slice::from_ref(signer), settings, table)
    }

    /// A gate for as many pools as there are signers, in the order of `USER_POOL_IDS`.
    #[must_use]
    pub fn of_pools(signers: &[Signer], settings: &[(&str, &str)]) -> Self {
        let table = AccessTable::prove("access.toml", TABLE).expect("the default table is proven");
        Self::build(signers, settings, table)
    }

    fn build(signers: &[Signer], settings: &[(&str, &str)], table: AccessTable) -> Self {
        let config = Config::read(|name| lookup(settings, name).or_else(|| default(name)))
            .expect("the settings are right");
        let now = Timestamp::from_unix_millis((NEW_YEAR_2026 + 60) * 1000);
        let sources = config.tokens.issuers.iter().zip(signers).map(|(issuer, signer)| Source {
            issuers: vec![issuer.name().to_owned()],
            url: Url::parse(&issuer.jwks_url()).expect("the address is right"),
            seed: Some(jwk::parse(signer.jwks().as_bytes()).expect("the key is taken")),
        });
        let sources: Vec<Source> = sources.collect();
        let keys = JwksStore::new(sources, Http::default(), Refresh::Off, &Limits::default(), now);
        // A test's own, for as long as the test runs.
        let api_keys: &MemoryKeys = Box::leak(Box::default());
        let store = config.api_keys.is_some().then_some(api_keys);
        Self { authorizer: Authorizer { config, table, keys, api_keys: store }, api_keys, now }
    }

    /// What a request may present to it.
    #[must_use]
    pub fn accepted(&self) -> Accepted<'_> {
        self.authorizer.config.accepted()
    }

    /// Decides on `event` and keeps everything that can be seen of it.
    #[must_use]
    pub fn ask(&self, event: &Value) -> Answer {
        self.ask_bytes(event.to_string().as_bytes())
    }

    /// The same for bytes that may not even be JSON.
    #[must_use]
    pub fn ask_bytes(&self, event: &[u8]) -> Answer {
        let (answer, record) =
            put_through(&self.authorizer, event, "invocation", self.now, TIMEOUT);
        outcome(event, answer, &record)
    }

    /// Decides on `event` and gives the bytes of the answer: what a benchmark measures.
    pub fn run(&self, event: &[u8], log: &mut Vec<u8>) -> usize {
        let (answer, record) =
            put_through(&self.authorizer, event, "invocation", self.now, TIMEOUT);
        log.clear();
        let written = serde_json::to_writer(log, &record);
        answer.map_or(0, |answer| answer.get().len() * usize::from(written.is_ok()))
    }
}

/// How long Lambda gives an event.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

/// Puts `event` through `function` at `now`, with `timeout` for it.
pub(crate) fn put_through<F: Function>(
    function: &F,
    event: &[u8],
    id: &str,
    now: Timestamp,
    timeout: Duration,
) -> (Result<Box<RawValue>, Failure>, Record) {
    let invocation = Invocation::new(id, now, now.after(timeout), Clock::system());
    let mut record = Record::new(F::NAME, now);
    let answer = block_on(shell::answer(function, event, invocation, &mut record));
    (answer, record)
}

/// Everything that can be seen of one event from outside, which never is a credential.
pub(crate) fn outcome(
    event: &[u8],
    answer: Result<Box<RawValue>, Failure>,
    record: &Record,
) -> Answer {
    let line = serde_json::to_string(record).expect("a record is JSON");
    let seen = format!("{answer:?}\n{record:?}\n{line}");
    assert_shows_no_credential(event, &seen);
    Answer {
        answer: answer
            .map(|answer| serde_json::from_str(answer.get()).expect("an answer is JSON"))
            .map_err(|failure| failure.to_string()),
        log: serde_json::from_str(&line).expect("a line is JSON"),
        seen,
    }
}

fn default(name: &str) -> Option<String> {
    let value = match name {
        "CREDENTIALS" => "id-token,service-token",
        "USER_POOL_IDS" => POOL,
        "APP_CLIENT_IDS" => APP_CLIENT,
        "CONTEXT_CLAIMS" => "email",
        _ => return None,
    };
    Some(value.to_owned())
}

/// Runs a future that never has to wait: everything that is asked is in memory.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("a decision in memory waited for something"),
    }
}
