//! What the table says of its API decides what an answer is: closed or open, a policy of the caller or
//! of the request, a resource policy beside it, and one spelling of every path.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tests::events::{PREFIX, http_1, http_2, rest_request, rest_token, websocket};
use tests::mint::{Signer, USER, id_claims};
use tests::test_authorizer::{Answer, TestAuthorizer};

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate("a"));
static VIEWER: LazyLock<String> = LazyLock::new(|| SIGNER.token(&id_claims("viewer", "acme")));

const ROUTES: &str = r#"
roles.viewer.grants = ["read:m"]
roles.writer.grants = ["read:m", "write:m"]
routes = [
  { path = "/", GET = "read:m" },
  { path = "/users/{id}", GET = "read:m", POST = "write:m" },
  { path = "/users/admins", GET = "write:m" },
  { path = "/users/@all", GET = "write:m" },
  { path = "/files/{name+}", GET = "read:m" },
  { path = "/t/{tenant}", tenant = "path:tenant", PUT = "read:m" },
  { path = "$connect", CONNECT = "read:m" },
]
"#;

/// The routes in front of an API of which this is said.
fn table(routes: &str, resource_policy: &str, policy: &str) -> String {
    format!(
        "modules = [\"m\"]\ngateway.routes = \"{routes}\"\n\
         gateway.resource_policy = \"{resource_policy}\"\ngateway.policy = \"{policy}\"\n{ROUTES}"
    )
}

fn authorizer(table: &str) -> TestAuthorizer {
    TestAuthorizer::with_table(&SIGNER, &[], table)
}

fn simple(table: &str) -> TestAuthorizer {
    TestAuthorizer::with_table(&SIGNER, &[("RESPONSE", "simple")], table)
}

/// The outcome of one request of the viewer: the effect for it, the code and the reason.
fn outcome(answer: &Answer) -> String {
    let code = answer.code();
    match &answer.answer {
        Ok(_) if code == "OK" => "OK".to_owned(),
        Ok(_) => format!("{code}: {}", answer.reason()),
        Err(error) => format!("error {code}: {error}"),
    }
}

#[track_caller]
fn check(authorizer: &TestAuthorizer, method: &str, path: &str, expected: &str) {
    let got = outcome(&authorizer.answer(&rest_token(&VIEWER, method, path)));
    assert_eq!(got, expected, "{method} {path}");
}

/// The policy of one request.
fn of_request(effect: &str, tail: &str) -> Value {
    json!([{
        "Action": "execute-api:Invoke",
        "Effect": effect,
        "Resource": [format!("{PREFIX}{tail}")]
    }])
}

const SPELLINGS: [(&str, &str); 18] = [
    ("/users//1", "the path has an empty segment"),
    ("//users/1", "the path has an empty segment"),
    ("/users/1/", "the path ends with a slash"),
    ("/users/1/.", "the path has a segment `.` or `..`"),
    ("/users/1/../admins", "the path has a segment `.` or `..`"),
    ("/files/../users/admins", "the path has a segment `.` or `..`"),
    ("/users/..%2fadmins", "the path has an encoded dot, slash or backslash"),
    ("/users/%2e%2e", "the path has an encoded dot, slash or backslash"),
    ("/users/%2E", "the path has an encoded dot, slash or backslash"),
    ("/users/1%2F2", "the path has an encoded dot, slash or backslash"),
    ("/users/1%5c2", "the path has an encoded dot, slash or backslash"),
    ("/users/1%5C2", "the path has an encoded dot, slash or backslash"),
    ("/users/1\\2", "the path has a backslash"),
    ("/users/%61dmins", "the path encodes a character that needs no encoding"),
    ("/users/admin%73", "the path encodes a character that needs no encoding"),
    ("/users/%40all", "the path encodes a literal of a route"),
    ("/files/%40all", "the path encodes a literal of a route"),
    ("/%75sers/1", "the path encodes a character that needs no encoding"),
];

const CANONICAL: [&str; 8] = [
    "/",
    "/users/%40",
    "/users/%3A",
    "/users/%C3%A9",
    "/users/é",
    "/users/a:b",
    "/files/a/b",
    "/files/a.b",
];

#[test]
fn one_spelling_of_every_path() {
    for (policy, resource_policy) in
        [("caller", "none"), ("request", "none"), ("request", "allows")]
    {
        let authorizer = authorizer(&table("closed", resource_policy, policy));
        for (path, why) in SPELLINGS {
            check(&authorizer, "GET", path, &format!("INSUFFICIENT_ROLE: {why}"));
        }
        for path in CANONICAL.into_iter().filter(|path| policy == "caller" || path.is_ascii()) {
            check(&authorizer, "GET", path, "OK");
        }
        check(&authorizer, "GET", "/users/admins", LACKS);
        check(&authorizer, "GET", "/users/@all", LACKS);
    }
    let simple = simple(&table("closed", "none", "caller"));
    for (path, why) in SPELLINGS {
        let mut event = http_2(&[("authorization", &VIEWER)], "GET", path);
        event["identitySource"] = json!(null);
        let got = simple.answer(&event);
        assert_eq!(outcome(&got), format!("INSUFFICIENT_ROLE: {why}"), "{path}");
        assert_eq!(got.answer.unwrap()["isAuthorized"], false, "{path}");
    }
}

const LACKS: &str = "INSUFFICIENT_ROLE: the role or the scopes lack the permission";

/// IAM cannot write a control character: there the policy would allow, and nothing is answered that could be
/// cached.
#[test]
fn what_a_policy_cannot_refuse_is_an_error() {
    let authorizer = authorizer(&table("closed", "none", "caller"));
    for (path, why) in [
        ("/users/1\n", "the path has a control character"),
        ("/users/\u{7f}", "the path has a control character"),
    ] {
        let sentence = format!("error ANSWER_DISAGREES: the policy allows what was denied: {why}");
        check(&authorizer, "GET", path, &sentence);
    }
}

/// A policy has no Deny for the spellings of what every caller may use, so the answer has one for its own.
#[test]
fn a_spelling_that_the_policy_lets_in_is_denied_by_the_answer() {
    for resource_policy in ["none", "allows"] {
        let table = table("closed", resource_policy, "caller").replace("/{id}", "/{id+}");
        let table = match resource_policy {
            "none" => table,
            // What a resource policy may allow has to be denied by name, and a tenant has none.
            _ => table
                .lines()
                .filter(|line| !line.contains("/t/{tenant}"))
                .collect::<Vec<_>>()
                .join("\n"),
        };
        let authorizer = authorizer(&table);
        for (path, spelling) in [
            ("/users/%7A", "%7A"),
            ("/users/%7a/1", "%7a"),
            ("/users/%2D%7A", "%2D"),
            ("/users/%C3%A9%39\n", "%39"),
        ] {
            let why = "the path encodes a character that needs no encoding";
            check(&authorizer, "GET", path, &format!("INSUFFICIENT_ROLE: {why}"));
            let statements = |path: &str| {
                let answer = authorizer.answer(&rest_token(&VIEWER, "GET", path)).answer.unwrap();
                answer["policyDocument"]["Statement"].as_array().unwrap().clone()
            };
            let mut expected = statements("/users/1");
            expected.push(json!({
                "Action": "execute-api:Invoke",
                "Effect": "Deny",
                "Resource": [format!("{PREFIX}*{spelling}*")]
            }));
            assert_eq!(statements(path), expected, "{path}");
        }
    }
}

#[test]
fn a_closed_table_has_every_route_of_its_api() {
    const UNLISTED: &str = "error MISCONFIGURED: the API has a route that the access table has not, \
                            although the table says `routes = \"closed\"`";
    for policy in ["caller", "request"] {
        let closed = authorizer(&table("closed", "none", policy));
        for (method, path) in [
            ("GET", "/nowhere"),
            ("DELETE", "/users/1"),
            ("get", "/users/1"),
            ("POST", "/users/admins"),
        ] {
            check(&closed, method, path, UNLISTED);
        }
        // Nobody learns it without a credential.
        let anonymous = closed.answer(&rest_request(&[], "GET", "/nowhere"));
        assert_eq!(outcome(&anonymous), "error TOKEN_MISSING: Unauthorized");
    }
    let open = authorizer(&table("open", "none", "request"));
    check(&open, "GET", "/nowhere", "INSUFFICIENT_ROLE: the route is not in the access table");
    check(&open, "get", "/users/1", "INSUFFICIENT_ROLE: the route is not in the access table");
}

#[test]
fn a_policy_of_the_request_names_it_alone() {
    for resource_policy in ["none", "allows"] {
        let authorizer = authorizer(&table("open", resource_policy, "request"));
        let answer = |method: &str, path: &str| {
            authorizer.answer(&rest_token(&VIEWER, method, path)).answer.unwrap()
        };
        let check = |method: &str, path: &str, effect: &str, code: &str| {
            let answer = answer(method, path);
            let statement = of_request(effect, &format!("{method}{path}"));
            assert_eq!(answer["policyDocument"]["Statement"], statement);
            assert_eq!(answer["context"]["code"], code, "{method} {path}");
            assert_eq!(answer["context"]["user_id"], USER);
        };
        check("GET", "/users/1", "Allow", "INSUFFICIENT_ROLE");
        check("GET", "/", "Allow", "INSUFFICIENT_ROLE");
        check("GET", "/users/a\"b", "Allow", "INSUFFICIENT_ROLE");
        check("GET", "/users/admins", "Deny", "INSUFFICIENT_ROLE");
        check("GET", "/nowhere", "Deny", "INSUFFICIENT_ROLE");
        check("PUT", "/t/acme", "Allow", "INSUFFICIENT_ROLE");
        check("PUT", "/t/globex", "Deny", "TENANT_MISMATCH");
        check("GET", "/users/1\\2", "Deny", "INSUFFICIENT_ROLE");
        // Whatever no policy can name is denied with everything else.
        let long = format!("/users/{}", "x".repeat(512));
        for path in ["/users/*", "/users/?", "/users/${*}", "/users/é", "/users/\n", &long] {
            let answer = answer("GET", path);
            assert_eq!(answer["policyDocument"]["Statement"], of_request("Deny", "*"), "{path}");
            assert_eq!(answer["context"]["code"], "INSUFFICIENT_ROLE");
        }
    }
}

/// A policy of the caller compares such characters, and does not write them.
#[test]
fn odd_characters_are_only_compared() {
    let authorizer = authorizer(&table("closed", "none", "caller"));
    let long = format!("/users/{}", "x".repeat(1500));
    for path in ["/users/*", "/users/?", "/users/${*}", "/users/é", &long] {
        check(&authorizer, "GET", path, "OK");
    }
    check(
        &authorizer,
        "GET",
        "/*",
        "error MISCONFIGURED: the API has a route that the access table has \
                                     not, although the table says `routes = \"closed\"`",
    );
}

/// A stage may have any name, also one that looks like a verb.
#[test]
fn a_stage_named_like_a_verb() {
    for policy in ["caller", "request"] {
        let authorizer = authorizer(&table("closed", "none", policy));
        let ask = |tail: &str| {
            let mut event = rest_token(&VIEWER, "GET", "/");
            let prefix = PREFIX.replace("/prod/", "/GET/");
            event["methodArn"] = json!(format!("{prefix}{tail}"));
            authorizer.answer(&event)
        };
        let allowed = ask("GET/users/1");
        assert_eq!(outcome(&allowed), "OK");
        let resources = allowed.answer.unwrap()["policyDocument"]["Statement"].to_string();
        assert!(resources.contains("/GET/GET/"), "{resources}");
        assert_eq!(outcome(&ask("POST/users/1")), LACKS);
    }
}

#[test]
fn of_a_websocket_only_the_opening_is_asked() {
    for policy in ["caller", "request"] {
        let authorizer = authorizer(&table("closed", "none", policy));
        let ask = |role: &str| {
            let token = SIGNER.token(&id_claims(role, "acme"));
            authorizer.answer(&websocket(&[("Authorization", &token)], &[])).answer.unwrap()
        };
        assert_eq!(ask("viewer")["policyDocument"]["Statement"], of_request("Allow", "$connect"));
        assert_eq!(ask("nobody")["policyDocument"]["Statement"], of_request("Deny", "$connect"));
    }
}

/// The route of the API is in the table, and it is not the one that decides.
#[test]
fn the_route_that_api_gateway_matched_decides() {
    const ANOTHER: &str =
        "INSUFFICIENT_ROLE: API Gateway matched another route of the access table";
    let writer = SIGNER.token(&id_claims("writer", "acme"));
    for policy in ["caller", "request"] {
        let authorizer = authorizer(&table("closed", "none", policy));
        let ask = |path: &str, resource: &str| {
            let mut rest = rest_request(&[("Authorization", &writer)], "GET", path);
            rest["resource"] = json!(resource);
            let mut http = http_2(&[("authorization", &writer)], "GET", path);
            http["routeKey"] = json!(format!("GET {resource}"));
            let answers = [rest, http].map(|event| outcome(&authorizer.answer(&event)));
            assert_eq!(answers[0], answers[1], "{path} {resource}");
            answers[0].clone()
        };
        assert_eq!(ask("/users/1", "/users/{id}"), "OK");
        assert_eq!(ask("/users/1", "/users/{other}"), "OK");
        assert_eq!(ask("/users/admins", "/users/admins"), "OK");
        // Not in the table, or one that matches what no other does.
        for resource in ["/users/{proxy+}", "/{proxy+}", "/{a}/{b}", "$default", "/users/1"] {
            assert_eq!(ask("/users/1", resource), "OK", "{resource}");
        }
        // The caller may use both: the path is allowed, and is read otherwise by API Gateway.
        let expected = match policy {
            "caller" => {
                "error ANSWER_DISAGREES: the policy allows what was denied: API Gateway matched \
                         another route of the access table"
            }
            _ => ANOTHER,
        };
        assert_eq!(ask("/users/admins", "/users/{id}"), expected);
        assert_eq!(ask("/users/1", "/"), expected);
    }
}

/// Beside a resource policy that allows, a policy denies by name; a "no match" is no answer.
#[test]
fn beside_a_resource_policy_every_no_is_explicit() {
    let all = table("closed", "allows", "caller");
    let table =
        all.replace("{ path = \"/t/{tenant}\", tenant = \"path:tenant\", PUT = \"read:m\" },", "");
    let authorizer = authorizer(&table);
    for (method, path) in [("POST", "/users/1"), ("GET", "/users/admins"), ("GET", "/users/1/")] {
        let answer = authorizer.answer(&rest_token(&VIEWER, method, path)).answer.unwrap();
        let denied = answer["policyDocument"]["Statement"][1]["Resource"].as_array().unwrap();
        let arn = format!("{PREFIX}{method}{path}");
        let matches =
            |glob: &Value| crate::access::glob(glob.as_str().unwrap().as_bytes(), arn.as_bytes());
        assert!(denied.iter().any(matches), "{method} {path}");
    }
    let got = authorizer.answer(&rest_token(&VIEWER, "GET", "/nowhere\n"));
    assert_eq!(
        outcome(&got),
        "error ANSWER_DISAGREES: the policy does not deny what a resource policy may allow and was denied: \
         the path has a control character"
    );
}

/// One caller's answer must not be cached for another.
#[test]
fn the_credential_is_an_identity_source() {
    let authorizer = authorizer(&table("closed", "none", "caller"));
    let other = "error MISCONFIGURED: the credential stands in none of the authorizer's identity sources: \
                 one caller's answer would be cached for every other";
    let bearer = format!("Bearer {}", *VIEWER);
    for (header, sources, expected) in [
        (VIEWER.as_str(), json!([*VIEWER]), "OK"),
        (bearer.as_str(), json!([bearer]), "OK"),
        (bearer.as_str(), json!(["eu", bearer]), "OK"),
        (bearer.as_str(), json!(null), "OK"),
        (bearer.as_str(), json!([]), "OK"),
        (bearer.as_str(), json!(["eu"]), other),
        (bearer.as_str(), json!([null, "GET", "/users/1"]), other),
    ] {
        let mut event = http_2(&[("authorization", header)], "GET", "/users/1");
        event["identitySource"] = sources.clone();
        assert_eq!(outcome(&authorizer.answer(&event)), expected, "{sources}");
    }
    for (source, expected) in [
        (json!(bearer), "OK"),
        (json!(format!("eu,{bearer}")), "OK"),
        (json!("eu"), other),
        (json!(null), "OK"),
    ] {
        let mut event = http_1(&[("authorization", &bearer)], "GET", "/users/1");
        event["identitySource"] = source.clone();
        assert_eq!(outcome(&authorizer.answer(&event)), expected, "{source}");
    }
}

/// A simple "yes" that is cached by the credential alone would open every route.
#[test]
fn a_simple_yes_is_cached_for_its_route_alone() {
    const CACHED: &str = "error MISCONFIGURED: the answer would be cached for other routes: make method and \
                          path identity sources, or have none and a TTL of 0";
    let all = table("closed", "none", "caller");
    let (closed, open) = (simple(&all), simple(&all.replace("\"closed\"", "\"open\"")));
    let ask = |authorizer: &TestAuthorizer, method: &str, path: &str, key: &str, more: &[&str]| {
        let mut event = http_2(&[("authorization", &VIEWER)], method, path);
        event["routeKey"] = json!(key);
        let mut sources = vec![VIEWER.as_str()];
        sources.extend(more);
        event["identitySource"] = json!(sources);
        outcome(&authorizer.answer(&event))
    };
    let get = |more: &[&str]| ask(&closed, "GET", "/users/1", "GET /users/{id}", more);
    assert_eq!(get(&[]), CACHED);
    assert_eq!(get(&["GET"]), CACHED);
    assert_eq!(get(&["/users/1"]), CACHED);
    assert_eq!(get(&["GET", "/users/2"]), CACHED);
    assert_eq!(get(&["GET", "/users/1"]), "OK");
    assert_eq!(get(&["/prod/users/1", "GET"]), "OK");
    assert_eq!(get(&["GET /users/{id}"]), "OK");
    assert_eq!(get(&["GET /users/{other}"]), CACHED);
    let with_key = |authorizer, method: &str, path: &str, key: &str| {
        ask(authorizer, method, path, key, &[key])
    };
    assert_eq!(with_key(&closed, "GET", "/users/1", "ANY /users/{id}"), CACHED);
    assert_eq!(with_key(&closed, "GET", "/users/1", "GET /{proxy+}"), CACHED);
    assert_eq!(with_key(&closed, "GET", "/users/1", "$default"), CACHED);
    assert_eq!(with_key(&closed, "GET", "/files/a", "GET /files/{name+}"), CACHED);
    // The route is one, and its paths are of many tenants.
    assert_eq!(with_key(&closed, "PUT", "/t/acme", "PUT /t/{tenant}"), CACHED);
    // An open table may be more specific than its API.
    assert_eq!(with_key(&open, "GET", "/users/1", "GET /users/{id}"), CACHED);
    assert_eq!(with_key(&open, "GET", "/", "GET /"), "OK");
    // A "no" is cached for no more than it is right for.
    let no = ask(&closed, "GET", "/users/admins", "GET /users/admins", &[]);
    assert_eq!(no, LACKS);
}

/// A header, a query parameter or a cookie may be an identity source, and its value the caller's choice.
#[test]
fn nobody_chooses_what_an_answer_is_cached_by() {
    let closed = simple(&table("closed", "none", "caller"));
    let key = "GET /users/{id}";
    let ask = |member: &str, value: Value| {
        let mut event = http_2(&[("authorization", &VIEWER)], "GET", "/users/1");
        event["routeKey"] = json!(key);
        event["identitySource"] = json!([*VIEWER, key]);
        match member {
            "headers" => event["headers"]["x-tenant-id"] = value,
            _ => event[member] = value,
        }
        outcome(&closed.answer(&event))
    };
    let refused = |member: &str, value: Value| {
        let got = ask(member, value.clone());
        assert!(
            got.starts_with("error MISCONFIGURED: the answer would be cached"),
            "{member} {value}"
        );
    };
    assert_eq!(ask("headers", json!("acme")), "OK");
    refused("headers", json!(key));
    refused("headers", json!(format!("acme, {key}")));
    refused("queryStringParameters", json!({ "tenant": key }));
    refused("cookies", json!([key]));
}

/// Simple answers need no policy, so they refuse no table for what policies cannot express.
#[test]
fn simple_answers_refuse_no_table() {
    let all = table("open", "none", "caller");
    let table = all.replace(
        "{ path = \"/\",",
        "{ path = \"/users/{id}/x\", GET = \"read:m\" },\n  { path = \"/\",",
    );
    let refused = shared::authz::AccessTable::prove("access.toml", &table);
    assert!(refused.is_err());
    let mut event = http_2(&[("authorization", &VIEWER)], "GET", "/users/1/x");
    event["identitySource"] = json!(null);
    assert_eq!(outcome(&simple(&table).answer(&event)), "OK");
}

/// A preflight has no credential.
#[test]
fn a_preflight_is_let_through_on_every_route() {
    let all = table("closed", "none", "caller");
    let with = all.replace("gateway.routes", "gateway.preflight = \"public\"\ngateway.routes");
    let authorizer = authorizer(&with);
    for path in ["/", "/users/1", "/users/admins", "/files/a/b", "/t/globex"] {
        let got =
            authorizer.answer(&rest_request(&[("Origin", "https://a.example")], "OPTIONS", path));
        assert_eq!(outcome(&got), "OK", "{path}");
    }
    for (method, path) in [("OPTIONS", "/users/1/"), ("OPTIONS", "/nowhere"), ("GET", "/users/1")] {
        let got = authorizer.answer(&rest_request(&[], method, path));
        assert_eq!(outcome(&got), "error TOKEN_MISSING: Unauthorized", "{method} {path}");
    }
}
