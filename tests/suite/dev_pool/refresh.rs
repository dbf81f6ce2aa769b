//! Refresh tokens: they rotate, and one that comes back ends its session.

use local::pool::{APP_CLIENT, AppClient, Rotation, TOKEN_SECONDS};
use serde_json::{Value, json};

use super::{Dev, VIEWER, body, claims, config, query_with};

const OPERATION: &str = "GetTokensFromRefreshToken";
const INVALID: &str = "NotAuthorizedException: Invalid Refresh Token";
const REVOKED: &str = "NotAuthorizedException: Refresh Token has been revoked";
const DAY: u64 = 24 * 60 * 60;

fn with_token(token: &Value) -> Value {
    json!({ "ClientId": APP_CLIENT, "RefreshToken": token })
}

/// The refresh token that takes the place of `token`.
#[track_caller]
fn refreshed(dev: &mut Dev, token: &Value) -> Value {
    let output = dev.call(OPERATION, &with_token(token));
    let next = output["AuthenticationResult"]["RefreshToken"].clone();
    assert!(next.is_string() && next != *token);
    next
}

#[test]
fn the_answer_has_cognitos_members() {
    let mut dev = Dev::new();
    let token = dev.sign_in(VIEWER)["RefreshToken"].clone();
    dev.wait(60);
    let mut output = dev.call(OPERATION, &with_token(&token));
    let id_token = output["AuthenticationResult"]["IdToken"].take();
    let claims = claims(id_token.as_str().unwrap());
    assert_eq!(claims["iat"].as_u64().unwrap(), claims["auth_time"].as_u64().unwrap() + 60);
    for name in ["AccessToken", "RefreshToken"] {
        assert!(output["AuthenticationResult"][name].take().is_string());
    }
    let expected = json!({
        "AuthenticationResult": {
            "AccessToken": null, "ExpiresIn": TOKEN_SECONDS, "IdToken": null, "RefreshToken": null,
            "TokenType": "Bearer",
        },
    });
    assert_eq!(output, expected);
}

#[test]
fn a_used_token_has_a_short_grace() {
    let mut dev = Dev::new();
    let first = dev.sign_in(VIEWER)["RefreshToken"].clone();
    let second = refreshed(&mut dev, &first);
    dev.wait(9);
    let again = refreshed(&mut dev, &first);
    refreshed(&mut dev, &again);
    refreshed(&mut dev, &second);
}

#[test]
fn a_used_token_that_comes_back_ends_the_session() {
    let mut dev = Dev::new();
    let other = dev.sign_in(VIEWER)["RefreshToken"].clone();
    let result = dev.sign_in(VIEWER);
    let first = result["RefreshToken"].clone();
    let second = refreshed(&mut dev, &first);
    dev.wait(10);
    dev.refuse(OPERATION, &with_token(&first), REVOKED);
    dev.refuse(OPERATION, &with_token(&second), REVOKED);
    dev.refuse(
        "GetUser",
        &json!({ "AccessToken": result["AccessToken"] }),
        "NotAuthorizedException: Access Token has been revoked",
    );
    refreshed(&mut dev, &other);
}

/// Rotation does not prolong a session.
#[test]
fn a_session_lasts_thirty_days() {
    let mut dev = Dev::new();
    let first = dev.sign_in(VIEWER)["RefreshToken"].clone();
    dev.wait(30 * DAY - 1);
    let second = refreshed(&mut dev, &first);
    dev.wait(1);
    dev.refuse(
        OPERATION,
        &with_token(&second),
        "NotAuthorizedException: Refresh Token has expired",
    );
}

#[test]
fn what_is_refused() {
    let mut config = config();
    let other = AppClient { id: "other".to_owned(), ..config.app_clients[0].clone() };
    config.app_clients.push(other);
    let mut dev = Dev::with(config);
    let token = dev.sign_in(VIEWER)["RefreshToken"].clone();
    let (id, secret) = token.as_str().unwrap().split_once('.').unwrap();
    for junk in ["", ".", "junk", id, secret, &format!("{id}."), &format!("{id}.{}", &secret[1..])]
    {
        dev.refuse(OPERATION, &with_token(&json!(junk)), INVALID);
    }
    dev.refuse(OPERATION, &json!({ "ClientId": "other", "RefreshToken": token }), INVALID);
    // A guess ends nothing.
    refreshed(&mut dev, &token);
    let null = |name: &str| {
        format!(
            "InvalidParameterException: 1 validation error detected: Value null at '{name}' failed \
             to satisfy constraint: Member must not be null"
        )
    };
    dev.refuse(OPERATION, &json!({ "ClientId": APP_CLIENT }), &null("refreshToken"));
    dev.refuse(OPERATION, &json!({ "RefreshToken": token }), &null("clientId"));
}

#[test]
fn without_rotation_the_token_stays() {
    let mut config = config();
    config.app_clients[0].rotation = Rotation::Disabled;
    let mut dev = Dev::with(config);
    let token = dev.sign_in(VIEWER)["RefreshToken"].clone();
    for _ in 0..2 {
        dev.wait(DAY);
        let output = dev.call(OPERATION, &with_token(&token));
        assert_eq!(output["AuthenticationResult"].get("RefreshToken"), None);
    }
}

/// The token endpoint has the same rules.
#[test]
fn at_the_token_endpoint() {
    let mut dev = Dev::new();
    let code = dev.code(&query_with("nonce", "n-0S6_WzA2Mj"));
    let first = body(&dev.redeem(&code))["refresh_token"].clone();
    let mut refresh = |token: &Value, seconds: u64| {
        dev.wait(seconds);
        let params = [
            ("grant_type", "refresh_token"),
            ("client_id", APP_CLIENT),
            ("refresh_token", token.as_str().unwrap()),
        ];
        let response = dev.form("/oauth2/token", &[], &params);
        (response.status, body(&response))
    };
    let refused = json!({
        "error": "invalid_grant",
        "error_description": "the refresh token is unknown, expired or revoked",
    });
    let (status, mut answer) = refresh(&first, 0);
    assert_eq!(status, 200);
    let second = answer["refresh_token"].take();
    answer["access_token"].take();
    let id_token = answer["id_token"].take();
    assert_eq!(claims(id_token.as_str().unwrap()).get("nonce"), None);
    let expected = json!({
        "access_token": null, "expires_in": TOKEN_SECONDS, "id_token": null, "refresh_token": null,
        "token_type": "Bearer",
    });
    assert_eq!(answer, expected);
    assert_eq!(refresh(&json!("junk"), 0), (400, refused.clone()));
    let (status, answer) = refresh(&second, 60);
    assert_eq!(status, 200);
    assert_eq!(refresh(&first, 0), (400, refused.clone()));
    assert_eq!(refresh(&answer["refresh_token"], 0), (400, refused));
}
