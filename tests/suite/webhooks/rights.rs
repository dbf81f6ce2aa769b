//! A role allows what the function asks AWS for: no operation less, and none more.

use std::collections::BTreeSet;

use tests::faults::FaultyAws;
use tests::lookup;
use tests::target::Does;
use tests::webhook_events::rfc9421;
use webhook_authorizer::config::Config;

use super::stack::{BODY, ID, SECRET, Stack, at_the_gate, delivery, made_now, signed};

/// The IAM actions that a function with these `STEPS` needs.
fn needed(steps: &str) -> BTreeSet<&'static str> {
    let mut settings = vec![("STEPS", steps), ("WEBHOOK_TABLE", "w")];
    if steps.contains("delivery") {
        settings.extend([("REPLAY_TABLE", "r"), ("TARGET_FUNCTION", "t")]);
    }
    let config = Config::read(|name| lookup(&settings, name)).unwrap();
    config.iam_actions().into_iter().flat_map(|(_, actions)| actions).copied().collect()
}

/// The actions that stand for what was requested:
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html>.
fn requested(faults: &FaultyAws) -> BTreeSet<String> {
    let action = |operation: String| match operation.as_str() {
        "GetSecretValue" => format!("secretsmanager:{operation}"),
        "Invoke" => "lambda:InvokeFunction".to_owned(),
        _ => format!("dynamodb:{operation}"),
    };
    faults.operations().into_iter().map(action).collect()
}

#[test]
fn a_gate_needs_what_it_requests() {
    // Of all schemes the one that looks up the secret at the gate.
    let stack = Stack::with_webhook("rfc9421");
    let faults = stack.faults();
    let mut function = stack.function_behind(&faults);
    function.answer(&at_the_gate(&rfc9421(ID, SECRET, &made_now("n-1"), BODY))).is_allowed();
    let needed: Vec<_> = needed("gate").into_iter().collect();
    assert_eq!(needed, ["dynamodb:GetItem", "secretsmanager:GetSecretValue"]);
    assert_eq!(requested(&faults).into_iter().collect::<Vec<_>>(), needed);
}

#[test]
fn a_delivery_needs_what_it_requests() {
    let stack = Stack::remembering("portcullis");
    let faults = stack.faults();
    let mut function = stack.function_behind(&faults);
    let deliver = |body: &[u8]| delivery(&signed(SECRET, body), body);
    function.answer(&deliver(BODY)).is_delivered();
    // A claim is released where the target fails.
    stack.target.does(Does::Fail("told to"));
    let failed = function.answer(&deliver(b"{}"));
    assert_eq!(failed.log["code"], "TARGET_FAILED");
    let needed: Vec<_> = needed("delivery").into_iter().collect();
    assert_eq!(
        needed,
        [
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "lambda:InvokeFunction",
            "secretsmanager:GetSecretValue"
        ]
    );
    assert_eq!(requested(&faults).into_iter().collect::<Vec<_>>(), needed);
}
