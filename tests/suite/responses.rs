//! What API Gateway gets, to the letter: every form, every outcome, every shape.

use std::sync::LazyLock;

use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerResponse, ApiGatewayV2CustomAuthorizerIamPolicyResponse,
    ApiGatewayV2CustomAuthorizerSimpleResponse,
};
use serde_json::{Value, json};
use tests::events::{PREFIX, http_1, http_2, rest_request, rest_token, websocket};
use tests::mint::{SERVICE_CLIENT, Signer, USER, id_claims, service_claims};
use tests::test_authorizer::TestAuthorizer;

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate("a"));

const TABLE: &str = r#"
modules = ["itsm"]
gateway = { routes = "open", resource_policy = "none", policy = "caller" }
roles.viewer.grants = ["read:itsm"]
roles.idle.grants = ["write:itsm"]
roles.service_account.by_scope = true
scopes.read.presented_by = "service-token"
scopes.read.grants = ["read:itsm"]
service_clients = [{ client_id = "1example23456789", tenant = "globex" }]
routes = [
  { path = "/health", GET = "public" },
  { path = "/a/{id}", GET = "read:itsm" },
  { path = "/t/{tenant}/a", tenant = "path:tenant", GET = "read:itsm" },
  { path = "/h", tenant = "header:x-tenant-id", GET = "read:itsm" },
  { path = "/q", tenant = "query:tenant", GET = "read:itsm" },
  { path = "/o", tenant = "host:{tenant}.api.example.com", GET = "read:itsm" },
  { path = "/w", POST = "write:itsm" },
  { path = "$connect", CONNECT = "read:itsm" },
]
"#;

fn authorizer(settings: &[(&str, &str)]) -> TestAuthorizer {
    TestAuthorizer::with_table(&SIGNER, settings, TABLE)
}

fn viewer() -> String {
    SIGNER.token(&id_claims("viewer", "acme"))
}

/// The complete policy of a viewer of `tenant`, who names it in the place of the route `named`.
fn allow(tenant: &str, named: &str) -> Value {
    let path = format!("GET/t/{tenant}/a");
    let mut own = vec!["GET/a/?*", "GET/health", path.as_str()];
    if !named.is_empty() {
        own.push(named);
        own.sort_unstable();
    }
    // The routes with a tenant in another place, unless the request names it there.
    let mut other = vec!["GET/a/*/*", "GET/h", "GET/o", "GET/q", "POST/*"];
    other.retain(|tail| *tail != named);
    other.extend(NOT_CANONICAL);
    json!({
        "Version": "2012-10-17",
        "Statement": [statement("Allow", &own), statement("Deny", &other)],
    })
}

/// What every policy with a wildcard denies.
const NOT_CANONICAL: [&str; 13] = [
    "*//*", "*/*/", "*/./*", "*/../*", "*/.", "*/..", "*%2e*", "*%2E*", "*%2f*", "*%2F*", "*%5c*",
    "*%5C*", "*\\*",
];

fn statement(effect: &str, tails: &[&str]) -> Value {
    let resources: Vec<_> = tails.iter().map(|tail| format!("{PREFIX}{tail}")).collect();
    json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resources })
}

/// The explicit Deny for somebody who is proven, or for `anonymous`.
fn deny(principal: &str, code: &str) -> Value {
    json!({
        "principalId": principal,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [statement("Deny", &["*"])]
        },
        "context": { "code": code }
    })
}

fn context() -> Value {
    json!({
        "user_id": USER,
        "role": "viewer",
        "tenant_id": "acme",
        "auth_method": "id-token",
        "scopes": "",
        "email": "ada@acme.example",
        "code": "INSUFFICIENT_ROLE"
    })
}

fn permit() -> Value {
    permit_with("", "INSUFFICIENT_ROLE")
}

/// The answer for a viewer of `acme`, with the route `named` and what a no-match means.
fn permit_with(named: &str, code: &str) -> Value {
    let mut context = context();
    context["code"] = json!(code);
    json!({ "principalId": USER, "policyDocument": allow("acme", named), "context": context })
}

#[test]
fn a_permitted_caller_gets_the_complete_policy_whatever_was_asked() {
    let (authorizer, token) = (authorizer(&[]), viewer());
    for event in [
        rest_token(&token, "GET", "/a/1"),
        rest_token(&token, "GET", "/a/2"),
        rest_token(&token, "GET", "/t/acme/a"),
        rest_request(&[("Authorization", &token)], "GET", "/a/1"),
        http_1(&[("Authorization", &token)], "GET", "/a/1"),
        http_2(&[("authorization", &token)], "GET", "/a/1"),
        // Not permitted here, and still the same answer: it is cached for every route.
        rest_token(&token, "POST", "/w"),
        rest_token(&token, "GET", "/a/1/secrets"),
        rest_token(&token, "GET", "/unknown/*"),
        rest_token(&token, "GET", "/t/globex/a"),
        rest_token(&token, "TRACE", "/a/1"),
    ] {
        assert_eq!(authorizer.answer(&event).answer, Ok(permit()), "{event}");
    }
}

#[test]
fn a_service_gets_its_own_tenant() {
    let token = SIGNER.token(&service_claims("read other"));
    let answer = authorizer(&[]).answer(&rest_token(&token, "GET", "/a/1")).answer.unwrap();
    assert_eq!(answer["principalId"], SERVICE_CLIENT);
    assert_eq!(answer["policyDocument"], allow("globex", ""));
    let context = json!({
        "user_id": SERVICE_CLIENT,
        "role": "service_account",
        "tenant_id": "globex",
        "auth_method": "service-token",
        "scopes": "read",
        "code": "INSUFFICIENT_ROLE"
    });
    assert_eq!(answer["context"], context);
}

#[track_caller]
fn check_tenant(event: &Value, code: &str, answer: &Value) {
    let got = authorizer(&[]).answer(event);
    assert_eq!((got.code(), &got.answer), (code, &Ok(answer.clone())), "{event}");
}

#[test]
fn tenants_in_the_path() {
    let token = viewer();
    check_tenant(&rest_token(&token, "GET", "/t/acme/a"), "OK", &permit());
    check_tenant(&rest_token(&token, "GET", "/t/globex/a"), "TENANT_MISMATCH", &permit());
    check_tenant(&rest_token(&token, "GET", "/t/ACME/a"), "TENANT_MISMATCH", &permit());
}

/// Another tenant outside the path: the route is in nobody's policy then, whichever was asked.
fn astray() -> Value {
    permit_with("", "TENANT_MISMATCH")
}

#[test]
fn tenants_in_a_header() {
    let token = viewer();
    let header = |path: &str, values: &[&'static str]| {
        let mut headers = vec![("Authorization", token.as_str())];
        headers.extend(values.iter().map(|value| ("X-Tenant-Id", *value)));
        rest_request(&headers, "GET", path)
    };
    let own = permit_with("GET/h", "INSUFFICIENT_ROLE");
    check_tenant(&header("/h", &["acme"]), "OK", &own);
    check_tenant(&header("/h", &["acme", "acme"]), "OK", &own);
    for values in [&["globex"][..], &[""], &["ACME"], &["acme", "globex"], &["acme,acme"]] {
        check_tenant(&header("/h", values), "TENANT_MISMATCH", &astray());
        // Cached under the same token and header, it must not open the route later.
        check_tenant(&header("/a/1", values), "OK", &astray());
    }
    check_tenant(&header("/a/1", &["acme"]), "OK", &own);
    check_tenant(&header("/h", &[]), "TENANT_MISMATCH", &permit());
    // A TOKEN event has no headers: nothing says which tenant is meant.
    check_tenant(&rest_token(&token, "GET", "/h"), "TENANT_MISMATCH", &permit());
}

#[test]
fn tenants_in_the_query() {
    let token = viewer();
    let query = |value: Value| {
        let mut event = rest_request(&[("Authorization", &token)], "GET", "/q");
        event["queryStringParameters"] = value;
        event
    };
    let own = permit_with("GET/q", "INSUFFICIENT_ROLE");
    check_tenant(&query(json!({ "tenant": "acme" })), "OK", &own);
    check_tenant(&query(json!({ "tenant": "globex" })), "TENANT_MISMATCH", &astray());
    for value in [json!({ "Tenant": "acme" }), json!({ "tenant": null }), json!(null)] {
        check_tenant(&query(value), "TENANT_MISMATCH", &permit());
    }
}

#[test]
fn tenants_in_the_host() {
    let token = viewer();
    let host = |host: &str| {
        let mut event = rest_request(&[("Authorization", &token)], "GET", "/o");
        event["requestContext"]["domainName"] = json!(host);
        event
    };
    let own = permit_with("GET/o", "INSUFFICIENT_ROLE");
    check_tenant(&host("acme.api.example.com"), "OK", &own);
    check_tenant(&host("ACME.api.EXAMPLE.com"), "OK", &own);
    for name in ["globex.api.example.com", "x.acme.api.example.com", ".api.example.com"] {
        check_tenant(&host(name), "TENANT_MISMATCH", &astray());
    }
    for name in ["acme.example.com", "acme.api.example.com.evil", ""] {
        check_tenant(&host(name), "TENANT_MISMATCH", &permit());
    }
}

#[test]
fn a_tenant_that_is_a_path_segment_is_refused() {
    let token = SIGNER.token(&id_claims("viewer", "health"));
    let got = authorizer(&[]).answer(&rest_token(&token, "GET", "/a/1"));
    assert_eq!(got.answer, Ok(deny(USER, "TENANT_MISMATCH")));
    assert_eq!(got.reason(), "the tenant id is also a path segment of a route");
}

#[test]
fn nobody_comes_in_at_a_public_route_only() {
    let authorizer = authorizer(&[]);
    let public = json!({
        "principalId": "anonymous",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                statement("Allow", &["GET/health"]),
                statement("Deny", &["GET/*/*", "GET/h", "GET/o", "GET/q", "POST/*"]),
            ]
        },
        "context": { "code": "INSUFFICIENT_ROLE" }
    });
    assert_eq!(authorizer.answer(&rest_request(&[], "GET", "/health")).answer, Ok(public));
    let missing = authorizer.answer(&rest_request(&[], "GET", "/a/1"));
    assert_eq!(missing.answer, Err("Unauthorized".to_owned()));
    assert_eq!(missing.code(), "TOKEN_MISSING");
}

#[test]
fn who_is_not_proven_is_thrown_out_or_denied() {
    let expired = {
        let mut claims = id_claims("viewer", "acme");
        claims["exp"] = json!(1);
        SIGNER.token(&claims)
    };
    let cases =
        [("", "TOKEN_MISSING"), (expired.as_str(), "TOKEN_EXPIRED"), ("x", "TOKEN_INVALID")];
    let (throw, denying) = (authorizer(&[]), authorizer(&[("ON_UNAUTHENTICATED", "deny")]));
    for (token, code) in cases {
        let auth = [("Authorization", token)];
        for event in [rest_token(token, "GET", "/a/1"), rest_request(&auth, "GET", "/a/1")] {
            assert_eq!(throw.answer(&event).answer, Err("Unauthorized".to_owned()), "{event}");
            assert_eq!(denying.answer(&event).answer, Ok(deny("anonymous", code)), "{event}");
        }
        for event in [http_1(&auth, "GET", "/a/1"), http_2(&auth, "GET", "/a/1")] {
            assert_eq!(throw.answer(&event).answer, Ok(deny("anonymous", code)), "{event}");
            assert_eq!(denying.answer(&event).answer, Ok(deny("anonymous", code)), "{event}");
        }
    }
    // Of a WebSocket nothing but the opening is asked.
    let event = websocket(&[], &[]);
    assert_eq!(throw.answer(&event).answer, Err("Unauthorized".to_owned()));
    let mut connect = deny("anonymous", "TOKEN_MISSING");
    connect["policyDocument"]["Statement"] = json!([statement("Deny", &["$connect"])]);
    assert_eq!(denying.answer(&event).answer, Ok(connect));
    // A code of status 403 is never thrown.
    let wrong = SIGNER.token(&tests::mint::user_access_claims());
    let answer = throw.answer(&rest_token(&wrong, "GET", "/a/1")).answer;
    assert_eq!(answer, Ok(deny("anonymous", "WRONG_TOKEN_TYPE")));
}

#[test]
fn the_simple_form_is_for_http_apis_2_0_alone() {
    let authorizer = authorizer(&[("RESPONSE", "simple")]);
    let http_2 = |headers: &[(&str, &str)], method: &str, path: &str| {
        let mut event = http_2(headers, method, path);
        event["identitySource"] = json!(null);
        event
    };
    let token = viewer();
    let auth = [("authorization", token.as_str())];
    let mut context = context();
    context.as_object_mut().unwrap().remove("code");
    let yes = json!({ "isAuthorized": true, "context": context });
    let no = |code: &str| json!({ "isAuthorized": false, "context": { "code": code } });
    assert_eq!(authorizer.answer(&http_2(&auth, "GET", "/a/1")).answer, Ok(yes));
    assert_eq!(authorizer.answer(&http_2(&auth, "POST", "/w")).answer, Ok(no("INSUFFICIENT_ROLE")));
    assert_eq!(
        authorizer.answer(&http_2(&auth, "GET", "/t/globex/a")).answer,
        Ok(no("TENANT_MISMATCH"))
    );
    assert_eq!(authorizer.answer(&http_2(&[], "GET", "/a/1")).answer, Ok(no("TOKEN_MISSING")));
    // Another API takes policies, and none was proven for this function.
    let sentence = "`RESPONSE` is `simple`, this API takes policies, and the access table has none that \
                    are proven: say `policy = \"request\"` in it, or build its compiled table";
    for event in [http_1(&auth, "GET", "/a/1"), rest_request(&auth, "GET", "/a/1")] {
        let got = authorizer.answer(&event);
        assert_eq!(got.code(), "MISCONFIGURED", "{event}");
        assert_eq!(got.answer, Err(sentence.to_owned()), "{event}");
    }
}

#[test]
fn who_may_do_nothing_is_denied() {
    let table = TABLE.replace("{ path = \"/health\", GET = \"public\" },", "");
    let authorizer = TestAuthorizer::with_table(&SIGNER, &[], &table);
    let token = SIGNER.token(&service_claims("unknown"));
    let got = authorizer.answer(&rest_token(&token, "GET", "/a/1"));
    assert_eq!(got.answer, Ok(deny(SERVICE_CLIENT, "INSUFFICIENT_ROLE")));
    assert_eq!(got.reason(), "the role or the scopes lack the permission");
}

#[test]
fn the_context_holds_nothing_that_a_template_could_read_as_syntax() {
    let authorizer =
        authorizer(&[("CONTEXT_CLAIMS", "email,name,level,admin,groups,missing,cognito:username")]);
    let mut claims = id_claims("viewer", "acme");
    for (name, value) in [
        ("email", json!("ada\"@acme.example")),
        ("name", json!("Ada O'Neil-Müller, 2nd")),
        ("level", json!(7)),
        ("admin", json!(true)),
        ("groups", json!(["a", "b"])),
    ] {
        claims[name] = value;
    }
    let answer =
        authorizer.answer(&rest_token(&SIGNER.token(&claims), "GET", "/a/1")).answer.unwrap();
    let mut expected = context();
    let members = expected.as_object_mut().unwrap();
    members.remove("email");
    members.insert("name".to_owned(), json!("Ada O'Neil-Müller, 2nd"));
    members.insert("level".to_owned(), json!("7"));
    members.insert("admin".to_owned(), json!("true"));
    members.insert("groups".to_owned(), json!("a b"));
    members.insert("cognito:username".to_owned(), json!(USER));
    assert_eq!(answer["context"], expected);
    for value in ["${context}", "a\nb", "<b>", "a\\b", "`a`", "a;b", &"a".repeat(257)] {
        claims["name"] = json!(value);
        let answer =
            authorizer.answer(&rest_token(&SIGNER.token(&claims), "GET", "/a/1")).answer.unwrap();
        assert_eq!(answer["context"].get("name"), None, "{value}");
    }
}

#[test]
fn the_oracle_reads_every_answer() {
    let (authorizer, simple, token) =
        (authorizer(&[]), authorizer(&[("RESPONSE", "simple")]), viewer());
    for event in [rest_token(&token, "GET", "/a/1"), http_2(&[], "GET", "/a/1")] {
        let answer = authorizer.answer(&event).answer.unwrap();
        let rest: ApiGatewayCustomAuthorizerResponse =
            serde_json::from_value(answer.clone()).unwrap();
        assert!(rest.principal_id.is_some_and(|id| !id.is_empty()));
        let http: ApiGatewayV2CustomAuthorizerIamPolicyResponse =
            serde_json::from_value(answer).unwrap();
        assert!(!http.policy_document.statement.is_empty());
    }
    let mut event = http_2(&[("authorization", &token)], "GET", "/a/1");
    event["identitySource"] = json!(null);
    let answer = simple.answer(&event).answer.unwrap();
    let answer: ApiGatewayV2CustomAuthorizerSimpleResponse =
        serde_json::from_value(answer).unwrap();
    assert!(answer.is_authorized);
}

/// API Gateway caches the Deny for every route, so whichever was requested first must not show.
#[test]
fn who_may_do_nothing_gets_one_code_on_every_route() {
    let table = TABLE
        .replace("{ path = \"/health\", GET = \"public\" },", "")
        .replace("{ path = \"/a/{id}\", GET = \"read:itsm\" },", "")
        .replace("{ path = \"/t/{tenant}/a\", tenant = \"path:tenant\", GET = \"read:itsm\" },", "")
        .replace("{ path = \"$connect\", CONNECT = \"read:itsm\" },", "");
    let authorizer = TestAuthorizer::with_table(&SIGNER, &[], &table);
    let check = |token: &str, header: &[(&str, &str)], code: &str| {
        for (method, path) in [("GET", "/h"), ("GET", "/q"), ("POST", "/w"), ("GET", "/nowhere")] {
            let headers = [&[("Authorization", token)], header].concat();
            let got = authorizer.answer(&rest_request(&headers, method, path));
            assert_eq!(got.code(), code, "{method} {path} {header:?}");
            assert_eq!(got.answer.unwrap()["context"], json!({ "code": code }));
        }
    };
    // With its tenant named, the viewer could use `/h`.
    check(&viewer(), &[], "TENANT_MISMATCH");
    check(&viewer(), &[("X-Tenant-Id", "globex")], "TENANT_MISMATCH");
    let nothing = SIGNER.token(&service_claims("unknown"));
    check(&nothing, &[], "INSUFFICIENT_ROLE");
    check(&nothing, &[("X-Tenant-Id", "acme")], "INSUFFICIENT_ROLE");
}

/// Without its scopes a narrow key would look like its owner to the integration.
#[test]
fn scopes_that_do_not_fit_are_an_error() {
    let names: Vec<String> = (0..64).map(|n| format!("{n:02}{}", "x".repeat(62))).collect();
    let scopes = names.iter().map(|name| {
        format!("[scopes.\"{name}\"]\npresented_by = \"service-token\"\ngrants = [\"read:itsm\"]\n")
    });
    let table = format!("{TABLE}{}", scopes.collect::<String>());
    for settings in [&[][..], &[("RESPONSE", "simple")]] {
        let authorizer = TestAuthorizer::with_table(&SIGNER, settings, &table);
        let ask = |count: usize| {
            let scopes = names.get(..count).unwrap().join(" ");
            let token = SIGNER.token(&service_claims(&scopes));
            let auth = [("Authorization", token.as_str())];
            let mut event = http_2(&auth, "GET", "/a/1");
            event["identitySource"] = json!(null);
            (scopes, authorizer.answer(&event))
        };
        let (scopes, fits) = ask(63);
        assert_eq!(fits.answer.unwrap()["context"]["scopes"], scopes);
        let (_, longer) = ask(64);
        assert_eq!(longer.answer.unwrap_err(), "the caller's scopes are longer than 4096 bytes");
        assert_eq!(longer.log["code"], "TOO_LARGE");
    }
}
