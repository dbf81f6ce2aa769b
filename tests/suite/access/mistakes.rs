//! Every mistake has its sentence and its line, and all are told at once.

use shared::authz::AccessTable;

use super::prove;

const GOOD: &str = r#"modules = ["itsm", "cloud"]
[roles.viewer]
grants = ["read:*"]
[roles.service_account]
by_scope = true
[scopes."api.read"]
presented_by = "service-token"
grants = ["read:*"]
[[service_clients]]
client_id = "client1"
tenant = "acme"
[[routes]]
path = "/a"
GET = "read:itsm"
POST = "write:cloud"
[[routes]]
path = "/t/{tenant}/b"
tenant = "path:tenant"
GET = "read:itsm"
[gateway]
routes = "open"
resource_policy = "none"
policy = "caller"
"#;

/// Said of a table without a word about its API.
const NO_GATEWAY: &str = "1: the table has no `[gateway]`: it says `routes` (`closed` or `open`), \
                          `resource_policy` (`none` or `allows`), `policy` (`caller` or `request`)";

#[track_caller]
fn check_source(source: &str, expected: &[&str]) {
    let found = prove(source).map(|_| ()).unwrap_err();
    let expected: Vec<_> = expected.iter().map(|m| format!("access.toml:{m}")).collect();
    assert_eq!(found, expected);
}

/// `GOOD` with one change.
#[track_caller]
fn check(from: &str, to: &str, expected: &[&str]) {
    assert!(GOOD.contains(from), "{from}");
    check_source(&GOOD.replacen(from, to, 1), expected);
}

/// `GOOD` with one change that leaves it good.
#[track_caller]
fn take(from: &str, to: &str) {
    assert!(GOOD.contains(from), "{from}");
    prove(&GOOD.replacen(from, to, 1)).unwrap();
}

/// `GOOD` with something at its end, where line 24 begins.
#[track_caller]
fn check_added(added: &str, expected: &[&str]) {
    check_source(&format!("{GOOD}{added}"), expected);
}

#[test]
fn the_good_table_is_good() {
    prove(GOOD).unwrap();
}

#[test]
fn all_at_once() {
    check_source(
        "modules = [\"itsm\", \"itsm\"]\ncolour = 1\n[roles.viewer]\ngrants = [\"read:itms\"]\n\
         [[routes]]\npath = \"a\"\nGET = \"public\"\n[[routes]]\npath = \"/b\"\nFETCH = \"public\"\n",
        &[
            "1: module `itsm` is listed twice",
            NO_GATEWAY,
            "2: unknown key `colour`; keys are `gateway`, `modules`, `roles`, `scopes`, \
             `service_clients`, `routes`",
            "4: unknown module `itms` in `read:itms`; modules are `itsm`",
            "6: malformed path `a`: it starts with `/`, or is `$connect`",
            "10: unknown method `FETCH` at `/b`",
        ],
    );
}

#[test]
fn not_a_table() {
    check_source("", &[NO_GATEWAY]);
    check_source("modules = [", &["1: not TOML: unclosed array, expected `]`"]);
    check_source(
        "modules = []\nroutes = 1\nroles = 1\nscopes = 1\nservice_clients = {}\n",
        &[
            NO_GATEWAY,
            "2: `routes` is no array of tables: write `[[routes]]`",
            "3: `roles` is no table",
            "4: `scopes` is no table",
            "5: `service_clients` is no array of tables: write `[[service_clients]]`",
        ],
    );
    check_source(&"#".repeat(1024 * 1024 + 1), &["1: the file is larger than 1024 KiB"]);
    check_source(
        "modules = [\"m\"]\n[gateway]\nroutes = \"open\"\nresource_policy = \"none\"\n\
         policy = \"caller\"\n[roles.r]\ngrants = [\"read:m\"]\n",
        &["1: the table has no `routes`"],
    );
}

/// None of the words has a default, and none is guessed.
#[test]
fn gateway() {
    const ROUTES: &str = "`closed` (the API has exactly the methods of this table) or `open` (it may have \
                          more, such as `ANY`, `{proxy+}` or `$default`)";
    const RESOURCE_POLICY: &str = "`none` (the API has no resource policy) or `allows` (it has one, as \
                                   every private API has)";
    const POLICY: &str = "`caller` (an answer says all that the caller may do) or `request` (it says \
                          whether the requested method and path are allowed)";
    let missing = |key: &str, words: &str| format!("20: `gateway` does not say `{key}`: {words}");
    let unknown = |line: usize, key: &str, words: &str| format!("{line}: `{key}` is {words}");
    check("routes = \"open\"\n", "", &[&missing("routes", ROUTES)]);
    check("resource_policy = \"none\"\n", "", &[&missing("resource_policy", RESOURCE_POLICY)]);
    check("policy = \"caller\"\n", "", &[&missing("policy", POLICY)]);
    check("\"open\"", "\"ajar\"", &[&unknown(21, "routes", ROUTES)]);
    check("\"none\"", "\"deny\"", &[&unknown(22, "resource_policy", RESOURCE_POLICY)]);
    check("\"none\"", "false", &[&unknown(22, "resource_policy", RESOURCE_POLICY)]);
    check("\"caller\"", "\"callers\"", &[&unknown(23, "policy", POLICY)]);
    check(
        "policy = \"caller\"\n",
        "policy = \"caller\"\npreflight = true\nkey = 1\n",
        &[
            "24: `preflight` is `public` or left out",
            "25: unknown key `key` in `gateway`; keys are `routes`, `resource_policy`, `policy`, \
             `preflight`",
        ],
    );
    let all = "[gateway]\nroutes = \"open\"\nresource_policy = \"none\"\npolicy = \"caller\"\n";
    check(all, "", &[NO_GATEWAY]);
    check(
        all,
        "[gateway]\n",
        &[
            &missing("policy", POLICY),
            &missing("resource_policy", RESOURCE_POLICY),
            &missing("routes", ROUTES),
        ],
    );
}

#[test]
fn modules() {
    check(r#""cloud"]"#, r#""cloud", "hr"]"#, &["1: module `hr` is used by no route"]);
    check(
        r#""cloud"]"#,
        r#""cloud", "H R"]"#,
        &["1: `H R` is no module name: lower-case letters, digits, `-` and `_`, at most 64"],
    );
    check(
        r#""cloud"]"#,
        r#""cloud", 1]"#,
        &[
            "1: `modules` is no array of strings",
            "14: unknown module `itsm` in `read:itsm`; modules are ",
            "15: unknown module `cloud` in `write:cloud`; modules are ",
            "19: unknown module `itsm` in `read:itsm`; modules are ",
        ],
    );
    let many: Vec<_> = (0..33).map(|n| format!("\"m{n}\"")).collect();
    check_source(
        &format!("modules = [{}]", many.join(", ")),
        &["1: more than 32 modules", NO_GATEWAY],
    );
}

#[test]
fn permissions() {
    let unknown =
        |text: &str| format!("3: unknown module `hr` in `{text}`; modules are `itsm`, `cloud`");
    check("[\"read:*\"]", "[\"read:hr\"]", &[&unknown("read:hr")]);
    check(
        "[\"read:*\"]",
        "[\"fly:itsm\"]",
        &["3: unknown action `fly` in `fly:itsm`; actions are `read`, `write`, `admin`, `ai`"],
    );
    check("[\"read:*\"]", "[\"read\"]", &["3: `read` is no permission, such as `read:itsm`"]);
    check(
        "[\"read:*\"]",
        "[\"*:*\"]",
        &[
            "3: unknown action `*` in `*:*`; actions are `read`, `write`, `admin`, `ai`",
            "3: unknown module `*` in `*:*`; modules are `itsm`, `cloud`",
        ],
    );
    check("[\"read:*\"]", "[\"read:*\", \"read:itsm\"]", &["3: `read:itsm` is granted already"]);
    check(
        "GET = \"read:itsm\"",
        "GET = \"read:*\"",
        &["14: unknown module `*` in `read:*`; modules are `itsm`, `cloud`"],
    );
    check(
        "GET = \"read:itsm\"",
        "GET = true",
        &["14: `GET` is `public` or a permission, such as `read:itsm`"],
    );
}

#[test]
fn roles() {
    check("grants = [\"read:*\"]", "grants = []", &["3: `grants` is empty"]);
    check("grants = [\"read:*\"]\n", "", &["2: role `viewer` is empty: it has no `grants`"]);
    check(
        "grants = [\"read:*\"]",
        "rights = 1",
        &[
            "2: role `viewer` is empty: it has no `grants`",
            "3: unknown key `rights` in role `viewer`",
        ],
    );
    check(
        "viewer",
        "\"a viewer\"",
        &["2: `a viewer` is no role name: lower-case letters, digits, `-` and `_`, at most 64"],
    );
    check(
        "by_scope = true",
        "by_scope = true\ngrants = [\"read:*\"]",
        &["4: role `service_account` has both `grants` and `by_scope`"],
    );
    check(
        "by_scope = true",
        "by_scope = 1\ngrants = [\"read:*\"]",
        &[
            "4: no caller can have the role `service_account`: a service token's rights are its scopes: \
         write `by_scope = true`",
            "5: `by_scope` is `true` or left out",
        ],
    );
}

#[test]
fn roles_that_nobody_can_have() {
    check(
        "grants = [\"read:*\"]",
        "by_scope = true",
        &["2: no caller can have the role `viewer`: only `service_account` is held by scope"],
    );
    check(
        "service-token",
        "api-key",
        &[
            "4: no caller can have the role `service_account`: no scope is `presented_by` a `service-token`",
        ],
    );
    // They may stand in the setting `SERVICE_CLIENTS`.
    take("[[service_clients]]\nclient_id = \"client1\"\ntenant = \"acme\"\n", "");
}

#[test]
fn scopes_and_clients() {
    check(
        "presented_by = \"service-token\"\n",
        "",
        &[
            "4: no caller can have the role `service_account`: no scope is `presented_by` a `service-token`",
            "6: scope `api.read` does not say what it is `presented_by`",
        ],
    );
    check(
        "presented_by = \"service-token\"\n",
        "presented_by = 1\nby = 1\n",
        &[
            "7: `presented_by` is `service-token`, `user-token` or `api-key`, or a list of them",
            "8: unknown key `by` in scope `api.read`",
        ],
    );
    let own = "presented_by = \"service-token\"\n";
    take(own, "presented_by = [\"service-token\"]\n");
    take(own, "presented_by = [\"user-token\", \"service-token\"]\n");
    check(own, "presented_by = []\n", &["7: `presented_by` is empty"]);
    check(own, "presented_by = [1]\n", &["7: `presented_by` is no array of strings"]);
    check(
        own,
        "presented_by = [\"service-token\", \"service-token\"]\n",
        &["7: `service-token` is listed twice"],
    );
    check(
        own,
        "presented_by = [\"service-token\", \"id-token\"]\n",
        &["7: `presented_by` is `service-token`, `user-token` or `api-key`, or a list of them"],
    );
    check("[scopes.\"api.read\"]", "[scopes.\"api read\"]", &["6: `api read` is no scope name"]);
    check_added("[scopes.\"api.read\"]\n", &["24: not TOML: duplicate key"]);
    check_added(
        "[[service_clients]]\nclient_id = \"client1\"\ntenant = \"globex\"\n",
        &["24: service client `client1` is listed twice, first on line 9"],
    );
    check(
        "client1",
        "client 1",
        &[
            "9: a service client has a `client_id` and a `tenant`",
            "10: `client_id` is no app client id",
        ],
    );
    check(
        "[roles.service_account]\nby_scope = true\n",
        "",
        &["7: service client `client1` needs the role `service_account`"],
    );
    check("\"acme\"", "\"t\"", &["9: tenant `t` is also a literal segment of a route"]);
    take("\"acme\"", "\"claim:custom:tenant_id\"");
    let neither = "9: a service client has a `client_id` and a `tenant`";
    check("\"acme\"", "7", &[neither, "11: `tenant` is no tenant id"]);
    for (claim, why) in [
        ("claim:", "it is no name of a claim"),
        ("claim:a b", "it is no name of a claim"),
        ("claim:sub", "it is one of the claims that the token itself is made of"),
        ("claim:client_id", "it is one of the claims that the token itself is made of"),
        ("claim:scope", "it is one of the claims that the token itself is made of"),
        ("claim:cognito:groups", "it is a list, and a tenant is one string"),
    ] {
        let mistake = format!("11: `tenant` is `{claim}`: {why}");
        check("\"acme\"", &format!("\"{claim}\""), &[neither, &mistake]);
    }
}

#[test]
fn paths() {
    let path = |path: &str, why: &str| {
        check("\"/a\"", &format!("\"{path}\""), &[&format!("13: malformed path `{path}`: {why}")]);
    };
    path("a", "it starts with `/`, or is `$connect`");
    path("/a/", "it has an empty segment");
    path("//a", "it has an empty segment");
    path("/a/../b", "`..` is no segment");
    path("/a/*", "`*` cannot stand in a literal segment");
    path("/a/?", "`?` cannot stand in a literal segment");
    path("/a/${aws:username}", "`$` cannot stand in a literal segment");
    path("/a/%2F", "`%` cannot stand in a literal segment");
    path("/a/é", "`é` cannot stand in a literal segment");
    path("/a/{x", "`{x` is neither a literal nor a parameter");
    path("/a/x}", "`x}` is neither a literal nor a parameter");
    path("/a/{}", "`` is no parameter name");
    path("/a/{x y}", "`x y` is no parameter name");
    path("/a/{x}{y}", "`x}{y` is no parameter name");
    path("/a/{x}/{x}", "it has two parameters `x`");
    path("/a/{x+}/b", "`{x+}` must be the last segment");
    let long = format!("/{}", "x".repeat(256));
    path(&long, "it is longer than 256 bytes");
    path(&"/x".repeat(25), "it has more than 24 segments");
}

#[test]
fn routes() {
    check("path = \"/a\"\n", "", &["12: a route has a `path`"]);
    check("GET = \"read:itsm\"\nPOST = \"write:cloud\"\n", "", &["13: route `/a` has no method"]);
    check(
        "\"/a\"",
        "\"$connect\"",
        &[
            "13: `$connect` is opened with `CONNECT`, not with `GET`",
            "13: `$connect` is opened with `CONNECT`, not with `POST`",
        ],
    );
    check("POST", "CONNECT", &["13: `CONNECT` opens a WebSocket and stands at `$connect` only"]);
    check("POST", "ANY", &["15: unknown method `ANY` at `/a`"]);
    check_added(
        "[[routes]]\npath = \"/a\"\nPUT = \"public\"\n",
        &["25: route `/a` is listed twice, first on line 13"],
    );
    check_added(
        "[[routes]]\npath = \"/x/{a}\"\nPUT = \"public\"\n[[routes]]\npath = \"/x/{b}\"\nGET = \"public\"\n",
        &["28: routes `/x/{b}` and `/x/{a}` on line 25 match the same paths"],
    );
}

#[test]
fn tenants() {
    check(
        "\"path:tenant\"",
        "\"path:id\"",
        &["17: tenant `path:id` names no parameter `{id}` of `/t/{tenant}/b`"],
    );
    for place in
        ["cookie:t", "header:", "header:a b", "host:api.example.com", "host:{tenant}", "tenant"]
    {
        let text = "18: `tenant` is `path:<parameter>`, `header:<name>`, `query:<name>` or \
                    `host:<…{tenant}…>`";
        check("path:tenant", place, &[text]);
    }
    check(
        "GET = \"read:itsm\"\n[gateway]",
        "GET = \"read:itsm\"\nPOST = \"public\"\n[gateway]",
        &["17: `POST /t/{tenant}/b` is public and so has no tenant"],
    );
    check_added(
        "[[routes]]\npath = \"/t/all\"\nPOST = \"read:itsm\"\n",
        &[
            "17: a tenant could be called `all`: `{tenant}` of `/t/{tenant}/b` stands where `/t/all` on \
         line 25 has that literal",
        ],
    );
    check_added(
        "[[routes]]\npath = \"/t/{id}/c\"\nPOST = \"read:itsm\"\n",
        &[
            "17: `{tenant}` of `/t/{tenant}/b` is a tenant, but `/t/{id}/c` on line 25 takes any at the \
         same place",
        ],
    );
}

#[test]
fn sizes() {
    let wide = |routes: usize| {
        let route = |n| format!("[[routes]]\npath = \"/wide/{n}\"\nGET = \"read:itsm\"\n");
        GOOD.to_owned() + &(0..routes).map(route).collect::<String>()
    };
    let warnings = |table: AccessTable| -> Vec<_> {
        table.warnings().iter().map(ToString::to_string).collect()
    };
    let table = |routes| prove(&wide(routes));
    assert_eq!(table(300).map(warnings), Ok(vec![]));
    assert_eq!(
        table(400).map(warnings),
        Ok(vec!["access.toml:2: the policy of role `viewer` takes up to 36198 of the 131072 bytes that fit".to_owned()])
    );
    check_source(
        &wide(1500),
        &[
            "2: the policy of role `viewer` takes up to 132317 bytes, and 131072 fit; split the API, or \
           write `policy = \"request\"` under `[gateway]`",
        ],
    );
    check_source(&wide(2001), &["6018: more than 2000 routes"]);
    prove(&wide(1998).replace("policy = \"caller\"", "policy = \"request\"")).unwrap();

    let deep = format!("{GOOD}[[routes]]\npath = \"/{}\"\nGET = \"read:itsm\"\n", "x".repeat(255));
    prove(&deep).unwrap();

    let mut scopes = GOOD.to_owned();
    for n in 0..11 {
        scopes +=
            &format!("[scopes.s{n}]\npresented_by = \"service-token\"\ngrants = [\"ai:m{n}\"]\n");
        scopes += &format!("[[routes]]\npath = \"/s{n}\"\nGET = \"ai:m{n}\"\n");
        scopes = scopes.replacen("modules = [", &format!("modules = [\"m{n}\", "), 1);
    }
    check_source(&scopes, &["1: roles and scopes combine to more than 1024 different grants"]);
}

/// It is no mistake, and yet its author should know.
#[test]
fn a_role_that_may_do_nothing() {
    let idle = "[roles.idle]\ngrants = [\"admin:itsm\"]\n[roles.viewer]";
    let table = prove(&GOOD.replace("[roles.viewer]", idle)).unwrap();
    let warnings: Vec<_> = table.warnings().iter().map(ToString::to_string).collect();
    let sentence = "access.toml:2: no route requires what role `idle` grants: it may do nothing";
    assert_eq!(warnings, [sentence]);
}

/// No input is a panic: the good table cut short anywhere, and with any byte changed.
#[test]
fn no_text_is_a_panic() {
    for at in 0..GOOD.len() {
        let (before, after) = GOOD.split_at(at);
        let _ = prove(before);
        let mut rest = after.chars();
        rest.next();
        for c in ["", "\"", "{", "]", "é"] {
            let changed = format!("{before}{c}{}", rest.as_str());
            let _ = AccessTable::prove("access.toml", &changed);
        }
    }
}
