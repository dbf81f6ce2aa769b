//! Callers who are supposed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{File, run, run_in};

/// The table of these tests. What they say of lines is about it.
const TABLE: &str = r#"modules = ["a", "b"]
[gateway]
routes = "closed"
resource_policy = "none"
policy = "caller"
[roles.reader]
grants = ["read:*"]
[roles.writer]
grants = ["read:*", "write:a"]
[roles.service_account]
by_scope = true
[scopes."api/read"]
presented_by = "service-token"
grants = ["read:*"]
[scopes.all]
presented_by = "api-key"
grants = ["read:*", "write:*"]
[[routes]]
path = "/open"
GET = "public"
[[routes]]
path = "/a/{id}"
GET = "read:a"
POST = "write:a"
[[routes]]
path = "/b"
tenant = "header:x-tenant"
GET = "read:b"
[[routes]]
path = "/of/{tenant}/b"
tenant = "path:tenant"
GET = "read:b"
"#;

/// Runs the command in `line`, with the name of the table's file replaced by `TABLE` in what it prints.
#[track_caller]
fn check(table: &str, line: &str, code: i32, expected: &str) {
    let file = File::new(table);
    let words: Vec<&str> = line.split(' ').chain(["--access", file.path()]).collect();
    let done = run(&words);
    let out = done.out.replace(file.path(), "TABLE");
    assert_eq!((out.as_str(), done.err.as_str(), done.code), (expected, "", code), "{line}");
}

#[test]
fn an_allow() {
    check(
        TABLE,
        "GET /a/1 --role reader --tenant acme",
        0,
        "GET /a/1: allowed
step    4. decision: the caller holds what the route requires
rule    GET /a/{id} requires read:a (TABLE:23)
caller  role reader (TABLE:6), tenant acme; id-token, supposed
holds   read:a, read:b
answer  the caller's policy, the same for every route: it allows this request
",
    );
    check(
        TABLE,
        "GET /open",
        0,
        "GET /open: allowed
step    4. decision: the route needs no credential
rule    GET /open is public (TABLE:20)
caller  nobody: no credential is presented
answer  the caller's policy, the same for every route: it allows this request
",
    );
}

#[test]
fn a_missing_permission() {
    check(
        TABLE,
        "POST /a/1 --role reader",
        3,
        "POST /a/1: denied, INSUFFICIENT_ROLE (403)
step    4. decision: the role or the scopes lack the permission
rule    POST /a/{id} requires write:a (TABLE:24)
caller  role reader (TABLE:6), any tenant; id-token, supposed
holds   read:a, read:b
change  have a role that holds write:a: writer
answer  the caller's policy, the same for every route: it denies this request explicitly
",
    );
    check(
        TABLE,
        "POST /a/1 --role reader --scope all --scope api/read --scope x --credential api-key --tenant acme",
        3,
        "POST /a/1: denied, INSUFFICIENT_ROLE (403)
step    4. decision: the role or the scopes lack the permission
rule    POST /a/{id} requires write:a (TABLE:24)
caller  role reader (TABLE:6), scope all (TABLE:15), scope api/read (counts for `service-token` alone), \
scope x (not in the table), tenant acme; api-key, supposed
holds   read:a, read:b
change  have a role that holds write:a: writer
answer  the caller's policy, the same for every route: it denies this request explicitly
",
    );
    check(
        TABLE,
        "POST /a/1 --scope api/read",
        3,
        "POST /a/1: denied, INSUFFICIENT_ROLE (403)
step    4. decision: the role or the scopes lack the permission
rule    POST /a/{id} requires write:a (TABLE:24)
caller  role service_account (TABLE:10), scope api/read (TABLE:12), any tenant; service-token, supposed
holds   read:a, read:b
change  have a scope of `service-token` that holds write:a: none does
answer  the caller's policy, the same for every route: it denies this request explicitly
",
    );
}

#[test]
fn nobody() {
    check(
        TABLE,
        "GET /a/1",
        3,
        "GET /a/1: denied, TOKEN_MISSING (401)
step    2. credential: no credential is presented
rule    GET /a/{id} requires read:a (TABLE:23)
caller  nobody: no credential is presented
change  present a credential that holds it
change  have a role that holds read:a: reader, writer
change  have a scope of `service-token` that holds read:a: api/read
change  have a scope of `api-key` that holds read:a: all
answer  the error `Unauthorized` (401), which is not cached; from an HTTP API, and with \
`ON_UNAUTHENTICATED=deny`, an explicit Deny of every route
",
    );
}

#[test]
fn an_unknown_role() {
    check(
        TABLE,
        "GET /a/1 --role nobody",
        3,
        "GET /a/1: denied, INSUFFICIENT_ROLE (403)
step    4. decision: the role is not in the access table
rule    GET /a/{id} requires read:a (TABLE:23)
caller  role nobody (not in the table), any tenant; id-token, supposed
holds   nothing
change  have a role of the table: reader, writer
answer  an explicit Deny of every route
",
    );
}

#[test]
fn another_spelling() {
    check(
        TABLE,
        "GET //a/%78/ --role reader --tenant acme",
        3,
        "GET //a/%78/: denied, INSUFFICIENT_ROLE (403)
step    1. request: the path encodes a character that needs no encoding
rule    none in the access table
caller  role reader (TABLE:6), tenant acme; id-token, supposed
holds   read:a, read:b
change  spell the path canonically: no empty, `.` or `..` segment, no slash at the end, and nothing encoded \
that needs no encoding: `/a/x`
answer  the caller's policy, the same for every route: it denies this request explicitly
",
    );
}

#[test]
fn a_route_that_the_table_has_not() {
    check(
        TABLE,
        "DELETE /a/1 --role reader --tenant acme",
        1,
        "DELETE /a/1: cannot be decided, MISCONFIGURED (5xx)
step    4. decision: the API has a route that the access table has not, although the table says \
`routes = \"closed\"`
rule    none in the access table
caller  role reader (TABLE:6), tenant acme; id-token, supposed
holds   read:a, read:b
change  use a method that `/a/{id}` has: GET, POST
change  list the method and path in TABLE, if the API has them
answer  an error (5xx), which API Gateway does not cache
",
    );
    check(
        &TABLE.replace("closed", "open"),
        "GET /c --role reader --tenant acme",
        3,
        "GET /c: denied, INSUFFICIENT_ROLE (403)
step    4. decision: the route is not in the access table
rule    none in the access table
caller  role reader (TABLE:6), tenant acme; id-token, supposed
holds   read:a, read:b
change  list the method and path in TABLE, if the API has them
answer  the caller's policy, the same for every route: no statement matches this request, which is a no where \
the API has no resource policy
",
    );
}

#[test]
fn tenants() {
    check(
        TABLE,
        "GET /b --role reader --tenant acme --header X-Tenant:globex",
        3,
        "GET /b: denied, TENANT_MISMATCH (403)
step    4. decision: the request names another tenant
rule    GET /b requires read:b, of the tenant in the header `x-tenant` (TABLE:28)
caller  role reader (TABLE:6), tenant acme; id-token, supposed
holds   read:a, read:b
change  name `acme` in the header `x-tenant`, or have a caller of the tenant that it names
answer  the caller's policy, the same for every route: it denies this request explicitly
",
    );
    check(
        TABLE,
        "GET /of/globex/b --role reader",
        0,
        "GET /of/globex/b: allowed
step    4. decision: the caller holds what the route requires
rule    GET /of/{tenant}/b requires read:b, of the tenant in the path (TABLE:32)
caller  role reader (TABLE:6), tenant globex, as the request names it; id-token, supposed
holds   read:a, read:b
answer  the caller's policy, the same for every route: it allows this request
",
    );
    check(
        TABLE,
        "GET /a/1 --role reader --tenant open",
        3,
        "GET /a/1: denied, TENANT_MISMATCH (403)
step    4. decision: the tenant id is also a path segment of a route
rule    GET /a/{id} requires read:a (TABLE:23)
caller  role reader (TABLE:6), tenant open; id-token, supposed
holds   read:a, read:b
change  give the tenant another id
answer  an explicit Deny of every route
",
    );
}

/// A code that depended on the route would be cached for all others.
#[test]
fn the_code_of_every_route() {
    let table = r#"modules = ["a"]
[gateway]
routes = "closed"
resource_policy = "none"
policy = "caller"
[roles.reader]
grants = ["read:a"]
[[routes]]
path = "/a"
tenant = "header:x-tenant"
GET = "read:a"
POST = "write:a"
"#;
    check(
        table,
        "POST /a --role reader --tenant acme",
        3,
        "POST /a: denied, TENANT_MISMATCH (403)
step    4. decision: the role or the scopes lack the permission
rule    POST /a requires write:a, of the tenant in the header `x-tenant` (TABLE:12)
caller  role reader (TABLE:6), tenant acme; id-token, supposed
holds   read:a
change  have a role that holds write:a: no role does
answer  an explicit Deny of every route
note    the code is TENANT_MISMATCH and not INSUFFICIENT_ROLE: for want of its tenant this request may use no \
route at all, and the answer is cached for every route
",
    );
}

#[test]
fn what_an_answer_is() {
    let answer = |table: &str, simple: bool, line: &str| {
        let file = File::new(table);
        let env = BTreeMap::from([("RESPONSE".to_owned(), "simple".to_owned())]);
        let env = if simple { env } else { BTreeMap::new() };
        let words: Vec<&str> = line.split(' ').chain(["--access", file.path(), "--json"]).collect();
        let json = run_in(&env, &words, "").json();
        let word = |name: &str| json["answer"][name].as_str().unwrap().to_owned();
        format!("{} {}", word("policy"), word("says"))
    };
    let request = TABLE.replace("\"caller\"", "\"request\"");
    let allows = TABLE.replace("\"none\"", "\"allows\"").replace("path:tenant", "header:x-tenant");
    let check = |table: &str, simple: bool, line: &str, expected: &str| {
        assert_eq!(answer(table, simple, line), expected, "{line}");
    };
    check(TABLE, false, "GET /a/1 --role reader", "caller allow");
    check(TABLE, false, "POST /a/1 --role reader", "caller explicit-deny");
    check(TABLE, false, "GET /of/globex/b --role reader --tenant acme", "caller no-match");
    check(TABLE, false, "GET /a/1 --role nobody", "stage explicit-deny");
    check(TABLE, false, "GET /a/1", "stage explicit-deny");
    check(TABLE, false, "PUT /a/1 --role reader", "none error");
    check(&request, false, "GET /a/1 --role reader", "request allow");
    check(&request, false, "POST /a/1 --role reader", "request explicit-deny");
    check(&request, false, "GET /a/* --role reader", "stage explicit-deny");
    check(&allows, false, "GET /b --role reader --tenant acme", "caller explicit-deny");
    check(TABLE, true, "GET /a/1 --role reader", "simple allow");
    check(TABLE, true, "POST /a/1 --role reader", "simple explicit-deny");
    check(TABLE, true, "POST /a/1", "simple explicit-deny");
    // Only HTTP APIs 2.0 take simple answers.
    let default = std::fs::read_to_string(tests::root().join("infra/access.toml")).unwrap();
    let of_event =
        |event: &str| format!("--event events/authorizer/{event} --role viewer --tenant acme");
    check(&default, true, &of_event("allow-rest-token.json"), "none error");
    check(&default, true, &of_event("misconfigured-http-2-simple-cached.json"), "simple error");
    check(&default, false, &of_event("allow-rest-token.json"), "caller allow");
}

#[test]
fn for_programs() {
    let file = File::new(TABLE);
    let done = run(&["POST /a/1", "--role", "reader", "--access", file.path(), "--json"]);
    assert_eq!((done.code, done.err.as_str()), (3, ""));
    let expected = json!({
        "method": "POST",
        "path": "/a/1",
        "outcome": "deny",
        "code": "INSUFFICIENT_ROLE",
        "status": 403,
        "step": "decision",
        "reason": "the role or the scopes lack the permission",
        "route": {
            "method": "POST",
            "path": "/a/{id}",
            "requires": "write:a",
            "tenant": null,
            "file": file.path(),
            "line": 24
        },
        "caller": {
            "credential": "id-token",
            "verified": null,
            "role": { "name": "reader", "line": 6 },
            "tenant": null,
            "tenant_is_supposed": true,
            "scopes": [],
            "permissions": ["read:a", "read:b"]
        },
        "changes": [{
            "kind": "roles",
            "sentence": "have a role that holds write:a: writer",
            "names": ["writer"]
        }],
        "answer": {
            "policy": "caller",
            "says": "explicit-deny",
            "sentence": "the caller's policy, the same for every route: it denies this request explicitly"
        },
        "notes": []
    });
    assert_eq!(done.json(), expected);
    let done = run(&["GET /open", "--access", file.path(), "--json"]);
    let allowed = done.json();
    assert_eq!((done.code, &allowed["code"], &allowed["status"]), (0, &json!("OK"), &Value::Null));
    assert_eq!(allowed["caller"], Value::Null);
}

#[test]
fn wrong_usage() {
    let check = |arguments: &[&str], expected: &str| {
        run(arguments).is(2, "", &format!("portcullis: {expected}\n"));
    };
    check(
        &[],
        "which request? Give its method and its path, such as `GET /api/incidents`, or `--event` or `--log`",
    );
    check(&["GET"], "`GET` is no method and path, such as `GET /api/incidents`");
    check(&["get", "/a"], "`get` is no method: methods are in capital letters");
    check(&["GET", "a"], "`a` is no path: a path starts with `/`");
    check(&["GET", "/a", "--header", "x-api-key=secret"], "a header is `name:value`");
    check(
        &["GET", "/a", "--role", "viewer", "--scope", "admin"],
        "a role with scopes is that of a `user-token` or an `api-key`: say which credential it is",
    );
    check(
        &["GET", "/a", "--tenant", "acme"],
        "who presents no credential has no tenant: say a role or scopes",
    );
    check(&["GET", "/a", "--role", "viewer", "--tenant", "a b"], "`a b` is no tenant id");
    check(&["GET", "/a", "--credential", "api-key"], "of an `api-key` a role must be said");
    check(
        &["GET", "/a", "--role", "viewer", "--credential", "service-token"],
        "a `service-token` has no role: its scopes alone count",
    );
    check(
        &["GET", "/a", "--role", "viewer", "--scope", "x", "--credential", "id-token"],
        "an `id-token` has no scopes: its role alone counts",
    );
    check(
        &["GET", "/a", "--jwks", "jwks.json"],
        "`--jwks` verifies the token of `--token` or `--event`",
    );
    for arguments in [
        &["GET", "/a", "--log", "-"][..],
        &["GET", "/a", "--token", "-", "--role", "viewer"],
        &["--event", "x", "--log", "-"],
        &["GET", "/a", "b"],
        &["GET", "/a", "--credential", "password"],
    ] {
        assert_eq!(run(arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn what_could_not_be_done() {
    run(&["GET", "/a", "--access", "nowhere.toml"]).is(
        1,
        "",
        "portcullis: nowhere.toml cannot be read: No such file or directory (os error 2)\n",
    );
    let file = File::new(&TABLE.replace("read:a", "read:c"));
    let done = run(&["GET", "/a", "--access", file.path()]);
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains(":23: unknown module `c`"), "{}", done.err);
}

/// The documentation shows what the command prints, and a file of cases that is one.
#[test]
fn the_documented_examples() {
    let page = std::fs::read_to_string(tests::root().join("docs/explain.md")).unwrap();
    let block = |language: &str| {
        let start = page.split(&format!("```{language}\n")).nth(1).unwrap();
        start.split("```").next().unwrap().to_owned()
    };
    let command = block("sh");
    let words: Vec<&str> = command.split_whitespace().skip(2).collect();
    run(&words).is(3, &block("text"), "");
    let cases = File::new(&block("toml"));
    let done = std::process::Command::new(tests::binary("portcullis").unwrap())
        .args(["access", "test", cases.path(), "--access", "infra/access.toml"])
        .current_dir(tests::root())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "2 cases, 0 not as expected\n");
}
