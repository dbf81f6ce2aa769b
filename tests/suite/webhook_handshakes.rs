//! Senders that want to see whether an address is ours before they send to it.

use serde_json::{Value, json};
use shared::hex;
use shared::record::{Field, Fields};
use tests::test_webhook_authorizer::{NOW_SECONDS, TestWebhookAuthorizer};
use tests::webhook_events::{
    Headers, alb, gate_http_2, gate_rest, mac, proxy_1, proxy_2, signed_by,
};

const ID: &str = "wh_1";
const SECRET: &str = "sixteen bytes at least";
const TOKEN: &str = "verify-token-of-the-page";

type Attributes<'a> = &'a [(&'static str, Option<Field>)];

fn yes() -> (&'static str, Option<Field>) {
    ("handshake", Some(Field::Flag(true)))
}

fn text(name: &'static str, value: &str) -> (&'static str, Option<Field>) {
    (name, Some(Field::Text(value.to_owned())))
}

fn webhook(scheme: &str, attributes: Attributes<'_>) -> TestWebhookAuthorizer {
    TestWebhookAuthorizer::new().webhook(ID, scheme, SECRET, attributes)
}

fn signed(scheme: &str, body: &[u8]) -> Headers {
    signed_by(scheme, ID, SECRET, "d-1", NOW_SECONDS, body)
}

fn unsigned() -> Headers {
    vec![("X-Webhook-Id", ID.to_owned())]
}

/// The answer to a handshake in every shape of event. Nothing is forwarded, whatever the mode.
#[track_caller]
fn is_answered(function: &TestWebhookAuthorizer, events: &[Value], content_type: &str, body: &str) {
    for event in events {
        let came = function.answer(event);
        assert_eq!((came.code(), came.reason()), ("HANDSHAKE", ""), "{event}");
        assert_eq!(came.log["outcome"], "allow");
        let answer = came.answer.unwrap();
        assert_eq!(answer["statusCode"], 200);
        assert_eq!(answer["body"], body);
        let headers = json!({
            "content-type": content_type,
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        });
        assert_eq!(answer["headers"], headers);
        assert_eq!(function.forwarded().len(), 0);
    }
}

#[track_caller]
fn is_refused(function: &TestWebhookAuthorizer, event: &Value, reason: &str) {
    let came = function.answer(event);
    assert_eq!((came.code(), came.reason()), ("SIGNATURE_INVALID", reason), "{event}");
    assert_eq!(function.forwarded().len(), 0);
}

fn in_every_shape(headers: &Headers, body: &[u8]) -> [Value; 3] {
    [proxy_1(headers, body), proxy_2(headers, body), alb(headers, body)]
}

const TEXT: &str = "text/plain; charset=utf-8";
/// The answer repeats the challenge: its pieces are too short to be taken for a credential that is
/// shown.
const SLACK: &[u8] =
    br#"{"token":"Jhj5dZrVaK7ZwHHjRyZWjbDl","challenge":"3eZbrw1aBm2rZ.gRNFdxV2595E9.CY3gmdALWMmH","type":"url_verification"}"#;

#[test]
fn slack_s_challenge_is_signed() {
    let challenge = "3eZbrw1aBm2rZ.gRNFdxV2595E9.CY3gmdALWMmH";
    for mode in ["sync", "async"] {
        let function = TestWebhookAuthorizer::with(&[("TARGET_MODE", mode)]);
        let function = function.webhook(ID, "slack", SECRET, &[yes()]);
        let headers = signed("slack", SLACK);
        is_answered(&function, &in_every_shape(&headers, SLACK), TEXT, challenge);
        assert_eq!(function.answer(&gate_rest(&headers)).code(), "OK");
    }
    let function = webhook("slack", &[yes()]);
    let wrong = "the signature is not one of the webhook's secret";
    let of_another = signed("slack", b"{}");
    is_refused(&function, &proxy_1(&of_another, SLACK), wrong);
    is_refused(&function, &proxy_1(&unsigned(), SLACK), "`X-Slack-Signature` is missing");
    let plain = "the challenge is not 1 to 256 plain characters";
    for bad in ["", "a b", "a:b", "<b>", "ä", &"a".repeat(257)] {
        let body = json!({ "type": "url_verification", "challenge": bad }).to_string();
        let headers = signed("slack", body.as_bytes());
        is_refused(&function, &proxy_1(&headers, body.as_bytes()), plain);
    }
    // Off unless the record says so: then the target gets it, like any delivery.
    let function = webhook("slack", &[]);
    assert_eq!(function.answer(&proxy_1(&signed("slack", SLACK), SLACK)).code(), "OK");
    assert_eq!(function.forwarded().len(), 1);
    // Any other event is a delivery.
    let function = webhook("slack", &[yes()]);
    let event = br#"{"type":"event_callback","challenge":"abc"}"#;
    assert_eq!(function.answer(&proxy_1(&signed("slack", event), event)).code(), "OK");
    assert_eq!(function.forwarded().len(), 1);
}

fn zoom(token: &str) -> Vec<u8> {
    let payload = json!({ "plainToken": token });
    json!({ "event": "endpoint.url_validation", "event_ts": 1, "payload": payload })
        .to_string()
        .into_bytes()
}

#[test]
fn zoom_s_token_is_answered_with_its_hmac() {
    let function = webhook("zoom", &[yes()]);
    let token = "qgg8vlvZRS6.UYooatFL8Aw";
    let encrypted = hex::encode(&mac(SECRET.as_bytes(), &[token.as_bytes()]));
    let answer = json!({ "plainToken": token, "encryptedToken": encrypted }).to_string();
    let body = zoom(token);
    is_answered(&function, &in_every_shape(&unsigned(), &body), "application/json", &answer);
    let headers = signed("zoom", &body);
    is_answered(&function, &in_every_shape(&headers, &body), "application/json", &answer);
    // The gate does not see the body: what is not signed is answered or refused on delivery.
    assert_eq!(function.answer(&gate_rest(&unsigned())).code(), "OK");
    assert_eq!(function.answer(&gate_http_2(&unsigned())).code(), "OK");

    // Else a stranger could have a delivery of his own signed.
    let plain = "the challenge is not 1 to 256 plain characters";
    for bad in ["v0:1700000000:{}", "v0:", ":", "a b", "", &"a".repeat(257)] {
        is_refused(&function, &proxy_1(&unsigned(), &zoom(bad)), plain);
    }
    let missing = "`x-zm-signature` is missing";
    let delivery = br#"{"event":"meeting.started","payload":{"plainToken":"abc"}}"#;
    is_refused(&function, &proxy_1(&unsigned(), delivery), missing);
    is_refused(&function, &proxy_1(&unsigned(), b""), missing);
    is_refused(
        &function,
        &proxy_1(&unsigned(), &[zoom(token), vec![b' '; 4096]].concat()),
        missing,
    );
    let mut get = proxy_1(&unsigned(), &body);
    get["httpMethod"] = json!("GET");
    is_refused(&function, &get, missing);
    let wrong = "the signature is not one of the webhook's secret";
    is_refused(&function, &proxy_1(&signed("zoom", b"{}"), &body), wrong);

    let function = webhook("zoom", &[]);
    is_refused(&function, &proxy_1(&unsigned(), &body), missing);
    let came = function.answer(&gate_rest(&unsigned()));
    assert_eq!((came.code(), came.reason()), ("SIGNATURE_INVALID", missing));
}

fn described(template: &str) -> [(&'static str, Option<Field>); 2] {
    let description = json!({ "header": "X-Sig", "encoding": "hex", "template": template, "time_header": "X-Time" });
    let fields = Fields::from_json(&description.to_string()).unwrap();
    [("description", Some(Field::Map(fields))), yes()]
}

/// With another template, the HMAC of a text would be the signature of a delivery.
#[test]
fn a_described_scheme_signs_no_text_that_could_be_a_delivery() {
    let body = zoom("abc");
    let answer = json!({
        "plainToken": "abc",
        "encryptedToken": hex::encode(&mac(SECRET.as_bytes(), &[b"abc"])),
    });
    let function = webhook("hmac", &described("v1:{time}:{body}"));
    let events = in_every_shape(&unsigned(), &body);
    is_answered(&function, &events, "application/json", &answer.to_string());
    for template in ["{body}", "{time}:{body}", "v1.{time}:{body}", "{time}{body}"] {
        let function = webhook("hmac", &described(template));
        is_refused(&function, &proxy_1(&unsigned(), &body), "`X-Sig` is missing");
        assert_eq!(function.answer(&gate_rest(&unsigned())).reason(), "`X-Sig` is missing");
    }
}

fn meta(query: &Value) -> Value {
    let mut event = proxy_1(&unsigned(), b"");
    event["httpMethod"] = json!("GET");
    event["body"] = Value::Null;
    event["queryStringParameters"] = query.clone();
    event
}

fn subscribe(token: &str, challenge: &str) -> Value {
    json!({ "hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": challenge })
}

#[test]
fn meta_s_challenge_comes_with_a_verify_token() {
    let attributes = [yes(), text("verify_token_secret_id", "portcullis/webhook/verify")];
    let function = webhook("meta", &attributes);
    function.rotate("verify", TOKEN, Some("the token before that"), NOW_SECONDS - 60);
    let query = subscribe(TOKEN, "1158201444");
    let mut http_2 = proxy_2(&unsigned(), b"");
    http_2["requestContext"]["http"]["method"] = json!("GET");
    http_2["queryStringParameters"] = query.clone();
    is_answered(&function, &[meta(&query), http_2], TEXT, "1158201444");
    is_answered(&function, &[meta(&subscribe("the token before that", "1"))], TEXT, "1");
    let longest = "a".repeat(256);
    is_answered(&function, &[meta(&subscribe(TOKEN, &longest))], TEXT, &longest);

    let wrong = "the verify token is not the webhook's";
    for token in ["", "verify-token", &TOKEN.to_uppercase(), &format!("{TOKEN} "), SECRET] {
        is_refused(&function, &meta(&subscribe(token, "1")), wrong);
    }
    let plain = "the challenge is not 1 to 256 plain characters";
    for challenge in ["", "a b", "<script>", "a:b", "1\r\nx: y", &"a".repeat(257)] {
        is_refused(&function, &meta(&subscribe(TOKEN, challenge)), plain);
    }
    for name in ["hub.verify_token", "hub.challenge"] {
        let mut query = query.clone();
        query.as_object_mut().unwrap().remove(name);
        is_refused(&function, &meta(&query), &format!("`{name}` is missing"));
    }
    let mut mode = query.clone();
    mode["hub.mode"] = json!("unsubscribe");
    is_refused(&function, &meta(&mode), "`hub.mode` is not `subscribe`");
    let mut twice = meta(&query);
    twice["multiValueQueryStringParameters"] = json!({ "hub.challenge": ["1158201444", "2"] });
    is_refused(&function, &twice, "`hub.challenge` is given twice");
    let missing = "`X-Hub-Signature-256` is missing";
    is_refused(&function, &meta(&json!({})), missing);
    let mut post = meta(&query);
    post["httpMethod"] = json!("POST");
    is_refused(&function, &post, missing);

    // The gate sees method and query, and refuses what is malformed.
    let mut gate = gate_rest(&unsigned());
    gate["httpMethod"] = json!("GET");
    gate["queryStringParameters"] = query.clone();
    assert_eq!(function.answer(&gate).code(), "OK");
    gate["queryStringParameters"] = subscribe(TOKEN, "a b");
    assert_eq!(function.answer(&gate).reason(), plain);

    // Deliveries are signed like GitHub's.
    let delivery = proxy_1(&signed("meta", b"{}"), b"{}");
    assert_eq!(function.answer(&delivery).code(), "OK");
    assert_eq!(function.forwarded().len(), 1);
    let function = webhook("meta", &[]);
    is_refused(&function, &meta(&query), missing);
}

#[test]
fn a_verify_token_is_a_secret_of_its_own() {
    let attributes = [yes(), text("verify_token_secret_id", "portcullis/webhook/wh_1")];
    let function = webhook("meta", &attributes);
    let came = function.answer(&meta(&subscribe(SECRET, "1")));
    let reason = "the webhook's `verify_token_secret_id` is also the secret of the signatures: make \
                  one of its own";
    assert_eq!((came.code(), came.reason()), ("MISCONFIGURED", reason));
    let attributes = [yes(), text("verify_token_secret_id", "portcullis/webhook/verify")];
    let function = webhook("meta", &attributes);
    let came = function.answer(&meta(&subscribe(TOKEN, "1")));
    let reason = "the secret `portcullis/webhook/verify` is not there";
    assert_eq!((came.code(), came.reason()), ("MISCONFIGURED", reason));
    function.rotate("verify", "short", None, 0);
    let came = function.answer(&meta(&subscribe("short", "1")));
    let reason = "the secret `portcullis/webhook/verify`: the secret is shorter than 16 bytes";
    assert_eq!((came.code(), came.reason()), ("MISCONFIGURED", reason));
    let attributes = [yes(), text("verify_token_secret_id", "portcullis/webhook/outage")];
    let function = webhook("meta", &attributes);
    let came = function.answer(&meta(&subscribe(TOKEN, "1")));
    assert_eq!(came.code(), "UNAVAILABLE");
    assert_eq!(came.answer.unwrap()["statusCode"], 503);
}

/// Who sees a token may register an address of his own.
#[test]
fn no_token_is_shown() {
    let attributes = [yes(), text("verify_token_secret_id", "portcullis/webhook/verify")];
    let function = webhook("meta", &attributes);
    function.rotate("verify", TOKEN, None, 0);
    for token in [TOKEN, "another token of theirs"] {
        let came = function.answer(&meta(&subscribe(token, "1")));
        assert!(!came.seen.contains(token), "{}", came.seen);
    }
}
