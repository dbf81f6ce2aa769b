//! The decision log: one line, all five words, no secret.

use std::sync::LazyLock;

use runtime::decision_log::{Line, MetricsNamespace, Record};
use runtime::{Failure, UnavailableError};
use serde_json::{Value, json};
use shared::record::Field;
use tests::events::{http_1, http_2, rest_request, rest_token, websocket};
use tests::mint::{
    NEW_YEAR_2026, SERVICE_CLIENT, Signer, USER, id_claims, service_claims, user_access_claims,
    with,
};
use tests::test_authorizer::TestAuthorizer;
use tests::test_webhook_authorizer::TestWebhookAuthorizer;
use tests::webhook_events::{portcullis, proxy_1};

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate("key-1"));
static AUTHORIZER: LazyLock<TestAuthorizer> = LazyLock::new(|| TestAuthorizer::new(&SIGNER, &[]));

/// Of a webhook.
const SECRET: &str = "sesame-sesame-the-first";

fn viewer() -> String {
    SIGNER.token(&id_claims("viewer", "acme"))
}

/// The line for `event`, without the part that is for CloudWatch.
#[track_caller]
fn check(event: &Value, expected: Value) {
    let mut line = AUTHORIZER.answer(event).log;
    let members = line.as_object_mut().unwrap();
    for metric in ["_aws", "Decisions", "Latency", "microseconds"] {
        assert!(members.remove(metric).is_some(), "{metric}");
    }
    assert_eq!(line, expected);
}

#[test]
fn an_allow() {
    check(
        &rest_request(&[("Authorization", &viewer())], "GET", "/api/incidents/17"),
        json!({
            "function": "authorizer",
            "outcome": "allow",
            "allowed": true,
            "code": "OK",
            "subject": USER,
            "tenant": "acme",
            "role": "viewer",
            "credential": "id-token",
            "event": "rest-request",
            "method": "GET",
            "route": "/api/incidents/{id}",
            "permission": "read:itsm",
            "kid": "key-1",
            "jwks_cache": "hit",
            "request_id": "invocation",
            "gateway_request_id": "AbCdEfGhIjKlMn0="
        }),
    );
}

#[test]
fn a_service() {
    let token = SIGNER.token(&service_claims("stackflow/api.read"));
    check(
        &rest_token(&token, "POST", "/api/incidents"),
        json!({
            "function": "authorizer",
            "outcome": "deny",
            "allowed": false,
            "code": "INSUFFICIENT_ROLE",
            "reason": "the role or the scopes lack the permission",
            "subject": SERVICE_CLIENT,
            "tenant": "acme",
            "role": "service_account",
            "scopes": "stackflow/api.read",
            "credential": "service-token",
            "event": "rest-token",
            "method": "POST",
            "route": "/api/incidents",
            "permission": "write:itsm",
            "kid": "key-1",
            "jwks_cache": "hit",
            "request_id": "invocation"
        }),
    );
}

#[test]
fn nobody_is_named_before_he_is_proven() {
    check(
        &rest_token(
            &Signer::generate("key-1").token(&id_claims("viewer", "acme")),
            "GET",
            "/api/x",
        ),
        json!({
            "function": "authorizer",
            "outcome": "deny",
            "allowed": false,
            "code": "TOKEN_INVALID",
            "reason": "the signature does not verify",
            "event": "rest-token",
            "kid": "key-1",
            "jwks_cache": "hit",
            "request_id": "invocation"
        }),
    );
}

#[test]
fn an_error() {
    check(
        &json!({ "methodArn": "*" }),
        json!({
            "function": "authorizer",
            "outcome": "error",
            "allowed": false,
            "code": "MALFORMED",
            "reason": "malformed event: the ARN is not one of a method of `execute-api`",
            "request_id": "invocation"
        }),
    );
}

/// Lambda's id is always there. API Gateway's comes from outside, and is there if it looks like one.
#[test]
fn ids_of_the_request() {
    #[track_caller]
    fn check(event: &Value, expected: &Value) {
        let line = AUTHORIZER.answer(event).log;
        assert_eq!(
            (&line["request_id"], &line["gateway_request_id"]),
            (&json!("invocation"), expected)
        );
    }
    let (absent, extended) = (Value::Null, json!("AbCdEfGhIjKlMn0="));
    check(&rest_token("x", "GET", "/"), &absent);
    check(&rest_request(&[], "GET", "/"), &extended);
    check(&http_1(&[], "GET", "/"), &extended);
    check(&http_2(&[], "GET", "/"), &json!("JKJaXmPLvHcESHA="));
    check(&websocket(&[], &[]), &extended);
    check(&json!({ "methodArn": "*" }), &absent);

    #[track_caller]
    fn check_ids(extended: Value, id: Value, expected: Value) {
        let mut event = rest_request(&[], "GET", "/");
        event["requestContext"]["extendedRequestId"] = extended;
        event["requestContext"]["requestId"] = id;
        check(&event, &expected);
    }
    check_ids(json!("extended"), json!("id"), json!("extended"));
    check_ids(json!("extended"), json!(null), json!("extended"));
    check_ids(json!(null), json!("id"), json!("id"));
    check_ids(json!(null), json!(null), json!(null));
    check_ids(json!("aZ09-_=+/"), json!("id"), json!("aZ09-_=+/"));
    check_ids(json!("x".repeat(128)), json!("id"), json!("x".repeat(128)));
    check_ids(json!("x".repeat(129)), json!("id"), json!(null));
    for odd in
        ["", " ", "a b", "a\n", "a\u{1b}[2J", "a\u{0}", "\"", "a.b", "{a}", "a,b", "ä", "\u{202e}"]
    {
        check_ids(json!(odd), json!("id"), json!(null));
        check_ids(json!(null), json!(odd), json!(null));
    }
}

/// The metrics that a line declares: the sets of dimensions, and the names.
///
/// What is declared is there: a dimension as text, a metric as a number.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
fn declared(line: &Value) -> Vec<(Value, Vec<&str>)> {
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap().iter();
    directives
        .map(|directive| {
            assert_eq!(directive["Namespace"], "Portcullis");
            let dimensions = &directive["Dimensions"];
            for name in
                dimensions.as_array().unwrap().iter().flat_map(|set| set.as_array().unwrap())
            {
                assert!(line[name.as_str().unwrap()].is_string(), "{name}");
            }
            let metrics = directive["Metrics"].as_array().unwrap().iter().map(|metric| {
                let name = metric["Name"].as_str().unwrap();
                assert!(line[name].is_u64(), "{name}");
                assert_eq!(
                    metric["Unit"],
                    if name == "Latency" { "Microseconds" } else { "Count" }
                );
                name
            });
            (dimensions.clone(), metrics.collect())
        })
        .collect()
}

#[test]
fn metrics() {
    let decision = || {
        let dimensions =
            json!([["function"], ["function", "outcome"], ["function", "outcome", "code"]]);
        (dimensions, vec!["Decisions", "Latency"])
    };
    let of_function = |names: &[&'static str]| (json!([["function"]]), names.to_vec());

    let line = AUTHORIZER.answer(&rest_token(&viewer(), "GET", "/api/incidents")).log;
    assert_eq!(line["_aws"]["Timestamp"], (NEW_YEAR_2026 + 60) * 1000);
    assert_eq!(line["Decisions"], 1);
    assert_eq!(declared(&line), [decision()]);

    // The decision refuses a path that the policy's wildcards let in.
    let line = AUTHORIZER.answer(&rest_token(&viewer(), "GET", "/api/incidents/\n")).log;
    assert_eq!((&line["code"], &line["AnswerDisagrees"]), (&json!("ANSWER_DISAGREES"), &json!(1)));
    assert_eq!(declared(&line), [decision(), of_function(&["AnswerDisagrees"])]);

    let day = ("replay_window_seconds", Some(Field::Number("86400".to_owned())));
    let webhooks = TestWebhookAuthorizer::new().webhook("wh_1", "portcullis", SECRET, &[day]);
    let event = proxy_1(&portcullis("wh_1", SECRET, b"{}"), b"{}");
    assert_eq!(declared(&webhooks.answer(&event).log), [decision()]);
    let line = webhooks.answer(&event).log;
    assert_eq!((&line["code"], &line["Duplicate"]), (&json!("DUPLICATE"), &json!(1)));
    assert_eq!(declared(&line), [decision(), of_function(&["Duplicate"])]);

    let of = |record: &Record| {
        let (request_id, time) = ("invocation", AUTHORIZER.now);
        let namespace = &MetricsNamespace::default();
        let function = "authorizer";
        let line = Line { function, namespace, time, request_id, microseconds: 7, record };
        serde_json::to_value(line).unwrap()
    };
    let jwks = of_function(&["JwksRefreshes", "JwksFailures"]);
    let failure = Failure::Unavailable(UnavailableError::new("no keys"));
    let fetched = Record { jwks_failures: 2, ..Record::unread(&failure) };
    assert_eq!(of(&fetched)["JwksFailures"], 2);
    assert_eq!(declared(&of(&fetched)), [decision(), jwks.clone()]);
    // A ping is no decision, but keys may have been fetched before it.
    assert_eq!(declared(&of(&Record::ping())), []);
    assert_eq!(declared(&of(&Record { jwks_refreshes: 1, ..Record::ping() })), [jwks]);
}

/// Every piece of every credential that goes in, against everything that comes out.
#[test]
fn no_line_no_error_and_no_debug_shows_a_credential() {
    let mut expired = id_claims("viewer", "acme");
    expired["exp"] = json!(1);
    let mut strange = id_claims("viewer", "acme");
    strange["custom:tenant_id"] = json!("sesame-tenant/*");
    strange["sub"] = json!("sesame subject");
    let header = json!({ "alg": "RS256", "kid": "sesame-kid" }).to_string();
    let good = viewer();
    let tokens = [
        good.clone(),
        SIGNER.token(&expired),
        SIGNER.token(&strange),
        SIGNER.token(&service_claims("sesame-scope")),
        SIGNER.token(&tests::mint::user_access_claims()),
        SIGNER.token_of(header.as_bytes(), id_claims("viewer", "acme").to_string().as_bytes()),
        Signer::generate("key-1").token(&id_claims("sesame-role", "acme")),
        format!("{good}sesame"),
        format!("sesame.{good}"),
        "sesame".to_owned(),
        "sesame.sesame.sesame".to_owned(),
    ];
    for token in &tokens {
        let bearer = format!("Bearer {token}");
        let auth = [("Authorization", bearer.as_str())];
        let doubled = [("Authorization", bearer.as_str()), ("authorization", "Bearer sesame")];
        let keyed = [("Authorization", bearer.as_str()), ("x-api-key", "sfk_prod_sesame")];
        let basic = format!("Basic {token}");
        for event in [
            rest_token(&bearer, "GET", "/api/incidents"),
            rest_token(token, "POST", "/api/incidents/sesame"),
            rest_token(&basic, "GET", "/api/incidents"),
            rest_request(&auth, "GET", "/api/tenants/sesame/reports"),
            rest_request(&doubled, "GET", "/api/incidents"),
            rest_request(&keyed, "GET", "/api/incidents"),
            http_2(&auth, "GET", "/sesame"),
            websocket(&auth, &[("token", "sesame")]),
            websocket(&[], &[("token", token)]),
            json!({ "type": "TOKEN", "methodArn": "sesame", "authorizationToken": token }),
            json!({ "type": "TOKEN", "methodArn": [token], "authorizationToken": "sesame" }),
        ] {
            let seen = AUTHORIZER.answer(&event).seen.replace("sesame-scope", "");
            assert!(!seen.contains("sesame"), "{seen}");
            for part in token.split('.').filter(|part| part.len() > 16) {
                assert!(!seen.contains(part), "{seen}");
            }
        }
        let truncated = rest_token(&bearer, "GET", "/api/incidents").to_string();
        let seen = AUTHORIZER.answer_bytes(&truncated.as_bytes()[..truncated.len() / 2]).seen;
        assert!(token.get(..16).is_none_or(|start| !seen.contains(start)), "{seen}");
    }
}

/// The same where a token stands elsewhere and its claims are read in another way.
#[test]
fn nothing_is_shown_of_what_stands_elsewhere() {
    let authorizer = TestAuthorizer::new(
        &SIGNER,
        &[
            ("CREDENTIALS", "id-token,user-token,service-token"),
            ("TOKEN_SOURCES", "header:access-key,query:token,websocket-protocol"),
            ("ROLE_CLAIM", "cognito:groups"),
            ("SERVICE_CLIENTS", "many=claim:tenant"),
            ("POOL_TENANTS", "eu-central-1_Portcull1=acme"),
        ],
    );
    let user = |name: &str, value: Value| {
        let claims =
            with(user_access_claims(), "cognito:groups", json!(["viewer", "sesame-group"]));
        with(with(claims, "custom:tenant_id", json!("acme")), name, value)
    };
    let service = with(with(service_claims("x"), "client_id", json!("many")), "sub", json!("many"));
    for claims in [
        user("x", json!("sesame")),
        user("aud", json!("sesame-audience")),
        user("client_id", json!("sesame-client")),
        user("cognito:groups", json!(["sesame-group"])),
        user("cognito:groups", json!(["viewer", "sesame-group", "super_admin"])),
        user("cognito:groups", json!([{ "sesame": 1 }])),
        user("custom:tenant_id", json!("sesame-tenant")),
        with(service.clone(), "tenant", json!("sesame tenant")),
        with(service, "tenant", json!("sesame-tenant")),
    ] {
        let token = SIGNER.token(&claims);
        let protocols = [format!("sesame, {token}"), format!("{token}, {token}x")];
        for event in [
            rest_token(&token, "GET", "/api/incidents"),
            rest_request(&[("access-key", &token)], "GET", "/api/incidents"),
            rest_request(
                &[("access-key", &token), ("Access-Key", "sesame")],
                "GET",
                "/api/incidents",
            ),
            websocket(&[("access-key", &token)], &[("token", "sesame")]),
            websocket(&[("sec-websocket-protocol", &protocols[0])], &[]),
            websocket(&[("sec-websocket-protocol", &protocols[1])], &[]),
        ] {
            let seen = authorizer.answer(&event).seen;
            assert!(!seen.contains("sesame"), "{seen}");
            for part in token.split('.') {
                assert!(!seen.contains(part), "{seen}");
            }
        }
    }
}

/// The check that every decision of the suite passes would notice.
#[test]
#[should_panic(expected = "is shown")]
fn a_credential_in_a_line_is_noticed() {
    let event = rest_token(&viewer(), "GET", "/api/incidents").to_string();
    let signature = viewer().rsplit('.').next().unwrap().to_owned();
    tests::test_authorizer::assert_shows_no_credential(
        event.as_bytes(),
        &format!("oops {signature}"),
    );
}
