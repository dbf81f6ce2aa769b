use local::pool::{APP_CLIENT, PASSWORD, POOL_ID};
use serde_json::json;
use tests::aws::unique;

use super::operator::Operator;
use crate::dev::running::Running;

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

/// Who is logged in owns the key, proven by the ID token.
#[test]
fn the_owner_is_who_is_logged_in() {
    let desk = Operator::new();
    let gate = Running::start(&[]);
    let directory = std::env::temp_dir().join(unique("owner"));
    let viewer = "00000000-0000-4000-8000-000000000001";
    desk.database.execute(&format!(
        "INSERT INTO portcullis.accounts (user_id, tenant_id, role, status) VALUES ('{viewer}', 'acme', 'viewer', 'active')"
    ));
    let of_person = [
        ("PORTCULLIS_CONFIG_DIR", directory.to_str().unwrap()),
        ("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", gate.pool.as_str()),
    ];
    let configure = [
        &["configure", "--api-url", "https://api.example.com", "--region", "local-1", "--yes"][..],
        &["--user-pool-id", POOL_ID, "--client-id", APP_CLIENT],
    ];
    let person =
        |arguments: &[&str], input: &str| tests::tool::run(of_person, arguments, input).code;
    assert_eq!(person(&configure.concat(), ""), 0);
    let by_profile = issue(&["--profile", "default", "--json"]);
    let done = desk.run_in(&of_person, &by_profile, "");
    let nobody =
        "nobody is logged in with the profile `default`: `portcullis login --username EMAIL`";
    done.assert_failed(1, &[nobody]);
    assert_eq!(person(&["login", "--username", "viewer@acme.example"], PASSWORD), 0);
    desk.make(&issue(&["--owner", "alice"]));
    assert_eq!(desk.run_in(&of_person, &by_profile, "").json()["owner"], viewer);
    let listed = desk.run_in(&of_person, &["list", "--profile", "default", "--json"], "").json();
    let owners: Vec<_> =
        listed.as_array().unwrap().iter().map(|key| key["owner"].clone()).collect();
    assert_eq!(owners, [viewer]);
    let both = desk.run(&issue(&["--owner", "alice", "--profile", "default"]));
    assert!(both.code == 2 && both.err.contains("cannot be used with"), "{both:?}");
    assert_eq!(desk.run(&issue(&[])).code, 2);
    std::fs::remove_dir_all(directory).unwrap();
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
