//! Secrets: rotated without a restart, and refused where they can be no key.

use serde_json::json;

use super::stack::{BODY, Came, ID, Running, SECRET, Stack, delivery, row, signed};

const SECOND: &str = "sesame-sesame-the-second";

/// A delivery of its own, signed with `secret`.
fn deliver(function: &mut Running, secret: &str, number: u32) -> Came {
    let body = number.to_string();
    function.answer(&delivery(&signed(secret, body.as_bytes()), body.as_bytes()))
}

/// MiniStack moves the labels as AWS does, and `CreatedDate` is the version's own on both.
#[test]
fn a_rotation_needs_no_restart() {
    let stack = Stack::with_webhook("portcullis");
    let mut function = stack.function();
    let verified_by = |came: &Came| {
        came.is_delivered();
        came.log["secret_version"].as_str().unwrap().to_owned()
    };
    assert_eq!(verified_by(&deliver(&mut function, SECRET, 1)), "current");
    stack.aws.rotate_secret(&stack.secret_name(ID), SECOND);
    assert_eq!(verified_by(&deliver(&mut function, SECOND, 2)), "current");
    assert_eq!(verified_by(&deliver(&mut function, SECRET, 3)), "previous");
    assert_eq!(verified_by(&deliver(&mut function, SECOND, 4)), "current");
    // And so it is for a function that starts now.
    assert_eq!(verified_by(&deliver(&mut stack.function(), SECRET, 5)), "previous");
}

#[test]
fn without_an_overlap_the_old_secret_is_worth_nothing() {
    let stack = Stack::with_webhook("portcullis");
    stack.update(ID, &json!({ "secret_overlap_seconds": 0 }));
    stack.aws.rotate_secret(&stack.secret_name(ID), SECOND);
    let mut function = stack.function();
    deliver(&mut function, SECOND, 1).is_delivered();
    deliver(&mut function, SECRET, 2).is_answered(
        403,
        "SIGNATURE_INVALID",
        "the signature is not one of the webhook's secret",
    );
}

#[test]
fn the_row_may_name_the_secret() {
    let stack = Stack::new();
    let mut row = row(ID, "portcullis");
    row["secret_id"] = json!(stack.secret_name("somewhere-else"));
    stack.aws.put_row(&stack.webhooks, &row);
    stack.aws.create_secret(&stack.secret_name("somewhere-else"), SECRET);
    deliver(&mut stack.function(), SECRET, 1).is_delivered();
}

#[test]
fn another_webhook_s_secret_is_worth_nothing() {
    let stack = Stack::with_webhook("portcullis");
    stack.register("wh_other", "portcullis", SECOND);
    deliver(&mut stack.function(), SECOND, 1).is_answered(
        403,
        "SIGNATURE_INVALID",
        "the signature is not one of the webhook's secret",
    );
}

/// Guessing must not become a flood of questions: each time it is asked for both versions.
#[test]
fn bad_signatures_cause_one_more_question() {
    let stack = Stack::with_webhook("portcullis");
    let faults = stack.faults();
    let mut function = stack.function_behind(&faults);
    deliver(&mut function, SECRET, 0).is_delivered();
    let asked = || faults.requests("GetSecretValue").len();
    let at_first = asked();
    assert_eq!(at_first, 2);
    for number in 1..6 {
        let came = deliver(&mut function, "not-the-secret-at-all", number);
        came.is_answered(
            403,
            "SIGNATURE_INVALID",
            "the signature is not one of the webhook's secret",
        );
    }
    assert_eq!(asked(), 2 * at_first);
    // What is known still verifies.
    deliver(&mut function, SECRET, 6).is_delivered();
}

/// A webhook whose secret is what `make` leaves of it. In `reason`, `{name}` is the secret's name.
#[track_caller]
fn cannot_be_used(make: impl Fn(&Stack, &str), reason: &str) {
    let stack = Stack::new();
    stack.aws.put_row(&stack.webhooks, &row(ID, "portcullis"));
    let name = stack.secret_name(ID);
    make(&stack, &name);
    let came = stack.function().answer(&delivery(&signed(SECRET, BODY), BODY));
    came.is_answered(500, "MISCONFIGURED", &reason.replace("{name}", &name));
    assert!(stack.target.events().is_empty());
}

#[test]
fn a_secret_that_is_not_there() {
    cannot_be_used(|_, _| (), "the secret `{name}` is not there");
}

#[test]
fn a_secret_that_is_marked_for_deletion() {
    cannot_be_used(
        |stack, name| {
            stack.aws.create_secret(name, SECRET);
            stack.aws.delete_secret(name);
        },
        "Secrets Manager could not be asked for the webhook's secret: InvalidRequestException",
    );
}

#[test]
fn a_secret_that_is_binary() {
    cannot_be_used(
        |stack, name| stack.aws.create_binary_secret(name, SECRET.as_bytes()),
        "the secret `{name}` is binary: it must be a text",
    );
}

#[test]
fn a_secret_that_is_blank() {
    cannot_be_used(
        |stack, name| stack.aws.create_secret(name, "                        "),
        "the secret `{name}`: the secret is empty",
    );
}

#[test]
fn a_secret_that_is_short() {
    cannot_be_used(
        |stack, name| stack.aws.create_secret(name, "fifteen letters"),
        "the secret `{name}`: the secret is shorter than 16 bytes",
    );
}
