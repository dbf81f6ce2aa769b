//! On delivery: verified over the raw bytes, and forwarded with an identity and without
//! credentials.

use serde_json::{Value, json};
use shared::hex;
use shared::webhook::Scheme;
use tests::runtime_api::now_seconds;
use tests::target::Does;
use tests::webhook_events::{
    Headers, alb, github, mac, proxy_1, proxy_2, secret_of, signed_by, slack,
};

use super::stack::{BODY, ID, SECRET, Stack, USER, at_the_gate, delivery, signed};

/// A delivery of every scheme comes through in every shape: its body byte for byte, and neither its
/// signature nor a secret that the sender adds in plain.
#[test]
fn every_scheme_comes_through() {
    for scheme in Scheme::all() {
        comes_through(&scheme, scheme.as_str());
    }
}

/// Each delivery has a name of its own, so that none is a repetition of another.
fn comes_through(scheme: &Scheme, name_of_scheme: &str) {
    let stack = Stack::new();
    stack.register(ID, name_of_scheme, &secret_of(name_of_scheme, SECRET));
    let mut function = stack.function();
    for (of_shape, shape) in [proxy_1, proxy_2, alb].into_iter().enumerate() {
        let texts = ["{\"a\": 1}".as_bytes(), b"\xff\xfe\x00 no text", "ä\u{1f600}".as_bytes()];
        for (of_text, text) in texts.into_iter().enumerate() {
            let name = format!("d-{of_shape}-{of_text}");
            let body = [name.as_bytes(), text].concat();
            let signed = signed_by(name_of_scheme, ID, SECRET, &name, now_seconds(), &body);
            let headers = [signed, in_plain()].concat();
            let event = shape(&headers, &body);
            let came = function.answer(&event);
            assert_eq!(came.is_delivered()["statusCode"], 200);
            let seen = stack.target.next_event();
            assert_eq!(seen["body"], event["body"]);
            assert_eq!(seen["isBase64Encoded"], event["isBase64Encoded"]);
            check_headers(scheme, &headers, &seen);
            assert!(stack.target.events().is_empty());
        }
    }
}

/// What senders add in plain, whatever the scheme.
const IN_PLAIN: [&str; 8] = [
    "Authorization",
    "Cookie",
    "X-Api-Key",
    "X-Gitlab-Token",
    "X-Telegram-Bot-Api-Secret-Token",
    "X-Goog-Channel-Token",
    "X-Hook-Secret",
    "X-Acme-Signature",
];

fn in_plain() -> Headers {
    IN_PLAIN.map(|name| (name, format!("in-plain-{name}"))).to_vec()
}

/// Of the headers that were `sent`, the target has `seen` all but those that carry a signature or a
/// credential.
#[track_caller]
fn check_headers(scheme: &Scheme, sent: &Headers, seen: &Value) {
    let is_secret = |name: &str| {
        let is = |own: &str| own.eq_ignore_ascii_case(name);
        scheme.signature_headers().any(is) || IN_PLAIN.into_iter().any(is)
    };
    let (dropped, kept): (Vec<_>, Vec<_>) = sent.iter().partition(|(name, _)| is_secret(name));
    assert!(dropped.len() > IN_PLAIN.len(), "{scheme:?}: {sent:?}");
    for (_, secret) in dropped {
        assert!(!seen.to_string().contains(secret), "{scheme:?}: the target sees a secret");
    }
    let maps = ["headers", "multiValueHeaders"].into_iter().filter_map(|map| seen[map].as_object());
    for map in maps {
        let names = |name: &str| map.keys().any(|own| own.eq_ignore_ascii_case(name));
        assert!(kept.iter().all(|(name, _)| names(name)), "{scheme:?}: {map:?}");
        assert!(!map.keys().any(|name| is_secret(name)), "{scheme:?}: {map:?}");
    }
}

/// The record describes how the sender signs.
#[test]
fn a_described_scheme_comes_through() {
    let stack = Stack::with_webhook("portcullis");
    let description = json!({
        "header": "X-Acme-Signature", "prefix": "v1=", "encoding": "hex",
        "template": "{id}.{time}.{body}", "id_header": "X-Acme-Id", "time_header": "X-Acme-Time",
    });
    stack.update(ID, &json!({ "scheme": "hmac", "description": description }));
    let mut function = stack.function();
    let sign = |name: &str| -> Headers {
        let time = now_seconds().to_string();
        let base = format!("{name}.{time}.");
        let signature = hex::encode(&mac(SECRET.as_bytes(), &[base.as_bytes(), BODY]));
        vec![
            ("X-Webhook-Id", ID.to_owned()),
            ("X-Acme-Id", name.to_owned()),
            ("X-Acme-Time", time),
            ("x-acme-SIGNATURE", format!("v1={signature}")),
        ]
    };
    let headers = sign("order-7");
    function.answer(&at_the_gate(&headers)).is_allowed();
    let came = function.answer(&delivery(&headers, BODY));
    came.is_delivered();
    assert_eq!((&came.log["scheme"], &came.log["delivery"]), (&json!("hmac"), &json!("order-7")));
    let seen = stack.target.next_event();
    assert_eq!(seen["requestContext"]["authorizer"]["scheme"], "hmac");
    assert!(!seen.to_string().to_lowercase().contains("x-acme-signature"));
    function.answer(&delivery(&sign("order-7"), BODY)).is_a_duplicate("order-7", "id");
    function.answer(&delivery(&sign("order-8"), BODY)).is_delivered();

    let reason = "the description's member `template` has `{body}` twice";
    let twice = json!({ "header": "X-S", "encoding": "hex", "template": "{body}{body}" });
    stack.update(ID, &json!({ "description": twice }));
    function.answer(&at_the_gate(&headers)).is_an_error("MISCONFIGURED", reason);
    function.answer(&delivery(&headers, BODY)).is_answered(500, "MISCONFIGURED", reason);
}

/// Who may see a signature may send it again, and who sees a cookie may be its owner.
#[test]
fn the_target_sees_who_it_is_and_no_credential() {
    let stack = Stack::with_webhook("portcullis");
    let mut headers = signed(SECRET, BODY);
    headers.push(("Authorization", "Bearer of-nothing-that-is-checked".to_owned()));
    headers.push(("Cookie", "session=of-somebody-else-entirely".to_owned()));
    headers.push(("Content-Type", "application/json".to_owned()));
    let mut event = delivery(&headers, BODY);
    event["requestContext"]["authorizer"] = json!({ "tenant_id": "somebody else's" });
    let came = stack.function().answer(&event);
    came.is_delivered();
    assert_eq!(came.log["secret_version"], "current");
    assert_eq!(came.log["webhook"], ID);

    let seen = stack.target.next_event();
    assert_eq!(
        seen["requestContext"]["authorizer"],
        json!({
            "user_id": USER,
            "tenant_id": "acme",
            "webhook_id": ID,
            "auth_method": "webhook",
            "verified": "body",
            "delivery_id": came.log["delivery"],
            "scheme": "portcullis",
        })
    );
    let left = json!({ "X-Webhook-Id": ID, "Content-Type": "application/json" });
    assert_eq!(seen["headers"], left);
    let left = json!({ "X-Webhook-Id": [ID], "Content-Type": ["application/json"] });
    assert_eq!(seen["multiValueHeaders"], left);
    // Everything else is as it came.
    let changed = ["requestContext", "headers", "multiValueHeaders"];
    let kept =
        event.as_object().unwrap().iter().filter(|(name, _)| !changed.contains(&name.as_str()));
    for (name, value) in kept {
        assert_eq!(seen[name], *value, "{name}");
    }
    let mut context = seen["requestContext"].clone();
    context["authorizer"] = event["requestContext"]["authorizer"].clone();
    assert_eq!(context, event["requestContext"]);
}

#[test]
fn the_target_s_answer_is_the_sender_s() {
    let stack = Stack::with_webhook("portcullis");
    let answer = json!({
        "statusCode": 418,
        "headers": { "X-Teapot": "short and stout" },
        "multiValueHeaders": { "Set-Cookie": ["a=1", "b=2"] },
        "body": "bm8gdGV4dA==",
        "isBase64Encoded": true,
    });
    stack.target.does(Does::Answer(answer.clone()));
    let came = stack.function().answer(&delivery(&signed(SECRET, BODY), BODY));
    assert_eq!(*came.is_delivered(), answer);
}

#[test]
fn a_target_that_need_not_be_waited_for() {
    let stack = Stack::with_webhook("github");
    let headers = github(ID, SECRET, "72d3162e-cc78-11e3-81ab-4c9367dc0958", BODY);
    let came = stack.start(&[("TARGET_MODE", "async")]).answer(&delivery(&headers, BODY));
    let answer = came.is_delivered();
    assert_eq!(answer["statusCode"], 202);
    // GitHub does not sign its id: it is told apart from the one that is authenticated.
    let id = json!({ "delivery_id": came.log["delivery"] });
    assert_eq!(answer["body"], id.to_string());
    assert_eq!(came.log["sender_id"], "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    let seen = stack.target.next_event();
    let authorizer = &seen["requestContext"]["authorizer"];
    assert_eq!(authorizer["sender_id"], "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    assert_eq!(authorizer["delivery_id"], came.log["delivery"]);
    assert_eq!(seen["body"], std::str::from_utf8(BODY).unwrap());
    assert_eq!(seen["requestContext"]["authorizer"]["user_id"], USER);
}

#[test]
fn what_is_not_verified_is_not_forwarded() {
    let stack = Stack::with_webhook("portcullis");
    let mut function = stack.function();
    let reason = "the signature is not one of the webhook's secret";
    let other = [BODY, b" "].concat();
    let came = function.answer(&delivery(&signed(SECRET, BODY), &other));
    came.is_answered(403, "SIGNATURE_INVALID", reason);
    let came = function.answer(&delivery(&signed("another-secret-of-somebody", BODY), BODY));
    came.is_answered(403, "SIGNATURE_INVALID", reason);
    assert!(stack.target.events().is_empty());
    assert!(stack.aws.rows(&stack.replays).is_empty());
}

#[test]
fn what_is_too_old_is_not_forwarded() {
    let stack = Stack::with_webhook("slack");
    let headers = slack(ID, SECRET, &(now_seconds() - 3600).to_string(), BODY);
    let came = stack.function().answer(&delivery(&headers, BODY));
    assert_eq!(came.answer.as_ref().unwrap()["statusCode"], 403);
    assert_eq!(came.log["code"], "SIGNATURE_EXPIRED");
    assert!(stack.target.events().is_empty());
}
