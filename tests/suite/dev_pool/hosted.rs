//! Keys, discovery, and the smaller of the hosted endpoints.

use local::pool::{APP_CLIENT, POOL_ID, SERVICE_CLIENT, SERVICE_CLIENT_SECRET, TOKEN_SECONDS};
use serde_json::json;
use shared::authn::jwk;

use super::{Dev, ENDPOINT, FORM, ISSUER, VIEWER, VIEWER_SUB, body, query, query_with, text};

#[test]
fn keys() {
    let mut dev = Dev::new();
    let own = format!("/{POOL_ID}/.well-known/jwks.json");
    let [plain, of_pool] = ["/.well-known/jwks.json", own.as_str()].map(|path| dev.get(path));
    assert_eq!((plain.status, of_pool.status), (200, 200));
    assert_eq!(plain.body, of_pool.body);
    assert_eq!(text(&plain), dev.pool.jwks());
    assert_eq!(jwk::parse(&plain.body).unwrap().count(), 2);
    for key in body(&plain)["keys"].as_array().unwrap() {
        let names: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
    }
}

#[test]
fn discovery() {
    let mut dev = Dev::new();
    let expected = json!({
        "issuer": ISSUER,
        "jwks_uri": format!("{ENDPOINT}/{POOL_ID}/.well-known/jwks.json"),
        "authorization_endpoint": format!("{ENDPOINT}/oauth2/authorize"),
        "token_endpoint": format!("{ENDPOINT}/oauth2/token"),
        "userinfo_endpoint": format!("{ENDPOINT}/oauth2/userInfo"),
        "revocation_endpoint": format!("{ENDPOINT}/oauth2/revoke"),
        "end_session_endpoint": format!("{ENDPOINT}/logout"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "none"],
    });
    for path in [
        "/.well-known/openid-configuration",
        &format!("/{POOL_ID}/.well-known/openid-configuration"),
    ] {
        let response = dev.get(path);
        assert_eq!((response.status, body(&response)), (200, expected.clone()));
    }
}

#[test]
fn user_info() {
    let mut dev = Dev::new();
    let mut check = |scope: &str, expected: serde_json::Value| {
        let code = dev.code(&query_with("scope", scope));
        let token = body(&dev.redeem(&code))["access_token"].as_str().unwrap().to_owned();
        for method in ["GET", "POST"] {
            let headers = [("authorization", &*format!("Bearer {token}"))];
            let response = dev.send(method, "/oauth2/userInfo", &headers, b"");
            assert_eq!((response.status, body(&response)), (200, expected.clone()), "{scope}");
        }
    };
    let all = json!({
        "sub": VIEWER_SUB, "username": VIEWER_SUB, "email": VIEWER, "email_verified": "true",
        "custom:role": "viewer", "custom:tenant_id": "acme",
    });
    check("openid", all.clone());
    check("openid profile", all);
    let email = json!({
        "sub": VIEWER_SUB, "username": VIEWER_SUB, "email": VIEWER, "email_verified": "true",
    });
    check("openid email", email);
}

#[test]
fn user_info_that_is_refused() {
    let mut dev = Dev::new();
    let api_token = dev.sign_in(VIEWER)["AccessToken"].as_str().unwrap().to_owned();
    let code = dev.code(&query());
    let tokens = body(&dev.redeem(&code));
    let token = |name: &str| tokens[name].as_str().unwrap();
    let check = |dev: &mut Dev, token: &str, status: u16, error: &str, description: &str| {
        let header = format!("Bearer {token}");
        let response = dev.send("GET", "/oauth2/userInfo", &[("authorization", &header)], b"");
        let expected = json!({ "error": error, "error_description": description });
        assert_eq!((response.status, body(&response)), (status, expected));
        let challenge = format!("Bearer error=\"{error}\", error_description=\"{description}\"");
        assert_eq!(response.header("www-authenticate"), Some(&*challenge));
    };
    let invalid = "invalid_token";
    let none = "the token is no access token of a user";
    check(&mut dev, "junk", 401, invalid, none);
    check(&mut dev, token("id_token"), 401, invalid, none);
    check(&mut dev, &api_token, 403, "insufficient_scope", "the token has no scope openid");
    let params = [("client_id", APP_CLIENT), ("token", token("refresh_token"))];
    assert_eq!(dev.form("/oauth2/revoke", &[], &params).status, 200);
    check(&mut dev, token("access_token"), 401, invalid, "the token was revoked");
    dev.wait(TOKEN_SECONDS);
    check(&mut dev, token("access_token"), 401, invalid, "the token has expired");

    let response = dev.get("/oauth2/userInfo");
    assert_eq!((response.status, response.header("www-authenticate")), (401, Some("Bearer")));
}

#[test]
fn revocation() {
    let mut dev = Dev::new();
    let tokens = dev.sign_in(VIEWER);
    let mut check = |client: &str, more: &[(&str, &str)], status: u16, error: &str| {
        let params = [&[("client_id", client)], more].concat();
        let response = dev.form("/oauth2/revoke", &[], &params);
        assert_eq!(response.status, status);
        if !error.is_empty() {
            assert_eq!(body(&response)["error"], error);
        }
    };
    let token = |name: &str| tokens[name].as_str().unwrap();
    check(APP_CLIENT, &[], 400, "invalid_request");
    check("nobody", &[("token", "x")], 401, "invalid_client");
    check(APP_CLIENT, &[("token", token("AccessToken"))], 400, "unsupported_token_type");
    check(APP_CLIENT, &[("token", token("IdToken"))], 400, "unsupported_token_type");
    check(APP_CLIENT, &[("token", "junk")], 200, "");
    let secret = ("client_secret", SERVICE_CLIENT_SECRET);
    check(SERVICE_CLIENT, &[("token", token("RefreshToken")), secret], 200, "");
    // A service has none of a user's tokens to revoke.
    dev.call("GetUser", &json!({ "AccessToken": tokens["AccessToken"] }));
    let params = [("client_id", APP_CLIENT), ("token", token("RefreshToken"))];
    assert_eq!(dev.form("/oauth2/revoke", &[], &params).status, 200);
    let refusal = "NotAuthorizedException: Access Token has been revoked";
    dev.refuse("GetUser", &json!({ "AccessToken": tokens["AccessToken"] }), refusal);
    let response =
        dev.send("POST", "/oauth2/revoke", &[("content-type", FORM)], b"token=x&token=y");
    assert_eq!(body(&response)["error"], "invalid_request");
}

#[test]
fn logout() {
    let mut dev = Dev::new();
    let mut check = |query: &str, status: u16, location: Option<&str>| {
        let response = dev.get(&format!("/logout?{query}"));
        assert_eq!((response.status, response.header("location")), (status, location), "{query}");
    };
    let uri = "http://localhost:8977/logout";
    check(&format!("client_id={APP_CLIENT}&logout_uri={uri}"), 302, Some(uri));
    check(&format!("client_id={APP_CLIENT}&logout_uri={uri}/"), 400, None);
    check(&format!("client_id={APP_CLIENT}"), 400, None);
    check(&format!("client_id=nobody&logout_uri={uri}"), 400, None);
    check(&format!("client_id=x&client_id={APP_CLIENT}&logout_uri={uri}"), 400, None);
}
