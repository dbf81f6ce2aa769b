//! From `create` to `revoke`, with the real function at the other end.

use serde_json::{Value, json};
use tests::tool::Done;

use super::setup::{ALICE, Place};

#[track_caller]
fn answers(done: &Done, code: i32, status: u16) -> Value {
    assert_eq!(done.code, code, "{done:?}");
    let json = done.json();
    assert_eq!(json["status"], status, "{done:?}");
    serde_json::from_str(json["body"].as_str().unwrap()).unwrap_or_default()
}

#[test]
fn from_its_creation_to_its_end() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let (door, _target) = place.doorway();
    let (id, made) = alice.creates(&["--scheme", "github", "--replay-window", "10m"]);
    assert_eq!(made["replay_window_seconds"], 600);
    assert_eq!(made["secret"].as_str().unwrap().len(), 43);
    let url = door.url();
    let body = tests::tool::File::new(r#"{"event":"push"}"#);
    let test = |more: &[&str]| {
        let own = ["test", &id, "--json", "--url", &url, "--body", body.path()];
        alice.webhook(&[&own[..], more].concat())
    };
    // Delivered, and a repetition is told.
    let forwarded = answers(&test(&[]), 0, 200);
    assert_eq!(forwarded["body"], r#"{"event":"push"}"#);
    let again = answers(&test(&[]), 0, 200);
    assert_eq!((&again["duplicate"], &again["told_apart_by"]), (&json!(true), &json!("body")));
    // Forgotten, it is let through once more.
    let delivery = again["delivery_id"].as_str().unwrap();
    let done = alice.webhook(&["forget", &id, "--delivery", delivery, "--yes"]);
    done.is(0, &format!("{delivery} of {id} is forgotten: the next one is forwarded\n"), "");
    assert!(answers(&test(&[]), 0, 200).get("duplicate").is_none());
    // Rotated, the new secret verifies, and so does the one before it.
    let done = alice.webhook(&["rotate", &id, "--json"]);
    assert_eq!(done.code, 0, "{done:?}");
    let rotated = done.json();
    assert_ne!(rotated["secret"], made["secret"]);
    assert!(done.err.starts_with("The secret before it verifies until 20"), "{done:?}");
    let other = tests::tool::File::new(r#"{"event":"tag"}"#);
    let other = ["test", &id, "--json", "--url", &url, "--body", other.path()];
    assert!(answers(&alice.webhook(&other), 0, 200).get("duplicate").is_none());
    assert_eq!(door.logs().last().unwrap()["secret_version"], "current");
    let of_before = send(&url, &id, made["secret"].as_str().unwrap(), br#"{"event":"old"}"#);
    assert_eq!(of_before, 200);
    assert_eq!(door.logs().last().unwrap()["secret_version"], "previous");
    // Revoked, it is refused at once.
    let done = alice.webhook(&["revoke", &id, "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.starts_with(&format!("{id} was revoked at 20")), "{done:?}");
    let refused = test(&[]);
    assert_eq!(answers(&refused, 3, 403), json!({ "code": "WEBHOOK_UNKNOWN" }));
    let sentence = "portcullis: the webhook was refused: it is revoked, may not be called from here, or the address \
                    leads to another table\n";
    assert_eq!(refused.err, sentence);
    let done = alice.webhook(&["revoke", &id, "--yes"]);
    assert!(done.out.contains(" was revoked already, at 20"), "{done:?}");
    alice.refuses(&["rotate", &id], 3, &format!("the webhook `{id}` is revoked: create another"));
    // Nothing of the secrets is in any log.
    let logs = format!("{:?}", door.logs());
    for secret in [&made["secret"], &rotated["secret"]] {
        assert!(!logs.contains(secret.as_str().unwrap()));
    }
}

/// What `curl` makes of it: 200, or else another status.
fn send(url: &str, id: &str, secret: &str, body: &[u8]) -> u16 {
    let headers = tests::webhook_events::github(id, secret, "a", body);
    let mut curl = std::process::Command::new("curl");
    curl.args(["-s", "-o", "/dev/null", "-w", "%{http_code}", url, "--data-binary"]);
    curl.arg(std::str::from_utf8(body).unwrap());
    for (name, value) in headers {
        curl.args(["--header", &format!("{name}: {value}")]);
    }
    String::from_utf8(curl.output().unwrap().stdout).unwrap().parse().unwrap()
}

#[test]
fn what_is_forgotten_must_be_remembered() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let (id, _) = alice.creates(&["--scheme", "rfc9421"]);
    let forget = ["forget", &id, "--delivery", "abc", "--yes"];
    let sentence =
        format!("no delivery `abc` of the webhook `{id}` is remembered: nothing keeps it back");
    alice.refuses(&forget, 3, &sentence);
    let row =
        json!({ "webhook_id": id, "replay_key": "id:abc", "claim": "c", "ttl": 4_102_444_800_u64 });
    place.aws.put_row(&place.replays, &row);
    let sentence = "the delivery `abc` is being forwarded at the moment: try again in a minute";
    alice.refuses(&forget, 3, sentence);
    let mut row = row;
    row["handed_over"] = true.into();
    place.aws.put_row(&place.replays, &row);
    let done = alice.webhook(&[&forget[..], &["--json"]].concat());
    assert_eq!(done.json(), json!({ "webhook_id": id, "delivery_id": "abc", "forgotten": true }));
    assert!(place.aws.rows(&place.replays).is_empty());
    // A claim whose invocation died is no claim any more.
    row.as_object_mut().unwrap().remove("handed_over");
    row["ttl"] = 1.into();
    row["replay_key"] = "sha256:abc".into();
    place.aws.put_row(&place.replays, &row);
    assert_eq!(alice.webhook(&forget).code, 0);
    alice.refuses(
        &["forget", &id, "--delivery", "abc"],
        2,
        "there is no terminal to ask on: add `--yes`",
    );
}

#[test]
fn a_second_rotation_ends_the_first_secret() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let (id, _) = alice.creates(&["--scheme", "portcullis", "--replay-window", "0"]);
    assert_eq!(alice.webhook(&["rotate", &id]).code, 0);
    let done = alice.webhook(&["rotate", &id]);
    assert_eq!((done.code, done.out.as_str()), (3, ""), "{done:?}");
    assert!(
        done.err.starts_with("portcullis: the secret was rotated a short while ago"),
        "{done:?}"
    );
    assert_eq!(alice.webhook(&["rotate", &id, "--yes"]).code, 0);
    let (id, _) =
        alice.creates(&["--scheme", "portcullis", "--replay-window", "0", "--secret-overlap", "0"]);
    let done = alice.webhook(&["rotate", &id]);
    assert!(done.err.starts_with("The secret before it ends within five minutes.\n"), "{done:?}");
    assert_eq!(alice.webhook(&["rotate", &id]).code, 0);
}
