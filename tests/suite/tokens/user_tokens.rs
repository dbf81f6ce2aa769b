//! Access tokens of users.

use serde_json::{Value, json};
use tests::events::rest_token;
use tests::mint::{APP_CLIENT, USER, user_access_claims, with};
use tests::test_authorizer::{Answer, TABLE, TestAuthorizer};

use super::{PATH, SIGNER, outcome};

const KINDS: [(&str, &str); 1] = [("CREDENTIALS", "id-token,user-token,service-token")];

/// The claims of a user's access token, which a trigger has given role and tenant.
fn claims(role: &str) -> Value {
    with(with(user_access_claims(), "custom:role", json!(role)), "custom:tenant_id", json!("acme"))
}

fn answer(authorizer: &TestAuthorizer, claims: &Value, method: &str) -> Answer {
    authorizer.answer(&rest_token(&SIGNER.token(claims), method, PATH))
}

#[track_caller]
fn check(authorizer: &TestAuthorizer, claims: &Value, method: &str, expected: &str) {
    assert_eq!(outcome(&answer(authorizer, claims, method)), expected, "{claims}");
}

#[test]
fn they_are_off_by_default() {
    for (kinds, expected) in [
        ("id-token,service-token", "WRONG_TOKEN_TYPE: an access token of a user"),
        ("id-token", "WRONG_TOKEN_TYPE: an access token of a user"),
        ("id-token,user-token", "OK"),
        ("user-token", "OK"),
    ] {
        let authorizer = TestAuthorizer::new(&SIGNER, &[("CREDENTIALS", kinds)]);
        check(&authorizer, &claims("viewer"), "GET", expected);
    }
    // Nor is a token of one kind taken for another.
    let alone = TestAuthorizer::new(&SIGNER, &[("CREDENTIALS", "user-token")]);
    let id = tests::mint::id_claims("viewer", "acme");
    check(&alone, &id, "GET", "WRONG_TOKEN_TYPE: an ID token, which is not taken here");
    let service = tests::mint::service_claims("stackflow/api.read");
    check(&alone, &service, "GET", "WRONG_TOKEN_TYPE: an access token, which is not taken here");
}

#[test]
fn what_they_must_say() {
    let authorizer = TestAuthorizer::new(&SIGNER, &KINDS);
    let check = |name: &str, value: Value, expected: &str| {
        check(&authorizer, &with(claims("viewer"), name, value), "GET", expected);
    };
    check("x", json!(1), "OK");
    let client = "TOKEN_INVALID: claim `client_id` is not an app client of this function";
    check("client_id", json!("another"), client);
    check("client_id", json!("1example23456789"), client);
    check("client_id", json!("remove"), "TOKEN_INVALID: claim `client_id` is missing");
    check("client_id", json!([APP_CLIENT]), "TOKEN_INVALID: claim `client_id` is not a string");
    check("username", json!(null), "TOKEN_INVALID: claim `username` is not a string");
    check("username", json!(["ada"]), "TOKEN_INVALID: claim `username` is not a string");
    // Without a user name it is a service's, and that it is not.
    let subject = "WRONG_TOKEN_TYPE: an access token whose `sub` is not its `client_id`";
    check("username", json!("remove"), subject);
    check("sub", json!("a b"), "TOKEN_INVALID: claim `sub` is not 1 to 128 plain characters");
    check("custom:role", json!("remove"), "INSUFFICIENT_ROLE: claim `custom:role` is missing");
    check("custom:role", json!("wizard"), "INSUFFICIENT_ROLE: the role is not in the access table");
    let service = "INSUFFICIENT_ROLE: the role is not in the access table";
    check("custom:role", json!("service_account"), service);
    check("custom:role", json!(["staff", "viewer"]), "OK");
    check(
        "custom:tenant_id",
        json!("remove"),
        "TENANT_MISMATCH: claim `custom:tenant_id` is missing",
    );
    check("aud", json!(APP_CLIENT), "OK");
    let other = "TOKEN_INVALID: claim `aud` is neither the token's own client nor an audience of this function";
    check("aud", json!("https://other.example"), other);
    check("aud", json!([APP_CLIENT]), "TOKEN_INVALID: claim `aud` is not a string");
    check("scope", json!(["openid"]), "TOKEN_INVALID: claim `scope` is not a string");
    let many = "TOKEN_INVALID: claim `scope` holds more than 64 scopes";
    check("scope", json!(["x"; 65].join(" ")), many);
    check("token_use", json!("id"), "TOKEN_INVALID: claim `aud` is missing");
}

#[test]
fn without_scopes_of_their_own_the_role_counts() {
    let authorizer = TestAuthorizer::new(&SIGNER, &KINDS);
    let lacks = "INSUFFICIENT_ROLE: the role or the scopes lack the permission";
    check(&authorizer, &claims("viewer"), "POST", lacks);
    check(&authorizer, &claims("itsm_agent"), "POST", "OK");
    // The scopes of services and keys are not theirs.
    let scoped = with(claims("itsm_agent"), "scope", json!("stackflow/api.read read-only"));
    check(&authorizer, &scoped, "POST", "OK");
    let answer = answer(&authorizer, &scoped, "GET");
    let context = &answer.answer.as_ref().unwrap()["context"];
    let expected = json!({
        "user_id": USER, "role": "itsm_agent", "tenant_id": "acme", "auth_method": "user-token",
        "scopes": "", "code": "INSUFFICIENT_ROLE",
    });
    assert_eq!(*context, expected);
    assert_eq!(answer.log["credential"], "user-token");
}

#[test]
fn with_scopes_of_their_own_both_count() {
    let table = format!(
        "{TABLE}\n[scopes.\"stackflow/read\"]\npresented_by = \"user-token\"\ngrants = [\"read:*\"]\n\
         [scopes.\"stackflow/write\"]\npresented_by = \"user-token\"\ngrants = [\"write:*\"]\n"
    );
    let authorizer = TestAuthorizer::with_table(&SIGNER, &KINDS, &table);
    let lacks = "INSUFFICIENT_ROLE: the role or the scopes lack the permission";
    let check = |role: &str, scope: &str, method: &str, expected: &str| {
        let claims = with(claims(role), "scope", json!(scope));
        check(&authorizer, &claims, method, expected);
    };
    check("itsm_agent", "stackflow/read", "GET", "OK");
    check("itsm_agent", "stackflow/read", "POST", lacks);
    check("itsm_agent", "openid stackflow/write", "POST", "OK");
    check("itsm_agent", "stackflow/write", "GET", lacks);
    check("itsm_agent", "stackflow/write stackflow/read", "POST", "OK");
    // A scope does not go beyond the role, and another credential's scope is none.
    check("viewer", "stackflow/read stackflow/write", "POST", lacks);
    check("super_admin", "openid aws.cognito.signin.user.admin", "GET", lacks);
    check("super_admin", "stackflow/api.read admin", "GET", lacks);
    check("super_admin", "", "GET", lacks);
    check(
        "wizard",
        "stackflow/read",
        "GET",
        "INSUFFICIENT_ROLE: the role is not in the access table",
    );
    let scoped =
        with(claims("itsm_agent"), "scope", json!("openid stackflow/read stackflow/api.read"));
    let answer = answer(&authorizer, &scoped, "GET");
    let context = &answer.answer.unwrap()["context"];
    assert_eq!(
        (&context["scopes"], &context["role"]),
        (&json!("stackflow/read"), &json!("itsm_agent"))
    );
    // An ID token has no scopes, and its role alone counts.
    let id = tests::mint::id_claims("itsm_agent", "acme");
    assert_eq!(self::answer(&authorizer, &id, "POST").code(), "OK");
}
