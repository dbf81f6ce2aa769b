//! AWS out of reach: neither Allow nor Deny at the gate, never a success on delivery, and as before
//! once it is back.

use serde_json::{Value, json};
use tests::faults::ProofError;
use tests::runtime_api::now_seconds;
use tests::target::Does;
use tests::webhook_events::rfc9421;

use super::stack::{BODY, Came, ID, SECRET, Stack, at_the_gate, delivery, made_now, signed};

/// What cannot be asked at the gate is an error, and the gate opens when it can be asked again.
#[track_caller]
fn no_answer_at_the_gate(operation: &'static str, fault: ProofError, reason: &str) {
    // Of all schemes the one that asks for the secret at the gate.
    let stack = Stack::with_webhook("rfc9421");
    let faults = stack.faults();
    let mut function = stack.function_behind(&faults);
    let event = at_the_gate(&rfc9421(ID, SECRET, &made_now("n-1"), BODY));
    faults.breaks(operation, fault);
    function.answer(&event).is_an_error("UNAVAILABLE", reason);
    faults.mend();
    function.answer(&event).is_allowed();
}

/// What cannot be asked on delivery is a 503, nothing is forwarded, and the sender's next try
/// comes through.
#[track_caller]
fn no_delivery(operation: &'static str, fault: ProofError, reason: &str) {
    let stack = Stack::remembering("portcullis");
    let faults = stack.faults();
    let mut function = stack.function_behind(&faults);
    let event = delivery(&signed(SECRET, BODY), BODY);
    faults.breaks(operation, fault);
    function.answer(&event).is_answered(503, "UNAVAILABLE", reason);
    assert!(stack.target.events().is_empty());
    faults.mend();
    function.answer(&event).is_delivered();
    assert_eq!(stack.target.events().len(), 1);
}

#[track_caller]
fn neither(operation: &'static str, fault: ProofError, reason: &str) {
    no_answer_at_the_gate(operation, fault, reason);
    no_delivery(operation, fault, reason);
}

#[test]
fn the_registry_is_throttled() {
    neither(
        "GetItem",
        ProofError::Throttled,
        "DynamoDB could not be asked for the webhook: ProvisionedThroughputExceededException",
    );
}

#[test]
fn the_registry_may_not_be_read() {
    neither(
        "GetItem",
        ProofError::Denied,
        "DynamoDB could not be asked for the webhook: AccessDeniedException",
    );
}

#[test]
fn the_registry_has_trouble_of_its_own() {
    neither(
        "GetItem",
        ProofError::Broken,
        "DynamoDB could not be asked for the webhook: InternalServerError",
    );
}

#[test]
fn the_registry_is_out_of_reach() {
    neither(
        "GetItem",
        ProofError::Closed,
        "DynamoDB could not be asked for the webhook: it cannot be reached",
    );
}

#[test]
fn the_registry_is_silent() {
    no_answer_at_the_gate(
        "GetItem",
        ProofError::Silent,
        "DynamoDB could not be asked for the webhook: it took too long",
    );
}

#[test]
fn the_secrets_are_throttled() {
    neither(
        "GetSecretValue",
        ProofError::Throttled,
        "Secrets Manager could not be asked for the webhook's secret: ThrottlingException",
    );
}

#[test]
fn the_secrets_may_not_be_read() {
    neither(
        "GetSecretValue",
        ProofError::Denied,
        "Secrets Manager could not be asked for the webhook's secret: AccessDeniedException",
    );
}

#[test]
fn the_secrets_have_trouble_of_their_own() {
    neither(
        "GetSecretValue",
        ProofError::Broken,
        "Secrets Manager could not be asked for the webhook's secret: InternalServiceError",
    );
}

#[test]
fn the_secrets_are_out_of_reach() {
    neither(
        "GetSecretValue",
        ProofError::Closed,
        "Secrets Manager could not be asked for the webhook's secret: it cannot be reached",
    );
}

#[test]
fn the_secrets_are_silent() {
    no_delivery(
        "GetSecretValue",
        ProofError::Silent,
        "Secrets Manager could not be asked for the webhook's secret: it took too long",
    );
}

#[test]
fn what_was_seen_cannot_be_written() {
    no_delivery(
        "PutItem",
        ProofError::Throttled,
        "DynamoDB could not be asked to remember the delivery: ProvisionedThroughputExceededException",
    );
    no_delivery(
        "PutItem",
        ProofError::Denied,
        "DynamoDB could not be asked to remember the delivery: AccessDeniedException",
    );
    no_delivery(
        "PutItem",
        ProofError::Closed,
        "DynamoDB could not be asked to remember the delivery: it cannot be reached",
    );
}

#[test]
fn the_target_cannot_be_asked() {
    no_delivery(
        "Invoke",
        ProofError::Throttled,
        "Lambda could not be asked to take the delivery: TooManyRequestsException",
    );
    no_delivery(
        "Invoke",
        ProofError::Denied,
        "Lambda could not be asked to take the delivery: AccessDeniedException",
    );
    no_delivery(
        "Invoke",
        ProofError::Broken,
        "Lambda could not be asked to take the delivery: ServiceException",
    );
}

/// One request that goes wrong is not worth an outage.
#[track_caller]
fn is_asked_again(operation: &'static str) {
    for fault in [ProofError::Throttled, ProofError::Broken, ProofError::Closed] {
        let stack = Stack::remembering("portcullis");
        let faults = stack.faults();
        let mut function = stack.function_behind(&faults);
        let headers = signed(SECRET, BODY);
        // What is asked at start is not what is to be broken.
        function.answer(&at_the_gate(&headers)).is_allowed();
        faults.breaks_once(operation, fault);
        function.answer(&delivery(&headers, BODY)).is_delivered();
    }
}

#[test]
fn the_registry_is_asked_again() {
    is_asked_again("GetItem");
}

#[test]
fn the_secrets_are_asked_for_again() {
    is_asked_again("GetSecretValue");
}

#[test]
fn what_was_seen_is_written_again() {
    is_asked_again("PutItem");
}

/// The write was made and its answer was lost: asked again, the delivery is the function's own.
#[test]
fn a_lost_answer_does_not_make_a_delivery_a_replay() {
    let stack = Stack::remembering("portcullis");
    let faults = stack.faults();
    faults.breaks_once("PutItem", ProofError::Lost);
    let event = delivery(&signed(SECRET, BODY), BODY);
    stack.function_behind(&faults).answer(&event).is_delivered();
    assert_eq!(faults.requests("PutItem").len(), 2);
    assert_eq!(stack.target.events().len(), 1);
}

/// Nobody can say whether it was written: it is forgotten, or the sender's next try would be refused
/// without anybody having had the delivery.
#[test]
fn what_may_have_been_written_is_forgotten() {
    let reason = "DynamoDB could not be asked to remember the delivery: it cannot be reached";
    no_delivery("PutItem", ProofError::Lost, reason);
}

/// What is asked for twice is not there the second time, which is as good.
#[test]
fn a_lost_answer_does_not_keep_a_delivery_remembered() {
    let stack = Stack::remembering("portcullis");
    let faults = stack.faults();
    stack.target.does(Does::Fail("told to"));
    faults.breaks_once("DeleteItem", ProofError::Lost);
    let came = stack.function_behind(&faults).answer(&delivery(&signed(SECRET, BODY), BODY));
    came.is_answered(502, "TARGET_FAILED", "the target function failed");
    assert_eq!(faults.requests("DeleteItem").len(), 2);
    assert_eq!(came.warnings, "");
    assert!(stack.aws.rows(&stack.replays).is_empty());
}

/// Nobody can say whether the target has begun: a second invocation would be a second delivery.
#[test]
fn an_invocation_is_never_made_twice() {
    for fault in [ProofError::Lost, ProofError::Broken, ProofError::Throttled] {
        let stack = Stack::remembering("portcullis");
        let faults = stack.faults();
        faults.breaks_once("Invoke", fault);
        let event = delivery(&signed(SECRET, BODY), BODY);
        let came = stack.function_behind(&faults).answer(&event);
        assert_eq!(came.answer.as_ref().unwrap()["statusCode"], 503, "{came:?}");
        assert_eq!(faults.requests("Invoke").len(), 1);
    }
}

/// What failed and cannot be released is said, and the sender is told to wait until the claim ends by
/// itself.
#[test]
fn what_cannot_be_released_is_said() {
    let stack = Stack::remembering("portcullis");
    let faults = stack.faults();
    let mut function = stack.function_behind(&faults);
    let event = delivery(&signed(SECRET, BODY), BODY);
    stack.target.does(Does::Fail("told to"));
    faults.breaks("DeleteItem", ProofError::Denied);
    let came = function.answer(&event);
    assert_eq!(came.answer.as_ref().unwrap()["statusCode"], 502);
    assert_eq!(warned(&came), "a delivery that failed cannot come again for a while");
    faults.mend();
    stack.target.does(Does::Echo);
    let wait = "the same delivery is being forwarded, and may still fail";
    function.answer(&event).is_answered(503, "UNAVAILABLE", wait);
    let mut row = stack.aws.rows(&stack.replays).remove(0);
    row["ttl"] = json!(now_seconds() - 1);
    stack.aws.put_row(&stack.replays, &row);
    function.answer(&event).is_delivered();
}

/// The target has had it, so the sender is not told otherwise.
#[test]
fn what_cannot_be_kept_is_said() {
    let stack = Stack::remembering("portcullis");
    let faults = stack.faults();
    faults.breaks("UpdateItem", ProofError::Denied);
    let came = stack.function_behind(&faults).answer(&delivery(&signed(SECRET, BODY), BODY));
    came.is_delivered();
    assert_eq!(warned(&came), "a delivery is remembered for a short time only");
    let rows = stack.aws.rows(&stack.replays);
    let [row] = &rows[..] else { panic!("one row: {rows:?}") };
    assert!(row["ttl"].as_u64().unwrap() <= now_seconds() + 30, "{row}");
    assert!(row.get("handed_over").is_none(), "{row}");
}

/// The last warning of what came.
fn warned(came: &Came) -> String {
    let warning: Value = serde_json::from_str(came.warnings.lines().last().unwrap()).unwrap();
    assert_eq!(warning["level"], "WARN");
    warning["message"].as_str().unwrap().to_owned()
}
