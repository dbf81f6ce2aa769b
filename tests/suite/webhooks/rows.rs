//! Rows that say no, and rows that cannot be used: an operator's mistake is no stranger's.

use serde_json::{Value, json};
use tests::runtime_api::now_seconds;

use super::stack::{BODY, ID, SECRET, Stack, at_the_gate, delivery, row, signed};

/// With the row changed so, everything is a no, at the gate and on delivery.
#[track_caller]
fn refuses(changes: &Value, reason: &str) {
    let stack = stack_of(changes);
    let headers = signed(SECRET, BODY);
    let mut function = stack.function();
    function.answer(&at_the_gate(&headers)).is_denied("WEBHOOK_UNKNOWN", reason);
    function.answer(&delivery(&headers, BODY)).is_answered(403, "WEBHOOK_UNKNOWN", reason);
    assert!(stack.target.events().is_empty());
}

/// With the row changed so, nobody can say yes or no: at the gate and on delivery it is an error.
#[track_caller]
fn cannot_be_used(changes: &Value, reason: &str) {
    let stack = stack_of(changes);
    let headers = signed(SECRET, BODY);
    let mut function = stack.function();
    function.answer(&at_the_gate(&headers)).is_an_error("MISCONFIGURED", reason);
    function.answer(&delivery(&headers, BODY)).is_answered(500, "MISCONFIGURED", reason);
    assert!(stack.target.events().is_empty());
}

/// A webhook whose row has `changes`; what is changed to `"-"` is left out.
fn stack_of(changes: &Value) -> Stack {
    let stack = Stack::new();
    let mut row = row(ID, "portcullis");
    for (name, value) in changes.as_object().unwrap() {
        row[name.as_str()] = value.clone();
    }
    row.as_object_mut().unwrap().retain(|_, value| *value != "-");
    stack.aws.put_row(&stack.webhooks, &row);
    stack.aws.create_secret(&stack.secret_name(ID), SECRET);
    stack
}

#[test]
fn revoked() {
    refuses(&json!({ "status": "revoked" }), "the webhook is revoked");
}

#[test]
fn a_revocation_that_forgot_the_status() {
    let changes = json!({ "revoked_at": now_seconds() - 1 });
    refuses(&changes, "the webhook is active, but its `revoked_at` has passed");
}

/// DynamoDB deletes rows up to days after their time to live; MiniStack may be quicker, but not
/// within a test.
#[test]
fn a_time_to_live_in_the_past() {
    refuses(&json!({ "ttl": now_seconds() - 1 }), "the webhook's `ttl` has passed");
}

#[test]
fn an_address_that_is_not_the_webhook_s() {
    let changes = json!({ "allowed_cidrs": ["198.51.100.0/24"] });
    refuses(&changes, "the source address is none of the webhook's");
}

#[test]
fn no_status() {
    cannot_be_used(&json!({ "status": "-" }), "the webhook's attribute `status` is missing");
}

#[test]
fn a_status_in_another_case() {
    cannot_be_used(
        &json!({ "status": "ACTIVE" }),
        "the webhook's attribute `status` is neither `active` nor `revoked`",
    );
}

#[test]
fn a_time_to_live_that_is_no_number() {
    cannot_be_used(&json!({ "ttl": "1767225600" }), "the webhook's attribute `ttl` is no number");
}

/// It would never pass.
#[test]
fn times_in_milliseconds() {
    for name in ["ttl", "revoked_at"] {
        let reason = format!("the webhook's attribute `{name}` is not a time in seconds");
        cannot_be_used(&json!({ name: (now_seconds() - 1) * 1000 }), &reason);
    }
}

#[test]
fn a_tenant_that_is_a_list() {
    cannot_be_used(
        &json!({ "tenant_id": ["acme"] }),
        "the webhook's attribute `tenant_id` is no string",
    );
}
