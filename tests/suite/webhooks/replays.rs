//! Once: a conditional write decides, however many ask at the same moment.

use std::sync::Barrier;
use std::thread;

use aws_lc_rs::digest;
use serde_json::{Value, json};
use shared::hex;
use tests::runtime_api::now_seconds;
use tests::target::Does;
use tests::webhook_events::{github, standard, stripe};

use super::stack::{BODY, ID, Running, SECRET, Stack, at_the_gate, delivery, signed};

/// SHA-256 of [`BODY`], which is what `portcullis` and `github` sign.
fn of_body() -> String {
    hex::encode(digest::digest(&digest::SHA256, BODY).as_ref())
}

/// A secret of Standard Webhooks, and the key that it is.
const WHSEC: &str = "whsec_c2VzYW1lLXNlc2FtZS0yNC1ieXRlcy0h";
const KEY: &[u8] = b"sesame-sesame-24-bytes-!";

#[test]
fn a_delivery_comes_once() {
    let stack = Stack::remembering("portcullis");
    let event = delivery(&signed(SECRET, BODY), BODY);
    let mut function = stack.function();
    function.answer(&event).is_delivered();
    function.answer(&event).is_a_duplicate(&of_body(), "body");
    // To another instance as well.
    stack.function().answer(&event).is_a_duplicate(&of_body(), "body");
    assert_eq!(stack.target.events().len(), 1);
}

/// What is remembered is for as long as the row says, and is no credential.
#[test]
fn what_is_remembered() {
    let stack = Stack::remembering("portcullis");
    stack.update(ID, &json!({ "replay_window_seconds": 900 }));
    let before = now_seconds();
    let headers = signed(SECRET, BODY);
    stack.function().answer(&delivery(&headers, BODY)).is_delivered();
    let rows = stack.aws.rows(&stack.replays);
    let [row] = &rows[..] else { panic!("one row: {rows:?}") };
    assert_eq!(row["webhook_id"], ID);
    let ttl = row["ttl"].as_u64().unwrap();
    assert!((before + 900..=now_seconds() + 901).contains(&ttl), "{ttl}");
    for (_, value) in headers.iter().filter(|(name, _)| *name == "X-Webhook-Signature") {
        let signature = value.trim_start_matches("sha256=");
        assert!(!row.to_string().contains(signature), "the signature is kept");
    }
}

#[test]
fn a_signed_id_tells_even_with_another_signature() {
    let stack = Stack::new();
    stack.register(ID, "standard-webhooks", WHSEC);
    let mut function = stack.function();
    let sent = |ago: u64| {
        let time = (now_seconds() - ago).to_string();
        delivery(&standard(ID, KEY, "msg_1", &time, BODY), BODY)
    };
    function.answer(&sent(5)).is_delivered();
    function.answer(&sent(0)).is_a_duplicate("msg_1", "id");
}

/// Whoever repeats a delivery can write what he likes into a header that is not signed.
#[test]
fn an_unsigned_id_tells_nothing() {
    let stack = Stack::remembering("github");
    let mut function = stack.function();
    let sent = |id: &str| delivery(&github(ID, SECRET, id, BODY), BODY);
    function.answer(&sent("one")).is_delivered();
    function.answer(&sent("two")).is_a_duplicate(&of_body(), "body");
}

#[test]
fn webhooks_do_not_share_what_was_seen() {
    let stack = Stack::new();
    let mut function = stack.function();
    for id in ["wh_one", "wh_two"] {
        stack.register(id, "standard-webhooks", WHSEC);
        let headers = standard(id, KEY, "msg_1", &now_seconds().to_string(), BODY);
        function.answer(&delivery(&headers, BODY)).is_delivered();
    }
}

/// A trigger that sends the same body every day must get through.
#[test]
fn without_a_window_nothing_is_remembered() {
    let stack = Stack::with_webhook("portcullis");
    let event = delivery(&signed(SECRET, BODY), BODY);
    let mut function = stack.function();
    function.answer(&event).is_delivered();
    function.answer(&event).is_delivered();
    assert!(stack.aws.rows(&stack.replays).is_empty());
}

/// DynamoDB deletes a row up to days after its time to live: until then it must not count.
#[test]
fn a_row_whose_time_has_passed_does_not_count() {
    let stack = Stack::remembering("portcullis");
    let event = delivery(&signed(SECRET, BODY), BODY);
    let mut function = stack.function();
    function.answer(&event).is_delivered();
    for mut row in stack.aws.rows(&stack.replays) {
        row["ttl"] = json!(now_seconds() - 1);
        stack.aws.put_row(&stack.replays, &row);
    }
    function.answer(&event).is_delivered();
    function.answer(&event).is_a_duplicate(&of_body(), "body");
}

/// A sender that runs out of patience must not take the first try for done: it may still fail.
#[test]
fn a_delivery_that_is_being_forwarded_is_told_to_wait() {
    let stack = Stack::remembering("portcullis");
    let event = delivery(&signed(SECRET, BODY), BODY);
    let mut function = stack.function();
    function.answer(&event).is_delivered();
    let first = stack.aws.rows(&stack.replays).remove(0);
    let mut open = first.clone();
    open.as_object_mut().unwrap().remove("handed_over").unwrap();
    open["ttl"] = json!(now_seconds() + 60);
    stack.aws.put_row(&stack.replays, &open);
    let wait = "the same delivery is being forwarded, and may still fail";
    let came = function.answer(&event);
    came.is_answered(503, "UNAVAILABLE", wait);
    assert_eq!(came.answer.as_ref().unwrap()["headers"]["retry-after"], "30");
    // Whoever had it was ended in the middle.
    open["ttl"] = json!(now_seconds() - 1);
    stack.aws.put_row(&stack.replays, &open);
    function.answer(&event).is_delivered();
    function.answer(&event).is_a_duplicate(&of_body(), "body");
    assert_ne!(stack.aws.rows(&stack.replays)[0]["claim"], first["claim"]);
}

#[test]
fn a_retry_after_a_failure_comes_through() {
    let stack = Stack::remembering("portcullis");
    let event = delivery(&signed(SECRET, BODY), BODY);
    let mut function = stack.function();
    stack.target.does(Does::Fail("told to"));
    let failed = function.answer(&event);
    assert_eq!(failed.answer.as_ref().unwrap()["statusCode"], 502);
    assert!(stack.aws.rows(&stack.replays).is_empty());
    stack.target.does(Does::Echo);
    function.answer(&event).is_delivered();
    function.answer(&event).is_a_duplicate(&of_body(), "body");
}

/// A sender that rotates its secret signs with the old one, the new one or both, and nothing says in
/// which order the deliveries come.
#[test]
fn a_delivery_is_the_same_whatever_secret_signed_it() {
    let (old, new) = ("sesame-sesame-the-former", SECRET);
    let time = now_seconds().to_string();
    let signed_with = |secrets: &[&str]| delivery(&stripe(ID, secrets, &time, BODY), BODY);
    let all = [&[old][..], &[new], &[old, new], &[new, old]];
    for first in 0..all.len() {
        let stack = Stack::new();
        stack.register(ID, "stripe", old);
        stack.aws.rotate_secret(&stack.secret_name(ID), new);
        let mut function = stack.function();
        let came = function.answer(&signed_with(all[first]));
        came.is_delivered();
        let id = came.log["delivery"].as_str().unwrap().to_owned();
        for again in (1..=all.len()).map(|step| all[(first + step) % all.len()]) {
            function.answer(&signed_with(again)).is_a_duplicate(&id, "time");
        }
        assert_eq!(stack.target.events().len(), 1);
        assert_eq!(stack.aws.rows(&stack.replays).len(), 1);
    }
}

/// Eight instances, one delivery, one moment: signed with the old secret, the new one or both.
#[test]
fn of_many_at_once_one_comes_through() {
    const INSTANCES: usize = 8;
    let (old, new) = ("sesame-sesame-the-former", SECRET);
    let stack = Stack::new();
    stack.register(ID, "stripe", old);
    stack.aws.rotate_secret(&stack.secret_name(ID), new);
    let time = now_seconds().to_string();
    let signed_with = |secrets: &[&str]| stripe(ID, secrets, &time, BODY);
    let gate = at_the_gate(&signed_with(&[new]));
    let events = [&[old][..], &[new], &[old, new], &[new, old]]
        .map(|secrets| delivery(&signed_with(secrets), BODY));
    // Started and connected, so that the deliveries meet.
    let started = || {
        let mut function = stack.function();
        function.answer(&gate).is_allowed();
        function
    };
    let functions: Vec<Running> = (0..INSTANCES).map(|_| started()).collect();
    let ready = Barrier::new(INSTANCES);
    let answers: Vec<(Value, String)> = thread::scope(|scope| {
        let answer = |(number, mut function): (usize, Running)| {
            let (event, ready) = (&events[number % events.len()], &ready);
            move || {
                ready.wait();
                let came = function.answer(event);
                let status = came.answer.unwrap()["statusCode"].clone();
                (status, came.log["code"].as_str().unwrap().to_owned())
            }
        };
        let numbered = functions.into_iter().enumerate();
        let threads: Vec<_> = numbered.map(|own| scope.spawn(answer(own))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count =
        |status: u16, code: &str| answers.iter().filter(|(s, c)| *s == status && c == code).count();
    let others = count(200, "DUPLICATE") + count(503, "UNAVAILABLE");
    assert_eq!((count(200, "OK"), others), (1, INSTANCES - 1), "{answers:?}");
    assert_eq!(stack.target.events().len(), 1);
}
