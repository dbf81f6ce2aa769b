//! A target that fails, is out of reach or takes too long: never a success, and the sender may try
//! again.

use std::time::Duration;

use serde_json::{Value, json};
use tests::target::Does;

use super::stack::{BODY, Came, SECRET, Stack, delivery, signed};

fn event() -> Value {
    delivery(&signed(SECRET, BODY), BODY)
}

/// Nothing stays remembered, and the next try comes through.
#[track_caller]
fn a_retry_comes_through(stack: &Stack) {
    assert!(stack.aws.rows(&stack.replays).is_empty());
    stack.target.does(Does::Echo);
    stack.function().answer(&event()).is_delivered();
}

#[test]
fn it_raises_an_error() {
    let stack = Stack::with_webhook("portcullis");
    stack.target.does(Does::Fail("its own trouble"));
    let came = stack.function().answer(&event());
    came.is_answered(502, "TARGET_FAILED", "the target function failed");
    is_silent_about("its own trouble", &came);
    a_retry_comes_through(&stack);
}

#[test]
fn it_answers_what_is_no_answer() {
    for answer in [json!(null), json!("fine"), json!([])] {
        let stack = Stack::with_webhook("portcullis");
        stack.target.does(Does::Answer(answer));
        let came = stack.function().answer(&event());
        came.is_answered(
            502,
            "TARGET_FAILED",
            "the target function's answer is no JSON object with a `statusCode`",
        );
        a_retry_comes_through(&stack);
    }
}

#[test]
fn it_is_not_there() {
    let stack = Stack::with_webhook("portcullis");
    let came = stack.start(&[("TARGET_FUNCTION", "nobody")]).answer(&event());
    came.is_answered(
        503,
        "UNAVAILABLE",
        "Lambda could not be asked to take the delivery: ResourceNotFoundException",
    );
    a_retry_comes_through(&stack);
}

#[test]
fn it_has_no_capacity_left() {
    let stack = Stack::with_webhook("portcullis");
    stack.aws.limit(stack.target.name(), 0);
    let came = stack.function().answer(&event());
    came.is_answered(
        503,
        "UNAVAILABLE",
        "Lambda could not be asked to take the delivery: TooManyRequestsException",
    );
    assert!(stack.target.events().is_empty());
    stack.aws.limit(stack.target.name(), 5);
    a_retry_comes_through(&stack);
}

/// The function keeps a second for putting things in order: of two, the target gets one.
#[test]
fn it_takes_too_long() {
    let stack = Stack::with_webhook("portcullis");
    stack.target.does(Does::Hang);
    let mut function = stack.function().with_time(Duration::from_secs(2));
    let came = function.answer(&event());
    came.is_answered(
        503,
        "UNAVAILABLE",
        "Lambda could not be asked to take the delivery: it took too long",
    );
    a_retry_comes_through(&stack);
}

#[track_caller]
fn is_silent_about(text: &str, came: &Came) {
    assert!(!format!("{came:?}").contains(text), "{came:?}");
}
