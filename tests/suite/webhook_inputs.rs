//! What strangers send: every bad input with its exact code and sentence, at the gate and on
//! delivery, through the whole function.

use std::time::Duration;

use runtime::Failure;
use serde_json::{Value, json};
use shared::record::Field;
use tests::test_webhook_authorizer::{NOW_SECONDS, TestWebhookAuthorizer};
use tests::webhook_events::{
    Headers, alb, content_digest, gate_http_2, gate_rest, github, portcullis, proxy_1, proxy_2,
    rfc9421, signed_by, slack, standard, stripe, with,
};

const ID: &str = "wh_1";
const SECRET: &str = "sixteen bytes at least";
const BODY: &[u8] = br#"{"order": 7, "note": "paid \u20ac"}"#;

fn gate(scheme: &str) -> TestWebhookAuthorizer {
    TestWebhookAuthorizer::new().webhook(ID, scheme, SECRET, &[])
}

/// Both what the log says and what the sender gets, as a delivery in every shape of event.
#[track_caller]
fn check(gate: &TestWebhookAuthorizer, headers: &Headers, body: &[u8], code: &str, reason: &str) {
    for event in [proxy_1(headers, body), proxy_2(headers, body), alb(headers, body)] {
        check_event(gate, &event, code, reason);
    }
}

#[track_caller]
fn check_event(gate: &TestWebhookAuthorizer, event: &Value, code: &str, reason: &str) {
    let forwarded = gate.forwarded().len();
    let answer = gate.answer(event);
    assert_eq!((answer.code(), answer.reason()), (code, reason));
    let sent = answer.answer.unwrap();
    assert_eq!(sent["statusCode"], 403, "{sent}");
    assert_eq!(sent["body"], json!({ "code": code }).to_string());
    assert_eq!(gate.forwarded().len(), forwarded, "nothing is forwarded");
}

/// The gate's answer, by both kinds of API.
#[track_caller]
fn check_gate(gate: &TestWebhookAuthorizer, headers: &Headers, code: &str, reason: &str) {
    for event in [gate_rest(headers), gate_http_2(headers)] {
        let answer = gate.answer(&event);
        assert_eq!((answer.code(), answer.reason()), (code, reason));
        let sent = answer.answer.unwrap();
        let effect = &sent["policyDocument"]["Statement"][0]["Effect"];
        assert_eq!(effect, if code == "OK" { "Allow" } else { "Deny" }, "{sent}");
        if code != "OK" {
            assert_eq!(sent["context"], json!({ "code": code }));
        }
    }
}

/// A delivery that is forwarded, once in each shape of event.
#[track_caller]
fn check_good(gate: &TestWebhookAuthorizer, headers: impl Fn(usize) -> Headers, body: &[u8]) {
    let shapes = [proxy_1, proxy_2, alb];
    for (number, shape) in shapes.into_iter().enumerate() {
        let answer = gate.answer(&shape(&headers(number), body));
        assert_eq!((answer.code(), answer.reason()), ("OK", ""));
        assert_eq!(answer.answer.unwrap()["body"], "handled");
    }
}

/// A webhook that is not protected from repetitions, so that one delivery serves many cases.
fn forgetful(scheme: &str, secret: &str) -> TestWebhookAuthorizer {
    let never = ("replay_window_seconds", Some(Field::Number("0".to_owned())));
    TestWebhookAuthorizer::new().webhook(ID, scheme, secret, &[never])
}

/// A webhook that remembers deliveries for a day, whatever its scheme signs.
fn remembering(scheme: &str) -> TestWebhookAuthorizer {
    let day = ("replay_window_seconds", Some(Field::Number("86400".to_owned())));
    TestWebhookAuthorizer::new().webhook(ID, scheme, SECRET, &[day])
}

/// The sender of a repetition gets a success, and nothing is forwarded.
#[track_caller]
fn check_duplicate(gate: &TestWebhookAuthorizer, event: &Value, told_apart_by: &str) {
    let forwarded = gate.forwarded().len();
    let answer = gate.answer(event);
    assert_eq!((answer.code(), answer.reason()), ("DUPLICATE", ""));
    assert_eq!(answer.log["outcome"], "allow");
    let sent = answer.answer.unwrap();
    assert_eq!(sent["statusCode"], 200, "{sent}");
    let body: Value = serde_json::from_str(sent["body"].as_str().unwrap()).unwrap();
    let id = &answer.log["delivery"];
    let expected = json!({ "duplicate": true, "delivery_id": id, "told_apart_by": told_apart_by });
    assert_eq!(body, expected);
    assert_eq!(gate.forwarded().len(), forwarded, "nothing is forwarded");
}

#[test]
fn ids() {
    let gate = gate("portcullis");
    let good = portcullis(ID, SECRET, BODY);
    let unknown = |headers: &Headers, reason: &str| {
        check(&gate, headers, BODY, "WEBHOOK_UNKNOWN", reason);
        check_gate(&gate, headers, "WEBHOOK_UNKNOWN", reason);
    };
    unknown(&with(&good, "X-Webhook-Id", ""), "no webhook is named");
    for id in ["wh_1\n", "wh 1", " wh_1", "wh_1,wh_1", "wh/1", "wh_ä", &"w".repeat(4096), "%77h_1"]
    {
        unknown(&with(&good, "X-Webhook-Id", id), "the webhook's id is malformed");
    }
    unknown(&with(&good, "X-Webhook-Id", "WH_1"), "the webhook is not registered");
    unknown(&with(&good, "X-Webhook-Id", &"w".repeat(64)), "the webhook is not registered");
}

#[test]
fn two_ids_are_refused() {
    let gate = gate("portcullis");
    let mut two = portcullis(ID, SECRET, BODY);
    two.push(("X-Webhook-Id", "wh_2".to_owned()));
    let reason = "two different webhooks are named";
    check_event(&gate, &proxy_1(&two, BODY), "WEBHOOK_UNKNOWN", reason);
    // Joined by a comma, as HTTP APIs do, it is no id at all.
    let malformed = "the webhook's id is malformed";
    check_event(&gate, &proxy_2(&two, BODY), "WEBHOOK_UNKNOWN", malformed);
    let mut event = proxy_2(&portcullis(ID, SECRET, BODY), BODY);
    event["queryStringParameters"] = json!({"webhook_id": "wh_2"});
    check_event(&gate, &event, "WEBHOOK_UNKNOWN", reason);
    event["queryStringParameters"] = json!({"webhook_id": ID});
    event["pathParameters"] = json!({"webhook_id": ""});
    check_event(&gate, &event, "WEBHOOK_UNKNOWN", reason);
}

#[test]
fn an_id_may_stand_in_the_url() {
    let gate = forgetful("github", SECRET);
    let headers = with(&github(ID, SECRET, "72d3162e", BODY), "X-Webhook-Id", "");
    for place in ["queryStringParameters", "pathParameters"] {
        let mut event = proxy_2(&headers, BODY);
        event[place] = json!({"webhook_id": ID});
        assert_eq!(gate.answer(&event).code(), "OK", "{place}");
    }
}

#[test]
fn signatures() {
    let gate = forgetful("portcullis", SECRET);
    let good = portcullis(ID, SECRET, BODY);
    let signature = good[1].1.clone();
    check_good(&gate, |_| good.clone(), BODY);
    check_gate(&gate, &good, "OK", "");
    let digits = "`X-Webhook-Signature` is not 64 lower-case hex digits";
    let prefix = "`X-Webhook-Signature` does not start with `sha256=`";
    let bare = signature.strip_prefix("sha256=").unwrap();
    for (bad, reason) in [
        (format!("{signature} "), digits),
        (format!("{signature}0"), digits),
        (format!("{signature}\n"), digits),
        (signature.strip_suffix(char::is_alphanumeric).unwrap().to_owned(), digits),
        (format!("sha256={}", bare.to_uppercase()), digits),
        (format!("{signature},{signature}"), digits),
        ("sha256=".to_owned(), digits),
        (bare.to_owned(), prefix),
        (format!("SHA256={bare}"), prefix),
        (format!("sha1={bare}"), prefix),
        ("x".repeat(100_000), "`X-Webhook-Signature` is longer than 4096 bytes"),
    ] {
        let headers = with(&good, "X-Webhook-Signature", &bad);
        check(&gate, &headers, BODY, "SIGNATURE_INVALID", reason);
        check_gate(&gate, &headers, "SIGNATURE_INVALID", reason);
    }
    let missing = with(&good, "X-Webhook-Signature", "");
    check(&gate, &missing, BODY, "SIGNATURE_INVALID", "`X-Webhook-Signature` is missing");
    check_gate(&gate, &missing, "SIGNATURE_INVALID", "`X-Webhook-Signature` is missing");
    let wrong = "the signature is not one of the webhook's secret";
    for other in [
        portcullis(ID, SECRET, b"another body"),
        portcullis(ID, SECRET, b""),
        portcullis(ID, "the secret of another webhook", BODY),
    ] {
        check(&gate, &other, BODY, "SIGNATURE_INVALID", wrong);
        // Without the body nobody can tell.
        check_gate(&gate, &other, "OK", "");
    }
}

#[test]
fn bodies() {
    let gate = forgetful("portcullis", SECRET);
    for body in [
        b"".as_slice(),
        b"\0",
        b"\xff\xfe not UTF-8 \x80",
        "\u{2028} \u{1f600}".as_bytes(),
        b"\"quoted\" \\ and\r\nlines\t",
        &vec![b'x'; 6 * 1024 * 1024],
        &vec![0xff; 4 * 1024 * 1024],
    ] {
        check_good(&gate, |_| portcullis(ID, SECRET, body), body);
    }
    let wrong = "the signature is not one of the webhook's secret";
    let bytes = b"\xff\xfe binary";
    let of_the_text = portcullis(ID, SECRET, b"//4gYmluYXJ5");
    check(&gate, &of_the_text, bytes, "SIGNATURE_INVALID", wrong);
}

#[test]
fn times() {
    let at = |offset: i64| (NOW_SECONDS.checked_add_signed(offset).unwrap()).to_string();
    let past = "the signature was made more than 300 seconds ago";
    let future = "the signature was made more than 300 seconds in the future";
    let stripe_gate = forgetful("stripe", SECRET);
    let slack_gate = forgetful("slack", SECRET);
    for offset in [0, -300, 300] {
        check_good(&stripe_gate, |_| stripe(ID, &[SECRET], &at(offset), BODY), BODY);
        check_good(&slack_gate, |_| slack(ID, SECRET, &at(offset), BODY), BODY);
    }
    for (offset, reason) in [(-301, past), (301, future)] {
        let of_stripe = stripe(ID, &[SECRET], &at(offset), BODY);
        check(&stripe_gate, &of_stripe, BODY, "SIGNATURE_EXPIRED", reason);
        check_gate(&stripe_gate, &of_stripe, "SIGNATURE_EXPIRED", reason);
        let of_slack = slack(ID, SECRET, &at(offset), BODY);
        check(&slack_gate, &of_slack, BODY, "SIGNATURE_EXPIRED", reason);
        check_gate(&slack_gate, &of_slack, "SIGNATURE_EXPIRED", reason);
    }
    for time in [
        format!("+{NOW_SECONDS}"),
        format!("0{NOW_SECONDS}"),
        format!("-{NOW_SECONDS}"),
        format!("{NOW_SECONDS}.0"),
        format!(" {NOW_SECONDS}"),
        "18446744073709551616".to_owned(),
        "1e9".to_owned(),
    ] {
        for (gate, headers) in [
            (&stripe_gate, stripe(ID, &[SECRET], &time, BODY)),
            (&slack_gate, slack(ID, SECRET, &time, BODY)),
        ] {
            let answer = gate.answer(&proxy_1(&headers, BODY));
            assert_eq!(answer.code(), "SIGNATURE_INVALID", "{time}");
        }
    }
}

#[test]
fn http_message_signatures() {
    let gate = forgetful("rfc9421", SECRET);
    let created = format!(";created={NOW_SECONDS}");
    let good = rfc9421(ID, SECRET, &created, BODY);
    check_good(&gate, |_| good.clone(), BODY);
    check_gate(&gate, &good, "OK", "");
    let answer = gate.answer(&gate_rest(&good));
    assert_eq!(answer.answer.unwrap()["context"]["verified"], "headers");

    // What the gate verifies, it refuses.
    let wrong = "the signature is not one of the webhook's secret";
    let other = rfc9421(ID, "the secret of another webhook", &created, BODY);
    check_gate(&gate, &other, "SIGNATURE_INVALID", wrong);
    check(&gate, &other, BODY, "SIGNATURE_INVALID", wrong);

    let of_another = "the body is not the one of its `Content-Digest`";
    check(&gate, &good, b"another body", "SIGNATURE_INVALID", of_another);
    let changed = with(&good, "Content-Digest", &content_digest(b"another body"));
    check(&gate, &changed, b"another body", "SIGNATURE_INVALID", wrong);

    // The same parameters in another order are another signature base.
    let signed = rfc9421(ID, SECRET, &format!("{created};nonce=\"n-1\""), BODY);
    check_good(&gate, |_| signed.clone(), BODY);
    let reordered = signed[2].1.replace(&created, "") + &created;
    check(&gate, &with(&signed, "Signature-Input", &reordered), BODY, "SIGNATURE_INVALID", wrong);
    // Blanks between the components are not signed: a proxy may add some.
    let spaced = signed[2].1.replace("\" \"", "\"   \"");
    check_good(&gate, |_| with(&signed, "Signature-Input", &spaced), BODY);
}

/// Whoever is asked to come again must be let in again.
#[test]
fn answers_that_ask_to_try_again() {
    let gate = remembering("portcullis");
    let event = proxy_2(&portcullis(ID, SECRET, BODY), BODY);
    let passes = |answer: &str| {
        gate.target_answers(answer);
        let came = gate.answer(&event);
        assert_eq!((came.code(), came.reason()), ("OK", ""));
        assert_eq!(came.answer.unwrap().to_string(), answer);
    };
    passes(r#"{"body":"later","statusCode":503}"#);
    passes(r#"{"statusCode":500}"#);
    passes(r#"{"statusCode":429}"#);
    passes(r#"{"statusCode":422}"#);
    check_duplicate(&gate, &event, "body");

    let other = proxy_2(&portcullis(ID, SECRET, b"other"), b"other");
    gate.target_answers(r#"{"message":"fine"}"#);
    let came = gate.answer(&other);
    let reason = "the target function's answer is no JSON object with a `statusCode`";
    assert_eq!((came.code(), came.reason()), ("TARGET_FAILED", reason));
    assert_eq!(came.answer.unwrap()["statusCode"], 502);
    gate.target_answers(r#"{"statusCode":200}"#);
    assert_eq!(gate.answer(&other).code(), "OK");
}

/// Whoever is ended in the midst of it would have to refuse the next try.
#[test]
fn without_time_nothing_is_remembered() {
    let mut gate = gate("portcullis");
    let event = proxy_2(&portcullis(ID, SECRET, BODY), BODY);
    gate.timeout = Duration::from_secs(1);
    let answer = gate.answer(&event);
    let reason = "no time is left to forward the delivery";
    assert_eq!((answer.code(), answer.reason()), ("UNAVAILABLE", reason));
    assert_eq!(answer.answer.unwrap()["statusCode"], 503);
    assert_eq!(gate.forwarded().len(), 0);
    gate.timeout = Duration::from_secs(10);
    assert_eq!(gate.answer(&event).code(), "OK");
}

#[test]
fn repetitions() {
    let gate = remembering("portcullis");
    let delivery = portcullis(ID, SECRET, BODY);
    assert_eq!(gate.answer(&proxy_2(&delivery, BODY)).code(), "OK");
    for event in [proxy_1(&delivery, BODY), proxy_2(&delivery, BODY), alb(&delivery, BODY)] {
        check_duplicate(&gate, &event, "body");
    }
    assert_eq!(gate.answer(&proxy_2(&portcullis(ID, SECRET, b"2"), b"2")).code(), "OK");

    // A new name on an old delivery does not make it a new one: GitHub does not sign the name.
    let gate = remembering("github");
    assert_eq!(gate.answer(&proxy_2(&github(ID, SECRET, "first", BODY), BODY)).code(), "OK");
    check_duplicate(&gate, &proxy_2(&github(ID, SECRET, "second", BODY), BODY), "body");

    // While a sender changes its secret it signs with both. Leaving one out is a repetition.
    let gate = TestWebhookAuthorizer::new().webhook(ID, "stripe", SECRET, &[]);
    let (old, time) = ("the secret before that", NOW_SECONDS.to_string());
    gate.rotate(ID, SECRET, Some(old), NOW_SECONDS - 60);
    let both = stripe(ID, &[old, SECRET], &time, BODY);
    assert_eq!(gate.answer(&proxy_2(&both, BODY)).code(), "OK");
    check_duplicate(&gate, &proxy_2(&stripe(ID, &[old], &time, BODY), BODY), "time");
    check_duplicate(&gate, &proxy_2(&stripe(ID, &[SECRET], &time, BODY), BODY), "time");

    // Nor does it help to leave out the one that fitted before the new secret was known here.
    let mut gate = TestWebhookAuthorizer::new().webhook(ID, "stripe", old, &[]);
    assert_eq!(gate.answer(&proxy_2(&stripe(ID, &[old], &time, b"0"), b"0")).code(), "OK");
    gate.rotate(ID, SECRET, Some(old), NOW_SECONDS - 60);
    assert_eq!(gate.answer(&proxy_2(&both, BODY)).code(), "OK");
    gate.now = gate.now.after(Duration::from_secs(1));
    check_duplicate(&gate, &proxy_2(&stripe(ID, &[SECRET], &time, BODY), BODY), "time");

    // A signed id is what counts, whatever else differs.
    let key = b"a key of twenty-four byt";
    let gate = TestWebhookAuthorizer::new().webhook(
        ID,
        "standard-webhooks",
        "whsec_YSBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0",
        &[],
    );
    assert_eq!(gate.answer(&proxy_2(&standard(ID, key, "msg_1", &time, BODY), BODY)).code(), "OK");
    let later = (NOW_SECONDS + 1).to_string();
    check_duplicate(&gate, &proxy_2(&standard(ID, key, "msg_1", &later, BODY), BODY), "id");
    assert_eq!(gate.answer(&proxy_2(&standard(ID, key, "msg_2", &later, BODY), BODY)).code(), "OK");
}

/// A trigger without a body, or a ping, may be the same bytes every day.
#[test]
fn the_same_body_is_a_new_delivery_unless_the_record_says_otherwise() {
    for scheme in ["portcullis", "github", "shopify", "linear", "bitbucket", "jira", "meta"] {
        let gate = gate(scheme);
        let event = proxy_2(&signed_by(scheme, ID, SECRET, "d-1", NOW_SECONDS, b""), b"");
        for _ in 0..3 {
            assert_eq!(gate.answer(&event).code(), "OK", "{scheme}");
        }
        let gate = remembering(scheme);
        assert_eq!(gate.answer(&event).code(), "OK", "{scheme}");
        check_duplicate(&gate, &event, "body");
    }
}

/// A first try that failed must not make a repetition of the second.
#[test]
fn a_duplicate_whose_first_try_failed_is_forwarded() {
    let gate = TestWebhookAuthorizer::new().webhook(ID, "stripe", SECRET, &[]);
    let event = proxy_2(&stripe(ID, &[SECRET], &NOW_SECONDS.to_string(), BODY), BODY);
    gate.target_fails(Some(Failure::TargetFailed("scripted".to_owned())));
    assert_eq!(gate.answer(&event).code(), "TARGET_FAILED");
    gate.target_fails(None);
    assert_eq!(gate.answer(&event).code(), "OK");
    check_duplicate(&gate, &event, "time");
}
