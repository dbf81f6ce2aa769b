//! People, services and scripts, from the invitation to the answer of the backend.

use reqwest::Method;
use serde_json::{Value, json};
use tests::aws::Aws;
use tests::mint::NEW_YEAR_2026;
use tests::postgres::{Cluster, Database};

use super::deployed::{ANNA, Stack, log_in, login, with_database};

/// What a request came to: status, and code or who the backend was told it is.
fn told(stack: &Stack, method: &Method, path: &str, authorization: &str) -> (u16, String) {
    let headers = [("authorization", authorization), ("content-type", "application/json")];
    let answer = stack.send(method.clone(), path, &headers, "{}");
    if answer.status != 200 {
        return (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned());
    }
    let identity = &answer.given()["identity"];
    let text = |name: &str| identity[name].as_str().unwrap_or_default().to_owned();
    (200, format!("{} of {}", text("role"), text("tenant_id")))
}

#[test]
fn people_and_services() {
    let stack = Stack::deploy(&[]);
    let office = stack.administrator();
    log_in(&office, "viewer");
    let token = office.does(&["token"]).out;
    let person = format!("Bearer {}", token.trim_end());
    let secret = stack.output("ServiceSecretName");
    let service = |scope: &str| {
        let done = office.does(&[
            "token",
            "--client-credentials",
            "--secret-id",
            secret,
            "--scope",
            scope,
        ]);
        assert_eq!(done.code, 0, "{done:?}");
        format!("Bearer {}", done.out.trim_end())
    };
    let (reads, writes) = (service("stackflow/api.read"), service("stackflow/api.write"));
    let expired = format!("Bearer {}", stack.token("viewer", NEW_YEAR_2026));
    let check = |method: Method, path: &str, authorization: &str, status: u16, what: &str| {
        let expected = (status, what.to_owned());
        assert_eq!(told(&stack, &method, path, authorization), expected, "{method} {path} {what}");
    };
    // The same with and without a cache; the second route under `tokens` is answered by the first one's policy.
    for path in ["/api/incidents", "/api/problems"] {
        let one = format!("{path}/7");
        for asked in [path, &one] {
            assert_eq!(
                stack.outcome(Method::OPTIONS, asked, "").0,
                204,
                "{asked}: a browser asks first"
            );
        }
        check(Method::GET, path, &person, 200, "viewer of acme");
        check(Method::GET, &one, &person, 200, "viewer of acme");
        check(Method::POST, path, &person, 403, "$context.authorizer.code");
        check(Method::PATCH, &one, &person, 403, "$context.authorizer.code");
        check(Method::GET, path, &expired, 401, "UNAUTHORIZED");
        check(Method::GET, path, "", 401, "UNAUTHORIZED");
        check(Method::GET, path, "Bearer x", 401, "UNAUTHORIZED");
        check(Method::GET, path, &reads, 200, "service_account of acme");
        check(Method::POST, path, &reads, 403, "$context.authorizer.code");
        check(Method::POST, path, &writes, 200, "service_account of acme");
        check(Method::GET, path, &writes, 403, "$context.authorizer.code");
    }
    let codes = |function: &str| {
        let lines = stack.lines(function);
        let code = |line: &Value| line["code"].as_str().map(str::to_owned);
        lines.iter().filter_map(code).collect::<Vec<_>>()
    };
    let denied = [
        "OK",
        "OK",
        "INSUFFICIENT_ROLE",
        "INSUFFICIENT_ROLE",
        "TOKEN_EXPIRED",
        "TOKEN_MISSING",
        "TOKEN_INVALID",
    ];
    assert_eq!(codes("any-authorizer")[..7], denied);
    // One for each token: what came second was in the cache. Without a token nobody was asked.
    assert_eq!(codes("token-authorizer"), ["OK", "TOKEN_EXPIRED", "TOKEN_INVALID", "OK", "OK"]);
    assert_eq!(stack.get("/health", &[]).json(), json!({ "status": "ok" }));
}

#[test]
fn scripts() {
    let (cluster, aws) = (Cluster::shared(), Aws::of_stacks());
    let database = Database::new(&cluster);
    let host = format!("127.0.0.1:{}", cluster.bouncer_port());
    let stack = Stack::deploy(&with_database(&aws, &cluster, &host, database.name()).arguments());
    let office = |role: &str| {
        stack
            .administrator()
            .with("AURORA_HOST", &host)
            .with("AURORA_DATABASE", database.name())
            .with("AURORA_USER", role)
            .with("AURORA_AUTH", &format!("secret:{}", login(&aws, &cluster, role)))
            .with("API_KEY_ENVIRONMENT", "prod")
    };
    let invite = ["admin", "invite-user", ANNA, "--role", "itsm_agent", "--tenant", "acme"];
    let done =
        office("portcullis_administrator").does(&[&invite[..], &["--account", "--json"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let owner = done.json()["user_id"].as_str().unwrap().to_owned();
    let operator = office("portcullis_operator");
    let issue = ["key", "issue", "--owner", &owner, "--name", "sync", "--scope", "read-only"];
    let done = operator.does(&[&issue[..], &["--json"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let made = done.json();
    let (key, id) = (made["key"].as_str().unwrap(), made["id"].as_str().unwrap());
    let ask = |method: Method, path: &str| {
        let answer = stack.send(method, path, &[("x-api-key", key)], "{}");
        let identity = (answer.status == 200).then(|| answer.given()["identity"].clone());
        (answer.status, identity.unwrap_or_default())
    };
    let (status, identity) = ask(Method::GET, "/api/incidents");
    assert_eq!((status, &identity["user_id"]), (200, &json!(owner)));
    assert_eq!(
        (&identity["auth_method"], &identity["scopes"]),
        (&json!("api-key"), &json!("read-only"))
    );
    assert_eq!(ask(Method::POST, "/api/incidents").0, 403);
    // Where tokens alone are taken, a key is nothing: API Gateway asks nobody.
    assert_eq!(ask(Method::GET, "/api/problems").0, 401);
    let done = operator.does(&["key", "revoke", id, "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(ask(Method::GET, "/api/incidents").0, 401);
    let last = stack.lines("any-authorizer").pop().unwrap();
    assert_eq!(
        (&last["code"], &last["reason"]),
        (&json!("API_KEY_INVALID"), &json!("the key is revoked"))
    );
}
