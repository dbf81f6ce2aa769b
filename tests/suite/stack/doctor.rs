//! `portcullis doctor` finds nothing wrong with the stack, and says what is wrong with a pool that it was given.

use reqwest::Method;
use serde_json::{Value, json};
use tests::mint::{id_claims, with};
use tests::tool::Done;

use super::deployed::Stack;

/// What was found: outcome, check and sentence.
fn found(done: &Done) -> Vec<String> {
    let json = done.json();
    let checks = json["checks"].as_array().unwrap().iter();
    let text = |check: &Value, name: &str| check[name].as_str().unwrap().to_owned();
    checks
        .map(|own| {
            format!("{} {}: {}", text(own, "outcome"), text(own, "check"), text(own, "sentence"))
        })
        .collect()
}

fn asks(stack: &Stack) -> Done {
    let office = stack.administrator();
    let own =
        ["doctor", "--stack-name", &stack.name, "--route", "/api/incidents", "--skip", "seed"];
    office.does(&[&own[..], &["--json"]].concat())
}

/// What is not as it should be, but for what MiniStack leaves out: it makes no time to live of a template's.
fn wrong(stack: &Stack) -> Vec<String> {
    let done = asks(stack);
    assert_eq!(done.code, 3, "{done:?}");
    let not_ok = found(&done).into_iter().filter(|own| !own.starts_with("ok "));
    let (of_ministack, wrong): (Vec<_>, Vec<_>) =
        not_ok.partition(|own| own.ends_with("has no time to live `ttl`, and grows for ever"));
    assert_eq!(of_ministack.len(), 1);
    wrong
}

#[test]
fn nothing_is_wrong_with_the_stack() {
    assert_eq!(wrong(&Stack::deploy(&[])), Vec::<String>::new());
}

/// As it may be with a pool that a team has.
#[test]
fn a_pool_that_lets_people_promote_themselves() {
    let stack = Stack::deploy(&[
        "--replace",
        "WriteAttributes: [email, name]",
        "WriteAttributes: [custom:role]",
    ]);
    let client = stack.output("AppClientId");
    let expected = [
        format!("wrong clients: users of `{client}` may write `custom:role`, and with it their own rights"),
        "wrong template: users of `AppClient` may write `custom:role`, and with it their own rights (PL801)"
            .to_owned(),
    ];
    assert_eq!(wrong(&stack), expected);
}

#[test]
fn a_pool_without_the_attributes() {
    let stack = Stack::deploy(&[
        "--replace",
        "{Name: tenant_id, AttributeDataType",
        "{Name: tenant, AttributeDataType",
        "--replace",
        "custom:role, custom:tenant_id]",
        "custom:role]",
    ]);
    let expected = ["wrong pool: users have no attribute `custom:tenant_id`"];
    assert_eq!(wrong(&stack), expected);
    // Nobody is let in by mistake.
    let claims = with(id_claims("viewer", "acme"), "custom:tenant_id", json!("remove"));
    let claims = with(claims, "aud", json!(stack.output("AppClientId")));
    let bearer = format!("Bearer {}", stack.signed(claims));
    assert_eq!(stack.outcome(Method::GET, "/api/incidents", &bearer).0, 403);
}
