use serde_json::json;

use super::operator::Operator;

const ISSUE: [&str; 5] = ["issue", "--name", "nightly export", "--scope", "read-only"];

fn issue<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&ISSUE, more].concat()
}

#[test]
fn a_key_is_shown_once_and_taken_by_the_authorizer() {
    let desk = Operator::new();
    let done = desk.run(&issue(&["--owner", "vera", "--expires-in", "90d"]));
    assert_eq!(done.code, 0, "{done:?}");
    let key = done.out.strip_suffix('\n').unwrap();
    assert!(!key.contains(char::is_whitespace), "{done:?}");
    assert!(!done.err.contains(key), "{done:?}");
    assert!(done.err.contains("owner    vera\nname     nightly export\n"), "{done:?}");
    assert_eq!(desk.verify(key), Ok("read-only".to_owned()));
    let listed = desk.run(&["list"]);
    assert!(!listed.out.contains(key) && listed.out.contains("nightly export"), "{listed:?}");
}

#[test]
fn a_program_gets_all_there_is() {
    let desk = Operator::new();
    let networks = ["--cidr", "192.0.2.0/24", "--cidr", "2001:db8::/32"];
    let more = ["--owner", "alice", "--scope", "admin", "--json"];
    let made = desk.run(&issue(&[&more[..], &networks].concat()));
    assert_eq!(made.err, "");
    let made = made.json();
    assert_eq!(desk.verify(made["key"].as_str().unwrap()), Ok("read-only admin".to_owned()));
    let [listed] = &desk.keys()[..] else { panic!("one key") };
    let members = ["id", "owner", "name", "scopes", "allowed_cidrs", "created_at", "expires_at"];
    for name in members {
        assert_eq!(made[name], listed[name], "{name}");
    }
    assert_eq!(listed["allowed_cidrs"], json!(["192.0.2.0/24", "2001:db8::/32"]));
    assert_eq!(listed["state"], "active");
    assert_eq!(listed["expires_at"], json!(null));
}

#[test]
fn nothing_beyond_the_owner() {
    let desk = Operator::new();
    let beyond = "grants `write:itsm`, which the owner's role `viewer` does not";
    desk.run(&issue(&["--owner", "vera", "--scope", "admin", "--scope", "itsm-write"]))
        .assert_failed(
            3,
            &[&format!("the scope `admin` {beyond}"), &format!("the scope `itsm-write` {beyond}")],
        );
    desk.run(&issue(&["--owner", "alice", "--scope", "nope", "--json"])).assert_failed(
        3,
        &["the access table has no scope `nope`; those of API keys are `read-only`, `itsm-write`, \
           `admin`"],
    );
    let service = ["--owner", "alice", "--scope", "stackflow/api.read"];
    let problem = "the scope `stackflow/api.read` is one of service tokens, not of API keys";
    desk.run(&issue(&service)).assert_failed(3, &[problem]);
    desk.run(&issue(&["--owner", "sam"])).assert_failed(3, &["the owner `sam` is suspended"]);
    let nobody = "there is no account of `nobody`";
    desk.run(&issue(&["--owner", "nobody"])).assert_failed(3, &[nobody]);
    assert_eq!(desk.keys(), [] as [serde_json::Value; 0]);
}
