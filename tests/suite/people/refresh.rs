//! Tokens that end, and many who ask at once.

use std::fs::File;
use std::io::Read as _;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tests::scripted_cognito::{ScriptedCognito, error, tokens};
use tests::tool::Done;

use super::VIEWER;
use super::person::Person;
use crate::dev::running::Running;

/// Far from today, so that only the time since a token came counts.
const ISSUED: u64 = 4_000_000_000;

/// A pool whose refresh tokens are good once: whoever uses one a second time ends the session.
fn strict() -> ScriptedCognito {
    let mut current = Some(1);
    ScriptedCognito::start(move |operation, input| {
        if operation == "InitiateAuth" {
            return (200, tokens(ISSUED, Some("r1")));
        }
        let Some(number) = current else {
            return error("NotAuthorizedException", "Refresh Token has been revoked");
        };
        if input["RefreshToken"] != format!("r{number}") {
            current = None;
            return error("RefreshTokenReuseException", "Refresh Token has been reused");
        }
        current = Some(number + 1);
        (200, tokens(ISSUED + number, Some(&format!("r{}", number + 1))))
    })
}

fn logged_in(cognito: &ScriptedCognito) -> Person {
    let person = Person::configured(&cognito.url());
    let done = person.log_in(VIEWER, "password");
    assert_eq!(done.code, 0, "{done:?}");
    person
}

fn refreshes(cognito: &ScriptedCognito) -> usize {
    let calls = cognito.operations();
    calls.iter().filter(|name| *name == "GetTokensFromRefreshToken").count()
}

/// What eight processes print that are started at once.
fn eight(person: &Person) -> Vec<Done> {
    let started: Vec<_> = (0..8).map(|_| person.starts(&["token"])).collect();
    let done = started.into_iter().map(|child| {
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        Done { code, out: text(output.stdout), err: text(output.stderr) }
    });
    done.collect()
}

#[test]
fn one_refresh_for_eight_processes() {
    let cognito = strict();
    let person = logged_in(&cognito);
    for round in 1..=5 {
        person.age(58);
        let done = eight(&person);
        assert!(done.iter().all(|own| own.code == 0 && own.out == done[0].out), "{done:?}");
        assert_eq!(refreshes(&cognito), round);
        assert_eq!(person.credentials()["refresh_token"], format!("r{}", round + 1));
    }
}

#[test]
fn one_refresh_at_the_development_pool() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    let before = person.credentials();
    for _ in 0..2 {
        person.age(61);
        let done = eight(&person);
        let [first, rest @ ..] = done.as_slice() else { panic!("eight") };
        assert_eq!(first.code, 0, "{first:?}");
        assert!(rest.iter().all(|other| other.out == first.out), "{done:?}");
    }
    assert_ne!(person.credentials()["refresh_token"], before["refresh_token"]);
    assert_ne!(person.credentials()["id_token"], before["id_token"]);
}

#[test]
fn when_a_token_is_refreshed() {
    let cognito = strict();
    let person = logged_in(&cognito);
    let check = |aged: u64, expected: usize| {
        person.age(aged);
        assert_eq!(person.does(&["token"]).code, 0);
        assert_eq!(refreshes(&cognito), expected, "{aged} minutes");
    };
    // Five minutes before the end of an hour.
    check(0, 0);
    check(54, 0);
    check(2, 1);
    // What came of it is new.
    check(54, 1);
    check(60, 2);
    // A clock that was set back says nothing of the token.
    let mut credentials = person.credentials();
    credentials["received_at"] = 5_000_000_000_000_u64.into();
    person.write_credentials(&credentials);
    check(0, 3);
}

#[test]
fn a_pool_that_does_not_rotate() {
    let number = Arc::new(Mutex::new(0));
    let cognito = ScriptedCognito::start(move |operation, input| {
        let mut number = number.lock().unwrap();
        *number += 1;
        match (operation, input["AuthFlow"].as_str()) {
            ("GetTokensFromRefreshToken", _) => error("UnknownOperationException", ""),
            (_, Some("REFRESH_TOKEN_AUTH")) => (200, tokens(ISSUED + *number, None)),
            _ => (200, tokens(ISSUED, Some("stays"))),
        }
    });
    let person = logged_in(&cognito);
    let before = person.does(&["token"]).out;
    person.age(61);
    let after = person.does(&["token"]);
    assert_eq!(after.code, 0, "{after:?}");
    assert_ne!(after.out, before);
    assert_eq!(person.credentials()["refresh_token"], "stays");
    let input = json!({
        "AuthFlow": "REFRESH_TOKEN_AUTH",
        "ClientId": "portcullisdevapp0000000001",
        "AuthParameters": { "REFRESH_TOKEN": "stays" },
    });
    assert_eq!(cognito.last_input(), input);
}

/// A pool that takes a login, and then says `code`.
fn then(code: &'static str, message: &'static str) -> ScriptedCognito {
    ScriptedCognito::start(move |operation, _| match operation {
        "InitiateAuth" => (200, tokens(ISSUED, Some("r1"))),
        _ => error(code, message),
    })
}

#[test]
fn a_session_that_has_ended() {
    for (code, message) in [
        ("NotAuthorizedException", "Refresh Token has expired"),
        ("NotAuthorizedException", "Refresh Token has been revoked"),
        ("RefreshTokenReuseException", "Refresh Token has been reused"),
    ] {
        let cognito = then(code, message);
        let person = logged_in(&cognito);
        // Early or late: the pool has said so.
        person.age(57);
        let sentence = format!(
            "portcullis: the session of the profile `default` has ended ({message}): log in again: \
             `portcullis login --username EMAIL`\n"
        );
        person.does(&["token"]).is(3, "", &sentence);
        assert!(!person.file("credentials.json").exists());
    }
}

#[test]
fn nothing_but_a_refusal_logs_out() {
    let busy = "Cognito gets too many requests at the moment: wait a minute, and try again";
    for (code, message, sentence) in [
        ("TooManyRequestsException", "Rate exceeded", busy),
        ("InternalErrorException", "", "Cognito refused: InternalErrorException: no message"),
    ] {
        let cognito = then(code, message);
        let person = logged_in(&cognito);
        person.age(61);
        let before = person.credentials();
        person.does(&["token"]).is(1, "", &format!("portcullis: {sentence}\n"));
        assert_eq!(person.credentials(), before);
    }
}

#[test]
fn without_a_network_a_token_is_used_to_its_end() {
    let cognito = strict();
    let person = logged_in(&cognito);
    let before = person.does(&["token"]).out;
    drop(cognito);
    person.age(57);
    let unreachable = "Cognito in `local-1` did not answer: it cannot be reached: look at the network, and at \
                       HTTPS_PROXY\n";
    person.does(&["token"]).is(0, &before, &format!("not refreshed yet: {unreachable}"));
    person.age(4);
    person.does(&["token"]).is(1, "", &format!("portcullis: {unreachable}"));
    assert_eq!(person.credentials()["refresh_token"], "r1");
}

/// Another program, which does not know the lock, has logged in while Cognito was asked.
#[test]
fn tokens_that_somebody_else_wrote_are_taken() {
    let file = Arc::new(Mutex::new(None::<(std::path::PathBuf, Value)>));
    let write = Arc::clone(&file);
    let cognito = ScriptedCognito::start(move |operation, _| {
        if operation == "InitiateAuth" {
            return (200, tokens(ISSUED, Some("r1")));
        }
        if let Some((path, credentials)) = write.lock().unwrap().take() {
            std::fs::write(path, credentials.to_string()).unwrap();
        }
        error("NotAuthorizedException", "Refresh Token has been revoked")
    });
    let person = logged_in(&cognito);
    let mut other = person.credentials();
    let token = tokens(ISSUED + 7, None)["AuthenticationResult"]["IdToken"].clone();
    other["refresh_token"] = "of-another-login".into();
    other["id_token"] = token.clone();
    person.age(61);
    *file.lock().unwrap() = Some((person.file("credentials.json"), other.clone()));
    person.does(&["token"]).is(0, &format!("{}\n", token.as_str().unwrap()), "");
    assert_eq!(person.credentials(), other);
}

#[test]
fn a_lock_ends_with_its_process() {
    let cognito = strict();
    let person = logged_in(&cognito);
    // Somebody holds it.
    let lock = File::options().write(true).open(person.file("lock")).unwrap();
    lock.lock().unwrap();
    person.age(61);
    let mut waiting = person.starts(&["token"]);
    let mut fresh = person.credentials();
    let received = fresh["received_at"].as_u64().unwrap();
    fresh["received_at"] = (received + 61 * 60_000).into();
    person.write_credentials(&fresh);
    drop(lock);
    let mut out = String::new();
    waiting.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert!(waiting.wait().unwrap().success());
    // It adopts what was written meanwhile.
    assert_eq!(out.trim_end(), fresh["id_token"].as_str().unwrap());
    assert_eq!(refreshes(&cognito), 0);
    // A file that a dead process left is no lock.
    assert!(person.file("lock").exists());
    person.age(61);
    assert_eq!(person.does(&["token"]).code, 0);
}

#[test]
fn clocks_that_differ_are_said() {
    let cognito = strict();
    let person = Person::configured(&cognito.url());
    let done = person.log_in(VIEWER, "password");
    let behind = done.err.contains("warning: this machine's clock is ")
        && done.err.contains(" s behind the user pool's: set it\n");
    assert!(done.code == 0 && behind, "{done:?}");
}
