//! The table of HTTP cases of the laptop gateway, through the deployed API and through `portcullis dev` with its template.

use reqwest::Method;
use serde_json::{Value, json};
use tests::api_keys::key_of;
use tests::aws::Aws;
use tests::mint::{
    NEW_YEAR_2026, NEW_YEAR_2100, id_claims, service_claims, user_access_claims, with,
};
use tests::postgres::{Cluster, Database};

use super::deployed::{Stack, send, with_database};
use crate::dev::cases::{By, Case, cases, status};
use crate::dev::running::Running;

type Header = (&'static str, String);

/// What `case` presents to the stack.
fn to_stack(stack: &Stack, case: &Case, key: &str) -> Option<Header> {
    let bearer = |text: &str| Some(("authorization", format!("Bearer {text}")));
    let of_client = |claims: Value| with(claims, "client_id", json!(stack.output("AppClientId")));
    match case.by {
        By::Nothing => None,
        By::User(role, tenant) => {
            let claims = with(id_claims(role, tenant), "aud", json!(stack.output("AppClientId")));
            bearer(&stack.signed(with(claims, "exp", json!(NEW_YEAR_2100))))
        }
        By::Expired => bearer(&stack.token("viewer", NEW_YEAR_2026)),
        By::Service(scope) => {
            let client = json!(stack.output("ServiceClientId"));
            let claims = with(service_claims(scope), "client_id", client.clone());
            bearer(&stack.signed(with(claims, "sub", client)))
        }
        By::UserToken => bearer(&stack.signed(of_client(user_access_claims()))),
        By::Text(text) => Some(("authorization", text.to_owned())),
        By::Key("read-only") => Some(("x-api-key", key.to_owned())),
        By::Key(text) => Some(("x-api-key", text.to_owned())),
        By::BearerKey("read-only") => bearer(key),
        By::BearerKey(text) => bearer(text),
    }
}

#[test]
fn the_deployed_api() {
    let (cluster, aws) = (Cluster::shared(), Aws::of_stacks());
    let database = Database::new(&cluster);
    let key = key_of("dev", 1);
    let hash: String = key.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    database.execute(&format!(
        "INSERT INTO portcullis.accounts (user_id, tenant_id, role, status) VALUES ('ada', 'acme', 'viewer', 'active'); \
         INSERT INTO portcullis.api_keys (id, owner, name, scopes, environment, hash) VALUES \
         ('{}', 'ada', 'test', '{{read-only}}', 'dev', '\\x{hash}')",
        key.id.as_str()
    ));
    let host = format!("127.0.0.1:{}", cluster.bouncer_port());
    let parameters = with_database(&aws, &cluster, &host, database.name());
    let environment = ["--parameter", "ApiKeyEnvironment=dev"];
    let stack = Stack::deploy(&[&parameters.arguments()[..], &environment].concat());
    let mut codes = Vec::new();
    for case in cases() {
        let header = to_stack(&stack, &case, &key.value);
        let headers: Vec<(&str, &str)> =
            header.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let method: Method = case.method.parse().unwrap();
        let answer = stack.send(method, case.path, &headers, "");
        let what = format!("{} {}: {answer:?}", case.method, case.path);
        assert_eq!(answer.status, status(&case, "rest"), "{what}");
        // The stack's `{proxy+}` has every route: what the table has not is refused by the function.
        codes.extend(match (case.path, case.code) {
            ("/health", _) => None,
            (_, "-") => Some("INSUFFICIENT_ROLE"),
            (_, code) => Some(code),
        });
    }
    let lines = stack.lines("any-authorizer");
    let logged: Vec<&str> = lines.iter().filter_map(|line| line["code"].as_str()).collect();
    assert_eq!(logged, codes);
}

#[test]
fn the_template_on_a_laptop() {
    let mut running = Running::start(&[
        "--template",
        "infra/template.yaml",
        "--parameter",
        "ServiceTenant=acme",
        "--parameter",
        "AuroraHost=db.example",
        "--parameter",
        "AuroraResourceId=cluster-ABC",
    ]);
    for case in cases() {
        let arguments = match case.by {
            By::Nothing => vec![],
            By::User(role, tenant) => vec!["--role", role, "--tenant", tenant],
            By::Expired => vec!["--expired"],
            By::Service(scope) => vec!["--service", "--scope", scope],
            By::UserToken => vec!["--access"],
            // The sample keys are another test's.
            By::Text(_) | By::Key(_) | By::BearerKey(_) => continue,
        };
        let token =
            (!arguments.is_empty()).then(|| format!("Bearer {}", running.token(&arguments)));
        let headers: Vec<(&str, &str)> =
            token.iter().map(|token| ("authorization", token.as_str())).collect();
        let method: Method = case.method.parse().unwrap();
        let answer = send(method, &format!("{}{}", running.gateway, case.path), &headers, "");
        let line = running.line();
        assert_eq!(answer.status, status(&case, "rest"), "{line}");
        if answer.status == 403 && case.code != "-" {
            assert_eq!(answer.json()["code"], case.code, "{line}");
        }
    }
}
