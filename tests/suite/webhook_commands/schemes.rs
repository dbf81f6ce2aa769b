//! What `test` signs is what the function verifies, for every scheme.

use serde_json::{Value, json};
use shared::webhook::Scheme;

use super::setup::{ALICE, Person, Place};

#[track_caller]
fn check(person: &Person, url: &str, scheme: &[&str], told_apart_by: &str) {
    let (id, made) = person.creates(scheme);
    assert_eq!(made["told_apart_by"], if scheme[1] == "rfc9421" { "time" } else { told_apart_by });
    let body = tests::tool::File::new(&format!("{{\"to\":\"{id}\"}}"));
    let test = ["test", &id, "--json", "--url", url, "--body", body.path(), "--delivery", "one"];
    let first = person.webhook(&test);
    assert_eq!((first.code, &first.json()["status"]), (0, &json!(200)), "{scheme:?} {first:?}");
    if told_apart_by == "id" {
        let second = person.webhook(&test);
        let body: Value = serde_json::from_str(second.json()["body"].as_str().unwrap()).unwrap();
        let expected = json!({ "duplicate": true, "delivery_id": "one", "told_apart_by": "id" });
        assert_eq!(body, expected, "{scheme:?}");
    }
}

#[test]
fn what_is_sent_verifies() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let (door, _target) = place.doorway();
    let url = door.url();
    for scheme in Scheme::all() {
        let name = scheme.as_str();
        let by = if name == "rfc9421" { "id" } else { scheme.told_apart_by().as_str() };
        let window: &[&str] = if by == "body" { &["--replay-window", "1h"] } else { &[] };
        check(&alice, &url, &[&["--scheme", name], window].concat(), by);
    }
    let described = [
        "--scheme",
        "hmac",
        "--header",
        "X-Acme-Signature",
        "--encoding",
        "base64url",
        "--signatures",
        "pairs",
        "--signature-key",
        "v1",
        "--time-key",
        "t",
        "--time-unit",
        "milliseconds",
        "--template",
        "{time}.{body}",
        "--key",
        "hex",
        "--key-prefix",
        "acme_",
    ];
    check(&alice, &url, &described, "time");
    let file = tests::tool::File::new(
        r#"{"header": "X-Acme", "encoding": "hex", "template": "{id}:{body}", "id_header": "X-Id"}"#,
    );
    check(&alice, &url, &["--scheme", "hmac", "--description", file.path()], "id");
}

/// What is printed is a command that works, and the secret is not in it.
#[test]
fn the_request_as_a_command() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let (door, _target) = place.doorway();
    let (id, made) = alice.creates(&["--scheme", "rfc9421"]);
    let url = format!("{}?a=it%27s", door.url());
    let done = alice.webhook(&["test", &id, "--print", "--url", &url]);
    assert_eq!((done.code, done.err.as_str()), (0, ""), "{done:?}");
    assert!(!done.out.contains(made["secret"].as_str().unwrap()));
    assert!(done.out.starts_with(&format!("curl '{url}' --header 'Content-Type: ")), "{done:?}");
    assert!(door.logs().is_empty());
    let sent = std::process::Command::new("sh")
        .args(["-c", &format!("{} -s", done.out.trim_end())])
        .output()
        .unwrap();
    let answer: Value = serde_json::from_slice(&sent.stdout).unwrap();
    assert!(answer["body"].as_str().unwrap().starts_with(r#"{"event":"portcullis.test""#));
    assert_eq!(door.logs().last().unwrap()["code"], "OK");
}

#[test]
fn the_secret_has_the_form_that_the_sender_wants() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let secret = |arguments: &[&str]| {
        let (_, made) = alice.creates(arguments);
        made["secret"].as_str().unwrap().to_owned()
    };
    let standard = secret(&["--scheme", "standard-webhooks"]);
    assert!(standard.starts_with("whsec_") && standard.len() == 50, "{standard}");
    let described = ["--header", "X-A", "--encoding", "hex", "--template", "{body}"];
    let hex = ["--scheme", "hmac", "--key", "hex", "--replay-window", "0"];
    let hex = secret(&[&hex[..], &described].concat());
    assert!(hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()), "{hex}");
    let text = secret(&["--scheme", "slack"]);
    assert!(text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric()), "{text}");
}
