//! Lines of the decision log.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tests::events::{rest_request, rest_token};
use tests::mint::{NEW_YEAR_2026, Signer, id_claims, service_claims, with};
use tests::test_authorizer::TestAuthorizer;

use super::{Done, run_in};

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate("key-1"));
static AUTHORIZER: LazyLock<TestAuthorizer> = LazyLock::new(|| TestAuthorizer::new(&SIGNER, &[]));

fn explained(line: &str, more: &[&str]) -> Done {
    let arguments: Vec<&str> = ["--log", "-"].into_iter().chain(more.iter().copied()).collect();
    run_in(&BTreeMap::new(), &arguments, line)
}

/// The line that the function writes for `event` is explained with its own code, step and reason.
#[track_caller]
fn check_event(event: &Value, code: &str, step: &str, change: &str) {
    let line = AUTHORIZER.answer(event).log;
    let json = explained(&line.to_string(), &["--json"]).json();
    assert_eq!((&json["code"], &json["step"]), (&json!(code), &json!(step)), "{json}");
    if code != "OK" {
        assert_eq!(json["reason"], line["reason"]);
    }
    let found = json["changes"][0]["sentence"].as_str().unwrap_or_default();
    assert!(found.starts_with(change), "{found}");
    assert_eq!(json["notes"], json!([]));
}

#[test]
fn lines_of_the_function() {
    let of = |role: &str| SIGNER.token(&id_claims(role, "acme"));
    let viewer = of("viewer");
    let request = |headers: &[(&str, &str)], method: &str, path: &str| {
        let headers: Vec<_> = [("Authorization", viewer.as_str())]
            .into_iter()
            .chain(headers.iter().copied())
            .collect();
        rest_request(&headers, method, path)
    };
    check_event(&request(&[], "GET", "/api/incidents/1"), "OK", "decision", "");
    check_event(
        &request(&[], "POST", "/api/incidents"),
        "INSUFFICIENT_ROLE",
        "decision",
        "have a role that holds write:itsm: itsm_agent",
    );
    check_event(
        &request(&[], "GET", "/api/cloud/costs"),
        "TENANT_MISMATCH",
        "decision",
        "name `acme` in the header `x-tenant-id`",
    );
    check_event(
        &request(&[("x-tenant-id", "globex")], "GET", "/api/cloud/costs"),
        "TENANT_MISMATCH",
        "decision",
        "name `acme` in the header `x-tenant-id`, or",
    );
    check_event(
        &request(&[("x-tenant-id", "acme")], "GET", "/api/cloud/costs"),
        "OK",
        "decision",
        "",
    );
    check_event(
        &request(&[], "GET", "/api/tenants/globex/reports"),
        "TENANT_MISMATCH",
        "decision",
        "name `acme` in the path",
    );
    check_event(&request(&[], "GET", "/api/tenants/acme/reports"), "OK", "decision", "");
    check_event(
        &request(&[], "GET", "/nowhere"),
        "INSUFFICIENT_ROLE",
        "decision",
        "list the method and path",
    );
    check_event(
        &request(&[], "GET", "/api/incidents/"),
        "INSUFFICIENT_ROLE",
        "request",
        "spell the path canonically",
    );
    check_event(
        &rest_token(&of("nobody"), "GET", "/api/incidents"),
        "INSUFFICIENT_ROLE",
        "decision",
        "have a role of the table: viewer",
    );
    check_event(
        &rest_token(&SIGNER.token(&service_claims("stackflow/api.read")), "POST", "/api/incidents"),
        "INSUFFICIENT_ROLE",
        "decision",
        "have a scope of `service-token` that holds write:itsm: stackflow/api.write",
    );
    let expired = with(id_claims("viewer", "acme"), "exp", json!(NEW_YEAR_2026 - 3600));
    check_event(
        &rest_token(&SIGNER.token(&expired), "GET", "/api/incidents"),
        "TOKEN_EXPIRED",
        "identity",
        "sign in again",
    );
    check_event(
        &rest_request(&[], "GET", "/api/incidents"),
        "TOKEN_MISSING",
        "credential",
        "present a credential",
    );
    check_event(&rest_request(&[], "GET", "/health"), "OK", "decision", "");
    check_event(
        &request(&[("x-api-key", "sfk_dev_x")], "GET", "/api/incidents"),
        "TOKEN_INVALID",
        "credential",
        "present one credential",
    );
}

#[test]
fn for_people() {
    let line = r#"2026-11-26T12:00:00Z {"outcome":"deny","code":"INSUFFICIENT_ROLE","reason":
        "the role or the scopes lack the permission","subject":"alice","tenant":"acme","role":"viewer",
        "credential":"id-token","method":"PATCH","route":"/api/incidents/{id}","later":{"x":1}}"#;
    let done = explained(&line.replace('\n', " "), &[]);
    done.is(
        3,
        "PATCH /api/incidents/{id}: denied, INSUFFICIENT_ROLE (403)
step    4. decision: the role or the scopes lack the permission
rule    PATCH /api/incidents/{id} requires write:itsm (infra/access.toml:108)
caller  role viewer (infra/access.toml:30), tenant acme; id-token, verified
holds   read:itsm, read:cloud, read:platform
change  have a role that holds write:itsm: itsm_agent, itsm_manager, cloud_admin, super_admin
answer  the caller's policy, the same for every route: it denies this request explicitly
",
        "",
    );
}

#[test]
fn lines_that_say_less_or_something_else() {
    let check = |line: Value, code: i32, notes: &[&str]| {
        let done = explained(&line.to_string(), &["--json"]);
        assert_eq!((done.code, &done.json()["notes"]), (code, &json!(notes)));
    };
    let no_credential = json!({ "outcome": "allow", "code": "OK", "role": "viewer", "tenant": "acme",
                                "method": "GET", "route": "/api/incidents" });
    check(no_credential, 0, &["the line has no credential"]);
    let changed = json!({ "outcome": "allow", "code": "OK", "role": "viewer", "tenant": "acme",
                          "credential": "id-token", "method": "POST", "route": "/api/incidents" });
    check(
        changed,
        0,
        &[
            "by infra/access.toml it is INSUFFICIENT_ROLE now: the table has changed, or the request said more \
           than the line",
        ],
    );
    check(
        json!({ "outcome": "deny", "method": "GET", "route": "/api/incidents" }),
        3,
        &["the line has no code, no reason"],
    );
    let outage = json!({ "outcome": "error", "code": "UNAVAILABLE", "reason": "the keys are out of reach",
                         "method": "GET", "route": "/api/incidents" });
    check(outage, 1, &[]);
}

#[test]
fn what_is_no_line() {
    let check = |line: &str, expected: &str| {
        explained(line, &[]).is(1, "", &format!("portcullis: {expected}\n"));
    };
    check("", "that is no line of the decision log: it is no JSON object");
    check("START RequestId: 1", "that is no line of the decision log: it is no JSON object");
    check("{}", "that is no line of the decision log: it has no `outcome`");
    check("{}\n{}", "that is more than one line of the decision log: give one");
    check(r#"{"outcome":"ping"}"#, "that is a ping: nobody asked for anything");
    check(
        r#"{"function":"webhook-authorizer","outcome":"allow"}"#,
        "that is a line of another function than the authorizer",
    );
}
