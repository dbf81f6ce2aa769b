//! A delivery in process next to one HMAC of its body, and the start of the function.

use std::cell::RefCell;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::key_server::{KeyServer, Reply};
use tests::runtime_api::Function;
use tests::samples::Settings;
use tests::webhook_events::hex;
use tests::webhook_gate::WebhookGate;

use crate::Result;
use crate::function::{body, mebibytes};
use crate::measure::{Measured, interleave, time};
use crate::report::{Aim, Row};

const KIB: usize = 1024;
const ID: &str = "wh_benchmark";
const SECRET: &str = "a secret of the benchmark";
/// Distinct deliveries of each kind, as none may be a repetition of another: so many bytes of bodies.
const BODIES: usize = 32 * 1024 * KIB;
/// And not more than this.
const DELIVERIES: usize = 2048;
const COLD_STARTS: usize = 60;

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
    let gate = WebhookGate::new().webhook(ID, "portcullis", SECRET, &[]);
    let log = RefCell::new(Vec::new());
    let count = DELIVERIES.min(BODIES / body(0).len());
    let deliveries: Vec<Delivery> =
        (0..count).map(|number| delivery(&key, body(number), is_base64)).collect();
    let [floor, ours] = interleave(
        &deliveries,
        |delivery| match hmac::sign(&key, &delivery.body).as_ref() {
            [] => Err("no MAC".into()),
            _ => Ok(()),
        },
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
            "x-webhook-signature": format!("sha256={}", hex(mac.as_ref())),
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
        Row {
            measure: "binary",
            unit: "MiB",
            floor: mebibytes(hello)?,
            ours: mebibytes(function)?,
            aim: None,
        },
    ])
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
