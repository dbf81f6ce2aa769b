//! A webhook from its creation to its end, with the sample backend as its target.

use reqwest::Method;
use serde_json::{Value, json};
use tests::tool::{Done, File};

use super::deployed::{Stack, log_in};
use crate::admin::administrator::Administrator;

#[track_caller]
fn answers(done: &Done, code: i32, status: u16) -> Value {
    assert_eq!(done.code, code, "{done:?}");
    let json = done.json();
    assert_eq!(json["status"], status, "{done:?}");
    serde_json::from_str(json["body"].as_str().unwrap()).unwrap_or_default()
}

/// Somebody who is logged in, and a webhook of hers.
pub(super) fn registered(stack: &Stack) -> (Administrator, Value) {
    let anna = stack
        .administrator()
        .with("WEBHOOK_TABLE", stack.output("WebhookTableName"))
        .with("REPLAY_TABLE", stack.output("ReplayTableName"));
    log_in(&anna, "viewer");
    let create = ["webhook", "create", "Builds", "--scheme", "portcullis", "--json"];
    let done = anna.does(&[&create[..], &["--replay-window", "10m"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    (anna, done.json())
}

#[test]
fn from_its_creation_to_its_end() {
    let stack = Stack::deploy(&[]);
    let (anna, made) = registered(&stack);
    let id = made["webhook_id"].as_str().unwrap();
    let body = File::new(r#"{"task":1}"#);
    let test = |body: &File, more: &[&str]| {
        let own = ["webhook", "test", id, "--json", "--body", body.path()];
        anna.does(&[&own[..], more].concat())
    };
    let given = answers(&test(&body, &[]), 0, 200);
    assert_eq!(given["body"], r#"{"task":1}"#);
    assert_eq!(given["identity"]["tenant_id"], "acme");
    assert_eq!(given["identity"]["webhook_id"], id);
    // The target sees no signature.
    let headers = given["headers"].as_array().unwrap();
    assert!(!headers.iter().any(|name| name == "x-webhook-signature"), "{headers:?}");
    let again = answers(&test(&body, &[]), 0, 200);
    assert_eq!((&again["duplicate"], &again["told_apart_by"]), (&json!(true), &json!("body")));
    // The address of the seeds, which names the webhook in a header.
    let url = format!("{}/v1/webhooks/tasks", stack.api_url());
    let tasks = File::new(r#"{"task":2}"#);
    let done = test(&tasks, &["--url", &url]);
    assert_eq!(answers(&done, 0, 200)["body"], r#"{"task":2}"#);
    let done = anna.does(&["webhook", "rotate", id, "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_ne!(done.json()["secret"], made["secret"]);
    let third = File::new(r#"{"task":3}"#);
    assert_eq!(answers(&test(&third, &[]), 0, 200)["body"], r#"{"task":3}"#);
    let unsigned = stack.send(Method::POST, &format!("/v1/webhooks/{id}"), &[], "{}");
    assert_eq!(unsigned.status, 403, "{unsigned:?}");
    let done = anna.does(&["webhook", "revoke", id, "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    let done = test(&File::new(r#"{"task":4}"#), &[]);
    assert_eq!((done.code, &done.json()["status"]), (3, &json!(403)), "{done:?}");
    let lines = stack.lines("webhook-authorizer");
    let codes: Vec<&str> = lines.iter().filter_map(|line| line["code"].as_str()).collect();
    // Each delivery is asked about twice: at the gate, and with its body.
    let delivered = ["OK", "OK", "OK", "DUPLICATE", "OK", "OK", "OK", "OK"];
    assert_eq!(codes, [&delivered[..], &["SIGNATURE_INVALID", "WEBHOOK_UNKNOWN"]].concat());
}
