//! Gateway responses, and the limits of a request.

use local::gateway::{Api, Gateway, GatewayResponse, Incoming, NoteKind, Outcome, ResponseType};
use serde_json::Value;

use super::{
    FAILED, FORBIDDEN, Function, IMPLICIT, MISSING, UNAUTHORIZED, allow, at, get, handle, header,
    http, http_2, notes, policy, request, rest, seen, token, websocket,
};

fn answered(api: Api, answer: &Value, incoming: &Incoming) -> Outcome {
    handle(&Gateway::new(api).unwrap(), &Function::answers(answer), incoming, at(0))
}

fn customized(responses: &[(&str, GatewayResponse)]) -> Api {
    let mut api = rest(token(0));
    for (name, response) in responses {
        api.gateway_responses.insert(ResponseType::parse(name).unwrap(), response.clone());
    }
    api
}

fn template(text: &str) -> GatewayResponse {
    let templates = vec![("application/json".to_owned(), text.to_owned())];
    GatewayResponse { templates, ..GatewayResponse::default() }
}

fn headers(parameters: &[(&str, &str)]) -> GatewayResponse {
    let parameter = |(name, value): &(&str, &str)| {
        (format!("gatewayresponse.header.{name}"), (*value).to_owned())
    };
    let parameters = parameters.iter().map(parameter).collect();
    GatewayResponse { parameters, ..GatewayResponse::default() }
}

#[test]
fn default_responses() {
    let check = |incoming: &Incoming, answer: &Value, expected: &str, error_type: &str| {
        let outcome = answered(rest(token(0)), answer, incoming);
        assert_eq!(seen(&outcome), expected);
        assert_eq!(header(&outcome, "x-amzn-ErrorType"), Some(error_type));
        assert_eq!(header(&outcome, "x-amzn-RequestId"), Some("b1c2d3e4"));
        assert_eq!(header(&outcome, "x-amz-apigw-id"), Some("b1c2d3e4"));
        assert_eq!(header(&outcome, "Content-Type"), Some("application/json"));
    };
    let bare = |path: &str| request("GET", path, &[]);
    check(&bare("/prod/a"), &allow(), UNAUTHORIZED, "UnauthorizedException");
    check(&get("/prod/a"), &policy(&[]), IMPLICIT, "AccessDeniedException");
    check(&get("/prod/a"), &Value::Null, FAILED, "AuthorizerConfigurationException");
    check(&bare("/prod/x"), &allow(), MISSING, "MissingAuthenticationTokenException");
    check(&bare("/other/a"), &allow(), FORBIDDEN, "ForbiddenException");
    let outcome = answered(http(http_2(false, 0)), &policy(&[]), &get("/a"));
    assert_eq!(header(&outcome, "apigw-requestid"), Some("b1c2d3e4"));
    assert_eq!(header(&outcome, "x-amzn-errortype"), None);
}

#[test]
fn templates_have_variables_and_nothing_else() {
    let check = |of_type: &str, text: &str, incoming: &Incoming, expected: &str| {
        let outcome = answered(customized(&[(of_type, template(text))]), &policy(&[]), incoming);
        assert_eq!(seen(&outcome), expected, "{text}");
    };
    let denied = get("/prod/users/1");
    let denied = |text: &str, expected: &str| check("ACCESS_DENIED", text, &denied, expected);
    denied(r#"{"code":"$context.authorizer.code"}"#, r#"403 {"code":"INSUFFICIENT_ROLE"}"#);
    denied("$context.authorizer.principalId of $context.authorizer.tenant", "403 user of acme");
    denied("[$context.authorizer.nothing]", "403 []");
    denied("$context.error.responseType", "403 ACCESS_DENIED");
    denied("$context.httpMethod $context.path", "403 GET /prod/users/1");
    denied("$context.resourcePath", "403 /users/{id}");
    denied("$context.requestId $context.stage $context.apiId", "403 b1c2d3e4 prod abcdef1234");
    denied("$context.identity.sourceIp", "403 203.0.113.7");
    denied(r#"{"message":$context.error.messageString}"#, &IMPLICIT.replace("Message", "message"));
    denied("#if(true)$input.body#end", "403 #if(true)$input.body#end");
    let bare = request("GET", "/prod/a", &[]);
    // What an earlier authorizer said of somebody is not there.
    check("UNAUTHORIZED", "[$context.authorizer.code]", &bare, "401 []");
    check("UNAUTHORIZED", "$context.error.message.", &bare, "401 Unauthorized.");
    check("DEFAULT_4XX", "$context.error.responseType", &bare, "401 UNAUTHORIZED");
    check("DEFAULT_5XX", "never", &bare, UNAUTHORIZED);
    let nowhere = request("GET", "/prod/nowhere", &[]);
    check("MISSING_AUTHENTICATION_TOKEN", "[$context.resourcePath]", &nowhere, "403 []");
}

#[test]
fn a_type_comes_before_its_class() {
    let with_status = |status| GatewayResponse { status: Some(status), ..template("own") };
    let responses = [
        ("DEFAULT_4XX", with_status(418)),
        ("UNAUTHORIZED", template("401")),
        ("DEFAULT_5XX", with_status(503)),
    ];
    let check = |incoming: &Incoming, answer: &Value, expected: &str| {
        let outcome = answered(customized(&responses), answer, incoming);
        assert_eq!(seen(&outcome), expected);
    };
    check(&request("GET", "/prod/a", &[]), &allow(), "401 401");
    check(&get("/prod/a"), &policy(&[]), "418 own");
    check(&get("/prod/a"), &Value::Null, "503 own");
    check(&get("/prod/nowhere"), &allow(), "418 own");
}

#[test]
fn headers_of_a_gateway_response() {
    let responses = headers(&[
        ("Access-Control-Allow-Origin", "'*'"),
        ("X-Origin", "method.request.header.origin"),
        ("X-Query", "method.request.querystring.q"),
        ("X-Code", "context.authorizer.code"),
        ("X-Request", "context.requestId"),
        ("X-Color", "stageVariables.color"),
        ("X-Gone", "stageVariables.nothing"),
    ]);
    let mut api = customized(&[("DEFAULT_4XX", responses)]);
    api.stage_variables.insert("color".to_owned(), "blue".to_owned());
    let headers = [("Authorization", "t"), ("Origin", "https://a.example")];
    let outcome = answered(api, &policy(&[]), &request("GET", "/prod/a?q=1&q=2", &headers));
    for (name, expected) in [
        ("Access-Control-Allow-Origin", Some("*")),
        ("X-Origin", Some("https://a.example")),
        ("X-Query", Some("2")),
        ("X-Code", Some("INSUFFICIENT_ROLE")),
        ("X-Request", Some("b1c2d3e4")),
        ("X-Color", Some("blue")),
        ("X-Gone", None),
        ("x-amzn-ErrorType", Some("AccessDeniedException")),
    ] {
        assert_eq!(header(&outcome, name), expected, "{name}");
    }
    assert!(notes(&outcome, NoteKind::Assumed, "a header without a value"));
    assert!(notes(&outcome, NoteKind::Assumed, "without a template"));
    assert_eq!(seen(&outcome), IMPLICIT.replace("Message", "message"));
}

#[test]
fn a_value_cannot_add_a_header() {
    let response = headers(&[("X-Query", "method.request.querystring.q")]);
    let api = customized(&[("UNAUTHORIZED", response)]);
    let outcome =
        answered(api, &allow(), &request("GET", "/prod/a?q=1%0d%0aSet-Cookie:%20a=b", &[]));
    assert_eq!(header(&outcome, "X-Query"), None);
    assert!(notes(&outcome, NoteKind::Assumed, "a line end"));
}

#[test]
fn limits_of_a_request() {
    let check = |api: Api, incoming: &Incoming, expected: &str| {
        assert_eq!(seen(&answered(api, &allow(), incoming)), expected);
    };
    let long = |path: &str, bytes: usize| {
        request("GET", path, &[("Authorization", &"t".repeat(bytes - "Authorization".len()))])
    };
    let too_long = r#"431 {"message":"Request Header Fields Too Large"}"#;
    check(rest(token(0)), &long("/prod/a", 10_240), "to GET /a");
    check(rest(token(0)), &long("/prod/a", 10_241), too_long);
    check(http(http_2(false, 0)), &long("/a", 10_240), "to GET /a");
    check(http(http_2(false, 0)), &long("/a", 10_241), too_long);
    check(websocket(&[]), &long("/prod", 10_241), too_long);
    let large = |path: &str, bytes: usize| Incoming { body: vec![b'a'; bytes], ..get(path) };
    let limit = 10 * 1024 * 1024;
    check(rest(token(0)), &large("/prod/a", limit), "to GET /a");
    check(rest(token(0)), &large("/prod/a", limit + 1), r#"413 {"message":"Request Too Long"}"#);
    let expected = r#"413 {"message":"Request Entity Too Large"}"#;
    check(http(http_2(false, 0)), &large("/a", limit + 1), expected);
}

#[test]
fn debug_shows_no_credential() {
    let secret = "a-token-that-must-not-be-seen";
    let incoming = Incoming {
        body: secret.into(),
        query: format!("token={secret}"),
        ..request("GET", "/prod/a", &[("Authorization", secret)])
    };
    let gateway = Gateway::new(rest(token(300))).unwrap();
    for answer in [allow(), policy(&[]), Value::Null] {
        let function = Function::answers(&answer);
        gateway.flush_cache();
        let outcome = handle(&gateway, &function, &incoming, at(0));
        let calls = function.calls.borrow();
        let shown = format!("{outcome:?} {incoming:?} {gateway:?} {:?}", calls.first());
        assert!(!shown.contains(secret), "{shown}");
    }
}
