//! The whole way: invite, configure, log in, a request that is allowed and one that is not, another role, the end.

use std::process::Command;

use super::administrator::Administrator;
use crate::dev::running::Running;

const ALICE: &str = "alice@example.com";

/// The status of a request with the token that `person` gets.
fn status(person: &Administrator, gate: &Running, method: &str, path: &str) -> String {
    let token = person.does(&["token"]).out;
    let curl = Command::new("curl")
        .args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"])
        .args(["--request", method, "--header", &format!("Authorization: Bearer {}", token.trim())])
        .arg(format!("{}{path}", gate.gateway))
        .output()
        .unwrap();
    String::from_utf8(curl.stdout).unwrap()
}

fn log_in(person: &Administrator, password: &str) {
    let done = person.says(&["login", "--username", ALICE], &format!("{password}\n"));
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn from_an_invitation_to_an_answer() {
    let gate = Running::start(&[]);
    let administrator = Administrator::of_dev(&gate.pool);
    let invite = ["admin", "invite-user", ALICE, "--role", "itsm_agent", "--tenant", "acme"];
    let done = administrator.does(&invite);
    assert_eq!(done.code, 0, "{done:?}");
    let line = |name: &str| {
        let mut lines = done.out.lines().filter_map(|line| line.strip_prefix(name));
        lines.next().unwrap_or_else(|| panic!("{done:?}")).trim().to_owned()
    };
    let (password, bundle) = (line("password"), line("bundle"));

    let alice = Administrator::new();
    let done = alice.says(&["configure", "--from-bundle", "-", "--yes"], &bundle);
    assert_eq!(done.code, 0, "{done:?}");
    log_in(&alice, &password);
    let who = alice.does(&["whoami", "--json"]).json();
    assert_eq!((&who["role"], &who["tenant_id"]), (&"itsm_agent".into(), &"acme".into()));
    assert_eq!(status(&alice, &gate, "POST", "/api/incidents"), "200");
    assert_eq!(status(&alice, &gate, "GET", "/api/admin/itsm"), "403");

    let set = ["admin", "set-role", ALICE, "--role", "itsm_manager", "--keep-account"];
    assert_eq!(administrator.does(&set).code, 0);
    // The token that she has goes on; the next one has the role.
    assert_eq!(status(&alice, &gate, "GET", "/api/admin/itsm"), "403");
    log_in(&alice, &password);
    assert_eq!(status(&alice, &gate, "GET", "/api/admin/itsm"), "200");

    let reset = administrator.does(&["admin", "reset-password", ALICE, "--json"]).json();
    let old = alice.says(&["login", "--username", ALICE], &format!("{password}\n"));
    assert_eq!(old.code, 3, "{old:?}");
    let password = reset["password"].as_str().unwrap();
    log_in(&alice, password);

    let done = administrator.does(&["admin", "delete-user", ALICE, "--keep", "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    let gone = alice.says(&["login", "--username", ALICE], &format!("{password}\n"));
    assert_eq!(gone.code, 3, "{gone:?}");
}
