//! The authorizer in process: real table, real store, seeded keys, a fixed clock.

use std::io;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use adapters::jwks::{Http, JwksStore};
use authorizer::Authorizer;
use runtime::decision_log::{Line, Record};
use runtime::{Answered, Clock, Function, Invocation};
use serde_json::Value;
use shared::authn::{Accepted, Credential, CredentialKind, Issuer};
use shared::authz::AccessTable;
use shared::request::Request;
use shared::time::Timestamp;
use shared::webhook::is_dropped_header;

use crate::api_keys::MemoryKeys;
use crate::lookup;
use crate::mint::{APP_CLIENT, NEW_YEAR_2026, POOL, Signer};
use crate::oracle::Oracle;

/// The default access table.
pub static TABLE: &str = include_str!("../../infra/access.toml");

/// Its compiled table: the proof is made once for all tests of a process.
static COMPILED: LazyLock<String> = LazyLock::new(|| {
    AccessTable::prove("access.toml", TABLE).expect("the default table is proven").to_compiled()
});

/// An authorizer that trusts the keys it is given and nothing else.
pub struct TestAuthorizer {
    authorizer: Authorizer<JwksStore<Http>, &'static MemoryKeys>,
    oracle: Oracle,
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

/// A header that no target gets either, a query parameter of Meta's handshake, or a place where a test's or a
/// sample's `TOKEN_SOURCES` has the token.
fn is_credential(name: &str) -> bool {
    let places = ["token", "t", "access-key", "sec-websocket-protocol", "hub.verify_token"];
    places.into_iter().any(|place| name.eq_ignore_ascii_case(place)) || is_dropped_header(name)
}

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

impl TestAuthorizer {
    /// An authorizer with the samples' settings, and `settings` on top of them.
    #[must_use]
    pub fn new(signer: &Signer, settings: &[(&str, &str)]) -> Self {
        Self::of_pools(std::slice::from_ref(signer), settings)
    }

    /// The same in front of the table `source`.
    #[must_use]
    pub fn with_table(signer: &Signer, settings: &[(&str, &str)], source: &str) -> Self {
        Self::build(std::slice::from_ref(signer), settings, source)
    }

    /// An authorizer for as many pools as there are signers, in the order of `USER_POOL_IDS`.
    #[must_use]
    pub fn of_pools(signers: &[Signer], settings: &[(&str, &str)]) -> Self {
        Self::build(signers, settings, TABLE)
    }

    fn build(signers: &[Signer], settings: &[(&str, &str)], table: &str) -> Self {
        let set = |name: &str| lookup(settings, name).or_else(|| default(name));
        let pools = set("USER_POOL_IDS").unwrap_or_default();
        let seed = seed(&pools, signers);
        let files = |path: &Path| match path.to_str() {
            Some("jwks.json") => Ok(seed.clone().into_bytes()),
            _ => access_table(table, path),
        };
        // A test's own, for as long as the test runs.
        let api_keys: &MemoryKeys = Box::leak(Box::default());
        let now = Timestamp::from_unix_millis((NEW_YEAR_2026 + 60) * 1000);
        // Without pools a seed would be a mistake.
        let settings =
            |name: &str| set(name).filter(|_| !pools.is_empty() || !name.starts_with("JWKS_"));
        let built = authorizer::build(&settings, &files, |_, _, _| Ok(api_keys), now);
        let authorizer = block_on(built).expect("the settings are right");
        let oracle = Oracle::new(&authorizer.config.tokens.issuers, signers);
        Self { authorizer, oracle, api_keys, now }
    }

    /// What a request may present to it.
    #[must_use]
    pub fn accepted(&self) -> Accepted<'_> {
        self.authorizer.config.accepted()
    }

    /// Decides on `event` and keeps everything that can be seen of it.
    #[must_use]
    pub fn answer(&self, event: &Value) -> Answer {
        self.answer_bytes(event.to_string().as_bytes())
    }

    /// The same for bytes that may not even be JSON.
    #[must_use]
    pub fn answer_bytes(&self, event: &[u8]) -> Answer {
        let answered = put_through(&self.authorizer, event, "invocation", self.now, TIMEOUT);
        self.ask_oracle(event, &answered.record);
        outcome(&self.authorizer, event, answered, self.now)
    }

    /// Fails if the authorizer takes the token of `event` and the oracle does not.
    fn ask_oracle(&self, event: &[u8], record: &Record) {
        let Some(identity) = &record.known.identity else { return };
        if identity.kind() == CredentialKind::ApiKey {
            return;
        }
        let request = Request::read(event).expect("an event with an identity can be read");
        let credential = Credential::presented(&request, self.accepted());
        let Ok(Some(Credential::Token(token))) = credential else {
            panic!("an identity of a token without a token");
        };
        let rules = &self.authorizer.config.tokens;
        self.oracle.confirm(token.expose(), rules, identity, self.now);
    }

    /// Decides on `event` and gives the bytes of the answer: what a benchmark measures.
    pub fn run(&self, event: &[u8], log: &mut Vec<u8>) -> usize {
        let answered = put_through(&self.authorizer, event, "invocation", self.now, TIMEOUT);
        log.clear();
        let written =
            serde_json::to_writer(log, &line(&self.authorizer, &answered.record, self.now));
        answered.answer.map_or(0, |answer| answer.get().len() * usize::from(written.is_ok()))
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
) -> Answered {
    let invocation = Invocation::new(id, now, now.after(timeout), Clock::system());
    block_on(function.answer(event, invocation))
}

/// The line of the decision log, as of a decision that took no time.
pub(crate) fn line<'r, F: Function>(
    function: &'r F,
    record: &'r Record,
    time: Timestamp,
) -> Line<'r> {
    let namespace = function.metrics_namespace();
    let request_id = "invocation";
    Line { function: F::NAME, namespace, time, request_id, microseconds: 0, record }
}

/// Everything that can be seen of one event from outside, which never is a credential.
pub(crate) fn outcome<F: Function>(
    function: &F,
    event: &[u8],
    answered: Answered,
    now: Timestamp,
) -> Answer {
    let Answered { answer, record } = answered;
    let line = serde_json::to_string(&line(function, &record, now)).expect("a line is JSON");
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
        "JWKS_FILE" => "jwks.json",
        "JWKS_REFRESH" => "off",
        _ => return None,
    };
    Some(value.to_owned())
}

/// The seed file with the key of each of `signers`, by the issuer of its pool.
fn seed(pools: &str, signers: &[Signer]) -> String {
    let issuers = pools.split(',').filter_map(Issuer::of_pool);
    let sets = issuers.zip(signers).map(|(issuer, signer)| {
        let set: Value = serde_json::from_str(&signer.jwks()).expect("a key set is JSON");
        (issuer.name().to_owned(), set)
    });
    Value::Object(sets.collect()).to_string()
}

/// The file `path` beside an authorizer whose access table is `source`.
pub(crate) fn access_table(source: &str, path: &Path) -> io::Result<Vec<u8>> {
    match path.to_str() {
        Some("access.toml") => Ok(source.into()),
        Some("access.toml.compiled") if source == TABLE => Ok(COMPILED.clone().into_bytes()),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

/// Runs a future that never has to wait: everything that is asked is in memory.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("a decision in memory waited for something"),
    }
}
