//! Any bytes as a webhook's event, in every scheme. The first byte says whether the rest is an event
//! as it is, a description of a scheme and an event (with a line feed between them), or a delivery
//! that is signed here, and in which scheme: a MAC cannot be guessed.
//!
//! Nothing is verified without the secret. What is verified is handed over with its body as it came,
//! with the identity that was proven, and without a credential in its headers.

#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serde_json::value::RawValue;
use shared::hex;
use shared::ids::WebhookId;
use shared::record::Fields;
use shared::request::Occurrence;
use shared::time::Timestamp;
use shared::webhook::{
    Challenge, DeliveryShape, HmacKeys, KnownWebhook, Message, Scheme, Signature, SignedChallenge,
    WebhookRecord, WebhookRequest, forward, is_dropped_header,
};

/// The moment that the timestamps of the seeds are inside the window of, and of what is signed here.
const NOW: Timestamp = Timestamp::from_unix_millis(1_767_225_600_000);
const SECONDS: &str = "1767225600";
const SECRET: &str = "nobody can guess this";

static WEBHOOKS: LazyLock<Vec<(KnownWebhook, HmacKeys)>> =
    LazyLock::new(|| Scheme::all().map(|scheme| webhook(scheme.as_str(), "").unwrap()).collect());

/// The webhook of `scheme`, with `more` attributes; `None` if the record cannot be read.
fn webhook(scheme: &str, more: &str) -> Option<(KnownWebhook, HmacKeys)> {
    let row = format!(
        r#"{{"webhook_id": "wh_1", "user_id": "ada", "tenant_id": "acme", "name": "acme",
            "status": "active", "scheme": "{scheme}", "created_at": 0 {more}}}"#
    );
    let id = WebhookId::parse("wh_1").unwrap();
    let record = WebhookRecord::read(&id, &Fields::from_json(&row)?).ok()?;
    let webhook = KnownWebhook::admit(record, None, NOW).unwrap();
    let secret = match scheme {
        "standard-webhooks" | "gitlab" => format!("whsec_{}", STANDARD.encode(SECRET)),
        _ => SECRET.to_owned(),
    };
    let current = webhook.secret("hooks/").key(&secret).ok()?;
    Some((webhook, HmacKeys { current, created: NOW, previous: None }))
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&form, event)) = bytes.split_first() else { return };
    match form {
        b'r' => check_unsigned(event),
        b'd' => check_described(event),
        _ => check_signed(event, &WEBHOOKS[usize::from(form) % WEBHOOKS.len()]),
    }
});

/// A description that is taken reads any message without a panic, and verifies none.
fn check_described(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let Some((description, event)) = text.split_once('\n') else { return };
    let more = format!(r#", "handshake": true, "description": {description}"#);
    let Some((webhook, keys)) = webhook("hmac", &more) else { return };
    let Ok(WebhookRequest::Delivery(delivery)) = WebhookRequest::read(event.as_bytes()) else {
        return;
    };
    let Ok(body) = delivery.body() else { return };
    let _ = Challenge::unsigned(&webhook, &delivery.message, &body);
    let _ = SignedChallenge::read(&webhook, &body);
    let Ok(signature) = Signature::read(&webhook, &delivery.message, NOW) else { return };
    assert!(!matches!(signature.verify(&webhook, &keys, &body, NOW), Ok(Some(_))));
}

fn check_unsigned(event: &[u8]) {
    match WebhookRequest::read(event) {
        Err(_) => {}
        Ok(WebhookRequest::Gate(gate)) => {
            let _ = gate.exact_resource();
            verifies_nothing(&gate.message, None);
        }
        Ok(WebhookRequest::Delivery(delivery)) => {
            let body = delivery.body().ok();
            verifies_nothing(&delivery.message, body.as_deref());
        }
    }
}

fn verifies_nothing(message: &Message<'_>, body: Option<&[u8]>) {
    let _ = (message.webhook_id(), message.host(), message.source_ip(), message.raw_query());
    for (webhook, keys) in WEBHOOKS.iter() {
        let Ok(signature) = Signature::read(webhook, message, NOW) else { continue };
        assert!(signature.verify_headers(webhook, keys, NOW).is_none());
        if let Some(body) = body {
            assert!(!matches!(signature.verify(webhook, keys, body, NOW), Ok(Some(_))));
        }
    }
}

fn check_signed(event: &[u8], (webhook, keys): &(KnownWebhook, HmacKeys)) {
    let Ok(WebhookRequest::Delivery(delivery)) = WebhookRequest::read(event) else { return };
    let Ok(body) = delivery.body() else { return };
    let Some(headers) = sign(webhook.scheme().as_str(), &delivery.message, &body) else { return };
    let Some(sent) = with_headers(event, &headers) else { return };
    check_verified(&sent, &body, webhook, keys);
}

fn check_verified(sent: &str, body: &[u8], webhook: &KnownWebhook, keys: &HmacKeys) {
    let Ok(WebhookRequest::Delivery(delivery)) = WebhookRequest::read(sent.as_bytes()) else {
        panic!("a header more, and it is no delivery any more");
    };
    assert_eq!(delivery.body().unwrap(), body);
    let signature = Signature::read(webhook, &delivery.message, NOW).unwrap();
    let in_headers = signature.verify_headers(webhook, keys, NOW).is_some();
    assert_eq!(in_headers, webhook.scheme().signs_headers());
    let other = signature.verify(webhook, keys, &[body, b"\n"].concat(), NOW);
    assert!(!matches!(other, Ok(Some(_))));
    let verified = signature.verify(webhook, keys, body, NOW).unwrap().unwrap();
    match forward(&delivery, &verified) {
        Ok(json) => {
            check_forwarded(delivery.shape, sent, str::from_utf8(&json).unwrap());
            presents_nothing(&json, webhook);
        }
        // In every other shape, all that is taken apart was taken apart before it was verified.
        Err(_) => assert_eq!(delivery.shape, DeliveryShape::Proxy2),
    }
}

/// Whoever gets `forwarded` cannot pass for its sender.
fn presents_nothing(forwarded: &[u8], webhook: &KnownWebhook) {
    if let Ok(WebhookRequest::Delivery(delivery)) = WebhookRequest::read(forwarded) {
        assert!(Signature::read(webhook, &delivery.message, NOW).is_err());
    }
}

fn check_forwarded(shape: DeliveryShape, sent: &str, forwarded: &str) {
    let (mut sent, mut got) = (members(sent), members(forwarded));
    // A member that stands there twice would be one in the map.
    assert_eq!(written(&got), forwarded.len());
    check_context(shape, sent.get("requestContext"), &got.remove("requestContext").unwrap());
    sent.retain(|name, _| !["requestContext", "cookies"].contains(&name.as_str()));
    for name in ["headers", "multiValueHeaders"] {
        let Some(headers) = sent.remove(name) else { continue };
        assert_eq!(members(&got.remove(name).unwrap()), without(&headers, is_dropped_header));
    }
    assert_eq!(got, sent);
}

fn check_context(shape: DeliveryShape, sent: Option<&String>, forwarded: &str) {
    let mut got = members(forwarded);
    assert_eq!(written(&got), forwarded.len());
    let authorizer: Value = serde_json::from_str(&got.remove("authorizer").unwrap()).unwrap();
    let is_nested = shape == DeliveryShape::Proxy2;
    let identity = if is_nested { &authorizer["lambda"] } else { &authorizer };
    assert_eq!((&identity["webhook_id"], &identity["verified"]), (&"wh_1".into(), &"body".into()));
    let mut sent = sent.map(|sent| members(sent)).unwrap_or_default();
    sent.remove("authorizer");
    if let Some(caller) = sent.remove("identity") {
        assert_eq!(members(&got.remove("identity").unwrap()), without(&caller, |n| n == "apikey"));
    }
    assert_eq!(got, sent);
}

/// The members of `object`, or of `null`, each as it is written.
fn members(object: &str) -> BTreeMap<String, String> {
    let members: Option<BTreeMap<String, &RawValue>> = serde_json::from_str(object).unwrap();
    let members = members.into_iter().flatten();
    members.map(|(name, value)| (name, value.get().to_owned())).collect()
}

/// The members of `object` but for those whose names are `dropped` in lower case.
fn without(object: &str, dropped: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let mut members = members(object);
    members.retain(|name, _| !dropped(&name.to_ascii_lowercase()));
    members
}

/// How long an object of these members is.
fn written(members: &BTreeMap<String, String>) -> usize {
    object(members).len()
}

fn object(members: &BTreeMap<String, String>) -> String {
    let member = |(name, value): (&String, &String)| format!("{}:{value}", Value::from(&**name));
    format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(","))
}

type Headers = Vec<(&'static str, String)>;

/// `event` with `headers` before its own; `None` if it has none.
fn with_headers(event: &[u8], headers: &Headers) -> Option<String> {
    let mut event = members(str::from_utf8(event).unwrap());
    let is_object = |name: &&str| event.get(*name).is_some_and(|value| value.starts_with('{'));
    let name = ["headers", "multiValueHeaders"].into_iter().find(is_object)?;
    let own = event.get_mut(name)?;
    let headers = headers.iter().map(|(name, value)| (*name, Value::from(&**value).to_string()));
    let signed = object(&headers.map(|(name, value)| (name.to_owned(), value)).collect());
    let (_, rest) = own.split_at(1);
    let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
    *own = format!("{}{comma}{rest}", signed.trim_end_matches('}'));
    Some(object(&event))
}

/// What a sender that has the secret adds; `None` where its request cannot be signed, or has one of
/// these headers already: which of two counts, nobody can say.
fn sign(scheme: &str, message: &Message<'_>, body: &[u8]) -> Option<Headers> {
    let time = || SECONDS.to_owned();
    let hex = |parts: &[&[u8]]| hex::encode(&mac(parts));
    let prefixed = || format!("sha256={}", hex(&[body]));
    let v0 = || format!("v0={}", hex(&[b"v0:", SECONDS.as_bytes(), b":", body]));
    let headers = match scheme {
        "portcullis" => vec![("X-Webhook-Signature", prefixed())],
        "github" => vec![
            ("X-GitHub-Delivery", "delivery-1".to_owned()),
            ("X-Hub-Signature-256", prefixed()),
        ],
        "meta" => vec![("X-Hub-Signature-256", prefixed())],
        "bitbucket" => {
            vec![("X-Request-UUID", "d-1".to_owned()), ("X-Hub-Signature", prefixed())]
        }
        "jira" => vec![
            ("X-Atlassian-Webhook-Identifier", "d-1".to_owned()),
            ("X-Hub-Signature", prefixed()),
        ],
        "linear" => {
            vec![("Linear-Delivery", "d-1".to_owned()), ("Linear-Signature", hex(&[body]))]
        }
        "shopify" => vec![
            ("X-Shopify-Webhook-Id", "d-1".to_owned()),
            ("X-Shopify-Hmac-Sha256", STANDARD.encode(mac(&[body]))),
        ],
        "stripe" => {
            let mac = hex(&[SECONDS.as_bytes(), b".", body]);
            vec![("Stripe-Signature", format!("t={SECONDS},v1={mac}"))]
        }
        "slack" => vec![("X-Slack-Request-Timestamp", time()), ("X-Slack-Signature", v0())],
        "zoom" => vec![("x-zm-request-timestamp", time()), ("x-zm-signature", v0())],
        "standard-webhooks" | "gitlab" => {
            let mac = STANDARD.encode(mac(&[b"delivery-1.", SECONDS.as_bytes(), b".", body]));
            vec![
                ("webhook-id", "delivery-1".to_owned()),
                ("webhook-timestamp", time()),
                ("webhook-signature", format!("v1,{mac}")),
            ]
        }
        "rfc9421" => rfc9421(message, body)?,
        _ => panic!("a scheme that is not signed here: {scheme}"),
    };
    let is_absent = |name: &str| message.header(name) == Occurrence::Absent;
    let is_new = headers.iter().all(|(name, _)| is_absent(name));
    // The other form of Standard Webhooks.
    let is_one_form = ["svix-id", "svix-timestamp", "svix-signature"].into_iter().all(is_absent);
    (is_new && is_one_form).then_some(headers)
}

/// What a request line cannot have, no sender can sign.
fn rfc9421(message: &Message<'_>, body: &[u8]) -> Option<Headers> {
    let (method, path) = (message.method(), message.path());
    let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && !b"?#".contains(&b));
    if path.is_empty() || !is_plain(path) || !is_plain(method) {
        return None;
    }
    let digest = STANDARD.encode(digest::digest(&digest::SHA256, body));
    let digest = format!("sha-256=:{digest}:");
    let input = format!(r#"("@method" "@path" "content-digest");created={SECONDS}"#);
    let base = format!(
        "\"@method\": {method}\n\"@path\": {path}\n\"content-digest\": {digest}\n\
         \"@signature-params\": {input}"
    );
    Some(vec![
        ("Content-Digest", digest),
        ("Signature-Input", format!("sig={input}")),
        ("Signature", format!("sig=:{}:", STANDARD.encode(mac(&[base.as_bytes()])))),
    ])
}

fn mac(parts: &[&[u8]]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    hmac::sign(&key, &parts.concat()).as_ref().to_vec()
}
