//! Identity sources and the validation expression: what is refused before the authorizer is invoked.

use local::gateway::{Api, AuthorizerKind, Consulted, Gateway, Incoming, NoteKind, PayloadFormat};
use serde_json::json;

use super::{
    Function, UNAUTHORIZED, UNKNOWN, allow, at, authorizer, handle, http, http_2, notes, request,
    rest, rest_request, seen, token, websocket,
};

#[track_caller]
fn check(api: Api, incoming: &Incoming, expected: &str) -> Function {
    let gateway = Gateway::new(api).unwrap();
    let function = Function::answers(&allow());
    let outcome = handle(&gateway, &function, incoming, at(0));
    assert_eq!(seen(&outcome), expected, "{:?}", outcome.trace);
    let was_asked = expected.starts_with("to ");
    assert_eq!(function.calls(), usize::from(was_asked));
    let consulted = if was_asked { Consulted::Function } else { Consulted::Nobody };
    assert_eq!(outcome.trace.consulted, consulted);
    function
}

fn with(headers: &[(&str, &str)]) -> Incoming {
    request("GET", "/prod/a", headers)
}

#[test]
fn a_token_is_one_header() {
    check(rest(token(300)), &with(&[("authorization", "t")]), "to GET /a");
    check(rest(token(0)), &with(&[("AUTHORIZATION", "Bearer t")]), "to GET /a");
    check(rest(token(0)), &with(&[]), UNAUTHORIZED);
    check(rest(token(0)), &with(&[("Authorization", "")]), UNAUTHORIZED);
    check(rest(token(0)), &with(&[("X-Authorization", "t")]), UNAUTHORIZED);
    check(rest(token(0)), &with(&[("Authorization", "t"), ("authorization", "t")]), "to GET /a");
    check(rest(token(0)), &with(&[("Authorization", "t"), ("authorization", "u")]), UNKNOWN);
}

#[test]
fn every_identity_source_must_be_there() {
    let both = ["method.request.header.Authorization", "method.request.querystring.key"];
    let authorized = [("Authorization", "t")];
    for ttl in [0, 300] {
        let check = |path: &str, headers: &[(&str, &str)], expected: &str| {
            check(rest(rest_request(&both, ttl)), &request("GET", path, headers), expected);
        };
        check("/prod/a?key=k", &authorized, "to GET /a");
        check("/prod/a?key=k&key=k", &authorized, "to GET /a");
        check("/prod/a", &authorized, UNAUTHORIZED);
        check("/prod/a?key=", &authorized, UNAUTHORIZED);
        check("/prod/a?KEY=k", &authorized, UNAUTHORIZED);
        check("/prod/a?key=k", &[], UNAUTHORIZED);
        check("/prod/a", &[], UNAUTHORIZED);
    }
    check(rest(rest_request(&[], 0)), &with(&[]), "to GET /a");
}

#[test]
fn of_two_values_it_is_not_known_which_counts() {
    let source = ["method.request.header.X-Key"];
    let twice = with(&[("X-Key", "a"), ("X-Key", "b")]);
    // It only matters where the answer is cached.
    check(rest(rest_request(&source, 0)), &twice, "to GET /a");
    check(rest(rest_request(&source, 60)), &twice, UNKNOWN);
    let sources = ["$request.header.X-Key", "$request.querystring.q"];
    let kind = AuthorizerKind::Http { format: PayloadFormat::V2, simple: false };
    let api = http(authorizer(kind, &sources, 60));
    let twice = request("GET", "/a?q=1&q=2", &[("X-Key", "a"), ("X-Key", "b")]);
    let function = check(api, &twice, "to GET /a");
    assert_eq!(function.event()["identitySource"], json!(["a,b", "1,2"]));
}

#[test]
fn variables_are_identity_sources_too() {
    let sources = ["context.httpMethod", "context.path", "stageVariables.color"];
    let api = |color: &str| {
        let mut api = rest(rest_request(&sources, 300));
        api.stage_variables.insert("color".to_owned(), color.to_owned());
        api
    };
    check(api("blue"), &with(&[]), "to GET /a");
    check(api(""), &with(&[]), UNAUTHORIZED);
    check(rest(rest_request(&sources, 300)), &with(&[]), UNAUTHORIZED);
    let agent = || rest(rest_request(&["context.identity.userAgent"], 300));
    check(agent(), &with(&[("User-Agent", "curl")]), "to GET /a");
    check(agent(), &with(&[]), UNAUTHORIZED);
    let kind = AuthorizerKind::Http { format: PayloadFormat::V2, simple: false };
    let sources = ["$context.routeKey", "$context.path", "$context.identity.sourceIp"];
    let function = check(
        http(authorizer(kind, &sources, 9)),
        &request("GET", "/users/1", &[]),
        "to GET /users/{id}",
    );
    let expected = json!(["GET /users/{id}", "/users/1", "203.0.113.7"]);
    assert_eq!(function.event()["identitySource"], expected);
}

#[test]
fn http_and_websocket_apis_say_it_in_their_own_words() {
    check(http(http_2(false, 0)), &request("GET", "/a", &[]), UNAUTHORIZED);
    check(http(http_2(true, 300)), &request("GET", "/a", &[("Authorization", "")]), UNAUTHORIZED);
    let token = ["route.request.querystring.token"];
    check(websocket(&token), &request("GET", "/prod?token=t", &[]), "to $connect");
    let refused =
        r#"401 {"connectionId":"b1c2d3e4","message":"Unauthorized","requestId":"b1c2d3e4"}"#;
    check(websocket(&token), &request("GET", "/prod", &[]), refused);
}

#[test]
fn a_token_must_match_the_validation_expression() {
    let api = |expression: &str| {
        let kind = AuthorizerKind::Token { validation: Some(expression.to_owned()) };
        rest(authorizer(kind, &["method.request.header.Authorization"], 300))
    };
    let bearer = "Bearer [-_.A-Za-z0-9]+";
    check(api(bearer), &with(&[("Authorization", "Bearer a.b.c")]), "to GET /a");
    check(api(bearer), &with(&[("Authorization", "Basic a")]), UNAUTHORIZED);
    check(api("^x-[a-z]+"), &with(&[("Authorization", "x-abc")]), "to GET /a");
    let gateway = Gateway::new(api("^x-[a-z]+")).unwrap();
    let part = with(&[("Authorization", "x-abc123")]);
    let outcome = handle(&gateway, &Function::answers(&allow()), &part, at(0));
    assert_eq!(seen(&outcome), UNAUTHORIZED);
    assert!(notes(&outcome, NoteKind::Refused, "in part"));
}
