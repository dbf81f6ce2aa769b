//! The tables of named senders in `docs/sending-webhooks.md`: a delivery of every row, signed as that sender
//! signs, comes through a webhook whose record is the one of the row.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use shared::hex;
use shared::record::Field;
use tests::test_webhook_authorizer::{NOW_SECONDS, TestWebhookAuthorizer};
use tests::webhook_events::{Headers, gate_rest, mac, proxy_1, secret_of, signed_by, with};

const ID: &str = "wh_1";
const KEY: &str = "a key of the sender's own";
const BODY: &[u8] = br#"{"event":"order.paid"}"#;

/// A row: the sender, and the attributes that its record has beside those of every record.
struct Row {
    sender: String,
    record: Value,
}

fn rows() -> Vec<Row> {
    let guide = std::fs::read_to_string(tests::root().join("docs/sending-webhooks.md")).unwrap();
    let lines = guide.lines().filter(|line| line.ends_with("}` |"));
    lines.map(row).collect()
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    let [sender, address, secret, besides, record] = cells[..] else { panic!("{line}") };
    for entered in [address, secret, besides] {
        assert!(!entered.is_empty(), "{sender}: three things to enter");
    }
    let record = serde_json::from_str(record.trim_matches('`')).unwrap();
    Row { sender: sender.to_owned(), record }
}

/// What `sender` sends: written after its own documentation, and nothing of it from the description.
fn signed(sender: &str) -> Headers {
    let key = KEY.as_bytes();
    let own = ("X-Webhook-Id", ID.to_owned());
    let named = |scheme| signed_by(scheme, ID, KEY, "d-1", NOW_SECONDS, BODY);
    let base64 = |parts: &[&[u8]]| STANDARD.encode(mac(key, parts));
    let hex = |parts: &[&[u8]]| hex::encode(&mac(key, parts));
    match sender {
        "GitHub" => named("github"),
        "Stripe" => named("stripe"),
        "Slack" => named("slack"),
        "Standard Webhooks" => named("standard-webhooks"),
        "Svix (Clerk, Resend, …)" => {
            let rename = |name| match name {
                "webhook-id" => "svix-id",
                "webhook-timestamp" => "svix-timestamp",
                "webhook-signature" => "svix-signature",
                other => other,
            };
            let headers = named("standard-webhooks").into_iter();
            headers.map(|(name, value)| (rename(name), value)).collect()
        }
        "Shopify" => named("shopify"),
        "Linear" => named("linear"),
        "Zoom" => named("zoom"),
        "Bitbucket" => named("bitbucket"),
        "Jira" => named("jira"),
        "GitLab" => named("gitlab"),
        "Meta" => named("meta"),
        "Zendesk" => {
            let time = "2026-01-01T00:00:00Z";
            vec![
                own,
                ("X-Zendesk-Webhook-Signature", base64(&[time.as_bytes(), BODY])),
                ("X-Zendesk-Webhook-Signature-Timestamp", time.to_owned()),
                ("X-Zendesk-Webhook-Invocation-Id", "01F1KRFQ6BG29CNWFR60NK5FNY".to_owned()),
            ]
        }
        "Sanity" => {
            let time = format!("{NOW_SECONDS}000");
            let signature = URL_SAFE_NO_PAD.encode(mac(key, &[time.as_bytes(), b".", BODY]));
            vec![own, ("sanity-webhook-signature", format!("t={time},v1={signature}"))]
        }
        "Grafana" => {
            let time = NOW_SECONDS.to_string();
            let signature = hex(&[time.as_bytes(), b":", BODY]);
            let time = ("X-Grafana-Alerting-Timestamp", time);
            vec![own, ("X-Grafana-Alerting-Signature", signature), time]
        }
        "Typeform" => vec![own, ("Typeform-Signature", format!("sha256={}", base64(&[BODY])))],
        "ClickUp" => vec![own, ("X-Signature", hex(&[BODY]))],
        "Planning Center" => vec![own, ("X-PCO-Webhooks-Authenticity", hex(&[BODY]))],
        "Hookdeck" => vec![own, ("X-Hookdeck-Signature", base64(&[BODY]))],
        _ => panic!("no sender of the tests is called `{sender}`"),
    }
}

#[test]
fn a_delivery_of_every_row_comes_through() {
    let rows = rows();
    assert!(rows.len() >= 19, "{} rows", rows.len());
    for Row { sender, record } in rows {
        let scheme = record["scheme"].as_str().unwrap().to_owned();
        let attributes: Vec<(&'static str, Option<Field>)> = record
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (&*name.clone().leak(), Some(Field::from(value.clone()))))
            .collect();
        let function = TestWebhookAuthorizer::new().webhook(
            ID,
            &scheme,
            &secret_of(&scheme, KEY),
            &attributes,
        );
        let headers = signed(&sender);
        let gate = function.answer(&gate_rest(&headers));
        assert_eq!((gate.code(), gate.reason()), ("OK", ""), "{sender}");
        let delivery = function.answer(&proxy_1(&headers, BODY));
        assert_eq!((delivery.code(), delivery.reason()), ("OK", ""), "{sender}");
        let other = function.answer(&proxy_1(&headers, b"another body"));
        assert_eq!(other.code(), "SIGNATURE_INVALID", "{sender}");
        let unknown = with(&headers, "X-Webhook-Id", "wh_2");
        assert_eq!(function.answer(&proxy_1(&unknown, BODY)).code(), "WEBHOOK_UNKNOWN");
    }
}

/// Whoever uses a product that is known here finds what to enter there.
#[test]
fn every_named_scheme_has_a_row() {
    let schemes: BTreeSet<String> =
        rows().iter().map(|row| row.record["scheme"].as_str().unwrap().to_owned()).collect();
    for scheme in shared::webhook::Scheme::all() {
        // These two are signed by programs, which the guide shows.
        let is_shown = ["portcullis", "rfc9421"].contains(&scheme.as_str());
        assert!(is_shown || schemes.contains(scheme.as_str()), "{}", scheme.as_str());
    }
}
