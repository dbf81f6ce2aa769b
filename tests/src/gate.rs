//! The authorizer in process: real table, real store, seeded keys, a fixed clock.

use authorizer::Authorizer;
use authorizer::config::Config;
use authorizer::io::jwks::{Http, JwksStore, JwksUrl, Limits, Refresh, Source};
use serde_json::Value;
use shared::access::AccessTable;
use shared::credential::jwk;
use shared::decision_log::Record;
use shared::time::Timestamp;

use crate::mint::{APP_CLIENT, NEW_YEAR_2026, POOL, Signer};

/// The default access table, proven once for all tests.
pub static TABLE: &str = include_str!("../../infra/access.toml");

/// An authorizer that trusts the keys it is given and nothing else.
pub struct Gate {
    authorizer: Authorizer<JwksStore<Http>>,
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

/// Everything in `event` that may be a credential, whatever it is worth.
fn presented(event: &[u8]) -> Vec<String> {
    let Ok(event) = serde_json::from_slice::<Value>(event) else { return Vec::new() };
    let mut found = vec![event["authorizationToken"].clone()];
    for map in ["headers", "multiValueHeaders", "queryStringParameters"] {
        let members = event[map].as_object().into_iter().flatten();
        found.extend(
            members.filter(|(name, _)| is_credential(name)).map(|(_, value)| value.clone()),
        );
    }
    found.iter().map(Value::to_string).collect()
}

fn is_credential(name: &str) -> bool {
    ["authorization", "x-api-key", "token"].iter().any(|own| name.eq_ignore_ascii_case(own))
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
        let config = Config::read(|name| {
            let own = settings.iter().rev().find(|(key, _)| *key == name);
            own.map(|(_, value)| (*value).to_owned()).or_else(|| default(name))
        })
        .expect("the settings are right");
        let now = Timestamp::from_unix_millis((NEW_YEAR_2026 + 60) * 1000);
        let sources = config.tokens.issuers.iter().zip(signers).map(|(issuer, signer)| Source {
            issuers: vec![issuer.name().to_owned()],
            url: JwksUrl::parse(&issuer.jwks_url()).expect("the address is right"),
            seed: Some(jwk::parse(signer.jwks().as_bytes()).expect("the key is taken")),
        });
        let sources: Vec<Source> = sources.collect();
        let keys = JwksStore::new(sources, Http::default(), Refresh::Off, &Limits::default(), now);
        Self { authorizer: Authorizer { config, table, keys }, now }
    }

    /// Decides on `event` and keeps everything that can be seen of it.
    #[must_use]
    pub fn ask(&self, event: &Value) -> Answer {
        self.ask_bytes(event.to_string().as_bytes())
    }

    /// The same for bytes that may not even be JSON.
    #[must_use]
    pub fn ask_bytes(&self, event: &[u8]) -> Answer {
        let mut record = Record::new("authorizer", self.now);
        let answer = block_on(self.authorizer.authorize(event, self.now, &mut record));
        let line = serde_json::to_string(&record).expect("a record is JSON");
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

    /// Decides on `event` and gives the bytes of the answer: what a benchmark measures.
    pub fn run(&self, event: &[u8], log: &mut Vec<u8>) -> usize {
        let mut record = Record::new("authorizer", self.now);
        let answer = block_on(self.authorizer.authorize(event, self.now, &mut record));
        log.clear();
        let written = serde_json::to_writer(log, &record);
        answer.map_or(0, |answer| answer.get().len() * usize::from(written.is_ok()))
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

/// Runs a future that never has to wait: with seeded keys nothing is asked.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("a decision with seeded keys waited for something"),
    }
}
