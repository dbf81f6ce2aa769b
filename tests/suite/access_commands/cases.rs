//! `portcullis access test`.

use super::{File, json, run};

const TABLE: &str = "infra/access.toml";

const CASES: &str = r#"
[[case]]
name = "a viewer reads costs"
role = "viewer"
tenant = "acme"
request = "GET /api/cloud/costs"
headers = { "x-tenant-id" = "acme" }
expect = "allow"

[[case]]
role = "viewer"
request = "POST /api/incidents"
expect = "INSUFFICIENT_ROLE"

[[case]]
scopes = ["stackflow/api.read", "stackflow/api.write"]
tenant = "acme"
request = "POST /api/incidents"
expect = "allow"

[[case]]
role = "itsm_agent"
scopes = ["read-only"]
credential = "api-key"
request = "POST /api/incidents"
expect = "INSUFFICIENT_ROLE"

[[case]]
role = "viewer"
tenant = "acme"
request = "GET /api/tenants/globex/reports"
expect = "TENANT_MISMATCH"

[[case]]
request = "GET /api/incidents"
expect = "TOKEN_MISSING"

[[case]]
request = "GET /health"
expect = "allow"
"#;

#[test]
fn every_case_is_as_expected() {
    let file = File::new(CASES);
    run(&["access", "test", file.path()]).is(0, "7 cases, 0 not as expected\n", "");
    let twice = ["access", "test", file.path(), file.path(), "--access", TABLE];
    run(&twice).is(0, "14 cases, 0 not as expected\n", "");
}

#[test]
fn cases_that_are_not_as_expected() {
    let file = File::new(
        r#"[[case]]
name = "viewers write"
role = "viewer"
request = "POST /api/incidents"
expect = "allow"

[[case]]
request = "GET /health"
expect = "TOKEN_MISSING"

[[case]]
role = "viewer"
request = "GET /api/incidents/"
expect = "TENANT_MISMATCH"
"#,
    );
    let path = file.path();
    run(&["access", "test", path]).is(
        3,
        &format!(
            "{path}:1: viewers write: POST /api/incidents: expected allow, got INSUFFICIENT_ROLE: the role or the \
             scopes lack the permission; POST /api/incidents requires write:itsm (infra/access.toml:103)\n\
             {path}:7: GET /health: expected TOKEN_MISSING, got allow: the route needs no credential; GET /health is \
             public (infra/access.toml:93)\n\
             {path}:11: GET /api/incidents/: expected TENANT_MISMATCH, got INSUFFICIENT_ROLE: the path ends with a \
             slash\n\
             3 cases, 3 not as expected\n"
        ),
        "",
    );
}

#[test]
fn for_programs() {
    let file = File::new("[[case]]\nrequest = \"GET /health\"\nexpect = \"TOKEN_MISSING\"\n");
    let done = run(&["access", "test", file.path(), "--json"]);
    assert_eq!((done.code, done.err.as_str()), (3, ""));
    let mut found: super::Value = serde_json::from_str(&done.out).unwrap();
    let got = found["cases"][0]["got"].take();
    assert_eq!(
        found,
        json!({ "total": 1, "failed": 1, "cases": [{
            "file": file.path(), "line": 1, "name": null, "request": "GET /health",
            "expected": "TOKEN_MISSING", "passed": false, "got": null
        }] })
    );
    assert_eq!((&got["outcome"], &got["code"]), (&json!("allow"), &json!("OK")));
}

/// A closed table that does not list the route, beside the file of cases.
#[test]
fn the_table_that_a_file_names() {
    let closed = super::default_table().replace("routes = \"open\"", "routes = \"closed\"");
    let table = File::new(&closed);
    let name = table.path().rsplit('/').next().unwrap();
    let case = "[[case]]\nrole = \"viewer\"\nrequest = \"GET /nowhere\"\nexpect = ";
    let file = File::new(&format!("access = \"{name}\"\n{case}\"MISCONFIGURED\"\n"));
    run(&["access", "test", file.path()]).is(0, "1 case, 0 not as expected\n", "");
    let done = run(&["access", "test", file.path(), "--access", TABLE]);
    assert_eq!(done.code, 3);
    assert!(done.out.contains("got INSUFFICIENT_ROLE"), "{}", done.out);
}

/// The viewer's policy has a wildcard there, and the decision refuses the spelling.
#[test]
fn an_answer_that_disagrees_can_be_expected() {
    let case = "[[case]]\nrole = \"viewer\"\nrequest = \"GET /api/incidents/\\u0007\"\nexpect = ";
    let file = |code: &str| File::new(&format!("{case}\"{code}\"\n"));
    let run_on = |file: &File| run(&["access", "test", file.path(), "--access", TABLE]);
    run_on(&file("ANSWER_DISAGREES")).is(0, "1 case, 0 not as expected\n", "");
    assert_eq!(run_on(&file("MISCONFIGURED")).code, 3);
}

#[test]
fn every_mistake_with_its_line() {
    let check = |text: &str, expected: &[&str]| {
        let file = File::new(text);
        let path = file.path();
        let lines = expected.iter().map(|line| format!("portcullis: {path}:{line}\n"));
        run(&["access", "test", path]).is(1, "", &lines.collect::<String>());
    };
    check("", &["1: the file has no `[[case]]`"]);
    check(
        "access = 1\ncase = 1\nx = 1",
        &[
            "1: `access` is the name of an access table",
            "2: `case` is no array of tables: write `[[case]]`",
            "3: unknown key `x`; keys are `access`, `case`",
        ],
    );
    check("case = [1]", &["1: a case is a table: write `[[case]]`"]);
    check(
        "[[case]]\n",
        &[
            "1: a case says a `request`, such as `GET /api/incidents`",
            "1: a case says what to `expect`: `allow` or one of `TOKEN_MISSING`, `INSUFFICIENT_ROLE`, \
         `TENANT_MISMATCH`, `MISCONFIGURED`, `ANSWER_DISAGREES`",
        ],
    );
    check(
        "[[case]]\nrequest = \"get /\"\nexpect = \"TOKEN_EXPIRED\"\n[[case]]\nrole = 1\nscopes = \"a\"\n\
         request = \"GET /\"\nheaders = 1\nexpect = \"allow\"\nwho = \"me\"\n[[case]]\ntenant = \"a\"\n",
        &[
            "2: `get` is no method: methods are in capital letters",
            "3: `expect` is `allow` or one of `TOKEN_MISSING`, `INSUFFICIENT_ROLE`, `TENANT_MISMATCH`, \
             `MISCONFIGURED`, `ANSWER_DISAGREES`",
            "5: `role` is no string",
            "6: `scopes` is no array of strings",
            "8: `headers` is no table of strings",
            "10: unknown key `who` in a case; keys are `name`, `role`, `scopes`, `credential`, `tenant`, \
             `request`, `headers`, `expect`",
            "11: who presents no credential has no tenant: say a role or scopes",
        ],
    );
    let done = run(&["access", "test", "README.md"]);
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.starts_with("portcullis: README.md:"), "{}", done.err);
    assert_eq!(run(&["access", "test"]).code, 2);
}

/// Mistakes of every file and of the tables, at once.
#[test]
fn mistakes_of_several_files() {
    let (one, other) = (File::new(""), File::new("access = \"nowhere.toml\"\n[[case]]\n"));
    let done = run(&["access", "test", one.path(), other.path(), "nowhere"]);
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    for expected in [
        "1: the file has no",
        "2: a case says a `request`",
        "nowhere.toml cannot",
        "nowhere cannot",
    ] {
        assert!(done.err.contains(expected), "{expected}: {}", done.err);
    }
}
