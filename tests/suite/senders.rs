//! The guide for senders, `docs/sending-webhooks.md`: every snippet is run as it stands there, against a server that
//! makes an event of what comes, and what comes is verified.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::{fs, thread};

use serde_json::{Value, json};
use shared::denial::{Code, Denial};
use shared::request::Occurrence;
use shared::time::Timestamp;
use shared::webhook::{HmacKeys, Signature, WebhookRequest};
use tests::events::http_2;
use tests::test_webhook_authorizer::known_webhook;
use tests::webhook_events::with_body;

const ID: &str = "wh_orders";
/// Not ASCII alone: the key is the text's UTF-8.
const SECRET: &str = "portcullis-developmént-secret";

const SHELL: &[&str] = &["sh", "-euc"];
const PYTHON: &[&str] = &["python3", "-c"];
const NODE: &[&str] = &["node", "--input-type=module", "--eval"];

#[test]
fn portcullis_in_shell() {
    check("portcullis", "sh", SHELL);
}

#[test]
fn portcullis_in_python() {
    check("portcullis", "python", PYTHON);
}

#[test]
fn portcullis_in_typescript() {
    check("portcullis", "ts", NODE);
}

#[test]
fn rfc9421_in_shell() {
    check("rfc9421", "sh", SHELL);
}

#[test]
fn rfc9421_in_python() {
    check("rfc9421", "python", PYTHON);
}

#[test]
fn rfc9421_in_typescript() {
    check("rfc9421", "ts", NODE);
}

/// What the snippet sends is verified; the same with another body is not.
fn check(scheme: &str, language: &str, interpreter: &[&str]) {
    let event = sent_by(interpreter, &snippet(scheme, language));
    assert_eq!(verified(scheme, &event), Ok(true));
    let mut changed = event;
    let body = changed["body"].as_str().unwrap().replace("paid", "lost");
    assert_ne!(changed["body"], json!(body));
    changed["body"] = json!(body);
    // Where the headers are signed, the signature fits, and the digest of the body does not.
    let refused = if scheme == "rfc9421" { Err(Code::SignatureInvalid) } else { Ok(false) };
    assert_eq!(verified(scheme, &changed), refused);
}

/// The code block of `language` in the guide's section about `scheme`.
fn snippet(scheme: &str, language: &str) -> String {
    let readme = fs::read_to_string(tests::root().join("docs/sending-webhooks.md")).unwrap();
    let guide = between(&readme, "\n## Sending webhooks\n", "\n## ");
    let section = between(guide, &format!("\n### `{scheme}`\n"), "\n### ");
    between(section, &format!("\n```{language}\n"), "\n```").to_owned()
}

/// What stands between `from` and `to`, or the end of `text`.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) =
        text.split_once(from).unwrap_or_else(|| panic!("docs/sending-webhooks.md lacks `{from}`"));
    rest.split_once(to).map_or(rest, |(found, _)| found)
}

/// Runs `snippet` and gives the event of what it sent.
fn sent_by(interpreter: &[&str], snippet: &str) -> Value {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/webhooks/orders", listener.local_addr().unwrap());
    let (sender, received) = mpsc::channel();
    // A snippet that never connects leaves the thread waiting, which ends with the test.
    thread::spawn(move || {
        let (connection, _) = listener.accept().unwrap();
        sender.send(receive(&connection)).unwrap();
        (&connection).write_all(b"HTTP/1.1 202 -\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    let [program, arguments @ ..] = interpreter else { panic!("no interpreter") };
    let done = Command::new(program)
        .args(arguments)
        .arg(snippet)
        .envs([("WEBHOOK_URL", url.as_str()), ("WEBHOOK_ID", ID), ("WEBHOOK_SECRET", SECRET)])
        .env("no_proxy", "*")
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| {
            panic!("`{program}` does not run ({error}): the guide's snippets need it, install it")
        });
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    received.try_recv().expect("nothing was sent")
}

/// Takes one request and makes of it what API Gateway would.
fn receive(connection: &TcpStream) -> Value {
    let mut reader = BufReader::new(connection);
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let request_line = line();
    let mut headers = Vec::new();
    while let Some((name, value)) = line().split_once(": ") {
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.unwrap().1.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();

    let path = request_line.strip_prefix("POST ").and_then(|rest| rest.strip_suffix(" HTTP/1.1"));
    let path = path.unwrap_or_else(|| panic!("`{request_line}` is no POST"));
    let headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    let mut event = http_2(&headers, "POST", path);
    let members = event.as_object_mut().unwrap();
    members.retain(|name, _| !matches!(name.as_str(), "type" | "routeArn" | "identitySource"));
    with_body(event, &body)
}

/// Whether `event` is verified; the code if it is refused for what it says.
fn verified(scheme: &str, event: &Value) -> Result<bool, Code> {
    let bytes = event.to_string().into_bytes();
    let Ok(WebhookRequest::Delivery(delivery)) = WebhookRequest::read(&bytes) else {
        panic!("it is no delivery")
    };
    assert_eq!(delivery.message.webhook_id(), Occurrence::Single(ID));
    let now = signed_at(event);
    let webhook = known_webhook(ID, scheme);
    let key = webhook.secret("portcullis/webhook/").key(SECRET).unwrap();
    let keys = HmacKeys { current: key, created: now, previous: None };
    let code = |denial: Denial| denial.code;
    let signature = Signature::read(&webhook, &delivery.message, now).map_err(code)?;
    let body = delivery.body().unwrap();
    Ok(signature.verify(&webhook, &keys, &body, now).map_err(code)?.is_some())
}

/// The sender's clock is the clock of the test: the second that the signature says it was made in.
fn signed_at(event: &Value) -> Timestamp {
    let input = event["headers"]["signature-input"].as_str().unwrap_or_default();
    let created = input.split(';').find_map(|parameter| parameter.strip_prefix("created="));
    Timestamp::from_unix_millis(created.map_or(0, |seconds| seconds.parse().unwrap()) * 1000)
}
