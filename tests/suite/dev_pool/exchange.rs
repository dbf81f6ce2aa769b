//! The token endpoint: codes and client credentials.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local::pool::{
    APP_CLIENT, AppClient, Response, SERVICE_CLIENT, SERVICE_CLIENT_SECRET, TOKEN_SECONDS,
};
use serde_json::{Value, json};

use super::{
    Dev, FORM, VERIFIER, VIEWER, VIEWER_SUB, body, claims, config, query, query_with, redemption,
};

#[track_caller]
fn refused(response: &Response, status: u16, error: &str, description: &str) {
    let expected = json!({ "error": error, "error_description": description });
    assert_eq!((response.status, body(response)), (status, expected));
    assert_eq!(response.header("cache-control"), Some("no-store"));
}

/// The usual redemption of `code` with `name` replaced, left out where `value` is empty.
fn with<'p>(code: &'p str, name: &'p str, value: &'p str) -> Vec<(&'p str, &'p str)> {
    let usual = redemption(code).into_iter().filter(|(own, _)| *own != name);
    let more = (!value.is_empty()).then_some((name, value));
    usual.chain(more).collect()
}

#[test]
fn a_code_is_redeemed() {
    let mut dev = Dev::new();
    let code = dev.code(&query_with("nonce", "n-0S6_WzA2Mj"));
    dev.wait(299);
    let response = dev.redeem(&code);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let mut answer = body(&response);
    let id_token = answer["id_token"].take();
    let id_token = id_token.as_str().unwrap();
    assert_eq!(dev.verify(id_token).unwrap().subject().as_str(), VIEWER_SUB);
    assert_eq!(claims(id_token)["nonce"], "n-0S6_WzA2Mj");
    let access_token = answer["access_token"].take();
    let access = claims(access_token.as_str().unwrap());
    assert_eq!((&access["scope"], &access["username"]), (&json!("openid"), &json!(VIEWER_SUB)));
    assert!(answer["refresh_token"].take().is_string());
    let expected = json!({
        "access_token": null, "expires_in": TOKEN_SECONDS, "id_token": null, "refresh_token": null,
        "token_type": "Bearer",
    });
    assert_eq!((response.status, answer), (200, expected));
}

/// Which claims an ID token has depends on the scopes; without `openid` there is none.
#[test]
fn scopes_and_claims() {
    let mut dev = Dev::new();
    let mut check = |scope: &str, email: bool, role: bool| {
        let code = dev.code(&query_with("scope", scope));
        let answer = body(&dev.redeem(&code));
        let id_token = claims(answer["id_token"].as_str().unwrap());
        assert_eq!(id_token.get("email").is_some(), email, "{scope}");
        assert_eq!(id_token.get("custom:role").is_some(), role, "{scope}");
        assert_eq!(id_token.get("nonce"), None);
    };
    check("openid", true, true);
    check("openid profile", true, true);
    check("openid email", true, false);
    check("openid email profile", true, true);
    let code = dev.code(&query_with("scope", "email"));
    assert_eq!(body(&dev.redeem(&code)).get("id_token"), None);
}

const UNFIT: &str = "code_verifier does not fit the code";
const USED: &str = "the code is unknown, used or expired";
const OTHER: &str = "the code is for another client or another redirect_uri";

#[test]
fn codes_that_are_refused() {
    let mut config = config();
    let other = AppClient { id: "other".to_owned(), ..config.app_clients[0].clone() };
    config.app_clients.push(other);
    let mut dev = Dev::with(config);
    let mut check = |name: &str, value: &str, description: &str| {
        let code = dev.code(&query());
        let response = dev.form("/oauth2/token", &[], &with(&code, name, value));
        refused(&response, 400, "invalid_grant", description);
        // A try that failed uses the code up.
        if description != USED {
            refused(&dev.redeem(&code), 400, "invalid_grant", USED);
        }
    };
    check("code_verifier", &VERIFIER.replace('d', "e"), UNFIT);
    check("code_verifier", "short", UNFIT);
    check("code_verifier", super::CHALLENGE, UNFIT);
    check("redirect_uri", "http://127.0.0.1:8977/callback", OTHER);
    check("client_id", "other", OTHER);
    check("code", "junk", USED);

    let code = dev.code(&query());
    dev.wait(300);
    refused(&dev.redeem(&code), 400, "invalid_grant", USED);
}

/// Somebody has a copy of the code: what came of it ends (RFC 6749 §4.1.2).
#[test]
fn a_code_that_comes_again_ends_its_session() {
    let mut dev = Dev::new();
    let code = dev.code(&query_with("scope", "openid aws.cognito.signin.user.admin"));
    let answer = body(&dev.redeem(&code));
    let of_access = json!({ "AccessToken": answer["access_token"] });
    dev.call("GetUser", &of_access);
    refused(&dev.redeem(&code), 400, "invalid_grant", USED);
    let revoked = "NotAuthorizedException: Access Token has been revoked";
    dev.refuse("GetUser", &of_access, revoked);
    let input = json!({ "ClientId": APP_CLIENT, "RefreshToken": answer["refresh_token"] });
    let revoked = "NotAuthorizedException: Refresh Token has been revoked";
    dev.refuse("GetTokensFromRefreshToken", &input, revoked);
}

#[test]
fn a_code_of_a_deleted_user() {
    let mut dev = Dev::new();
    let code = dev.code(&query());
    let input = json!({ "UserPoolId": local::pool::POOL_ID, "Username": VIEWER });
    dev.call("AdminDeleteUser", &input);
    refused(&dev.redeem(&code), 400, "invalid_grant", "the user does not exist any more");
}

#[test]
fn requests_that_are_refused() {
    let mut dev = Dev::new();
    let mut check = |name: &str, value: &str, status: u16, error: &str, description: &str| {
        let response = dev.form("/oauth2/token", &[], &with("junk", name, value));
        refused(&response, status, error, description);
    };
    for name in ["grant_type", "client_id", "code", "redirect_uri", "code_verifier"] {
        check(name, "", 400, "invalid_request", &format!("{name} is missing"));
    }
    let client = "the client is unknown, or does not prove that it is it";
    check("client_id", "nobody", 401, "invalid_client", client);
    check("client_id", SERVICE_CLIENT, 401, "invalid_client", client);
    // An app client has no secret, so none is right.
    check("client_secret", "x", 401, "invalid_client", client);
    check("grant_type", "password", 400, "unsupported_grant_type", "grant_type is not supported");
    let unauthorized = "the client may not use this grant_type";
    check("grant_type", "client_credentials", 400, "unauthorized_client", unauthorized);
    check("grant_type", "refresh_token", 400, "invalid_request", "refresh_token is missing");

    let twice = b"grant_type=authorization_code&grant_type=refresh_token";
    let response = dev.send("POST", "/oauth2/token", &[("content-type", FORM)], twice);
    refused(&response, 400, "invalid_request", "a parameter occurs twice");
    for content_type in ["application/json", "text/plain", ""] {
        let headers = [("content-type", content_type)];
        let response = dev.send("POST", "/oauth2/token", &headers, b"grant_type=x");
        refused(&response, 400, "invalid_request", "the body is no form");
    }
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

#[test]
fn client_credentials() {
    let mut dev = Dev::new();
    let mut check = |headers: &[(&str, &str)], params: &[(&str, &str)], scope: &str| {
        let params = [&[("grant_type", "client_credentials")], params].concat();
        let response = dev.form("/oauth2/token", headers, &params);
        let mut answer = body(&response);
        let token = answer["access_token"].take();
        let expected =
            json!({ "access_token": null, "expires_in": TOKEN_SECONDS, "token_type": "Bearer" });
        assert_eq!((response.status, answer), (200, expected));
        let identity = dev.verify(token.as_str().unwrap()).unwrap();
        assert_eq!(identity.subject().as_str(), SERVICE_CLIENT);
        assert_eq!(identity.scopes(), scope);
    };
    let both = "stackflow/api.read stackflow/api.write";
    let in_body = [("client_id", SERVICE_CLIENT), ("client_secret", SERVICE_CLIENT_SECRET)];
    let header = basic(SERVICE_CLIENT, SERVICE_CLIENT_SECRET);
    let in_header = [("Authorization", header.as_str())];
    check(&[], &in_body, both);
    check(&in_header, &[], both);
    check(&in_header, &[("client_id", SERVICE_CLIENT)], both);
    check(&in_header, &[("scope", "stackflow/api.read")], "stackflow/api.read");
    // Encoded as in a form (RFC 6749 §2.3.1).
    let encoded = basic(SERVICE_CLIENT, &SERVICE_CLIENT_SECRET.replace('-', "%2D"));
    check(&[("Authorization", &encoded)], &[], both);
}

#[test]
fn client_credentials_that_are_refused() {
    let mut dev = Dev::new();
    let mut check = |headers: &[(&str, &str)], params: &[(&str, &str)]| {
        let params = [&[("grant_type", "client_credentials")], params].concat();
        dev.form("/oauth2/token", headers, &params)
    };
    let client = "the client is unknown, or does not prove that it is it";
    let good = basic(SERVICE_CLIENT, SERVICE_CLIENT_SECRET);
    for params in [
        [("client_id", SERVICE_CLIENT), ("client_secret", "wrong")],
        [("client_id", "nobody"), ("client_secret", SERVICE_CLIENT_SECRET)],
        [("client_id", SERVICE_CLIENT), ("client_secret", "")],
    ] {
        let response = check(&[], &params);
        refused(&response, 401, "invalid_client", client);
        assert_eq!(response.header("www-authenticate"), None);
    }
    for header in [
        basic(SERVICE_CLIENT, "wrong"),
        basic(SERVICE_CLIENT, ""),
        basic("nobody", SERVICE_CLIENT_SECRET),
        basic(APP_CLIENT, ""),
        good.replace("Basic", "Bearer"),
        "Basic".to_owned(),
        "Basic !".to_owned(),
        format!("Basic {}", STANDARD.encode("no colon")),
    ] {
        let response = check(&[("Authorization", &header)], &[]);
        refused(&response, 401, "invalid_client", client);
        let challenge = response.header("www-authenticate");
        assert_eq!(challenge, Some("Basic realm=\"portcullis\""), "{header}");
    }
    let headers = [("Authorization", good.as_str())];
    let response = check(&headers, &[("client_secret", SERVICE_CLIENT_SECRET)]);
    refused(&response, 400, "invalid_request", "the client authenticates in two ways");
    let response = check(&headers, &[("client_id", APP_CLIENT)]);
    refused(&response, 400, "invalid_request", "client_id is not the one in the header");
    for scope in ["openid", "stackflow/api.read stackflow/api.admin"] {
        let response = check(&headers, &[("scope", scope)]);
        refused(&response, 400, "invalid_scope", "the client may not have this scope");
    }
    let response = dev.form("/oauth2/token", &headers, &with("junk", "client_id", ""));
    let unauthorized = "the client may not use this grant_type";
    refused(&response, 400, "unauthorized_client", unauthorized);
    assert_eq!(body(&response).get("access_token"), None::<&Value>);
}
