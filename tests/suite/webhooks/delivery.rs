//! On delivery: verified over the raw bytes, and handed over with an identity and without
//! credentials.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tests::runtime_api::now_seconds;
use tests::target::Does;
use tests::webhook_events::{
    Headers, alb, github, portcullis, proxy_1, proxy_2, rfc9421, slack, standard, stripe,
};

use super::stack::{BODY, ID, SECRET, Stack, USER, delivery, made_now, signed};

/// A delivery of `scheme` comes through in every shape, and its body is the sender's byte for byte.
/// Each has a name of its own, so that none is a repetition of another.
#[track_caller]
fn comes_through(scheme: &str, secret: &str, sign: impl Fn(&str, &[u8]) -> Headers) {
    let stack = Stack::new();
    stack.register(ID, scheme, secret);
    let mut function = stack.function();
    for (of_shape, shape) in [proxy_1, proxy_2, alb].into_iter().enumerate() {
        let texts = ["{\"a\": 1}".as_bytes(), b"\xff\xfe\x00 no text", "ä\u{1f600}".as_bytes()];
        for (of_text, text) in texts.into_iter().enumerate() {
            let name = format!("d-{of_shape}-{of_text}");
            let body = [name.as_bytes(), text].concat();
            let event = shape(&sign(&name, &body), &body);
            let came = function.ask(&event);
            assert_eq!(came.is_delivered()["statusCode"], 200);
            let seen = stack.target.next_event();
            assert_eq!(seen["body"], event["body"]);
            assert_eq!(seen["isBase64Encoded"], event["isBase64Encoded"]);
            assert!(stack.target.events().is_empty());
        }
    }
}

#[test]
fn portcullis_comes_through() {
    comes_through("portcullis", SECRET, |_, body| portcullis(ID, SECRET, body));
}

#[test]
fn github_comes_through() {
    comes_through("github", SECRET, |name, body| github(ID, SECRET, name, body));
}

#[test]
fn stripe_comes_through() {
    comes_through("stripe", SECRET, |_, body| stripe(ID, &[SECRET], &now(), body));
}

#[test]
fn slack_comes_through() {
    comes_through("slack", SECRET, |_, body| slack(ID, SECRET, &now(), body));
}

#[test]
fn standard_webhooks_come_through() {
    let key = SECRET.as_bytes();
    let secret = format!("whsec_{}", STANDARD.encode(key));
    let sign = |name: &str, body: &[u8]| standard(ID, key, name, &now(), body);
    comes_through("standard-webhooks", &secret, sign);
}

#[test]
fn rfc9421_comes_through() {
    comes_through("rfc9421", SECRET, |name, body| rfc9421(ID, SECRET, &made_now(name), body));
}

fn now() -> String {
    now_seconds().to_string()
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
    let came = stack.function().ask(&event);
    came.is_delivered();
    assert_eq!(came.log["secret"], "current");
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
    let came = stack.function().ask(&delivery(&signed(SECRET, BODY), BODY));
    assert_eq!(*came.is_delivered(), answer);
}

#[test]
fn a_target_that_need_not_be_waited_for() {
    let stack = Stack::with_webhook("github");
    let headers = github(ID, SECRET, "72d3162e-cc78-11e3-81ab-4c9367dc0958", BODY);
    let came = stack.start(&[("TARGET_MODE", "async")]).ask(&delivery(&headers, BODY));
    let answer = came.is_delivered();
    assert_eq!(answer["statusCode"], 202);
    let id = json!({ "delivery_id": "72d3162e-cc78-11e3-81ab-4c9367dc0958" });
    assert_eq!(answer["body"], id.to_string());
    let seen = stack.target.next_event();
    assert_eq!(seen["body"], std::str::from_utf8(BODY).unwrap());
    assert_eq!(seen["requestContext"]["authorizer"]["user_id"], USER);
}

#[test]
fn what_is_not_verified_is_not_handed_over() {
    let stack = Stack::with_webhook("portcullis");
    let mut function = stack.function();
    let reason = "the signature is not one of the webhook's secret";
    let other = [BODY, b" "].concat();
    let came = function.ask(&delivery(&signed(SECRET, BODY), &other));
    came.is_answered(403, "SIGNATURE_INVALID", reason);
    let came = function.ask(&delivery(&signed("another-secret-of-somebody", BODY), BODY));
    came.is_answered(403, "SIGNATURE_INVALID", reason);
    assert!(stack.target.events().is_empty());
    assert!(stack.aws.rows(&stack.replays).is_empty());
}

#[test]
fn what_is_too_old_is_not_handed_over() {
    let stack = Stack::with_webhook("slack");
    let headers = slack(ID, SECRET, &(now_seconds() - 3600).to_string(), BODY);
    let came = stack.function().ask(&delivery(&headers, BODY));
    assert_eq!(came.answer.as_ref().unwrap()["statusCode"], 403);
    assert_eq!(came.log["code"], "SIGNATURE_EXPIRED");
    assert!(stack.target.events().is_empty());
}
