//! Which claims say role and tenant, and what they may be.

use serde_json::{Value, json};
use shared::authn::ClaimName;
use tests::events::rest_token;
use tests::mint::{id_claims, with};
use tests::test_authorizer::TestAuthorizer;

use super::{PATH, SIGNER, outcome};

const GROUPS: &str = "cognito:groups";

fn of_claims(settings: &[(&str, &str)]) -> TestAuthorizer {
    TestAuthorizer::new(&SIGNER, settings)
}

/// The usual ID token without `custom:role` and with `value` as the claim `name`.
fn token(name: &str, value: &Value) -> String {
    let claims = with(id_claims("viewer", "acme"), "custom:role", json!("remove"));
    SIGNER.token(&with(claims, name, value.clone()))
}

#[track_caller]
fn check(authorizer: &TestAuthorizer, token: &str, expected: &str) {
    assert_eq!(outcome(&authorizer.answer(&rest_token(token, "GET", PATH))), expected);
}

#[test]
fn one_group_is_the_role() {
    let authorizer = of_claims(&[("ROLE_CLAIM", GROUPS)]);
    let check = |groups: Value, expected: &str| {
        check(&authorizer, &token(GROUPS, &groups), expected);
    };
    let none = "INSUFFICIENT_ROLE: claim `cognito:groups` names no role of the access table";
    let two = |first: &str, second: &str| {
        format!(
            "INSUFFICIENT_ROLE: claim `cognito:groups` names two roles: `{first}` and `{second}`"
        )
    };
    check(json!(["viewer"]), "OK");
    check(json!(["staff", "viewer", "eu"]), "OK");
    check(json!("viewer"), "OK");
    check(json!([]), none);
    check(json!(["staff"]), none);
    check(json!(["Viewer", "viewer ", "*", ""]), none);
    // It is the role of services, and no user can hold it.
    check(json!(["service_account"]), none);
    check(json!(["service_account", "viewer"]), "OK");
    check(json!(["viewer", "super_admin"]), &two("viewer", "super_admin"));
    check(json!(["x", "super_admin", "y", "viewer", "itsm_agent"]), &two("super_admin", "viewer"));
    check(json!(["viewer", "viewer"]), &two("viewer", "viewer"));
    let element = "TOKEN_INVALID: claim `cognito:groups` has an element that is not a string";
    for odd in [json!(null), json!(1), json!(true), json!(["viewer"]), json!({})] {
        check(json!([odd]), element);
        check(json!(["viewer", odd]), element);
    }
    let neither = "TOKEN_INVALID: claim `cognito:groups` is neither a string nor a list of strings";
    check(json!(null), neither);
    check(json!({ "viewer": true }), neither);
    check(json!("remove"), "INSUFFICIENT_ROLE: claim `cognito:groups` is missing");
}

#[test]
fn the_role_is_the_one_of_the_group() {
    let authorizer = of_claims(&[("ROLE_CLAIM", GROUPS)]);
    let token = token(GROUPS, &json!(["staff", "itsm_agent"]));
    let answer = authorizer.answer(&rest_token(&token, "POST", PATH));
    assert_eq!(answer.answer.unwrap()["context"]["role"], "itsm_agent");
    assert_eq!(answer.log["role"], "itsm_agent");
    // The claim that is not set says nothing.
    let other = SIGNER.token(&with(id_claims("super_admin", "acme"), GROUPS, json!(["viewer"])));
    let answer = authorizer.answer(&rest_token(&other, "GET", PATH));
    assert_eq!(answer.answer.unwrap()["context"]["role"], "viewer");
}

/// Cognito allows 100 groups per user, and API Gateway headers of 10,240 bytes.
#[test]
fn a_user_in_a_hundred_groups() {
    let long = |number: usize| format!("eu-central-1_tenant-{number:03}-incident-managers-of-acme");
    for (claim, own) in [(GROUPS, "viewer"), ("custom:role", "")] {
        let mut groups: Vec<String> = (0..100 - own.len().min(1)).map(long).collect();
        groups.extend((!own.is_empty()).then(|| own.to_owned()));
        let claims = with(id_claims("viewer", "acme"), GROUPS, json!(groups));
        let token = SIGNER.token(&claims);
        assert!((7_000..=10_240).contains(&token.len()), "{}", token.len());
        check(&of_claims(&[("ROLE_CLAIM", claim)]), &token, "OK");
    }
}

#[test]
fn the_longest_token() {
    let claims = |pad: usize| with(id_claims("viewer", "acme"), "pad", json!("x".repeat(pad)));
    let tokens =
        (6_000..8_000).map(|pad| SIGNER.token_of(HEADER, claims(pad).to_string().as_bytes()));
    const HEADER: &[u8] = br#"{"alg":"RS256","kid":"a"}"#;
    let sizes = [10_239, 10_240];
    let longest = tokens.take_while(|token| token.len() <= 10_240).last().unwrap();
    assert!(sizes.contains(&longest.len()), "{}", longest.len());
    check(&of_claims(&[]), &longest, "OK");
}

#[test]
fn claims_of_another_name() {
    let own = "https://acme.example/role";
    let authorizer = of_claims(&[("ROLE_CLAIM", own), ("TENANT_CLAIM", "tenant")]);
    let claims = |role: Value, tenant: Value| {
        SIGNER.token(&with(with(id_claims("super_admin", "globex"), own, role), "tenant", tenant))
    };
    let check = |role: Value, tenant: Value, expected: &str| {
        check(&authorizer, &claims(role, tenant), expected);
    };
    check(json!("viewer"), json!("acme"), "OK");
    check(
        json!("remove"),
        json!("acme"),
        "INSUFFICIENT_ROLE: claim `https://acme.example/role` is missing",
    );
    check(json!("viewer"), json!("remove"), "TENANT_MISMATCH: claim `tenant` is missing");
    check(json!("viewer"), json!(["acme"]), "TOKEN_INVALID: claim `tenant` is not a string");
    check(json!("viewer"), json!("a/b"), "TOKEN_INVALID: claim `tenant` is not a tenant id");
    let answer =
        authorizer.answer(&rest_token(&claims(json!("viewer"), json!("acme")), "GET", PATH));
    let context = &answer.answer.unwrap()["context"];
    assert_eq!((&context["role"], &context["tenant_id"]), (&json!("viewer"), &json!("acme")));
}

#[test]
fn names_of_claims() {
    type Parse = fn(&str) -> Result<ClaimName, shared::authn::ClaimNameError>;
    let check = |parse: Parse, name: &str, expected: &str| {
        let why = parse(name).err().map(|why| why.to_string()).unwrap_or_default();
        assert_eq!(why, expected, "{name}");
    };
    let (role, tenant): (Parse, Parse) = (ClaimName::of_role, ClaimName::of_tenant);
    let service: Parse = ClaimName::of_service_tenant;
    for good in
        ["custom:role", "dev:custom:role", "role", "https://a.example/b", "Name", "custom:email"]
    {
        [role, tenant, service].iter().for_each(|parse| check(*parse, good, ""));
    }
    let own = "it is one of the claims that the token itself is made of";
    for name in ["sub", "iss", "aud", "exp", "scope", "client_id", "username", "cognito:username"] {
        [role, tenant, service].iter().for_each(|parse| check(*parse, name, own));
    }
    let written = "it is a standard attribute, which users can write themselves";
    for name in ["name", "nickname", "profile", "email", "locale", "phone_number", "updated_at"] {
        [role, tenant].iter().for_each(|parse| check(*parse, name, written));
        check(service, name, "");
    }
    check(role, "cognito:groups", "");
    for parse in [tenant, service] {
        check(parse, "cognito:groups", "it is a list, and a tenant is one string");
    }
    for bad in ["", "a b", "a,b", "ä", "a\"b", "a\\b", "`a`", "a\n", &"a".repeat(129)] {
        [role, tenant, service]
            .iter()
            .for_each(|parse| check(*parse, bad, "it is no name of a claim"));
    }
}

/// The context is flat: a list is its elements, or nothing.
#[test]
fn lists_in_the_context() {
    let authorizer = of_claims(&[("CONTEXT_CLAIMS", "email,cognito:groups")]);
    let in_context = |groups: Value| {
        let claims = with(id_claims("viewer", "acme"), GROUPS, groups);
        let answer = authorizer.answer(&rest_token(&SIGNER.token(&claims), "GET", PATH));
        let context = answer.answer.unwrap()["context"].clone();
        assert_eq!(context["email"], "ada@acme.example");
        context.get(GROUPS).cloned()
    };
    assert_eq!(in_context(json!(["a", "b"])), Some(json!("a b")));
    assert_eq!(in_context(json!(["a"])), Some(json!("a")));
    for nothing in [
        json!([]),
        json!([""]),
        json!(["a", ""]),
        json!(["a b", "c"]),
        json!(["a", 1]),
        json!(["a", ["b"]]),
        json!(["a\tb"]),
        json!(["a\u{a0}b"]),
        json!(["a;b"]),
        json!(["a", "${b}"]),
        json!(vec!["group"; 43]),
        json!({ "a": "b" }),
        json!(null),
    ] {
        assert_eq!(in_context(nothing.clone()), None, "{nothing}");
    }
}
