//! Access tokens of services: their audience, and for which tenant they are.

use serde_json::{Value, json};
use tests::events::rest_token;
use tests::mint::{SERVICE_CLIENT, service_claims, with};
use tests::test_authorizer::{TABLE, TestAuthorizer};

use super::{PATH, SIGNER, outcome};

#[track_caller]
fn check(authorizer: &TestAuthorizer, claims: &Value, expected: &str) {
    let answer = authorizer.answer(&rest_token(&SIGNER.token(claims), "GET", PATH));
    assert_eq!(outcome(&answer), expected, "{claims}");
}

/// The claims of the service `client` with `value` as the claim `name`.
fn claims_of(client: &str, name: &str, value: Value) -> Value {
    let claims = with(service_claims("stackflow/api.read"), "client_id", json!(client));
    with(with(claims, "sub", json!(client)), name, value)
}

#[test]
fn audiences() {
    let api = "https://api.acme.example";
    let own = TestAuthorizer::new(&SIGNER, &[]);
    let more =
        TestAuthorizer::new(&SIGNER, &[("TOKEN_AUDIENCES", "stackflow, https://api.acme.example")]);
    let check = |authorizer: &TestAuthorizer, audience: Value, expected: &str| {
        check(authorizer, &claims_of(SERVICE_CLIENT, "aud", audience), expected);
    };
    let other = "TOKEN_INVALID: claim `aud` is neither the token's own client nor an audience of this function";
    for authorizer in [&own, &more] {
        check(authorizer, json!("remove"), "OK");
        check(authorizer, json!(SERVICE_CLIENT), "OK");
        for text in ["", "https://other.example", "https://api.acme.example/", "1EXAMPLE23456789"] {
            check(authorizer, json!(text), other);
        }
        for odd in
            [json!([api]), json!([SERVICE_CLIENT]), json!([]), json!(null), json!(1), json!({})]
        {
            check(authorizer, odd, "TOKEN_INVALID: claim `aud` is not a string");
        }
    }
    check(&own, json!(api), other);
    check(&more, json!(api), "OK");
    check(&more, json!("stackflow"), "OK");
}

#[test]
fn clients_of_the_settings() {
    let authorizer = TestAuthorizer::new(
        &SIGNER,
        &[("SERVICE_CLIENTS", "second=globex , many=claim:custom:tenant_id,1example23456789=acme")],
    );
    let check = |claims: Value, expected: &str| check(&authorizer, &claims, expected);
    check(service_claims("stackflow/api.read"), "OK");
    check(claims_of("second", "x", json!(1)), "OK");
    let unknown = "WRONG_TOKEN_TYPE: an access token of a client that is no service client";
    check(claims_of("third", "x", json!(1)), unknown);
    check(claims_of("Second", "x", json!(1)), unknown);
    // A claim does not change what is written down.
    let answer = authorizer.answer(&rest_token(
        &SIGNER.token(&claims_of("second", "custom:tenant_id", json!("acme"))),
        "GET",
        PATH,
    ));
    assert_eq!(answer.log["tenant"], "globex");
}

#[test]
fn the_tenant_of_a_claim() {
    let table = TABLE.replace("tenant = \"acme\"", "tenant = \"claim:tenant\"");
    let in_table = TestAuthorizer::with_table(&SIGNER, &[], &table);
    let in_settings = TestAuthorizer::new(&SIGNER, &[("SERVICE_CLIENTS", "many=claim:tenant")]);
    for (authorizer, client) in [(&in_table, SERVICE_CLIENT), (&in_settings, "many")] {
        let check = |tenant: Value, expected: &str| {
            check(authorizer, &claims_of(client, "tenant", tenant), expected);
        };
        check(json!("acme"), "OK");
        check(json!("globex"), "OK");
        check(json!("remove"), "TENANT_MISMATCH: claim `tenant` is missing");
        for odd in [json!(["acme"]), json!(null), json!(1), json!(true), json!({})] {
            check(odd, "TOKEN_INVALID: claim `tenant` is not a string");
        }
        for bad in ["", "*", "..", "a/b", "a b", "${x}", &"a".repeat(65)] {
            check(json!(bad), "TOKEN_INVALID: claim `tenant` is not a tenant id");
        }
        // A literal segment of the table, where tenants stand in paths.
        let reserved = "TENANT_MISMATCH: the tenant id is also a path segment of a route";
        check(json!("reports"), reserved);
        let token = SIGNER.token(&claims_of(client, "tenant", json!("globex")));
        for (tenant, code) in [("globex", "OK"), ("acme", "TENANT_MISMATCH")] {
            let path = format!("/api/tenants/{tenant}/reports");
            let answer = authorizer.answer(&rest_token(&token, "GET", &path));
            assert_eq!(answer.code(), code);
            assert_eq!(answer.answer.unwrap()["context"]["tenant_id"], "globex");
        }
    }
}
