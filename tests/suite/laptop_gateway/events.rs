//! The events: field by field, read by AWS's own types, and by our functions.

use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerRequest, ApiGatewayCustomAuthorizerRequestTypeRequest,
    ApiGatewayProxyRequest, ApiGatewayV2CustomAuthorizerV1Request,
    ApiGatewayV2CustomAuthorizerV2Request, ApiGatewayV2httpRequest,
    ApiGatewayWebsocketProxyRequest,
};
use local::gateway::{
    Api, AuthorizerKind, Gateway, Incoming, NoteKind, Outcome, PayloadFormat, Route,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::request::{Occurrence, Request, Shape};
use shared::webhook::WebhookRequest;

use super::{
    Function, allow, at, authorizer, forwarded, handle, http, http_2, notes, request, rest,
    rest_request, token, websocket,
};

/// What a browser could send to a path.
fn incoming(path: &str) -> Incoming {
    let headers = [
        ("Host", "api.example.com"),
        ("User-Agent", "curl/8.5.0"),
        ("Authorization", "Bearer t"),
        ("X-Twice", "1"),
        ("X-Twice", "2"),
        ("Cookie", "a=1; b=2"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("Content-Type", "application/json"),
    ];
    let path = format!("{path}?q=1&q=%262&empty=");
    Incoming { body: b"{\"a\": 1}".to_vec(), ..request("GET", &path, &headers) }
}

/// The events of the authorizer and of the integration.
fn events(api: Api, incoming: &Incoming) -> (Value, Outcome) {
    let gateway = Gateway::new(api).unwrap();
    let function = Function::answers(&allow());
    let outcome = handle(&gateway, &function, incoming, at(0));
    (function.event(), outcome)
}

/// AWS's own type reads it.
#[track_caller]
fn is<T: DeserializeOwned>(event: &Value) -> T {
    serde_json::from_value(event.clone()).unwrap_or_else(|error| panic!("{error}: {event}"))
}

/// Our own reader takes the same out of it.
#[track_caller]
fn reads(event: &Value, shape: Shape, method: Option<&str>, path: &str) {
    let bytes = event.to_string();
    let request = Request::read(bytes.as_bytes()).unwrap();
    assert_eq!((request.shape, request.arn.method(), request.arn.path()), (shape, method, path));
    let token = match (request.token(), request.header("authorization")) {
        (Some(token), _) => token.expose().to_string(),
        (None, Occurrence::Single(token)) => token.to_owned(),
        (None, _) => String::new(),
    };
    assert_eq!(token, "Bearer t");
    assert_eq!(request.arn.prefix().rsplit('/').nth(2), Some(EVENT_API));
}

const EVENT_API: &str = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234";

/// The headers and query parameters of `incoming`, as REST APIs give them.
fn maps_1() -> Value {
    json!({
        "headers": {
            "Host": "api.example.com",
            "User-Agent": "curl/8.5.0",
            "Authorization": "Bearer t",
            "X-Twice": "2",
            "Cookie": "a=1; b=2",
            "Content-Type": "application/json",
            "X-Forwarded-For": "192.0.2.1, 203.0.113.7",
            "X-Forwarded-Port": "443",
            "X-Forwarded-Proto": "https",
        },
        "multiValueHeaders": {
            "Host": ["api.example.com"],
            "User-Agent": ["curl/8.5.0"],
            "Authorization": ["Bearer t"],
            "X-Twice": ["1", "2"],
            "Cookie": ["a=1; b=2"],
            "Content-Type": ["application/json"],
            "X-Forwarded-For": ["192.0.2.1, 203.0.113.7"],
            "X-Forwarded-Port": ["443"],
            "X-Forwarded-Proto": ["https"],
        },
        "queryStringParameters": { "q": "&2", "empty": "" },
        "multiValueQueryStringParameters": { "q": ["1", "&2"], "empty": [""] },
    })
}

fn context_1(path: &str) -> Value {
    json!({
        "accountId": "123456789012",
        "apiId": "abcdef1234",
        "domainName": "abcdef1234.execute-api.eu-central-1.amazonaws.com",
        "domainPrefix": "abcdef1234",
        "extendedRequestId": "b1c2d3e4",
        "httpMethod": "GET",
        "identity": {
            "accessKey": null,
            "accountId": null,
            "caller": null,
            "cognitoAuthenticationProvider": null,
            "cognitoAuthenticationType": null,
            "cognitoIdentityId": null,
            "cognitoIdentityPoolId": null,
            "principalOrgId": null,
            "sourceIp": "203.0.113.7",
            "user": null,
            "userAgent": "curl/8.5.0",
            "userArn": null,
        },
        "path": path,
        "protocol": "HTTP/1.1",
        "requestId": "b1c2d3e4",
        "requestTime": "01/Jan/2026:00:01:00 +0000",
        "requestTimeEpoch": 1_767_225_660_000_u64,
        "resourcePath": "/users/{id}",
    })
}

/// Every member of `expected` is in `event`, with the same value; of objects only these are compared.
#[track_caller]
fn has(event: &Value, expected: &Value) {
    match expected {
        Value::Object(members) => {
            members.iter().for_each(|(name, expected)| {
                let found = event.get(name).unwrap_or_else(|| panic!("`{name}` is not in {event}"));
                has(found, expected);
            });
        }
        expected => assert_eq!(event, expected),
    }
}

#[test]
fn rest_token() {
    let (event, _) = events(rest(token(0)), &incoming("/prod/users/a%20b"));
    let arn = format!("{EVENT_API}/prod/GET/users/a%20b");
    let expected = json!({ "type": "TOKEN", "authorizationToken": "Bearer t", "methodArn": arn });
    assert_eq!(event, expected);
    is::<ApiGatewayCustomAuthorizerRequest>(&event);
    reads(&event, Shape::RestToken, Some("GET"), "/users/a%20b");
}

#[test]
fn rest_request_and_proxy() {
    let mut api = rest(rest_request(&["method.request.header.Authorization"], 0));
    api.stage_variables.insert("color".to_owned(), "blue".to_owned());
    let (event, outcome) = events(api, &incoming("/prod/users/a%20b"));
    let arn = format!("{EVENT_API}/prod/GET/users/a%20b");
    let both = json!({
        "resource": "/users/{id}",
        "path": "/users/a%20b",
        "httpMethod": "GET",
        "pathParameters": { "id": "a b" },
        "stageVariables": { "color": "blue" },
        "requestContext": context_1("/prod/users/a%20b"),
    });
    let proxy = forwarded(&outcome);
    for event in [&event, proxy] {
        has(event, &both);
        has(event, &maps_1());
        assert_eq!(event["headers"], maps_1()["headers"]);
        assert_eq!(event["requestContext"]["stage"], "prod");
        assert_eq!(event["requestContext"]["resourceId"].as_str().unwrap().len(), 6);
    }
    has(&event, &json!({ "type": "REQUEST", "methodArn": arn }));
    assert_eq!((event.get("body"), event.get("version")), (None, None));
    has(proxy, &json!({ "body": "{\"a\": 1}", "isBase64Encoded": false }));
    assert_eq!((proxy.get("methodArn"), proxy.get("type")), (None, None));
    let context = json!({ "principalId": "user", "tenant": "acme", "code": "INSUFFICIENT_ROLE" });
    assert_eq!(proxy["requestContext"]["authorizer"], context);
    let oracle: ApiGatewayCustomAuthorizerRequestTypeRequest = is(&event);
    assert_eq!(oracle.multi_value_query_string_parameters.all("q"), Some(vec!["1", "&2"]));
    assert_eq!(oracle.headers["x-twice"], "2");
    let oracle: ApiGatewayProxyRequest = is(proxy);
    assert_eq!(oracle.request_context.request_time_epoch, 1_767_225_660_000);
    assert_eq!(oracle.request_context.authorizer.fields["tenant"], "acme");
    reads(&event, Shape::RestRequest, Some("GET"), "/users/a%20b");
}

#[test]
fn what_is_empty_is_null_in_format_1() {
    let api = rest(rest_request(&[], 0));
    let (event, outcome) = events(api, &request("GET", "/prod/a", &[]));
    for event in [&event, forwarded(&outcome)] {
        for name in [
            "queryStringParameters",
            "multiValueQueryStringParameters",
            "pathParameters",
            "stageVariables",
        ] {
            assert_eq!(event[name], Value::Null, "{name}");
        }
    }
    assert_eq!(forwarded(&outcome)["body"], Value::Null);
    is::<ApiGatewayCustomAuthorizerRequestTypeRequest>(&event);
    is::<ApiGatewayProxyRequest>(forwarded(&outcome));
}

/// An HTTP API whose authorizer and integration have this format.
fn http_of(format: PayloadFormat, stage: &str) -> Api {
    let kind = AuthorizerKind::Http { format, simple: false };
    let mut api = http(authorizer(kind, &["$request.header.Authorization"], 0));
    stage.clone_into(&mut api.stage);
    api.routes.push(Route::new("$default", Some("auth")));
    api.routes.iter_mut().for_each(|route| route.payload = format);
    api
}

#[test]
fn http_1() {
    let (event, outcome) = events(http_of(PayloadFormat::V1, "$default"), &incoming("/users/7"));
    let arn = format!("{EVENT_API}/$default/GET/users/7");
    let own = json!({
        "version": "1.0",
        "type": "REQUEST",
        "methodArn": arn,
        "identitySource": "Bearer t",
        "authorizationToken": "Bearer t",
    });
    has(&event, &own);
    let proxy = forwarded(&outcome);
    for event in [&event, proxy] {
        let context = context_1("/users/7");
        has(
            event,
            &json!({ "path": "/users/7", "resource": "/users/{id}", "requestContext": context }),
        );
        has(event, &maps_1());
    }
    is::<ApiGatewayV2CustomAuthorizerV1Request>(&event);
    reads(&event, Shape::Http1, Some("GET"), "/users/7");
    has(proxy, &json!({ "version": "1.0", "body": "{\"a\": 1}" }));
    is::<ApiGatewayProxyRequest>(proxy);
    assert!(notes(&outcome, NoteKind::Assumed, "how format 1.0 holds"));
}

#[test]
fn http_2_and_proxy() {
    let mut api = http_of(PayloadFormat::V2, "$default");
    api.stage_variables.insert("color".to_owned(), "blue".to_owned());
    let (event, outcome) = events(api, &incoming("/users/a%20b"));
    let proxy = forwarded(&outcome);
    let both = json!({
        "version": "2.0",
        "routeKey": "GET /users/{id}",
        "rawPath": "/users/a b",
        "rawQueryString": "q=1&q=%262&empty=",
        "cookies": ["a=1", "b=2"],
        "headers": {
            "host": "api.example.com",
            "user-agent": "curl/8.5.0",
            "authorization": "Bearer t",
            "x-twice": "1,2",
            "content-type": "application/json",
            "x-forwarded-for": "192.0.2.1, 203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "queryStringParameters": { "q": "1,&2", "empty": "" },
        "pathParameters": { "id": "a b" },
        "stageVariables": { "color": "blue" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "domainName": "abcdef1234.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "abcdef1234",
            "http": {
                "method": "GET",
                "path": "/users/a b",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "curl/8.5.0",
            },
            "requestId": "b1c2d3e4",
            "routeKey": "GET /users/{id}",
            "stage": "$default",
            "time": "01/Jan/2026:00:01:00 +0000",
            "timeEpoch": 1_767_225_660_000_u64,
        },
    });
    for event in [&event, proxy] {
        has(event, &both);
        assert_eq!(event["headers"], both["headers"]);
    }
    let arn = format!("{EVENT_API}/$default/GET/users/a b");
    has(&event, &json!({ "type": "REQUEST", "routeArn": arn, "identitySource": ["Bearer t"] }));
    assert!(notes(&outcome, NoteKind::Assumed, "without percent-encoding"));
    is::<ApiGatewayV2CustomAuthorizerV2Request>(&event);
    reads(&event, Shape::Http2, Some("GET"), "/users/a b");
    has(proxy, &json!({ "body": "{\"a\": 1}", "isBase64Encoded": false }));
    let oracle: ApiGatewayV2httpRequest = is(proxy);
    assert_eq!(oracle.request_context.authorizer.unwrap().fields["tenant"], "acme");
}

#[test]
fn what_is_empty_is_absent_in_format_2() {
    let mut api = http(http_2(false, 0));
    api.authorizers[0].identity_sources.clear();
    let (event, outcome) = events(api, &request("GET", "/a", &[("Host", "a")]));
    for event in [&event, forwarded(&outcome)] {
        for name in ["cookies", "queryStringParameters", "pathParameters", "stageVariables"] {
            assert_eq!(event.get(name), None, "{name}");
        }
        assert_eq!(event["rawQueryString"], "");
    }
    assert_eq!(event["identitySource"], Value::Null);
    assert_eq!(forwarded(&outcome).get("body"), None);
    assert_eq!(forwarded(&outcome)["isBase64Encoded"], false);
    is::<ApiGatewayV2httpRequest>(forwarded(&outcome));
    assert!(Request::read(event.to_string().as_bytes()).is_ok());
}

#[test]
fn the_stage_is_in_raw_path_and_not_in_the_arn() {
    let (event, outcome) = events(http_of(PayloadFormat::V2, "v1"), &incoming("/v1/users/7"));
    assert_eq!(event["rawPath"], "/v1/users/7");
    assert_eq!(event["routeArn"], format!("{EVENT_API}/v1/GET/users/7"));
    assert_eq!(forwarded(&outcome)["requestContext"]["http"]["path"], "/v1/users/7");
    let (event, _) = events(http_of(PayloadFormat::V2, "v1"), &incoming("/v1/a/b"));
    assert_eq!((&event["routeKey"], &event["rawPath"]), (&json!("$default"), &json!("/v1/a/b")));
    let (event, outcome) = events(http_of(PayloadFormat::V1, "v1"), &incoming("/v1/users/7"));
    assert_eq!(event["methodArn"], format!("{EVENT_API}/v1/GET/users/7"));
    assert!(notes(&outcome, NoteKind::Assumed, "`path` of format 1.0"));
}

#[test]
fn websocket_connect() {
    let api = websocket(&["route.request.header.Authorization"]);
    let (event, outcome) = events(api, &incoming("/prod"));
    let context = json!({
        "apiId": "abcdef1234",
        "connectedAt": 1_767_225_660_000_u64,
        "connectionId": "b1c2d3e4",
        "domainName": "abcdef1234.execute-api.eu-central-1.amazonaws.com",
        "eventType": "CONNECT",
        "extendedRequestId": "b1c2d3e4",
        "identity": { "sourceIp": "203.0.113.7", "userAgent": "curl/8.5.0" },
        "messageDirection": "IN",
        "requestId": "b1c2d3e4",
        "requestTime": "01/Jan/2026:00:01:00 +0000",
        "requestTimeEpoch": 1_767_225_660_000_u64,
        "routeKey": "$connect",
        "stage": "prod",
    });
    let proxy = forwarded(&outcome);
    for event in [&event, proxy] {
        has(event, &json!({ "requestContext": context }));
        has(event, &maps_1());
        for name in ["path", "httpMethod", "resource", "pathParameters"] {
            assert_eq!(event.get(name), None, "{name}");
        }
        is::<ApiGatewayWebsocketProxyRequest>(event);
    }
    assert_eq!(event["requestContext"], context);
    has(&event, &json!({ "type": "REQUEST", "methodArn": format!("{EVENT_API}/prod/$connect") }));
    assert_eq!(proxy["requestContext"]["authorizer"]["principalId"], "user");
    reads(&event, Shape::WebSocket, None, "$connect");
}

#[test]
fn headers_and_addresses_have_one_form() {
    let mapped = Incoming {
        source_ip: "::ffff:192.0.2.9".parse().unwrap(),
        ..request("GET", "/prod/a", &[("X-A", "1"), ("x-a", "2"), ("X-A", "3")])
    };
    let (event, outcome) = events(rest(rest_request(&[], 0)), &mapped);
    assert_eq!(event["requestContext"]["identity"]["sourceIp"], "192.0.2.9");
    assert_eq!((&event["headers"]["X-A"], &event["headers"]["x-a"]), (&json!("3"), &json!("2")));
    assert_eq!(event["multiValueHeaders"]["X-A"], json!(["1", "3"]));
    assert!(notes(&outcome, NoteKind::Assumed, "differ in case"));
    let (_, outcome) = events(rest(token(0)), &incoming("/prod/a"));
    assert_eq!(outcome.trace.notes, []);
}

#[test]
fn bodies_that_are_no_text_come_in_base64() {
    let check = |api: Api, path: &str, body: &[u8], expected: Value| {
        let incoming = Incoming { body: body.to_vec(), ..incoming(path) };
        let (_, outcome) = events(api, &incoming);
        has(forwarded(&outcome), &expected);
    };
    let binary = b"\xff\x00";
    let encoded = json!({ "body": "/wA=", "isBase64Encoded": true });
    check(rest(token(0)), "/prod/a", binary, encoded.clone());
    check(http(http_2(false, 0)), "/a", binary, encoded);
    let text = json!({ "body": "ä", "isBase64Encoded": false });
    check(rest(token(0)), "/prod/a", "ä".as_bytes(), text.clone());
    check(http(http_2(false, 0)), "/a", "ä".as_bytes(), text);
}

#[test]
fn the_webhook_authorizer_reads_both_steps() {
    let gate = rest(rest_request(&[], 0));
    let (event, outcome) = events(gate, &incoming("/prod/a"));
    let read = |event: &Value| -> &'static str {
        match WebhookRequest::read(event.to_string().as_bytes()) {
            Ok(WebhookRequest::Gate(_)) => "gate",
            Ok(WebhookRequest::Delivery(_)) => "delivery",
            Err(_) => "unread",
        }
    };
    assert_eq!((read(&event), read(forwarded(&outcome))), ("gate", "delivery"));
    let (event, outcome) = events(http(http_2(false, 0)), &incoming("/a"));
    assert_eq!((read(&event), read(forwarded(&outcome))), ("gate", "delivery"));
}
