//! The five event shapes, with every oddity that API Gateway is known to send.

use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerRequest, ApiGatewayCustomAuthorizerRequestTypeRequest,
    ApiGatewayV2CustomAuthorizerV1Request, ApiGatewayV2CustomAuthorizerV2Request,
    ApiGatewayWebsocketProxyRequest,
};
use serde_json::{Value, json};
use shared::request::{Occurrence, Request, Shape};
use tests::events::{PREFIX, http_1, http_2, rest_request, rest_token, websocket};

fn token_of(request: &Request<'_>) -> String {
    if let Some(token) = request.token() {
        return token.expose().to_string();
    }
    match request.header("authorization") {
        Occurrence::Absent => "never".to_owned(),
        Occurrence::Single(token) => token.to_owned(),
        Occurrence::Conflicting => "conflicting".to_owned(),
    }
}

/// Shape, method, path and the `Authorization` header of `event`.
#[track_caller]
fn check(event: &Value, shape: Shape, method: Option<&str>, path: &str, token: &str) {
    let bytes = event.to_string();
    let request = Request::read(bytes.as_bytes()).unwrap();
    let got = (request.shape, request.arn.method(), request.arn.path(), token_of(&request));
    assert_eq!(got, (shape, method, path, token.to_owned()), "{event}");
    assert_eq!(request.arn.prefix(), PREFIX);
}

#[track_caller]
fn refuse(event: &str, sentence: &str) {
    let error = Request::read(event.as_bytes()).unwrap_err().to_string();
    assert_eq!(error, format!("malformed event: {sentence}"), "{event}");
}

/// `event` with `value` at the JSON pointer `at`, or without it where `value` is `"remove"`.
fn with(mut event: Value, at: &str, value: Value) -> Value {
    let (parent, name) = at.rsplit_once('/').unwrap();
    let members = event.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value == "remove" {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
    event
}

const AUTH: [(&str, &str); 1] = [("Authorization", "Bearer t")];

#[test]
fn shapes() {
    let get = Some("GET");
    check(&rest_token("Bearer t", "GET", "/a"), Shape::RestToken, get, "/a", "Bearer t");
    check(&rest_request(&AUTH, "GET", "/a"), Shape::RestRequest, get, "/a", "Bearer t");
    check(&http_1(&AUTH, "GET", "/a"), Shape::Http1, get, "/a", "Bearer t");
    check(&http_2(&AUTH, "GET", "/a"), Shape::Http2, get, "/a", "Bearer t");
    check(&websocket(&AUTH, &[]), Shape::WebSocket, None, "$connect", "Bearer t");
}

#[test]
fn a_shape_is_known_by_more_than_its_version() {
    let get = Some("GET");
    let rest = rest_request(&AUTH, "GET", "/a");
    check(
        &with(rest.clone(), "/version", json!("$LATEST")),
        Shape::RestRequest,
        get,
        "/a",
        "Bearer t",
    );
    check(&with(rest.clone(), "/version", json!(null)), Shape::RestRequest, get, "/a", "Bearer t");
    check(&with(rest, "/routeArn", json!(null)), Shape::RestRequest, get, "/a", "Bearer t");
    let socket = with(websocket(&AUTH, &[]), "/version", json!("$LATEST"));
    check(&socket, Shape::WebSocket, None, "$connect", "Bearer t");
    let no_type = with(websocket(&AUTH, &[]), "/requestContext/eventType", json!("remove"));
    check(&no_type, Shape::WebSocket, None, "$connect", "Bearer t");
    // An HTTP API 1.0 event has an `authorizationToken` too: the named header is what counts.
    let http = with(http_1(&AUTH, "GET", "/a"), "/authorizationToken", json!("Bearer t,x"));
    check(&http, Shape::Http1, get, "/a", "Bearer t");
    let tokenless = with(rest_token("t", "GET", "/a"), "/authorizationToken", json!("remove"));
    check(&tokenless, Shape::RestToken, get, "/a", "never");
}

#[test]
fn nulls() {
    for at in [
        "/headers",
        "/multiValueHeaders",
        "/queryStringParameters",
        "/multiValueQueryStringParameters",
        "/pathParameters",
        "/stageVariables",
        "/requestContext",
        "/path",
        "/httpMethod",
    ] {
        for gone in [json!(null), json!("remove")] {
            let event = with(rest_request(&[], "GET", "/a"), at, gone);
            check(&event, Shape::RestRequest, Some("GET"), "/a", "never");
        }
    }
    for at in ["/headers", "/cookies", "/identitySource", "/requestContext", "/pathParameters"] {
        let event = with(http_2(&[], "GET", "/a"), at, json!(null));
        check(&event, Shape::Http2, Some("GET"), "/a", "never");
    }
    let rest = rest_request(&AUTH, "GET", "/a");
    for at in ["/headers", "/multiValueHeaders"] {
        let event = with(rest.clone(), at, json!(null));
        check(&event, Shape::RestRequest, Some("GET"), "/a", "Bearer t");
    }
    let event = with(rest.clone(), "/headers/Authorization", json!(null));
    check(&event, Shape::RestRequest, Some("GET"), "/a", "Bearer t");
    let event = with(rest, "/multiValueHeaders/Authorization", json!([null, "Bearer t", null]));
    check(&event, Shape::RestRequest, Some("GET"), "/a", "Bearer t");
    let empty = rest_request(&[("Authorization", "")], "GET", "/a");
    check(&empty, Shape::RestRequest, Some("GET"), "/a", "");
}

#[test]
fn repeated_headers() {
    #[track_caller]
    fn check_headers(headers: &[(&str, &str)], token: &str) {
        check(&rest_request(headers, "GET", "/a"), Shape::RestRequest, Some("GET"), "/a", token);
    }
    check_headers(&[("AUTHORIZATION", "t")], "t");
    check_headers(&[("authorization", "t"), ("Authorization", "t")], "t");
    check_headers(&[("Authorization", "t"), ("Authorization", "t")], "t");
    check_headers(&[("Authorization", "t"), ("Authorization", "u")], "conflicting");
    check_headers(&[("Authorization", "t"), ("authorization", "u")], "conflicting");
    check_headers(&[("Authorization", "t"), ("X-Authorization", "u")], "t");
    // The single-value map says another thing than the multi-value map.
    let event = rest_request(&AUTH, "GET", "/a");
    let event = with(event, "/headers/Authorization", json!("Bearer u"));
    check(&event, Shape::RestRequest, Some("GET"), "/a", "conflicting");
    let event =
        http_2(&[("authorization", "Bearer a"), ("authorization", "Bearer b")], "GET", "/a");
    check(&event, Shape::Http2, Some("GET"), "/a", "Bearer a,Bearer b");
}

#[test]
fn hosts() {
    #[track_caller]
    fn check_host(domain: Value, host: Option<&str>, expected: Occurrence<&str>) {
        let headers: Vec<(&str, &str)> = host.into_iter().map(|host| ("Host", host)).collect();
        let event = rest_request(&headers, "GET", "/a");
        let bytes = with(event, "/requestContext/domainName", domain).to_string();
        assert_eq!(Request::read(bytes.as_bytes()).unwrap().host(), expected);
    }
    check_host(json!(null), None, Occurrence::Absent);
    check_host(json!("a.example"), None, Occurrence::Single("a.example"));
    check_host(json!(null), Some("a.example"), Occurrence::Single("a.example"));
    check_host(json!("a.example"), Some("A.EXAMPLE"), Occurrence::Single("A.EXAMPLE"));
    check_host(json!("a.example"), Some("b.example"), Occurrence::Conflicting);
}

#[test]
fn the_path_is_the_callers_text() {
    for path in ["/", "/a:b", "/a/*", "/a b", "/?", "/ä", "//", "/a%2Fb", "/a\u{0}b", "/\u{10ffff}"]
    {
        check(&rest_token("t", "GET", path), Shape::RestToken, Some("GET"), path, "t");
    }
}

#[test]
fn malformed_events() {
    const ARN: &str = "the ARN is not one of a method of `execute-api`";
    refuse("", "it ends too early at line 1, column 0");
    refuse("{\"a\":", "it ends too early at line 1, column 5");
    refuse("nonsense", "it is not a JSON object");
    refuse("null", "it is not a JSON object");
    refuse("[]", "it is not a JSON object");
    refuse("\"TOKEN\"", "it is not a JSON object");
    refuse("{\"type\" \"TOKEN\"}", "it is not JSON at line 1, column 9");
    refuse("{}", "neither `methodArn` nor `routeArn` is given");
    refuse(r#"{"methodArn":null}"#, "neither `methodArn` nor `routeArn` is given");
    refuse(r#"{"methodArn":""}"#, ARN);
    refuse(r#"{"methodArn":"*"}"#, ARN);
    refuse(r#"{"routeArn":"arn:aws:execute-api:eu-central-1:123456789012:a/b"}"#, ARN);
    let mistyped = "a member is mistyped or given twice at line 1, column";
    refuse(r#"{"methodArn":7}"#, &format!("{mistyped} 14"));
    refuse(r#"{"type":"TOKEN","type":"REQUEST"}"#, &format!("{mistyped} 22"));
    refuse(r#"{"headers":"x"}"#, &format!("{mistyped} 14"));
    refuse(r#"{"headers":["x"]}"#, &format!("{mistyped} 12"));
    refuse(r#"{"headers":{"a":{}}}"#, &format!("{mistyped} 18"));
    refuse(r#"{"requestContext":7}"#, &format!("{mistyped} 19"));
    assert!(Request::read(b"{\"methodArn\":\"\xff\"}").is_err());
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert!(Request::read(deep.as_bytes()).is_err());
}

/// What AWS's own types accept we accept, and our builders write what those types accept.
#[test]
fn the_oracle_reads_the_same_events() {
    #[track_caller]
    fn check_oracle<T: serde::de::DeserializeOwned>(event: &Value) {
        let oracle: Result<T, _> = serde_json::from_value(event.clone());
        assert!(oracle.is_ok(), "{:?}", oracle.err());
        assert!(Request::read(event.to_string().as_bytes()).is_ok(), "{event}");
    }
    check_oracle::<ApiGatewayCustomAuthorizerRequest>(&rest_token("t", "GET", "/a"));
    check_oracle::<ApiGatewayCustomAuthorizerRequestTypeRequest>(&rest_request(&AUTH, "GET", "/a"));
    check_oracle::<ApiGatewayV2CustomAuthorizerV1Request>(&http_1(&AUTH, "GET", "/a"));
    check_oracle::<ApiGatewayV2CustomAuthorizerV2Request>(&http_2(&AUTH, "GET", "/a"));
    check_oracle::<ApiGatewayWebsocketProxyRequest>(&websocket(&AUTH, &[("token", "t")]));
}
