//! What a policy says of a request.

use local::gateway::{Gateway, Incoming, NoteKind, Outcome, Verdict};
use serde_json::{Value, json};

use super::{
    EXPLICIT, FAILED, FORBIDDEN, Function, IMPLICIT, UNKNOWN, at, get, handle, header, http,
    http_2, notes, policy, policy_of, rest, seen, token, websocket,
};

const YES: &str = "to GET /a";

fn outcome_of(answer: &Value, incoming: &Incoming) -> Outcome {
    let gateway = Gateway::new(rest(token(0))).unwrap();
    handle(&gateway, &Function::answers(answer), incoming, at(0))
}

#[track_caller]
fn check(statements: &Value, expected: &str) -> Outcome {
    let outcome = outcome_of(&policy_of(statements), &get("/prod/a"));
    assert_eq!(seen(&outcome), expected, "{statements} {:?}", outcome.trace);
    outcome
}

/// A statement about everything, with these members on top.
fn statement(effect: &str, members: Value) -> Value {
    let mut statement =
        json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": "*" });
    let Value::Object(members) = members else { panic!("members are an object") };
    for (name, value) in members {
        match value {
            Value::Null => drop(statement.as_object_mut().unwrap().remove(&name)),
            value => statement[name] = value,
        }
    }
    statement
}

#[test]
fn an_explicit_deny_outweighs_an_allow() {
    let check = |statements: &[(&str, &str)], expected: &str, verdict: Verdict| {
        let outcome = outcome_of(&policy(statements), &get("/prod/a"));
        assert_eq!(seen(&outcome), expected, "{statements:?}");
        assert_eq!(outcome.trace.verdict, Some(verdict), "{statements:?}");
    };
    let allow = |statement| Verdict::Allow { statement };
    let deny = |statement| Verdict::ExplicitDeny { statement };
    check(&[("Allow", "GET/a")], YES, allow(0));
    check(&[("Allow", "GET/b"), ("Allow", "*"), ("Allow", "GET/a")], YES, allow(1));
    check(&[("Allow", "GET/a"), ("Deny", "GET/b")], YES, allow(0));
    check(&[("Allow", "GET/a"), ("Deny", "GET/a")], EXPLICIT, deny(1));
    check(&[("Deny", "GET/*"), ("Allow", "GET/a")], EXPLICIT, deny(0));
    check(&[("Deny", "*")], EXPLICIT, deny(0));
    check(&[("Allow", "POST/a")], IMPLICIT, Verdict::ImplicitDeny);
    check(&[("Deny", "GET/b")], IMPLICIT, Verdict::ImplicitDeny);
    check(&[], IMPLICIT, Verdict::ImplicitDeny);
}

#[test]
fn resources_are_globs_over_the_whole_arn() {
    let check = |tail: &str, expected: &str| {
        let outcome = outcome_of(&policy(&[("Allow", tail)]), &get("/prod/users/a:b"));
        assert_eq!(seen(&outcome), expected, "{tail}");
    };
    let yes = "to GET /users/{id}";
    check("GET/users/a:b", yes);
    check("*/users/*", yes);
    check("GET/users/?:?", yes);
    check("GET/users/*b", yes);
    check("GET/users/?", IMPLICIT);
    check("GET/Users/*", IMPLICIT);
    check("GET/users/{id}", IMPLICIT);
    check("GET/users", IMPLICIT);
}

#[test]
fn elements_of_a_statement() {
    let allow = |members: Value| json!([statement("Allow", members)]);
    check(&json!(statement("Allow", json!({}))), YES);
    check(&allow(json!({ "Action": "*" })), YES);
    check(&allow(json!({ "Action": ["s3:*", "execute-api:*"] })), YES);
    check(&allow(json!({ "Action": "EXECUTE-API:invoke" })), YES);
    check(&allow(json!({ "Action": "execute-api:ManageConnections" })), IMPLICIT);
    check(&allow(json!({ "Action": "s3:GetObject" })), IMPLICIT);
    check(&allow(json!({ "Sid": "first" })), YES);
    check(&allow(json!({ "Resource": ["arn:aws:execute-api:*:*:*/prod/GET/a"] })), YES);
    check(&allow(json!({ "Resource": "arn:aws:execute-api:us-east-1:*:*" })), IMPLICIT);
    let not = |effect, name: &str, value: &str| {
        let plain = name.strip_prefix("Not").unwrap();
        let members = json!({ plain: null, name: value });
        json!([statement("Allow", json!({})), statement(effect, members)])
    };
    let arn = |tail: &str| format!("{}{tail}", tests::events::PREFIX);
    for (statements, expected) in [
        (not("Deny", "NotResource", &arn("GET/b")), EXPLICIT),
        (not("Deny", "NotResource", &arn("GET/a")), YES),
        (not("Deny", "NotAction", "execute-api:Invoke"), YES),
        (not("Deny", "NotAction", "s3:*"), EXPLICIT),
    ] {
        let outcome = check(&statements, expected);
        assert!(notes(&outcome, NoteKind::Assumed, "is evaluated as IAM documents it"));
    }
}

#[test]
fn conditions_on_the_address() {
    let check = |operator: &str, networks: Value, expected: &str| {
        let members = json!({ "Condition": { operator: { "aws:SourceIp": networks } } });
        check(&json!([statement("Allow", members)]), expected);
    };
    check("IpAddress", json!("203.0.113.7"), YES);
    check("IpAddress", json!("203.0.113.0/24"), YES);
    check("IpAddress", json!(["192.0.2.0/24", "203.0.113.7/32"]), YES);
    check("IpAddress", json!("203.0.113.9/24"), YES);
    check("IpAddress", json!("192.0.2.0/24"), IMPLICIT);
    check("IpAddress", json!("2001:db8::/32"), IMPLICIT);
    check("NotIpAddress", json!("192.0.2.0/24"), YES);
    check("NotIpAddress", json!(["192.0.2.0/24", "203.0.113.0/24"]), IMPLICIT);
    check("IpAddress", json!("localhost"), FAILED);
    check("IpAddress", json!([]), FAILED);
    check("IpAddress", json!(7), FAILED);
    check("IpAddress", json!(null), FAILED);
}

#[test]
fn conditions_on_the_time() {
    let check = |operator: &str, times: Value, expected: &str| {
        let members = json!({ "Condition": { operator: { "aws:CurrentTime": times } } });
        let outcome = check(&json!([statement("Allow", members)]), expected);
        let assumed = notes(&outcome, NoteKind::Assumed, "`aws:CurrentTime`");
        assert_eq!(assumed, expected != FAILED, "{operator}");
    };
    // The clock of the tests stands at 00:01.
    let (before, now, after) =
        ("2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2027-01-01T00:00:00Z");
    check("DateLessThan", json!(after), YES);
    check("DateLessThan", json!(now), IMPLICIT);
    check("DateLessThanEquals", json!(now), YES);
    check("DateGreaterThan", json!(before), YES);
    check("DateGreaterThan", json!(now), IMPLICIT);
    check("DateGreaterThanEquals", json!([after, now]), YES);
    check("DateEquals", json!(now), YES);
    check("DateEquals", json!("1767225660"), YES);
    check("DateEquals", json!([before, after]), IMPLICIT);
    check("DateNotEquals", json!([before, after]), YES);
    check("DateNotEquals", json!([before, now]), IMPLICIT);
    check("DateLessThan", json!("tomorrow"), FAILED);
}

#[test]
fn all_conditions_must_hold() {
    let condition = |network: &str, time: &str| {
        let condition = json!({
            "IpAddress": { "AWS:SourceIP": network },
            "DateLessThan": { "aws:CurrentTime": time },
        });
        json!([statement("Allow", json!({ "Condition": condition }))])
    };
    check(&condition("203.0.113.0/24", "2027-01-01T00:00:00Z"), YES);
    check(&condition("192.0.2.0/24", "2027-01-01T00:00:00Z"), IMPLICIT);
    check(&condition("203.0.113.0/24", "2025-01-01T00:00:00Z"), IMPLICIT);
    check(&json!([statement("Allow", json!({ "Condition": {} }))]), YES);
}

#[test]
fn what_is_not_known_is_refused() {
    let refused = |members: Value, text: &str| {
        let outcome = check(&json!([statement("Allow", members)]), FAILED);
        assert!(notes(&outcome, NoteKind::Refused, text), "{:?}", outcome.trace.notes);
    };
    let condition =
        |operator: &str, key: &str| json!({ "Condition": { operator: { key: "203.0.113.7" } } });
    refused(condition("StringEquals", "aws:SourceIp"), "operator or key");
    refused(condition("IpAddressIfExists", "aws:SourceIp"), "operator or key");
    refused(condition("IpAddress", "aws:VpcSourceIp"), "operator or key");
    refused(condition("DateLessThan", "aws:EpochTime"), "operator or key");
    refused(json!({ "Resource": "arn:aws:execute-api:*:*:*/${aws:userid}" }), "policy variable");
    refused(json!({ "Resource": "arn:*:abcdef1234/prod/GET/a" }), "across a `:`");
    refused(json!({ "Principal": "*" }), "a member");
}

#[test]
fn http_and_websocket_apis_say_it_in_their_own_words() {
    let check = |answer: &Value, expected: &str| {
        let answer = Function::answers(answer);
        let gateway = Gateway::new(http(http_2(false, 0))).unwrap();
        assert_eq!(seen(&handle(&gateway, &answer, &get("/a"), at(0))), expected);
    };
    let arn = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/$default/GET/a";
    let of = |effect: &str, arn: &str| {
        policy_of(&json!([{ "Action": "execute-api:Invoke", "Effect": effect, "Resource": arn }]))
    };
    check(&of("Allow", arn), YES);
    check(&of("Deny", arn), FORBIDDEN);
    check(&of("Allow", "arn:aws:execute-api:*:*:*/$default/GET/b"), FORBIDDEN);
    let check = |answer: &Value, expected: &str| {
        let gateway = Gateway::new(websocket(&[])).unwrap();
        let outcome = handle(&gateway, &Function::answers(answer), &get("/prod"), at(0));
        assert_eq!(seen(&outcome), expected);
    };
    let refused = r#"403 {"connectionId":"b1c2d3e4","message":"Forbidden","requestId":"b1c2d3e4"}"#;
    check(&policy(&[("Allow", "$connect")]), "to $connect");
    check(&policy(&[("Deny", "$connect")]), refused);
    check(&policy(&[("Allow", "$disconnect")]), refused);
}

#[test]
fn an_arn_that_is_too_long_is_refused() {
    let gateway = Gateway::new(rest(token(0))).unwrap();
    let function = Function::answers(&super::allow());
    let check = |length: usize, expected: &str| {
        let path = format!("/prod/users/{}", "a".repeat(length));
        let outcome = handle(&gateway, &function, &get(&path), at(0));
        assert_eq!(seen(&outcome), expected, "{length}");
        assert_eq!(header(&outcome, "x-amzn-errortype"), None);
    };
    let prefix = tests::events::PREFIX.len() + "GET/users/".len();
    check(1600 - prefix, "to GET /users/{id}");
    check(1601 - prefix, UNKNOWN);
}
