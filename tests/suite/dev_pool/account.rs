//! What a user does with an access token.

use local::pool::{APP_CLIENT, PASSWORD, TOKEN_SECONDS};
use serde_json::{Value, json};

use super::{Dev, VIEWER, VIEWER_SUB, body, password_auth, query};

const CHOSEN: &str = "Chosen-Password2";

fn change(token: &Value, previous: &str, proposed: &str) -> Value {
    json!({ "AccessToken": token, "PreviousPassword": previous, "ProposedPassword": proposed })
}

#[test]
fn a_password_is_changed() {
    let mut dev = Dev::new();
    let token = dev.sign_in(VIEWER)["AccessToken"].clone();
    assert_eq!(dev.call("ChangePassword", &change(&token, PASSWORD, CHOSEN)), json!({}));
    let wrong = "NotAuthorizedException: Incorrect username or password.";
    dev.refuse("InitiateAuth", &password_auth(VIEWER, PASSWORD), wrong);
    dev.call("InitiateAuth", &password_auth(VIEWER, CHOSEN));
    dev.refuse("ChangePassword", &change(&token, PASSWORD, CHOSEN), wrong);
}

#[test]
fn the_policy_of_passwords() {
    let mut dev = Dev::new();
    let token = dev.sign_in(VIEWER)["AccessToken"].clone();
    for (proposed, problem) in [
        ("Portcullis1", "Password not long enough"),
        ("portcullis1!", "Password must have uppercase characters"),
        ("PORTCULLIS1!", "Password must have lowercase characters"),
        ("Portcullis!!", "Password must have numeric characters"),
        ("Portcullis12", "Password must have symbol characters"),
    ] {
        let refusal =
            format!("InvalidPasswordException: Password did not conform with policy: {problem}");
        dev.refuse("ChangePassword", &change(&token, PASSWORD, proposed), &refusal);
    }
    let null = "InvalidParameterException: 1 validation error detected: Value null at \
                'proposedPassword' failed to satisfy constraint: Member must not be null";
    dev.refuse("ChangePassword", &json!({ "AccessToken": token }), null);
}

#[test]
fn access_tokens_that_are_refused() {
    let mut dev = Dev::new();
    let result = dev.sign_in(VIEWER);
    let good = result["AccessToken"].as_str().unwrap().to_owned();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{signed}.{first}{}", &signature[1..]);
    let code = dev.code(&query());
    let without_scope = body(&dev.redeem(&code))["access_token"].clone();
    let operations = ["GetUser", "GlobalSignOut", "ChangePassword"];
    for operation in operations {
        let mut refuse = |token: &Value, refusal: &str| {
            let refusal = format!("NotAuthorizedException: {refusal}");
            dev.refuse(operation, &change(token, PASSWORD, CHOSEN), &refusal);
        };
        refuse(&json!("junk"), "Invalid Access Token");
        refuse(&json!(forged), "Invalid Access Token");
        refuse(&result["IdToken"], "Invalid Access Token");
        refuse(&result["RefreshToken"], "Invalid Access Token");
        refuse(&without_scope, "Access Token does not have required scopes");
    }
    dev.wait(TOKEN_SECONDS);
    for operation in operations {
        let refusal = "NotAuthorizedException: Access Token has expired";
        dev.refuse(operation, &change(&json!(good), PASSWORD, CHOSEN), refusal);
    }
}

#[test]
fn get_user() {
    let mut dev = Dev::new();
    let token = dev.sign_in(VIEWER)["AccessToken"].clone();
    let expected = json!({
        "Username": VIEWER_SUB,
        "UserAttributes": [
            { "Name": "sub", "Value": VIEWER_SUB },
            { "Name": "custom:role", "Value": "viewer" },
            { "Name": "custom:tenant_id", "Value": "acme" },
            { "Name": "email", "Value": VIEWER },
            { "Name": "email_verified", "Value": "true" },
        ],
    });
    assert_eq!(dev.call("GetUser", &json!({ "AccessToken": token })), expected);
}

#[test]
fn signing_out_ends_every_session_of_the_user() {
    let mut dev = Dev::new();
    let (one, two) = (dev.sign_in(VIEWER), dev.sign_in(VIEWER));
    let other = dev.sign_in("viewer@globex.example");
    let output = dev.call("GlobalSignOut", &json!({ "AccessToken": one["AccessToken"] }));
    assert_eq!(output, json!({}));
    for result in [&one, &two] {
        dev.refuse(
            "GetUser",
            &json!({ "AccessToken": result["AccessToken"] }),
            "NotAuthorizedException: Access Token has been revoked",
        );
        dev.refuse(
            "GetTokensFromRefreshToken",
            &json!({ "ClientId": APP_CLIENT, "RefreshToken": result["RefreshToken"] }),
            "NotAuthorizedException: Refresh Token has been revoked",
        );
    }
    dev.call("GetUser", &json!({ "AccessToken": other["AccessToken"] }));
}

#[test]
fn revoking_a_refresh_token_ends_its_session() {
    let mut dev = Dev::new();
    let (one, two) = (dev.sign_in(VIEWER), dev.sign_in(VIEWER));
    let revoke = |token: &Value| json!({ "ClientId": APP_CLIENT, "Token": token });
    assert_eq!(dev.call("RevokeToken", &revoke(&one["RefreshToken"])), json!({}));
    // RFC 7009 §2.2: what is not known is revoked already.
    assert_eq!(dev.call("RevokeToken", &revoke(&json!("junk"))), json!({}));
    dev.refuse(
        "GetUser",
        &json!({ "AccessToken": one["AccessToken"] }),
        "NotAuthorizedException: Access Token has been revoked",
    );
    dev.refuse(
        "RevokeToken",
        &revoke(&two["AccessToken"]),
        "UnsupportedTokenTypeException: Unsupported token type",
    );
    dev.refuse(
        "RevokeToken",
        &json!({ "ClientId": "nobody", "Token": two["RefreshToken"] }),
        "ResourceNotFoundException: User pool client nobody does not exist.",
    );
    dev.call("GetUser", &json!({ "AccessToken": two["AccessToken"] }));
}
