//! At the gate: registered, active, and as much of the signature as there is without the body.

use serde_json::json;
use tests::webhook_events::{portcullis, rfc9421};

use super::stack::{BODY, ID, SECRET, Stack, USER, at_the_gate, made_now, signed};

#[test]
fn a_webhook_that_was_created_is_let_through() {
    let stack = Stack::with_webhook("portcullis");
    let came = stack.function().answer(&at_the_gate(&signed(SECRET, BODY)));
    let context = json!({
        "user_id": USER,
        "tenant_id": "acme",
        "webhook_id": ID,
        "auth_method": "webhook",
        "verified": "pending",
    });
    assert_eq!(came.is_allowed()["context"], context);
    assert_eq!(came.log["webhook"], ID);
    assert_eq!(came.log["subject"], USER);
    assert_eq!(came.log["tenant"], "acme");
}

#[test]
fn a_signature_over_the_headers_is_verified() {
    let stack = Stack::with_webhook("rfc9421");
    let headers = rfc9421(ID, SECRET, &made_now("n-1"), BODY);
    let mut function = stack.function();
    let came = function.answer(&at_the_gate(&headers));
    assert_eq!(came.is_allowed()["context"]["verified"], "headers");
    assert_eq!(came.log["secret_version"], "current");

    let other = rfc9421(ID, "another-secret-of-somebody", &made_now("n-2"), BODY);
    function
        .answer(&at_the_gate(&other))
        .is_denied("SIGNATURE_INVALID", "the signature is not one of the webhook's secret");
}

#[test]
fn who_is_not_registered_is_unknown() {
    let stack = Stack::with_webhook("portcullis");
    let headers = portcullis("wh_nobody", SECRET, BODY);
    stack
        .function()
        .answer(&at_the_gate(&headers))
        .is_denied("WEBHOOK_UNKNOWN", "the webhook is not registered");
}

#[test]
fn a_revocation_counts_from_the_next_event_on() {
    let stack = Stack::with_webhook("portcullis");
    let faults = stack.faults();
    let mut function = stack.function_behind(&faults);
    let event = at_the_gate(&signed(SECRET, BODY));
    function.answer(&event).is_allowed();
    stack.update(ID, &json!({ "status": "revoked" }));
    let revoked = function.answer(&event);
    revoked.is_denied("WEBHOOK_UNKNOWN", "the webhook is revoked");
    stack.update(ID, &json!({ "status": "active" }));
    function.answer(&event).is_allowed();
    // MiniStack reads consistently whether it is asked to or not; DynamoDB does not.
    let reads = faults.requests("GetItem");
    assert!(reads.iter().all(|read| read["ConsistentRead"] == true), "{reads:?}");

    // From outside, revoked is unknown.
    let unknown = function.answer(&at_the_gate(&portcullis("wh_nobody", SECRET, BODY)));
    assert_eq!(revoked.answer, unknown.answer);
}

#[test]
fn an_id_that_can_be_none_is_not_looked_up() {
    let stack = Stack::with_webhook("portcullis");
    let faults = stack.faults();
    let mut function = stack.function_behind(&faults);
    function.answer(&at_the_gate(&signed(SECRET, BODY))).is_allowed();
    let asked = faults.requests("GetItem").len();
    let long = "a".repeat(4096);
    for id in ["wh_orders\n", "", &long, "wh_orders ", "../wh_orders", "wh_ördérs"] {
        let came = function.answer(&at_the_gate(&portcullis(id, SECRET, BODY)));
        came.is_denied("WEBHOOK_UNKNOWN", "the webhook's id is malformed");
    }
    let mut two = signed(SECRET, BODY);
    two.push(("X-Webhook-Id", "wh_other".to_owned()));
    let came = function.answer(&at_the_gate(&two));
    came.is_denied("WEBHOOK_UNKNOWN", "two different webhooks are named");
    assert_eq!(faults.requests("GetItem").len(), asked);
}
