//! What cannot be asked is a 5xx that says why in the log: never an Allow, never a Deny. A store that is out of reach, and
//! a right that the role has not.

use std::net::TcpListener;

use reqwest::Method;
use serde_json::Value;
use tests::api_keys::key_of;
use tests::aws::Aws;
use tests::key_server::Reply;
use tests::postgres::{Cluster, Database};
use tests::tool::File;

use super::deployed::{Answer, Stack, with_database};
use super::webhooks::registered;

/// The last line of the decision log of `function`: code and reason.
fn last(stack: &Stack, function: &str) -> (String, String) {
    let line = stack.lines(function).pop().unwrap();
    let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    (text("code"), text("reason"))
}

fn unavailable(reason: &str) -> (String, String) {
    ("UNAVAILABLE".to_owned(), reason.to_owned())
}

#[track_caller]
fn is_outage(answer: &Answer) {
    assert_eq!(
        (answer.status, &answer.json()["code"]),
        (500, &Value::from("UNAVAILABLE")),
        "{answer:?}"
    );
}

/// Delivers to a stack without the statement `sid`: what the sender is answered, and what the log says.
#[track_caller]
fn delivery_without(sid: &str, status: u16, reason: &str) {
    let stack = Stack::deploy(&["--without", sid]);
    let (anna, made) = registered(&stack);
    let body = File::new("{}");
    let id = made["webhook_id"].as_str().unwrap();
    let done = anna.does(&["webhook", "test", id, "--json", "--body", body.path()]);
    assert_eq!(done.json()["status"], status, "{done:?}");
    assert_eq!(last(&stack, "webhook-authorizer"), unavailable(reason));
}

#[test]
fn without_the_right_to_find_a_webhook() {
    delivery_without(
        "FindWebhook",
        500,
        "DynamoDB could not be asked for the webhook: AccessDeniedException",
    );
}

#[test]
fn without_the_right_to_remember_a_delivery() {
    delivery_without(
        "RememberDelivery",
        503,
        "DynamoDB could not be asked to remember the delivery: AccessDeniedException",
    );
}

#[test]
fn without_the_right_to_read_a_secret() {
    delivery_without(
        "ReadSecret",
        503,
        "Secrets Manager could not be asked for the webhook's secret: AccessDeniedException",
    );
}

#[test]
fn without_the_right_to_call_the_target() {
    delivery_without(
        "CallTarget",
        503,
        "Lambda could not be asked to take the delivery: AccessDeniedException",
    );
}

#[test]
fn the_keys_of_the_pool() {
    let stack = Stack::deploy(&[]);
    stack.keys.answer(Reply::new(503, "", b""));
    for path in ["/api/incidents", "/api/problems"] {
        let bearer = stack.bearer("viewer");
        is_outage(&stack.get(path, &[("authorization", &bearer)]));
    }
    let reason = unavailable("the keys are out of reach: answered with status 503");
    for function in ["any-authorizer", "token-authorizer"] {
        assert_eq!(last(&stack, function), reason);
    }
    // An outage is not cached: once the function asks for the keys again, which it does not do at once, the answer is
    // right.
    stack.publish_keys();
    let bearer = stack.bearer("viewer");
    for path in ["/api/incidents", "/api/problems"] {
        let statuses = (0..500).map(|_| stack.get(path, &[("authorization", &bearer)]).status);
        let mut ended = statuses.skip_while(|status| *status == 500);
        assert_eq!(ended.next(), Some(200));
    }
}

/// Asks with an API key, and with a token beside it: those who need no database are let in.
#[track_caller]
fn keys_are_out(stack: &Stack, code: &str, reason: &str) {
    let key = key_of("prod", 1);
    is_outage(&stack.get("/api/incidents", &[("x-api-key", &key.value)]));
    assert_eq!(last(stack, "any-authorizer"), (code.to_owned(), reason.to_owned()));
    assert_eq!(stack.outcome(Method::GET, "/api/incidents", &stack.bearer("viewer")).0, 200);
}

#[test]
fn without_the_right_to_read_the_password() {
    let (cluster, aws) = (Cluster::shared(), Aws::of_stacks());
    let database = Database::new(&cluster);
    let host = format!("127.0.0.1:{}", cluster.bouncer_port());
    let parameters = with_database(&aws, &cluster, &host, database.name());
    let stack =
        Stack::deploy(&[&parameters.arguments()[..], &["--without", "ReadPassword"]].concat());
    let reason = "Secrets Manager refuses to give the database's password: AccessDeniedException";
    keys_are_out(&stack, "MISCONFIGURED", reason);
}

/// An Aurora cluster that is paused takes connections, and says nothing until it has woken up.
#[test]
fn a_database_that_is_paused() {
    let (cluster, aws) = (Cluster::shared(), Aws::of_stacks());
    let paused = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = paused.local_addr().unwrap().to_string();
    let stack = Stack::deploy(&with_database(&aws, &cluster, &host, "paused").arguments());
    keys_are_out(&stack, "UNAVAILABLE", "the database cannot be reached: no connection in time");
}
