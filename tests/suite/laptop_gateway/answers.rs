//! What an authorizer may answer, and what comes of anything else.

use local::gateway::{
    Api, ApiKind, AuthorizerKind, Consulted, Done, Gateway, NoteKind, Outcome, PayloadFormat,
};
use serde_json::{Value, json};

use super::{
    FAILED, FORBIDDEN, Function, INTERNAL, UNAUTHORIZED, allow, at, authorizer, forwarded, get,
    handle, header, http, http_2, notes, rest, seen, token, websocket,
};

/// The path that each API of the tests has.
fn path(api: &Api) -> &'static str {
    match api.kind {
        ApiKind::Rest => "/prod/a",
        ApiKind::Http => "/a",
        ApiKind::WebSocket => "/prod",
    }
}

#[track_caller]
fn check(api: Api, answer: Result<String, &str>, expected: &str) -> Outcome {
    let path = path(&api);
    let gateway = Gateway::new(api).unwrap();
    let function = Function::says(answer.map_err(str::to_owned));
    let outcome = handle(&gateway, &function, &get(path), at(0));
    assert_eq!(seen(&outcome), expected, "{:?}", outcome.trace);
    assert_eq!(outcome.trace.consulted, Consulted::Function);
    outcome
}

/// `allow()` with `value` at the JSON pointer `at`, or without it where `value` is `"remove"`.
fn with(at: &str, value: Value) -> String {
    let mut answer = allow();
    let (parent, name) = at.rsplit_once('/').unwrap();
    let parent = answer.pointer_mut(parent).unwrap();
    match (value == "remove", parent) {
        (true, Value::Object(members)) => drop(members.remove(name)),
        (_, parent @ Value::Object(_)) => parent[name] = value,
        (_, parent) => parent[name.parse::<usize>().unwrap()] = value,
    }
    answer.to_string()
}

const REFUSED_WS: &str =
    r#"500 {"connectionId":"b1c2d3e4","message":"Internal server error","requestId":"b1c2d3e4"}"#;

#[test]
fn a_malformed_answer_is_a_500() {
    let document = "/policyDocument";
    let statement = "/policyDocument/Statement/0";
    let in_document = |name: &str| format!("{document}/{name}");
    let in_statement = |name: &str| format!("{statement}/{name}");
    let long = format!("arn:aws:execute-api:*:*:*/{}*", "a".repeat(512));
    let answers = [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "\"Allow\"".to_owned(),
        "{}".to_owned(),
        "{".to_owned(),
        allow().to_string().replacen("\"Effect\"", "\"Effect\":\"Deny\",\"Effect\"", 1),
        json!({ "isAuthorized": true }).to_string(),
        json!({ "statusCode": 401, "body": "no" }).to_string(),
        with("/principalId", json!("remove")),
        with("/principalId", json!(null)),
        with("/principalId", json!("")),
        with("/principalId", json!(7)),
        with("/policyDocument", json!("remove")),
        with("/policyDocument", json!(null)),
        with("/policyDocument", json!("{}")),
        with("/context", json!(null)),
        with("/context", json!([])),
        with("/context/tenant", json!(null)),
        with("/context/tenant", json!(["acme"])),
        with("/context/tenant", json!({ "id": "acme" })),
        with("/usageIdentifierKey", json!(null)),
        with(&in_document("Version"), json!(null)),
        with(&in_document("Version"), json!("2012-10-18")),
        with(&in_document("Statement"), json!("remove")),
        with(&in_document("Statement"), json!(null)),
        with(&in_document("Statement"), json!("Allow")),
        with(statement, json!(null)),
        with(statement, json!([])),
        with(&in_statement("Effect"), json!("remove")),
        with(&in_statement("Effect"), json!(null)),
        with(&in_statement("Effect"), json!("allow")),
        with(&in_statement("Effect"), json!("Permit")),
        with(&in_statement("Action"), json!("remove")),
        with(&in_statement("Action"), json!(null)),
        with(&in_statement("Action"), json!([])),
        with(&in_statement("Action"), json!([null])),
        with(&in_statement("NotAction"), json!("s3:*")),
        with(&in_statement("Resource"), json!("remove")),
        with(&in_statement("Resource"), json!(null)),
        with(&in_statement("Resource"), json!([])),
        with(&in_statement("Resource"), json!({})),
        with(&in_statement("Resource"), json!(long)),
        with(&in_statement("NotResource"), json!(null)),
        with(&in_statement("Condition"), json!(null)),
        with(&in_statement("Condition"), json!([])),
        with(&in_statement("Condition"), json!({ "IpAddress": "203.0.113.7" })),
        with(&in_statement("Sid"), json!(1)),
    ];
    for answer in answers {
        let outcome = check(rest(token(300)), Ok(answer.clone()), FAILED);
        assert_eq!(header(&outcome, "x-amzn-errortype"), Some("AuthorizerConfigurationException"));
        assert!(outcome.trace.reason.is_some() && outcome.trace.cached_until.is_none(), "{answer}");
        check(http(http_2(false, 0)), Ok(answer.clone()), INTERNAL);
        check(websocket(&[]), Ok(answer), REFUSED_WS);
    }
}

#[test]
fn an_error_of_the_function_is_a_500_unless_it_is_unauthorized() {
    let outcome = check(rest(token(300)), Err("Unauthorized"), UNAUTHORIZED);
    assert_eq!(header(&outcome, "x-amzn-errortype"), Some("UnauthorizedException"));
    let refused =
        r#"401 {"connectionId":"b1c2d3e4","message":"Unauthorized","requestId":"b1c2d3e4"}"#;
    check(websocket(&[]), Err("Unauthorized"), refused);
    let outcome = check(http(http_2(false, 0)), Err("Unauthorized"), INTERNAL);
    assert!(notes(&outcome, NoteKind::Refused, "what an HTTP API makes of the error"));
    for message in [
        "unauthorized",
        "Unauthorized ",
        "Unauthorized.",
        "",
        "Lambda panicked: no",
        "Task timed out",
    ] {
        let outcome = check(rest(token(300)), Err(message), FAILED);
        assert_eq!(header(&outcome, "x-amzn-errortype"), Some("AuthorizerFailureException"));
        assert_eq!(outcome.trace.cached_until, None);
        check(http(http_2(true, 0)), Err(message), INTERNAL);
        check(websocket(&[]), Err(message), REFUSED_WS);
    }
}

#[test]
fn the_context_is_given_on() {
    let answer = || with("/context", json!({ "s": "a", "n": 1, "f": 1.5, "b": true }));
    let outcome = check(rest(token(0)), Ok(answer()), "to GET /a");
    let authorizer = &forwarded(&outcome)["requestContext"]["authorizer"];
    let strings = json!({ "principalId": "user", "s": "a", "n": "1", "f": "1.5", "b": "true" });
    assert_eq!(*authorizer, strings);
    let outcome = check(websocket(&[]), Ok(answer()), "to $connect");
    assert_eq!(forwarded(&outcome)["requestContext"]["authorizer"], strings);
    let outcome = check(http(http_2(false, 0)), Ok(answer()), "to GET /a");
    let authorizer = &forwarded(&outcome)["requestContext"]["authorizer"];
    assert_eq!(*authorizer, json!({ "lambda": { "s": "a", "n": 1, "f": 1.5, "b": true } }));
    let outcome = check(rest(token(0)), Ok(with("/context", json!("remove"))), "to GET /a");
    let authorizer = &forwarded(&outcome)["requestContext"]["authorizer"];
    assert_eq!(*authorizer, json!({ "principalId": "user" }));
}

/// The proxy to an upstream needs it whatever the event is like.
#[test]
fn what_the_authorizer_said_is_beside_the_event() {
    let said = |api: Api, answer: Value| {
        let (path, gateway) = (path(&api), Gateway::new(api).unwrap());
        let outcome = handle(&gateway, &Function::answers(&answer), &get(path), at(0));
        match outcome.done {
            Done::Forwarded(forward) => Value::Object(forward.authorizer),
            Done::Answered(response) => panic!("answered {}", response.body),
        }
    };
    let expected = json!({ "principalId": "user", "tenant": "acme", "code": "INSUFFICIENT_ROLE" });
    for api in [rest(token(0)), http(http_2(false, 0)), websocket(&[])] {
        assert_eq!(said(api, allow()), expected);
    }
    let simple = json!({ "isAuthorized": true, "context": { "a": [1] } });
    assert_eq!(said(http(http_2(true, 0)), simple), json!({ "a": [1] }));
    assert_eq!(said(http(http_2(true, 0)), json!({ "isAuthorized": true })), json!({}));
    // A context cannot replace the principal.
    let mut answer = allow();
    answer["context"]["principalId"] = json!("somebody");
    assert_eq!(said(rest(token(0)), answer)["principalId"], "user");
    let mut public = rest(token(0));
    public.routes.iter_mut().for_each(|route| route.authorizer = None);
    assert_eq!(said(public, Value::Null), json!({}));
}

#[test]
fn simple_answers() {
    let check = |answer: Value, expected: &str| {
        check(http(http_2(true, 0)), Ok(answer.to_string()), expected)
    };
    let outcome =
        check(json!({ "isAuthorized": true, "context": { "l": [1], "m": {} } }), "to GET /a");
    assert_eq!(outcome.trace.simple, Some(true));
    let authorizer = &forwarded(&outcome)["requestContext"]["authorizer"];
    assert_eq!(*authorizer, json!({ "lambda": { "l": [1], "m": {} } }));
    let outcome = check(json!({ "isAuthorized": true }), "to GET /a");
    let authorizer = &forwarded(&outcome)["requestContext"]["authorizer"];
    assert_eq!(*authorizer, json!({ "lambda": null }));
    let outcome = check(json!({ "isAuthorized": false, "context": {} }), FORBIDDEN);
    assert_eq!(outcome.trace.simple, Some(false));
    for answer in [
        json!({}),
        json!({ "isAuthorized": "true" }),
        json!({ "isAuthorized": 1 }),
        json!({ "isAuthorized": null }),
        json!({ "isAuthorized": true, "context": null }),
        json!({ "isAuthorized": true, "context": "acme" }),
        json!({ "isAuthorized": true, "principalId": "user" }),
        json!([true]),
        json!(true),
        json!(null),
    ] {
        check(answer, INTERNAL);
    }
    let outcome = check(allow(), INTERNAL);
    assert!(notes(&outcome, NoteKind::Refused, "the answer is a policy"));
}

#[test]
fn http_apis_take_policies_in_both_formats() {
    let kind = AuthorizerKind::Http { format: PayloadFormat::V1, simple: false };
    let api = || http(authorizer(kind.clone(), &["$request.header.Authorization"], 0));
    check(api(), Ok(allow().to_string()), "to GET /a");
    check(api(), Ok(json!({ "isAuthorized": true }).to_string()), INTERNAL);
    let nested = with("/context/tenant", json!(["acme"]));
    let outcome = check(api(), Ok(nested), INTERNAL);
    assert!(notes(&outcome, NoteKind::Refused, "a list or an object"));
}

#[test]
fn an_answer_may_be_as_long_as_its_api_takes() {
    let of = |bytes: usize| {
        let empty = with("/context/tenant", json!("")).len();
        with("/context/tenant", json!("a".repeat(bytes - empty)))
    };
    check(websocket(&[]), Ok(of(8 * 1024)), "to $connect");
    check(websocket(&[]), Ok(of(8 * 1024 + 1)), REFUSED_WS);
    check(rest(token(0)), Ok(of(512 * 1024)), "to GET /a");
    check(rest(token(0)), Ok(of(6 * 1024 * 1024 + 1)), FAILED);
}

#[test]
fn what_is_assumed_is_noted() {
    let noted = |answer: String, text: &str| {
        let outcome = check(rest(token(0)), Ok(answer), "to GET /a");
        assert!(notes(&outcome, NoteKind::Assumed, text), "{:?}", outcome.trace.notes);
    };
    noted(with("/usageIdentifierKey", json!("key")), "usage plans");
    noted(with("/more", json!(1)), "unknown member");
    noted(with("/policyDocument/Version", json!("remove")), "`Version`");
    noted(with("/policyDocument/Version", json!("2008-10-17")), "`Version`");
    let outcome = check(rest(token(0)), Ok(allow().to_string()), "to GET /a");
    assert_eq!(outcome.trace.notes, []);
}
