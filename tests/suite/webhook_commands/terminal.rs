//! The commands at a terminal: what is asked.

use std::process::Command;

use serde_json::{Value, json};
use tests::{binary, root};

use super::setup::{ALICE, Person, Place};

/// Types for `person`: after each text, the keys beside it. What was shown, and the exit code.
fn types(person: &Person, arguments: &[&str], steps: &[(&str, &str)]) -> (String, i64) {
    let output = Command::new("python3")
        .arg(root().join("tests/terminal.py"))
        .arg(json!(steps).to_string())
        .arg(binary("portcullis").unwrap())
        .args(arguments)
        .envs(person.settings())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let session: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(session["restored"], true, "{session}");
    (session["shown"].as_str().unwrap().to_owned(), session["code"].as_i64().unwrap())
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
