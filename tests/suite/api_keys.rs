//! API keys: every rule with what it refuses and what it still takes, on a store in memory.

mod answers;
mod imported;
mod permissions;
mod presented;
mod rows;

use std::sync::LazyLock;

use serde_json::Value;
use shared::authn::{ApiKeyLookup, NewApiKey};
use tests::api_keys::{ENVIRONMENT, Row, key, row};
use tests::events::rest_request;
use tests::mint::{NEW_YEAR_2026, Signer};
use tests::test_authorizer::{Answer, TestAuthorizer};

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate("a"));

const PATH: &str = "/api/incidents";
/// What the authorizer's clock shows, in milliseconds.
const NOW: u64 = (NEW_YEAR_2026 + 60) * 1000;

/// An authorizer that takes keys alone, unless `own` says otherwise.
fn authorizer(own: &[(&str, &str)]) -> TestAuthorizer {
    let keys_alone = [
        ("CREDENTIALS", "api-key"),
        ("USER_POOL_IDS", ""),
        ("APP_CLIENT_IDS", ""),
        ("CONTEXT_CLAIMS", ""),
        ("API_KEY_ENVIRONMENT", ENVIRONMENT),
        ("AURORA_HOST", "localhost"),
        ("AURORA_DATABASE", "keys"),
        ("AURORA_USER", "authorizer"),
        ("AURORA_AUTH", "iam"),
    ];
    TestAuthorizer::new(&SIGNER, &[&keys_alone, own].concat())
}

/// An authorizer that takes tokens too.
fn authorizer_of_all(own: &[(&str, &str)]) -> TestAuthorizer {
    use tests::mint::{APP_CLIENT, POOL};
    let all = [
        ("CREDENTIALS", "id-token,service-token,api-key"),
        ("USER_POOL_IDS", POOL),
        ("APP_CLIENT_IDS", APP_CLIENT),
    ];
    authorizer(&[&all, own].concat())
}

/// A read-only request with `value` as its key.
fn reading(value: &str) -> Value {
    rest_request(&[("x-api-key", value)], "GET", PATH)
}

/// `OK`, or the code and the sentence of the log.
fn outcome(answer: &Answer) -> String {
    match answer.reason() {
        "" => answer.code().to_owned(),
        reason => format!("{}: {reason}", answer.code()),
    }
}

#[track_caller]
fn check(authorizer: &TestAuthorizer, event: &Value, expected: &str) {
    assert_eq!(outcome(&authorizer.answer(event)), expected);
}

/// The row of [`key`] number 1, as `edit` leaves it.
fn edited(edit: impl FnOnce(&mut Row)) -> Row {
    let mut row = row(&key(1), &["read-only"]);
    edit(&mut row);
    row
}

fn lookup_by_id(key: &NewApiKey) -> ApiKeyLookup {
    ApiKeyLookup::ById(key.id.clone())
}

/// What the log says of a key that is refused for `reason`.
fn invalid(reason: &str) -> String {
    format!("API_KEY_INVALID: {reason}")
}

/// What the log says of a row of which this column cannot be used.
fn unusable(column: &str, problem: &str) -> String {
    format!("MISCONFIGURED: the key's column `{column}` {problem}")
}
