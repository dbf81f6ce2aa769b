//! What API Gateway gets at the gate of a webhook, and what a sender gets on delivery.

use aws_lambda_events::alb::AlbTargetGroupResponse;
use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerResponse, ApiGatewayProxyResponse,
    ApiGatewayV2CustomAuthorizerIamPolicyResponse, ApiGatewayV2CustomAuthorizerSimpleResponse,
};
use serde_json::{Value, json};
use shared::denial::{Code, Denial};
use shared::ids::DeliveryId;
use shared::response::ResponseFormat;
use shared::webhook::{Admitted, DeliveryShape, Reply, ToldApartBy, WebhookRequest, gate_response};
use tests::events::{PREFIX, arn, http_1, http_2, rest_request};
use tests::test_webhook_authorizer::known_webhook;

fn denied() -> Denial {
    Denial::new(Code::SignatureExpired, "a reason for the log alone")
}

#[track_caller]
fn answer(format: ResponseFormat, event: &Value, decided: Result<(), Denial>) -> Value {
    let bytes = event.to_string();
    let Ok(WebhookRequest::Gate(gate)) = WebhookRequest::read(bytes.as_bytes()) else {
        panic!("{event}");
    };
    let webhook = known_webhook("wh_1", "github");
    let decided = decided.map(|()| Admitted::Pending(webhook));
    let json = gate_response(format, &gate, decided.as_ref()).unwrap();
    serde_json::from_str(json.get()).unwrap()
}

fn policy(principal: &str, effect: &str, resource: &str, context: Value) -> Value {
    json!({
        "principalId": principal,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                { "Action": "execute-api:Invoke", "Effect": effect, "Resource": [resource] }
            ]
        },
        "context": context
    })
}

fn identity() -> Value {
    json!({
        "user_id": "2f1c0a52-7a3d-4a5e-9d0a-0d6f5c1e8b11",
        "tenant_id": "acme",
        "webhook_id": "wh_1",
        "auth_method": "webhook",
        "verified": "pending"
    })
}

fn deny(code: &str) -> Value {
    policy("anonymous", "Deny", &format!("{PREFIX}*"), json!({ "code": code }))
}

#[test]
fn an_allow_is_for_what_was_asked_and_a_deny_for_everything() {
    for format in [ResponseFormat::Iam, ResponseFormat::Simple] {
        for event in [
            rest_request(&[], "POST", "/hooks/wh_1"),
            http_1(&[], "POST", "/hooks/wh_1"),
            http_2(&[], "POST", "/hooks/wh_1"),
        ] {
            if format == ResponseFormat::Simple && event.get("routeArn").is_some() {
                continue;
            }
            let allow = policy("wh_1", "Allow", &arn("POST", "/hooks/wh_1"), identity());
            assert_eq!(answer(format, &event, Ok(())), allow);
            assert_eq!(answer(format, &event, Err(denied())), deny("SIGNATURE_EXPIRED"));
        }
    }
}

#[test]
fn the_simple_form() {
    let event = http_2(&[], "POST", "/hooks");
    let allow = json!({ "isAuthorized": true, "context": identity() });
    assert_eq!(answer(ResponseFormat::Simple, &event, Ok(())), allow);
    let deny = json!({ "isAuthorized": false, "context": { "code": "SIGNATURE_EXPIRED" } });
    assert_eq!(answer(ResponseFormat::Simple, &event, Err(denied())), deny);
}

#[test]
fn no_byte_of_the_path_is_syntax() {
    for path in ["/*", "/?", "/${a}", "/\"],\"Effect\":\"Allow\"", "/ä", "/a b"] {
        let event = rest_request(&[], "POST", path);
        assert_eq!(answer(ResponseFormat::Iam, &event, Ok(())), deny("WEBHOOK_UNKNOWN"), "{path}");
        assert_eq!(
            answer(ResponseFormat::Iam, &event, Err(denied())),
            deny("SIGNATURE_EXPIRED"),
            "{path}"
        );
        let simple = answer(ResponseFormat::Simple, &http_2(&[], "POST", path), Ok(()));
        assert_eq!(simple["isAuthorized"], false, "{path}");
    }
}

/// Every answer to a sender: its reply, status, phrase, body, and whether to ask again.
fn replies<'a>(
    id: &'a DeliveryId,
    denial: &'a Denial,
) -> [(Reply<'a>, u16, &'static str, &'static str, bool); 8] {
    [
        (Reply::Healthy, 200, "200 OK", r#"{"healthy":true}"#, false),
        (
            Reply::Duplicate(id, ToldApartBy::Time),
            200,
            "200 OK",
            r#"{"duplicate":true,"delivery_id":"d-1","told_apart_by":"time"}"#,
            false,
        ),
        (Reply::Accepted(id), 202, "202 Accepted", r#"{"delivery_id":"d-1"}"#, false),
        (Reply::Denied(denial), 403, "403 Forbidden", r#"{"code":"SIGNATURE_EXPIRED"}"#, false),
        (Reply::TooLarge, 413, "413 Content Too Large", r#"{"code":"TOO_LARGE"}"#, false),
        (
            Reply::Misconfigured,
            500,
            "500 Internal Server Error",
            r#"{"code":"MISCONFIGURED"}"#,
            false,
        ),
        (Reply::TargetFailed, 502, "502 Bad Gateway", r#"{"code":"TARGET_FAILED"}"#, true),
        (Reply::Unavailable, 503, "503 Service Unavailable", r#"{"code":"UNAVAILABLE"}"#, true),
    ]
}

#[test]
fn replies_to_the_letter() {
    let (id, denial) = (DeliveryId::parse("d-1").unwrap(), denied());
    for (reply, status, description, body, is_retried) in replies(&id, &denial) {
        let mut headers =
            json!({ "content-type": "application/json", "cache-control": "no-store" });
        let mut lists =
            json!({ "content-type": ["application/json"], "cache-control": ["no-store"] });
        if is_retried {
            headers["retry-after"] = json!("30");
            lists["retry-after"] = json!(["30"]);
        }
        let proxy = json!({
            "statusCode": status, "headers": headers, "body": body, "isBase64Encoded": false
        });
        let mut alb = proxy.clone();
        alb["statusDescription"] = json!(description);
        let mut multi = alb.clone();
        multi.as_object_mut().unwrap().remove("headers");
        multi["multiValueHeaders"] = lists;
        for (shape, expected) in [
            (DeliveryShape::Proxy1, &proxy),
            (DeliveryShape::Proxy2, &proxy),
            (DeliveryShape::Alb, &alb),
            (DeliveryShape::AlbMultiValue, &multi),
        ] {
            let json = reply.to_json(shape).unwrap();
            assert_eq!(serde_json::from_str::<Value>(json.get()).unwrap(), *expected, "{shape:?}");
        }
    }
}

#[test]
fn the_oracle_reads_every_answer() {
    for decided in [Ok(()), Err(denied())] {
        let event = rest_request(&[], "POST", "/hooks");
        let rest = answer(ResponseFormat::Iam, &event, decided.clone());
        let rest: ApiGatewayCustomAuthorizerResponse = serde_json::from_value(rest).unwrap();
        assert!(rest.principal_id.is_some_and(|id| !id.is_empty()));
        let event = http_2(&[], "POST", "/hooks");
        let http = answer(ResponseFormat::Iam, &event, decided.clone());
        let http: ApiGatewayV2CustomAuthorizerIamPolicyResponse =
            serde_json::from_value(http).unwrap();
        assert_eq!(http.policy_document.statement.len(), 1);
        let simple = answer(ResponseFormat::Simple, &event, decided.clone());
        let simple: ApiGatewayV2CustomAuthorizerSimpleResponse =
            serde_json::from_value(simple).unwrap();
        assert_eq!(simple.is_authorized, decided.is_ok());
    }
    let (id, denial) = (DeliveryId::parse("d-1").unwrap(), denied());
    for (reply, status, description, ..) in replies(&id, &denial) {
        let json = reply.to_json(DeliveryShape::Proxy1).unwrap();
        let proxy: ApiGatewayProxyResponse = serde_json::from_str(json.get()).unwrap();
        assert_eq!((proxy.status_code, proxy.headers.len() >= 2), (i64::from(status), true));
        let json = reply.to_json(DeliveryShape::AlbMultiValue).unwrap();
        let alb: AlbTargetGroupResponse = serde_json::from_str(json.get()).unwrap();
        assert_eq!(alb.status_description.as_deref(), Some(description));
    }
}
