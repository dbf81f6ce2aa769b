//! The commands at a terminal: what is asked.

use serde_json::json;
use tests::terminal::session;

use super::setup::{ALICE, Person, Place};

/// Types for `person`: after each text, the keys beside it. What was shown, and the exit code.
fn types(person: &Person, arguments: &[&str], steps: &[(&str, &str)]) -> (String, i32) {
    let session = session(person.settings(), arguments, 80, &json!(steps));
    assert!(session.restored, "{session:?}");
    (session.shown, session.code)
}

#[test]
fn what_is_asked() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let create = ["webhook", "create", "Builds", "--scheme", "github"];
    let question = "For how long are they a repetition (10m; 0: never)? ";
    let (shown, code) = types(&alice, &create, &[(question, "ten\r"), (question, "10m\r")]);
    assert!(code == 0 && shown.contains("it must be a number with its unit"), "{shown}");
    let rows = place.rows();
    assert_eq!(rows[0]["replay_window_seconds"], 600);
    let id = rows[0]["webhook_id"].as_str().unwrap();

    let revoke = ["webhook", "revoke", id];
    let question = "Revoke this webhook for ever? [y/N] ";
    let (shown, code) = types(&alice, &revoke, &[(question, "n\r")]);
    assert!(code == 3 && shown.contains("nothing was changed"), "{shown}");
    assert!(shown.contains("scheme         github"), "{shown}");
    assert_eq!(place.rows()[0]["status"], "active");

    // A secret that the sender has shown is not shown again.
    let theirs = "a-secret-that-stripe-has-shown";
    let given = ["webhook", "create", "Paid", "--scheme", "stripe", "--secret-given"];
    let (shown, code) = types(&alice, &given, &[("Secret: ", &format!("{theirs}\r"))]);
    assert!(code == 0 && !shown.contains(theirs), "{shown}");

    let (_, code) = types(&alice, &revoke, &[(question, "y\r")]);
    assert_eq!(code, 0);
    assert!(place.rows().iter().any(|row| row["status"] == "revoked"));
}
