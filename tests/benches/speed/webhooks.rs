//! A delivery in process next to one HMAC of its body, and the start of the function.

use std::borrow::Cow;
use std::cell::RefCell;
use std::hint::black_box;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::hex;
use shared::webhook::WebhookRequest;
use tests::key_server::{KeyServer, Reply};
use tests::runtime_api::Function;
use tests::samples::Settings;
use tests::test_webhook_authorizer::TestWebhookAuthorizer;

use crate::Result;
use crate::function::{Side, binary, body};
use crate::measure::{Measured, interleave, time};
use crate::report::{Aim, Row};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;
const ID: &str = "wh_benchmark";
const SECRET: &str = "a secret of the benchmark";
/// Distinct deliveries of each kind, as none may be a repetition of another: so many bytes of bodies.
const BODIES: usize = 32 * MIB;
/// And not more than this.
const DELIVERIES: usize = 2048;
/// How often every body is unescaped.
const PASSES: usize = 8;
const COLD_STARTS: usize = 60;
/// Deliveries that are handed to two builds of the function, which asks AWS several times about each.
const OTHERS: usize = 1024;

/// Bytes of a body, and the event that carries them.
struct Delivery {
    body: Vec<u8>,
    event: Vec<u8>,
}

/// A delivery, event bytes in and answer bytes out, with registry, secret, replays and target in
/// memory, next to the one HMAC in it.
pub(crate) fn deliveries() -> Result<Vec<Row>> {
    let beyond = |floor: f64| Aim::at_most(floor + 25.0, "HMAC + 25 µs");
    let times = |_: f64| Aim::times(1.5);
    Ok(vec![
        row("delivery of 1 KB of JSON, median", |number| json_body(KIB, number), false, beyond)?,
        row("delivery of 1 KB in base64, median", |number| json_body(KIB, number), true, beyond)?,
        row("delivery of 256 KB of text, median", |n| plain_body(256 * KIB, n), false, times)?,
        row("delivery of 256 KB of JSON, median", |n| json_body(256 * KIB, n), false, times)?,
        row("delivery of 256 KB in base64, median", |n| json_body(256 * KIB, n), true, times)?,
    ])
}

fn row(
    measure: &'static str,
    body: impl Fn(usize) -> Vec<u8>,
    is_base64: bool,
    aim: impl Fn(f64) -> Aim,
) -> Result<Row> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let gate = TestWebhookAuthorizer::new().webhook(ID, "portcullis", SECRET, &[]);
    let log = RefCell::new(Vec::new());
    let count = DELIVERIES.min(BODIES / body(0).len());
    let deliveries: Vec<Delivery> =
        (0..count).map(|number| delivery(&key, body(number), is_base64)).collect();
    let [floor, ours] = interleave(
        &deliveries,
        |delivery| sign(&key, &delivery.body),
        |delivery| {
            let length = gate.run(&delivery.event, &mut log.borrow_mut());
            let log = log.borrow();
            let is_handed_over = log.windows(12).any(|bytes| bytes == b"\"code\":\"OK\",");
            if length > 0 && is_handed_over {
                return Ok(());
            }
            Err(String::from_utf8_lossy(&log).into())
        },
    )?;
    let floor = floor.median();
    Ok(Row { measure, unit: "µs", floor, ours: ours.median(), aim: Some(aim(floor)) })
}

fn delivery(key: &hmac::Key, body: Vec<u8>, is_base64: bool) -> Delivery {
    let mac = hmac::sign(key, &body);
    let text = if is_base64 {
        STANDARD.encode(&body)
    } else {
        String::from_utf8_lossy(&body).into_owned()
    };
    let event = json!({
        "version": "2.0",
        "routeKey": "POST /webhooks",
        "rawPath": "/webhooks",
        "rawQueryString": "",
        "headers": {
            "content-type": "application/json",
            "host": "hooks.example.com",
            "user-agent": "sender/1.0",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            "x-webhook-id": ID,
            "x-webhook-signature": format!("sha256={}", hex::encode(mac.as_ref())),
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "domainName": "hooks.example.com",
            "http": {
                "method": "POST",
                "path": "/webhooks",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "sender/1.0",
            },
            "requestId": "benchmark",
            "routeKey": "POST /webhooks",
            "stage": "$default",
        },
        "body": text,
        "isBase64Encoded": is_base64,
    });
    Delivery { body, event: event.to_string().into_bytes() }
}

/// JSON as senders send it: a quotation mark every few bytes, each an escape in the event.
fn json_body(length: usize, number: usize) -> Vec<u8> {
    let item = |n: usize| json!({"id": format!("evt_{n:08}"), "type": "order.paid", "amount": n});
    let mut items: Vec<Value> = Vec::new();
    let mut size = 0;
    while size < length {
        items.push(item(number * 10_000 + items.len()));
        size += 58;
    }
    json!({ "data": items }).to_string().into_bytes()
}

/// Text without a character that JSON would escape.
fn plain_body(length: usize, number: usize) -> Vec<u8> {
    let mut body = format!("delivery {number} ").into_bytes();
    body.resize(length, b'x');
    body
}

/// A delivery whose body is full of escapes, as it was read; its body as the event has it, and as it
/// was sent.
struct Escaped<'e> {
    delivery: shared::webhook::Delivery<'e>,
    literal: &'e str,
    body: Cow<'e, [u8]>,
}

/// A MiB of JSON out of its event next to its HMAC, and both next to the HMAC and `serde_json`, which
/// would be the plain way. A sender's own `\u00e9` is `\\u00e9` in the event; a letter that the event
/// itself writes like that takes another path.
pub(crate) fn unescaping() -> Result<Vec<Row>> {
    let [json, json_and_hmac] = unescape(r"\\u00e9")?;
    let [letters, letters_and_hmac] = unescape(r"\u00e9")?;
    let row =
        |measure, [floor, ours]: [f64; 2]| Row { measure, unit: "µs", floor, ours, aim: None };
    Ok(vec![
        row("1 MiB of JSON, unescaped; the floor is its HMAC", json),
        row("1 MiB of JSON, unescaped and HMAC; the floor has `serde_json`", json_and_hmac),
        row("1 MiB with a few `\\u`, unescaped; the floor is its HMAC", letters),
        row(
            "1 MiB with a few `\\u`, unescaped and HMAC; the floor has `serde_json`",
            letters_and_hmac,
        ),
    ])
}

/// The minima of both pairs, for bodies with a few of `letter`, which is as the event has it.
fn unescape(letter: &str) -> Result<[[f64; 2]; 2]> {
    let literals: Vec<String> = (0..BODIES / MIB).map(|number| literal(number, letter)).collect();
    let events: Vec<String> = literals.iter().map(|body| bare_event(body)).collect();
    let read = events.iter().zip(&literals).map(|(event, literal)| escaped(event, literal));
    let read = read.collect::<Result<Vec<_>>>()?;
    let deliveries: Vec<_> = read.iter().cycle().take(PASSES * read.len()).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let pair = |[floor, ours]: [Measured; 2]| [floor.minimum(), ours.minimum()];
    let next_to_hmac = interleave(
        &deliveries,
        |escaped| sign(&key, &escaped.body),
        |escaped| {
            black_box(escaped.delivery.body()?);
            Ok(())
        },
    )?;
    let both = interleave(
        &deliveries,
        |escaped| sign(&key, serde_json::from_str::<String>(escaped.literal)?.as_bytes()),
        |escaped| sign(&key, &escaped.delivery.body()?),
    )?;
    Ok([pair(next_to_hmac), pair(both)])
}

/// A MiB of JSON as a JSON string, with a few of `letter`.
fn literal(number: usize, letter: &str) -> String {
    let json = String::from_utf8_lossy(&json_body(MIB, number)).into_owned();
    Value::from(json).to_string().replace(r#"500\""#, &format!(r#"500{letter}\""#))
}

/// The least of an event that has `body`.
fn bare_event(body: &str) -> String {
    let context = r#"{"http":{"method":"POST","sourceIp":"203.0.113.7"}}"#;
    format!(r#"{{"version":"2.0","rawPath":"/","requestContext":{context},"body":{body}}}"#)
}

fn escaped<'e>(event: &'e str, literal: &'e str) -> Result<Escaped<'e>> {
    let WebhookRequest::Delivery(delivery) = WebhookRequest::read(event.as_bytes())? else {
        return Err("the event is no delivery".into());
    };
    let body = delivery.body()?;
    Ok(Escaped { delivery, literal, body })
}

fn sign(key: &hmac::Key, body: &[u8]) -> Result<()> {
    match hmac::sign(key, body).as_ref() {
        [] => Err("no MAC".into()),
        _ => Ok(()),
    }
}

/// The start of the function next to hello world: until it asks for its first event or, with every
/// client built, DynamoDB its first question; and until the first answer, to an event that asks
/// nothing, with that question behind it.
pub(crate) fn start(hello: &Path, function: &Path) -> Result<Vec<Row>> {
    let (mut hello_asks, mut ours_asks) = (Vec::new(), Vec::new());
    for _ in 0..COLD_STARTS {
        hello_asks.push(time(|| Ok(Function::start(hello, &Settings::new())?.wait()?))?);
        ours_asks.push(until_it_asks(function)?);
    }
    let json = "content-type: application/x-amz-json-1.0\r\n";
    let aws = KeyServer::start(Reply::new(200, json, b"{}"))?;
    let settings = settings(&aws.url());
    let event = delivery(&hmac::Key::new(hmac::HMAC_SHA256, b"none"), plain_body(KIB, 0), false);
    let event = String::from_utf8_lossy(&event.event).replace("x-webhook-id", "x-nobody");
    let (mut of_hello, mut of_ours) = (Vec::new(), Vec::new());
    let (mut hello_peak, mut our_peak) = (0.0_f64, 0.0_f64);
    for _ in 0..COLD_STARTS {
        of_hello.push(time(|| first_answer(hello, &settings, &event, &mut hello_peak))?);
        of_ours.push(time(|| first_answer(function, &settings, &event, &mut our_peak))?);
    }
    let [hello_asks, ours_asks] = [hello_asks, ours_asks].map(Measured::new);
    let [of_hello, of_ours] = [of_hello, of_ours].map(Measured::new);
    let row = |measure, floor: f64, ours: f64, aim| Row {
        measure,
        unit: "ms",
        floor: floor / 1e3,
        ours: ours / 1e3,
        aim,
    };
    let aim = || Some(Aim::times(1.5));
    Ok(vec![
        row("start until it asks, minimum", hello_asks.minimum(), ours_asks.minimum(), aim()),
        row("start until it asks, median", hello_asks.median(), ours_asks.median(), aim()),
        row("start until it answers, minimum", of_hello.minimum(), of_ours.minimum(), None),
        row("start until it answers, median", of_hello.median(), of_ours.median(), None),
        Row {
            measure: "peak memory",
            unit: "MiB",
            floor: hello_peak,
            ours: our_peak,
            aim: Some(Aim::times(2.5)),
        },
        binary(hello, function)?,
    ])
}

/// Whole deliveries for the binary, and whatever it asks about them.
pub(crate) struct Delivered {
    deliveries: Vec<Delivery>,
    settings: Settings,
    _aws: KeyServer,
}

impl Delivered {
    pub(crate) fn new() -> Result<Self> {
        // One answer to every question: each service reads its own members of it.
        let text = |text: &str| json!({ "S": text });
        let answer = json!({
            "Item": {
                "webhook_id": text(ID),
                "user_id": text("u-1"),
                "tenant_id": text("acme"),
                "name": text("a webhook of the benchmark"),
                "status": text("active"),
                "scheme": text("portcullis"),
                "created_at": { "N": "1767000000" },
            },
            "SecretString": SECRET,
            "statusCode": 200,
        });
        // A connection each: the server closes it anyway.
        let headers = "content-type: application/x-amz-json-1.0\r\nconnection: close\r\n";
        let aws = KeyServer::start(Reply::new(200, headers, answer.to_string().as_bytes()))?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let deliveries = (0..OTHERS).map(|number| delivery(&key, json_body(KIB, number), false));
        let settings = settings(&aws.url());
        Ok(Self { deliveries: deliveries.collect(), settings, _aws: aws })
    }

    pub(crate) fn events(&self) -> Vec<&[u8]> {
        self.deliveries.iter().map(|delivery| &*delivery.event).collect()
    }

    /// The webhook-authorizer that `program` is.
    pub(crate) fn side<'a>(&'a self, program: &'a Path) -> Side<'a> {
        Side { program, settings: &self.settings, says: "\"statusCode\":200" }
    }
}

/// How long `function` takes until it connects to DynamoDB.
fn until_it_asks(function: &Path) -> Result<Duration> {
    let dynamodb = TcpListener::bind(("127.0.0.1", 0))?;
    let settings = settings(&format!("http://{}", dynamodb.local_addr()?));
    let mut running = None;
    let took = time(|| {
        running = Some(Function::start(function, &settings)?);
        dynamodb.accept()?;
        Ok(())
    })?;
    drop(running);
    Ok(took)
}

fn settings(endpoint: &str) -> Settings {
    [
        ("STEPS", "gate,delivery"),
        ("WEBHOOK_TABLE", "webhooks"),
        ("REPLAY_TABLE", "replays"),
        ("TARGET_FUNCTION", "target"),
        ("AWS_ACCESS_KEY_ID", "benchmark"),
        ("AWS_SECRET_ACCESS_KEY", "benchmark"),
        ("AWS_ENDPOINT_URL", endpoint),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Starts `program` and waits for its first answer; `peak` becomes its peak memory in MiB.
fn first_answer(program: &Path, settings: &Settings, event: &str, peak: &mut f64) -> Result<()> {
    let mut function = Function::start(program, settings)?;
    body(function.invoke(event.as_bytes())?.answer)?;
    *peak = function.usage()?.peak_kib as f64 / 1024.0;
    Ok(())
}
