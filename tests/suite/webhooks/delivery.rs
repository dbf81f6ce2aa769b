//! On delivery: verified over the raw bytes, and forwarded with an identity and without
//! credentials.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::webhook::Scheme;
use tests::runtime_api::now_seconds;
use tests::target::Does;
use tests::webhook_events::{
    Headers, alb, github, portcullis, proxy_1, proxy_2, rfc9421, slack, standard, stripe,
};

use super::stack::{BODY, ID, SECRET, Stack, USER, delivery, made_now, signed};

/// A delivery of every scheme comes through in every shape: its body byte for byte, and its
/// signature not at all.
#[test]
fn every_scheme_comes_through() {
    for scheme in Scheme::ALL {
        comes_through(scheme);
    }
}

/// Each delivery has a name of its own, so that none is a repetition of another.
fn comes_through(scheme: Scheme) {
    let stack = Stack::new();
    stack.register(ID, scheme.as_str(), &secret(scheme));
    let mut function = stack.function();
    for (of_shape, shape) in [proxy_1, proxy_2, alb].into_iter().enumerate() {
        let texts = ["{\"a\": 1}".as_bytes(), b"\xff\xfe\x00 no text", "ä\u{1f600}".as_bytes()];
        for (of_text, text) in texts.into_iter().enumerate() {
            let name = format!("d-{of_shape}-{of_text}");
            let body = [name.as_bytes(), text].concat();
            let headers = sign(scheme, &name, &body);
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

/// Of the headers that were `sent`, the target has `seen` all but those that carry the signature.
#[track_caller]
fn check_headers(scheme: Scheme, sent: &Headers, seen: &Value) {
    let is_signature =
        |name: &str| scheme.signature_headers().iter().any(|own| own.eq_ignore_ascii_case(name));
    let (dropped, kept): (Vec<_>, Vec<_>) = sent.iter().partition(|(name, _)| is_signature(name));
    assert_eq!(dropped.len(), scheme.signature_headers().len(), "{scheme:?}: {sent:?}");
    for (_, signature) in dropped {
        assert!(!seen.to_string().contains(signature), "{scheme:?}: the target sees a signature");
    }
    let maps = ["headers", "multiValueHeaders"].into_iter().filter_map(|map| seen[map].as_object());
    for map in maps {
        let names = |name: &str| map.keys().any(|own| own.eq_ignore_ascii_case(name));
        assert!(kept.iter().all(|(name, _)| names(name)), "{scheme:?}: {map:?}");
        assert!(!map.keys().any(|name| is_signature(name)), "{scheme:?}: {map:?}");
    }
}

fn secret(scheme: Scheme) -> String {
    match scheme {
        Scheme::StandardWebhooks => format!("whsec_{}", STANDARD.encode(SECRET)),
        _ => SECRET.to_owned(),
    }
}

fn sign(scheme: Scheme, name: &str, body: &[u8]) -> Headers {
    match scheme {
        Scheme::Portcullis => portcullis(ID, SECRET, body),
        Scheme::GitHub => {
            // GitHub still sends the one of SHA-1 as well.
            let of_sha1 = ("X-Hub-Signature", format!("sha1={}", "0123456789".repeat(4)));
            [github(ID, SECRET, name, body), vec![of_sha1]].concat()
        }
        Scheme::Stripe => stripe(ID, &[SECRET], &now(), body),
        Scheme::Slack => slack(ID, SECRET, &now(), body),
        Scheme::StandardWebhooks => standard(ID, SECRET.as_bytes(), name, &now(), body),
        Scheme::Rfc9421 => rfc9421(ID, SECRET, &made_now(name), body),
    }
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
    let id = json!({ "delivery_id": "72d3162e-cc78-11e3-81ab-4c9367dc0958" });
    assert_eq!(answer["body"], id.to_string());
    let seen = stack.target.next_event();
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
