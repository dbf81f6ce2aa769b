use serde_json::json;

use super::operator::Operator;

const ISSUE: [&str; 7] = ["issue", "--owner", "alice", "--name", "n", "--scope", "read-only"];

#[test]
fn a_revoked_key_is_refused_and_stays_so() {
    let desk = Operator::new();
    let (key, id) = desk.make(&ISSUE);
    let first = desk.run(&["revoke", &id, "--yes", "--json"]).json();
    assert_eq!((&first["id"], &first["already"]), (&json!(id), &json!(false)));
    assert_eq!(desk.verify(&key), Err("the key is revoked".to_owned()));
    let again = desk.run(&["revoke", &id, "--yes", "--json"]).json();
    assert_eq!((&again["already"], &again["revoked_at"]), (&json!(true), &first["revoked_at"]));
    let since = first["revoked_at"].as_str().unwrap();
    let told = desk.run(&["revoke", &id, "--yes"]);
    assert_eq!((told.code, told.out), (0, format!("{id} was revoked already, at {since}\n")));
}

#[test]
fn a_key_in_grace_is_revoked_alone() {
    let desk = Operator::new();
    let (old, id) = desk.make(&ISSUE);
    let (new, _) = desk.make(&["rotate", &id]);
    assert_eq!(desk.run(&["revoke", &id, "--yes"]).code, 0);
    assert_eq!(desk.verify(&old), Err("the key is revoked".to_owned()));
    assert_eq!(desk.verify(&new), Ok("read-only".to_owned()));
}

#[test]
fn nothing_is_revoked_unasked() {
    let desk = Operator::new();
    let (key, id) = desk.make(&ISSUE);
    let done = desk.run_with(&["revoke", &id], "yes\n");
    done.assert_failed(2, &["there is no terminal to ask on: add `--yes`"]);
    assert_eq!(desk.verify(&key), Ok("read-only".to_owned()));
    let unknown = desk.run(&["revoke", "0000000000000000", "--yes"]);
    unknown.assert_failed(3, &["there is no key with this id"]);
}
