//! Webhook events, at the gate and on delivery, with every oddity that AWS is known to send.

use aws_lambda_events::alb::AlbTargetGroupRequest;
use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use aws_lambda_events::lambda_function_urls::LambdaFunctionUrlRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::request::{Occurrence, Shape};
use shared::webhook::{Delivery, DeliveryShape, GateRequest, WebhookRequest};
use tests::events::{http_1, http_2, rest_request, rest_token, websocket};

/// REST API, and with `"version": "1.0"` an HTTP API.
fn proxy_1() -> Value {
    let mut event = rest_request(&[("X-Webhook-Id", "wh_1")], "POST", "/hooks");
    let members = event.as_object_mut().unwrap();
    members.remove("type");
    members.remove("methodArn");
    members.insert("body".to_owned(), json!("{\"a\":1}"));
    members.insert("isBase64Encoded".to_owned(), json!(false));
    event
}

fn proxy_2() -> Value {
    json!({
        "version": "2.0",
        "routeKey": "POST /hooks",
        "rawPath": "/prod/hooks",
        "rawQueryString": "a=1&a=%32",
        "cookies": ["session=1"],
        "headers": { "x-webhook-id": "wh_1", "host": "h.example" },
        "queryStringParameters": { "a": "1,2" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "domainName": "h.example",
            "http": {
                "method": "POST",
                "path": "/prod/hooks",
                "protocol": "HTTP/1.1",
                "sourceIp": "2001:db8::7",
                "userAgent": "agent"
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "prod",
            "timeEpoch": 1_767_225_600_000_u64
        },
        "body": "eyJhIjoxfQ==",
        "isBase64Encoded": true
    })
}

fn function_url() -> Value {
    let mut event = proxy_2();
    event["rawPath"] = json!("/");
    event["requestContext"]["authorizer"] = json!({ "iam": { "userId": "AIDA" } });
    event
}

fn alb() -> Value {
    json!({
        "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/a/b" } },
        "httpMethod": "POST",
        "path": "/hooks",
        "queryStringParameters": {},
        "headers": {
            "x-webhook-id": "wh_1",
            "x-forwarded-for": "198.51.100.9, 203.0.113.7",
            "x-forwarded-proto": "http"
        },
        "body": "{\"a\":1}",
        "isBase64Encoded": false
    })
}

fn alb_multi() -> Value {
    let mut event = alb();
    let members = event.as_object_mut().unwrap();
    members.remove("headers");
    members.remove("queryStringParameters");
    members.insert("multiValueQueryStringParameters".to_owned(), json!({}));
    let headers = json!({
        "x-webhook-id": ["wh_1"],
        "x-forwarded-for": ["192.0.2.1, 198.51.100.9, 203.0.113.7:4711"],
        "x-forwarded-proto": ["https"]
    });
    members.insert("multiValueHeaders".to_owned(), headers);
    event
}

fn deliveries() -> [(Value, DeliveryShape); 6] {
    let mut http = proxy_1();
    http["version"] = json!("1.0");
    [
        (proxy_1(), DeliveryShape::Proxy1),
        (http, DeliveryShape::Proxy1),
        (proxy_2(), DeliveryShape::Proxy2),
        (function_url(), DeliveryShape::Proxy2),
        (alb(), DeliveryShape::Alb),
        (alb_multi(), DeliveryShape::AlbMultiValue),
    ]
}

/// `event` with `value` at the JSON pointer `at`, which need not be there yet.
fn with(mut event: Value, at: &str, value: Value) -> Value {
    let (parent, name) = at.rsplit_once('/').unwrap();
    let members = event.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    members.insert(name.to_owned(), value);
    event
}

#[track_caller]
fn delivery<T>(event: &Value, look: impl Fn(Delivery<'_>) -> T) -> T {
    let bytes = event.to_string();
    match WebhookRequest::read(bytes.as_bytes()) {
        Ok(WebhookRequest::Delivery(delivery)) => look(delivery),
        other => panic!("{other:?}: {event}"),
    }
}

#[track_caller]
fn gate<T>(event: &Value, look: impl Fn(GateRequest<'_>) -> T) -> T {
    let bytes = event.to_string();
    match WebhookRequest::read(bytes.as_bytes()) {
        Ok(WebhookRequest::Gate(gate)) => look(gate),
        other => panic!("{other:?}: {event}"),
    }
}

#[track_caller]
fn refuse(event: &str, sentence: &str) {
    let error = WebhookRequest::read(event.as_bytes()).unwrap_err().to_string();
    assert_eq!(error, format!("malformed event: {sentence}"), "{event}");
}

#[test]
fn every_kind_of_delivery_says_what_was_sent() {
    for (event, shape) in deliveries() {
        delivery(&event, |delivery| {
            assert_eq!(delivery.shape, shape);
            assert_eq!(delivery.body().unwrap(), &b"{\"a\":1}"[..]);
            assert_eq!(delivery.message.method(), "POST");
            assert_eq!(delivery.message.webhook_id(), Occurrence::Single("wh_1"));
            assert_eq!(delivery.message.header("X-WEBHOOK-ID"), Occurrence::Single("wh_1"));
            assert_eq!(delivery.message.header_values("X-Webhook-Id"), ["wh_1"]);
            let source = match shape {
                DeliveryShape::Proxy2 => Some("2001:db8::7"),
                DeliveryShape::Alb => None,
                DeliveryShape::Proxy1 | DeliveryShape::AlbMultiValue => Some("203.0.113.7"),
            };
            assert_eq!(delivery.message.source_ip(), source.map(|text| text.parse().unwrap()));
        });
    }
}

#[test]
fn ids_of_the_request() {
    #[track_caller]
    fn check(event: &Value, expected: Option<&str>) {
        delivery(event, |delivery| {
            assert_eq!(delivery.gateway_request_id.as_deref(), expected, "{event}");
        });
    }
    #[track_caller]
    fn check_gate(event: &Value, expected: Option<&str>) {
        gate(event, |gate| assert_eq!(gate.gateway_request_id.as_deref(), expected, "{event}"));
    }
    check(&proxy_1(), Some("AbCdEfGhIjKlMn0="));
    check(&proxy_2(), Some("JKJaXmPLvHcESHA="));
    check(&function_url(), Some("JKJaXmPLvHcESHA="));
    check(&alb(), None);
    check(&alb_multi(), None);
    check_gate(&rest_request(&[], "POST", "/hooks"), Some("AbCdEfGhIjKlMn0="));
    check_gate(&http_1(&[], "POST", "/hooks"), Some("AbCdEfGhIjKlMn0="));
    check_gate(&http_2(&[], "POST", "/hooks"), Some("JKJaXmPLvHcESHA="));
    let id = "b1c2d3e4-0000-4000-8000-000000000001";
    let (member, fallback) = ("/requestContext/extendedRequestId", "/requestContext/requestId");
    check(&with(proxy_1(), member, json!(null)), Some(id));
    check(&with(proxy_1(), fallback, json!(null)), Some("AbCdEfGhIjKlMn0="));
    check(&with(proxy_1(), member, json!("a\nb")), None);
    check(&with(proxy_1(), member, json!("x".repeat(129))), None);
    check(&with(proxy_2(), fallback, json!("a b")), None);
}

#[test]
fn paths_queries_and_hosts() {
    #[track_caller]
    fn check(event: &Value, path: &str, query: Option<&str>, scheme: &str, host: Occurrence<&str>) {
        delivery(event, |delivery| {
            let message = &delivery.message;
            let got = (message.path(), message.raw_query(), message.scheme(), message.host());
            assert_eq!(got, (path, query, scheme, host), "{event}");
        });
    }
    let domain = Occurrence::Single("abcdef1234.execute-api.eu-central-1.amazonaws.com");
    check(&proxy_1(), "/prod/hooks", Some(""), "https", domain);
    let stageless = with(proxy_1(), "/requestContext/path", json!(null));
    check(&stageless, "/hooks", Some(""), "https", domain);
    let query = "a=1&a=%32";
    check(&proxy_2(), "/prod/hooks", Some(query), "https", Occurrence::Single("h.example"));
    check(&function_url(), "/", Some(query), "https", Occurrence::Single("h.example"));
    let other = with(proxy_2(), "/headers/host", json!("other.example"));
    check(&other, "/prod/hooks", Some(query), "https", Occurrence::Conflicting);
    let no_query = with(proxy_2(), "/rawQueryString", json!(null));
    check(&no_query, "/prod/hooks", None, "https", Occurrence::Single("h.example"));
    check(&alb(), "/hooks", Some(""), "http", Occurrence::Absent);
    check(&alb_multi(), "/hooks", Some(""), "https", Occurrence::Absent);
    for name in ["queryStringParameters", "multiValueQueryStringParameters"] {
        let empty = with(proxy_1(), &format!("/{name}"), json!({}));
        check(&empty, "/prod/hooks", Some(""), "https", domain);
        for query in [json!({ "a": "1" }), json!({ "a": ["1"] }), json!({ "a": null })] {
            let event = with(proxy_1(), &format!("/{name}"), query);
            check(&event, "/prod/hooks", None, "https", domain);
        }
    }
    for proto in ["HTTP", "http, https", "ftp", ""] {
        let event = with(alb(), "/headers/x-forwarded-proto", json!(proto));
        check(&event, "/hooks", Some(""), "https", Occurrence::Absent);
    }
    // Nobody but a load balancer may say so.
    let event = with(proxy_2(), "/headers/x-forwarded-proto", json!("http"));
    check(&event, "/prod/hooks", Some(query), "https", Occurrence::Single("h.example"));
}

#[test]
fn sources() {
    #[track_caller]
    fn check(event: &Value, source: Option<&str>) {
        let got = delivery(event, |delivery| delivery.message.source_ip());
        assert_eq!(got, source.map(|source| source.parse().unwrap()), "{event}");
    }
    for (value, source) in [
        (json!("203.0.113.7"), Some("203.0.113.7")),
        (json!("::ffff:203.0.113.7"), Some("::ffff:203.0.113.7")),
        (json!("test-invoke-source-ip"), None),
        (json!("203.0.113.7:80"), None),
        (json!(""), None),
        (json!(null), None),
    ] {
        check(&with(proxy_1(), "/requestContext/identity/sourceIp", value.clone()), source);
        check(&with(proxy_2(), "/requestContext/http/sourceIp", value), source);
    }
    for (value, source) in [
        ("203.0.113.7", Some("203.0.113.7")),
        ("10.0.0.1,203.0.113.7", Some("203.0.113.7")),
        ("10.0.0.1, 203.0.113.7:4711", Some("203.0.113.7")),
        ("10.0.0.1, 2001:db8::7", Some("2001:db8::7")),
        ("10.0.0.1, [2001:db8::7]:4711", Some("2001:db8::7")),
        ("10.0.0.1, ", None),
        ("10.0.0.1, unknown", None),
        ("", None),
    ] {
        // Of several such headers it would be the last, which the sender may have written.
        check(&with(alb(), "/headers/x-forwarded-for", json!(value)), None);
        let event = with(alb_multi(), "/multiValueHeaders/x-forwarded-for", json!([value]));
        check(&event, source);
    }
    for values in [["10.0.0.2", "203.0.113.7"], ["203.0.113.7", "10.0.0.2"], ["10.0.0.2"; 2]] {
        check(&with(alb_multi(), "/multiValueHeaders/x-forwarded-for", json!(values)), None);
    }
    check(&with(alb(), "/headers", json!(null)), None);
    // What the sender says counts for nothing where API Gateway knows better.
    let event = with(proxy_1(), "/headers/X-Forwarded-For", json!("10.0.0.1"));
    check(&event, Some("203.0.113.7"));
}

#[test]
fn which_webhook() {
    #[track_caller]
    fn check(event: &Value, id: Occurrence<&str>) {
        delivery(event, |delivery| assert_eq!(delivery.message.webhook_id(), id, "{event}"));
    }
    let nameless =
        || with(with(proxy_1(), "/headers", json!(null)), "/multiValueHeaders", json!(null));
    check(&nameless(), Occurrence::Absent);
    let (path, query) = ("/pathParameters", "/queryStringParameters");
    let (multi, headers) = ("/multiValueQueryStringParameters", "/headers");
    let id = |value: Value| json!({ "webhook_id": value });
    for at in [path, query, multi] {
        check(&with(nameless(), at, id(json!("wh_2"))), Occurrence::Single("wh_2"));
        check(&with(nameless(), at, id(json!(""))), Occurrence::Single(""));
        check(&with(nameless(), at, id(json!(null))), Occurrence::Absent);
        check(&with(nameless(), at, json!({ "Webhook_Id": "wh_2" })), Occurrence::Absent);
        check(&with(proxy_1(), at, id(json!("wh_1"))), Occurrence::Single("wh_1"));
        check(&with(proxy_1(), at, id(json!("wh_2"))), Occurrence::Conflicting);
        check(&with(proxy_1(), at, id(json!(""))), Occurrence::Conflicting);
        check(&with(proxy_1(), at, id(json!("WH_1"))), Occurrence::Conflicting);
    }
    check(&with(nameless(), multi, id(json!(["wh_1", "wh_2"]))), Occurrence::Conflicting);
    check(
        &with(nameless(), headers, json!({ "x-WEBHOOK-iD": "wh_1" })),
        Occurrence::Single("wh_1"),
    );
    let twice = json!({ "X-Webhook-Id": "wh_1", "x-webhook-id": "wh_2" });
    check(&with(nameless(), headers, twice), Occurrence::Conflicting);
    let joined = with(proxy_2(), "/headers/x-webhook-id", json!("wh_1,wh_2"));
    check(&joined, Occurrence::Single("wh_1,wh_2"));
}

#[test]
fn repeated_headers() {
    #[track_caller]
    fn check(headers: Value, multi: Value, given: Occurrence<&str>, values: &[&str]) {
        let event = with(proxy_1(), "/headers", headers);
        let event = with(event, "/multiValueHeaders", multi);
        delivery(&event, |delivery| {
            assert_eq!(delivery.message.header("X-A"), given, "{event}");
            assert_eq!(delivery.message.header_values("x-a"), values, "{event}");
        });
    }
    check(json!(null), json!(null), Occurrence::Absent, &[]);
    check(json!({ "x-a": "1" }), json!(null), Occurrence::Single("1"), &["1"]);
    check(json!({ "x-a": "1" }), json!({ "x-b": ["2"] }), Occurrence::Single("1"), &["1"]);
    check(json!({ "x-a": "1" }), json!({ "X-A": ["1"] }), Occurrence::Single("1"), &["1"]);
    check(
        json!({ "X-A": "2" }),
        json!({ "X-A": ["1", "2"] }),
        Occurrence::Conflicting,
        &["1", "2"],
    );
    check(
        json!(null),
        json!({ "X-A": ["1"], "x-A": ["2", null, "1"] }),
        Occurrence::Conflicting,
        &["1", "2", "1"],
    );
    check(json!({ "x-a": "1", "X-A": "2" }), json!(null), Occurrence::Conflicting, &["2", "1"]);
    check(json!({ "x-a": null }), json!({ "X-A": null }), Occurrence::Absent, &[]);
    check(json!({ "x-a": "" }), json!(null), Occurrence::Single(""), &[""]);
}

#[test]
fn every_map_may_be_null() {
    for (event, shape) in deliveries() {
        let names: Vec<String> = event.as_object().unwrap().keys().cloned().collect();
        for name in names {
            if ["requestContext", "httpMethod", "path", "rawPath", "version"]
                .contains(&name.as_str())
            {
                continue;
            }
            let event = with(event.clone(), &format!("/{name}"), json!(null));
            let expected = match (shape, name.as_str()) {
                (DeliveryShape::AlbMultiValue, "multiValueHeaders") => DeliveryShape::Alb,
                _ => shape,
            };
            delivery(&event, |delivery| assert_eq!(delivery.shape, expected, "{event}"));
        }
    }
    // API Gateway's console: no maps at all.
    let event = json!({ "httpMethod": "POST", "path": "/a", "headers": null,
        "multiValueHeaders": null, "requestContext": null, "body": null, "isBase64Encoded": null });
    delivery(&event, |delivery| {
        assert_eq!(delivery.message.path(), "/a");
        assert_eq!(delivery.gateway_request_id, None);
        assert_eq!(delivery.body().unwrap(), &b""[..]);
    });
}

#[test]
fn bodies() {
    #[track_caller]
    fn check(body: Value, is_base64: Value, expected: Result<&[u8], &str>) {
        let event = with(with(proxy_1(), "/body", body), "/isBase64Encoded", is_base64);
        delivery(&event, |delivery| {
            let body = delivery.body().map_err(|malformed| malformed.to_string());
            match expected {
                Ok(bytes) => assert!(body.unwrap() == bytes),
                Err(error) => assert_eq!(body.unwrap_err(), format!("malformed event: {error}")),
            }
        });
    }
    check(json!(null), json!(false), Ok(b""));
    check(json!(null), json!(true), Ok(b""));
    check(json!(""), json!(true), Ok(b""));
    check(json!("a\"\\/\n\u{1}ä"), json!(null), Ok("a\"\\/\n\u{1}ä".as_bytes()));
    check(json!("YQ=="), json!(false), Ok(b"YQ=="));
    check(json!("YQ=="), json!(true), Ok(b"a"));
    check(json!("//4="), json!(true), Ok(b"\xff\xfe"));
    check(json!("{\"a\":1}"), json!(true), Err("`body` is said to be base64 and is not"));
    check(json!("YQ"), json!(true), Err("`body` is said to be base64 and is not"));
    check(json!({ "a": 1 }), json!(false), Err("`body` is no string"));
    check(json!(7), json!(true), Err("`body` is no string"));
    // The most that Lambda takes.
    let text = "{\"key\": \"a line\\n\"},".repeat(6 * 1024 * 1024 / 22);
    check(json!(text), json!(false), Ok(text.as_bytes()));
    let bytes: Vec<u8> = (0..=255).cycle().take(6 * 1024 * 1024 * 3 / 4).collect();
    check(json!(STANDARD.encode(&bytes)), json!(true), Ok(&bytes));
}

#[test]
fn gates() {
    let headers = [("X-Webhook-Id", "wh_1"), ("X-A", "1")];
    for (event, shape, path) in [
        (rest_request(&headers, "POST", "/hooks"), Shape::RestRequest, "/prod/hooks"),
        (http_1(&headers, "POST", "/hooks"), Shape::Http1, "/prod/hooks"),
        (http_2(&headers, "POST", "/hooks"), Shape::Http2, "/hooks"),
    ] {
        gate(&event, |gate| {
            assert_eq!((gate.shape, gate.message.path()), (shape, path));
            assert_eq!((gate.arn.path(), gate.message.method()), ("/hooks", "POST"));
            assert_eq!(gate.message.webhook_id(), Occurrence::Single("wh_1"));
            assert_eq!(gate.message.raw_query(), Some(""));
            assert_eq!(gate.message.source_ip(), "203.0.113.7".parse().ok());
        });
        for at in [
            "headers",
            "multiValueHeaders",
            "requestContext",
            "pathParameters",
            "rawPath",
            "path",
            "httpMethod",
            "queryStringParameters",
            "stageVariables",
            "identitySource",
        ] {
            let event = with(event.clone(), &format!("/{at}"), json!(null));
            gate(&event, |gate| assert_eq!(gate.message.method(), "POST"));
        }
        // A body in a question to an authorizer makes no delivery of it.
        gate(&with(event, "/body", json!("x")), |gate| assert_eq!(gate.shape, shape));
    }
    refuse(
        &rest_token("t", "POST", "/hooks").to_string(),
        "a `TOKEN` authorizer cannot see a signature: use a `REQUEST` authorizer",
    );
    let no_webhook = "a WebSocket cannot bring a webhook: use a REST or HTTP API";
    refuse(&websocket(&[], &[]).to_string(), no_webhook);
    let message = with(proxy_1(), "/requestContext/connectionId", json!("AbC="));
    refuse(&message.to_string(), no_webhook);
    refuse(r#"{"type":"REQUEST"}"#, "neither `methodArn` nor `routeArn` is given");
    refuse(r#"{"methodArn":"*"}"#, "the ARN is not one of a method of `execute-api`");
}

#[test]
fn exact_resources() {
    #[track_caller]
    fn check(path: &str, is_exact: bool) {
        gate(&rest_request(&[], "POST", path), |gate| {
            let expected = tests::events::arn("POST", path);
            assert_eq!(gate.exact_resource().ok(), is_exact.then_some(expected.as_str()));
        });
    }
    for path in ["/", "/hooks/wh_1", "/a-b.c~d/%2F", "/a:b@c", "/a+b,c=d;e!f&g", "//", "/../a"] {
        check(path, true);
    }
    for path in [
        "/*",
        "/a?b",
        "/${aws:username}",
        "/$default",
        "/a b",
        "/ä",
        "/\"",
        "/\\",
        "/'",
        "/(a)",
        "/a\n",
        "/<a>",
        "/{a}",
        "/[a]",
        "/a|b",
        "/a^b",
        "/`a`",
        "/#",
    ] {
        check(path, false);
    }
    let room = 512 - tests::events::arn("POST", "/").len();
    check(&format!("/{}", "a".repeat(room)), true);
    check(&format!("/{}", "a".repeat(room + 1)), false);
}

#[test]
fn malformed_events() {
    let object = "it is not a JSON object";
    for event in ["", "nonsense", "null", "[]", "[{\"httpMethod\":\"POST\"}]", "\"x\""] {
        refuse(event, object);
    }
    refuse("{\"body\":\"x", "it is not JSON");
    refuse(&format!("{} x", proxy_1()), "it is not JSON");
    refuse(&format!("{0}{0}", proxy_1()), "it is not JSON");
    refuse("{}", "it is neither an authorizer event nor a delivery");
    refuse(r#"{"version":"2.0"}"#, "it has no method");
    refuse(r#"{"version":"2.0","requestContext":{"http":{"method":"P"}}}"#, "it has no path");
    refuse(r#"{"httpMethod":"P"}"#, "it has no path");
    refuse(r#"{"httpMethod":"P","path":"/","path":"/"}"#, "a member is given twice");
    refuse(r#"{"httpMethod":"P","path":"/","p\u0061th":"/"}"#, "a member is given twice");
    refuse(r#"{"requestContext":{"elb":1,"elb":2}}"#, "a member is given twice");
    assert!(WebhookRequest::read(b"{\"body\":\"\xff\"}").is_err());
    #[track_caller]
    fn check(at: &str, value: Value, sentence: &str) {
        refuse(&with(proxy_1(), at, value).to_string(), sentence);
    }
    check("/requestContext/path", json!(7), "`path` is no string");
    check("/requestContext/path", json!(["/"]), "`path` is no string");
    check("/httpMethod", json!({}), "`httpMethod` is no string");
    check("/version", json!(2.0), "`version` is no string");
    check("/requestContext", json!([]), "`requestContext` is no object");
    check("/requestContext", json!("x"), "`requestContext` is no object");
    check("/requestContext/identity", json!([]), "`identity` is no object");
    check("/isBase64Encoded", json!("true"), "`isBase64Encoded` is neither true nor false");
    check("/isBase64Encoded", json!(1), "`isBase64Encoded` is neither true nor false");
    for name in ["headers", "multiValueHeaders", "queryStringParameters", "pathParameters"] {
        let sentence = format!("`{name}` is no map of strings");
        for value in [json!("x"), json!(7), json!(["x"]), json!({ "a": {} }), json!({ "a": [[]] })]
        {
            check(&format!("/{name}"), value, &sentence);
        }
    }
}

#[test]
fn what_is_not_looked_at_may_be_deep() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let event =
        format!(r#"{{"x":{deep},"httpMethod":"P","path":"/","requestContext":{{"y":{deep}}}}}"#);
    assert!(WebhookRequest::read(event.as_bytes()).is_ok());
    let event = format!(r#"{{"httpMethod":"P","path":"/","headers":{{"a":{deep}}}}}"#);
    refuse(&event, "`headers` is no map of strings");
    let event = format!(r#"{{"httpMethod":"P","path":"/","body":{deep}}}"#);
    assert!(WebhookRequest::read(event.as_bytes()).is_ok());
}

/// What AWS's own types accept we accept, and our events are what those types accept.
#[test]
fn the_oracle_reads_the_same_deliveries() {
    #[track_caller]
    fn check_oracle<T: serde::de::DeserializeOwned>(event: Value) {
        let oracle: Result<T, _> = serde_json::from_value(event.clone());
        assert!(oracle.is_ok(), "{:?}: {event}", oracle.err());
        assert!(WebhookRequest::read(event.to_string().as_bytes()).is_ok(), "{event}");
    }
    check_oracle::<ApiGatewayProxyRequest>(proxy_1());
    check_oracle::<ApiGatewayProxyRequest>(with(proxy_1(), "/version", json!("1.0")));
    check_oracle::<ApiGatewayV2httpRequest>(proxy_2());
    check_oracle::<LambdaFunctionUrlRequest>(function_url());
    check_oracle::<AlbTargetGroupRequest>(alb());
    check_oracle::<AlbTargetGroupRequest>(alb_multi());
}
