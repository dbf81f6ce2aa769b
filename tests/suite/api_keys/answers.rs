//! What comes of a key outside: the answer, the line of the log, and never the key.

use runtime::{Failure, MisconfiguredError, UnavailableError};
use serde_json::{Value, json};
use shared::authn::Credential;
use shared::request::Request;
use tests::api_keys::{key, key_of, row};
use tests::events::{http_2, rest_request, rest_token};

use super::{PATH, authorizer, authorizer_of_all, edited, invalid, outcome, reading};

const OWNER: &str = "7d9f5a2e-0b1c-4c1e-9a34-1d2f6a7b8c90";

#[test]
fn the_context() {
    let check = |scopes: &[&str], role: &str, expected: Value| {
        let authorizer = authorizer(&[("CONTEXT_CLAIMS", "email")]);
        let mut row = row(&key(1), scopes);
        row.owner.role = role.to_owned();
        authorizer.api_keys.put(row);
        let answer = authorizer.answer(&reading(&key(1).value)).answer.unwrap();
        assert_eq!(answer["context"], expected);
        assert_eq!(answer["principalId"], OWNER);
    };
    let context = |role: &str, scopes: &str| {
        json!({
            "user_id": OWNER,
            "role": role,
            "tenant_id": "acme",
            "auth_method": "api-key",
            "key_id": key(1).id.as_str(),
            "scopes": scopes,
            "code": "INSUFFICIENT_ROLE",
        })
    };
    check(&["read-only"], "super_admin", context("super_admin", "read-only"));
    check(&["itsm-write", "admin"], "viewer", context("viewer", "itsm-write admin"));
    // What the table does not have grants nothing, and is no scope of this API.
    check(&["read-only", "${x}"], "viewer", context("viewer", "read-only"));
    check(&[&"x".repeat(300)], "viewer", context("viewer", ""));
}

#[test]
fn the_simple_form() {
    let authorizer = authorizer(&[("RESPONSE", "simple")]);
    authorizer.api_keys.put(row(&key(1), &["read-only"]));
    let answer = |number: u64| {
        authorizer
            .answer(&http_2(&[("x-api-key", &*key(number).value)], "GET", PATH))
            .answer
            .unwrap()
    };
    let yes = answer(1);
    assert_eq!(yes["isAuthorized"], true);
    assert_eq!(yes["context"]["key_id"], key(1).id.as_str());
    let no = json!({ "isAuthorized": false, "context": { "code": "API_KEY_INVALID" } });
    assert_eq!(answer(2), no);
}

/// The line for `event`, without the part that is for CloudWatch.
#[track_caller]
fn check_line(number: u64, expected: Value) {
    let authorizer = authorizer(&[]);
    authorizer.api_keys.put(edited(|_| {}));
    let mut line = authorizer.answer(&reading(&key(number).value)).log;
    let members = line.as_object_mut().unwrap();
    members.retain(|name, _| {
        !matches!(name.as_str(), "_aws" | "Decisions" | "Latency" | "microseconds")
    });
    assert_eq!(line, expected);
}

#[test]
fn the_log() {
    check_line(
        1,
        json!({
            "function": "authorizer",
            "outcome": "allow",
            "allowed": true,
            "code": "OK",
            "subject": OWNER,
            "tenant": "acme",
            "role": "super_admin",
            "scopes": "read-only",
            "credential": "api-key",
            "event": "rest-request",
            "method": "GET",
            "route": PATH,
            "permission": "read:itsm",
            "api_key_id": key(1).id.as_str(),
            "request_id": "invocation",
            "gateway_request_id": "AbCdEfGhIjKlMn0="
        }),
    );
    check_line(
        2,
        json!({
            "function": "authorizer",
            "outcome": "deny",
            "allowed": false,
            "code": "API_KEY_INVALID",
            "reason": "the key is unknown",
            "event": "rest-request",
            "method": "GET",
            "route": PATH,
            "permission": "read:itsm",
            "request_id": "invocation",
            "gateway_request_id": "AbCdEfGhIjKlMn0="
        }),
    );
}

#[test]
fn forms_of_a_no() {
    let deny = authorizer(&[("ON_UNAUTHENTICATED", "deny")]);
    let value = key(1).value;
    let answer = deny.answer(&reading(&value)).answer.unwrap();
    assert_eq!(answer["context"], json!({ "code": "API_KEY_INVALID" }));
    assert_eq!(answer["principalId"], "anonymous");
    assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Deny");
    let throw = authorizer(&[]);
    assert_eq!(throw.answer(&reading(&value)).answer.unwrap_err(), "Unauthorized");
    // HTTP APIs are never thrown at.
    let answer = throw.answer(&http_2(&[("x-api-key", &*value)], "GET", PATH)).answer.unwrap();
    assert_eq!(answer["context"], json!({ "code": "API_KEY_INVALID" }));
}

/// Whatever is set: a store that could not be asked has not said no.
#[test]
fn an_outage_is_no_answer() {
    let (gone, wrong) = ("the database is out of reach", "the database refuses the login");
    for settings in [&[][..], &[("ON_UNAUTHENTICATED", "deny")], &[("RESPONSE", "simple")]] {
        for (failure, code, sentence) in [
            (Failure::from(UnavailableError::new(gone)), "UNAVAILABLE", gone),
            (Failure::from(MisconfiguredError::new(wrong)), "MISCONFIGURED", wrong),
        ] {
            let authorizer = authorizer_of_all(settings);
            authorizer.api_keys.put(edited(|_| {}));
            authorizer.api_keys.fail(failure);
            let value = key(1).value;
            let header = [("x-api-key", value.as_str())];
            for event in [
                rest_request(&header, "GET", PATH),
                rest_request(&header, "GET", "/health"),
                http_2(&header, "GET", PATH),
                rest_token(&value, "GET", PATH),
            ] {
                let answer = authorizer.answer(&event);
                assert_eq!(outcome(&answer), format!("{code}: {sentence}"));
                assert_eq!(answer.answer.unwrap_err(), sentence);
                assert_eq!(answer.log["outcome"], "error");
            }
            assert_eq!(authorizer.api_keys.take_touched(), [""; 0]);
            // What needs no store is decided without it.
            let junk = authorizer.answer(&reading(&key_of("dev", 1).value));
            assert_eq!(outcome(&junk), invalid("the key is of another environment"));
        }
    }
}

/// Not even a piece of a secret, wherever the key stood and whatever became of it.
#[test]
fn nothing_shows_a_key() {
    const PIECE: usize = 8;
    let authorizer = authorizer_of_all(&[("API_KEY_IMPORTED", "on")]);
    authorizer.api_keys.put(edited(|_| {}));
    authorizer.api_keys.put(row(&key(2), &["wizard"]));
    authorizer.api_keys.put(edited(|row| {
        row.id = key(3).id.as_str().to_owned();
        row.hash = key(3).hash.to_vec();
        row.owner.status = "suspended".to_owned();
    }));
    for number in 1..5 {
        let key = key(number);
        // After `sfk_prod_` and the id.
        let secret = key.value.get(25..68).unwrap().to_owned();
        let spoilt = format!("{}x", *key.value);
        for value in [key.value.as_str(), &spoilt, &key_of("dev", number).value, &secret] {
            let twice = [("x-api-key", value), ("X-API-KEY", &*secret)];
            for event in [
                reading(value),
                rest_request(&twice, "GET", PATH),
                rest_request(&[("Authorization", value)], "GET", PATH),
                rest_request(
                    &[("Authorization", "Bearer x.y.z"), ("x-api-key", value)],
                    "GET",
                    PATH,
                ),
                http_2(&[("x-api-key", value)], "POST", PATH),
                rest_token(value, "GET", PATH),
                rest_token(value, "GET", "*"),
            ] {
                let bytes = event.to_string();
                let request = Request::read(bytes.as_bytes());
                let presented = request
                    .as_ref()
                    .ok()
                    .map(|request| Credential::presented(request, authorizer.accepted()));
                let seen =
                    format!("{}{request:?}{presented:?}{key:?}", authorizer.answer(&event).seen);
                for piece in secret.as_bytes().windows(PIECE).map(str::from_utf8) {
                    assert!(!seen.contains(piece.unwrap()), "a piece of a secret is shown");
                }
            }
        }
    }
    assert_eq!(
        format!("{:?}", row(&key(1), &[]).record().unwrap()),
        format!("ApiKeyRecord {{ id: {:?}, .. }}", key(1).id)
    );
}

/// The check that every decision of the suite passes would notice a secret without its id.
#[test]
#[should_panic(expected = "is shown")]
fn a_secret_in_a_line_is_noticed() {
    let value = key(1).value;
    let secret = value.get(25..68).unwrap();
    let event = reading(&value).to_string();
    tests::test_authorizer::assert_shows_no_credential(event.as_bytes(), &format!("oops {secret}"));
}

/// And does not mind the public part.
#[test]
fn an_id_in_a_line_is_no_matter() {
    let event = reading(&key(1).value).to_string();
    tests::test_authorizer::assert_shows_no_credential(event.as_bytes(), key(1).id.as_str());
}
