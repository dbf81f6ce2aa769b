//! Signing in with a password: `InitiateAuth` and `RespondToAuthChallenge`.

use local::pool::{
    APP_CLIENT, PASSWORD, POOL_ID, ROLES, Rotation, SERVICE_CLIENT, TENANTS, TOKEN_SECONDS,
};
use serde_json::{Value, json};

use super::{Dev, VIEWER, config, password_auth};

const WRONG: &str = "NotAuthorizedException: Incorrect username or password.";
const TEMPORARY: &str = "Temporary-Pass1";
const CHOSEN: &str = "Chosen-Password2";

#[test]
fn every_first_user_signs_in() {
    let mut dev = Dev::new();
    for tenant in TENANTS {
        for role in ROLES {
            let result = dev.sign_in(&format!("{role}@{tenant}.example"));
            let identity = dev.verify(result["IdToken"].as_str().unwrap()).unwrap();
            assert_eq!((identity.role(), identity.tenant().as_str()), (role, tenant));
        }
    }
}

#[test]
fn the_answer_has_cognitos_members() {
    let mut dev = Dev::new();
    let mut output = dev.call("InitiateAuth", &password_auth(VIEWER, PASSWORD));
    for name in ["AccessToken", "IdToken", "RefreshToken"] {
        let token = output["AuthenticationResult"][name].take();
        assert!(token.as_str().unwrap().len() > 40, "{name}");
    }
    let expected = json!({
        "AuthenticationResult": {
            "AccessToken": null, "ExpiresIn": TOKEN_SECONDS, "IdToken": null, "RefreshToken": null,
            "TokenType": "Bearer",
        },
        "ChallengeParameters": {},
    });
    assert_eq!(output, expected);
}

#[test]
fn who_is_refused() {
    let mut dev = Dev::new();
    let mut refuse = |input: Value, refusal: &str| dev.refuse("InitiateAuth", &input, refusal);
    refuse(password_auth(VIEWER, "Portcullis1?"), WRONG);
    refuse(password_auth("nobody@acme.example", PASSWORD), WRONG);
    let input = |flow: &str, client: &str, parameters: Value| json!({ "AuthFlow": flow, "ClientId": client, "AuthParameters": parameters });
    let parameters = json!({ "USERNAME": VIEWER, "PASSWORD": PASSWORD });
    refuse(
        input("USER_PASSWORD_AUTH", "nobody", parameters.clone()),
        "ResourceNotFoundException: User pool client nobody does not exist.",
    );
    refuse(
        input("USER_PASSWORD_AUTH", SERVICE_CLIENT, parameters.clone()),
        "NotAuthorizedException: Client portcullisdevservice000001 is configured with secret but \
         SECRET_HASH was not received",
    );
    refuse(
        input("USER_SRP_AUTH", APP_CLIENT, parameters.clone()),
        "InvalidParameterException: USER_SRP_AUTH flow not enabled for this client",
    );
    refuse(
        input("MAGIC", APP_CLIENT, parameters),
        "InvalidParameterException: Initiate Auth method not supported.",
    );
    for (missing, given) in [("USERNAME", "PASSWORD"), ("PASSWORD", "USERNAME")] {
        refuse(
            input("USER_PASSWORD_AUTH", APP_CLIENT, json!({ given: "x" })),
            &format!("InvalidParameterException: Missing required parameter {missing}"),
        );
    }
    for (member, name) in [("AuthFlow", "authFlow"), ("ClientId", "clientId")] {
        let mut input = password_auth(VIEWER, PASSWORD);
        input.as_object_mut().unwrap().remove(member);
        refuse(
            input,
            &format!(
                "InvalidParameterException: 1 validation error detected: Value null at '{name}' \
                 failed to satisfy constraint: Member must not be null"
            ),
        );
    }
    refuse(json!({ "AuthFlow": 1 }), "SerializationException");
    refuse(json!([]), "SerializationException");
}

/// Rotating clients have no `REFRESH_TOKEN_AUTH` at Cognito; others keep their refresh token.
#[test]
fn refresh_token_auth() {
    let input = |result: &Value| {
        json!({
            "AuthFlow": "REFRESH_TOKEN_AUTH",
            "ClientId": APP_CLIENT,
            "AuthParameters": { "REFRESH_TOKEN": result["RefreshToken"] },
        })
    };
    let mut dev = Dev::new();
    let first = dev.sign_in(VIEWER);
    let refusal = "InvalidParameterException: REFRESH_TOKEN_AUTH flow not enabled for this client";
    dev.refuse("InitiateAuth", &input(&first), refusal);

    let mut config = config();
    config.app_clients[0].rotation = Rotation::Disabled;
    let mut dev = Dev::with(config);
    let first = dev.sign_in(VIEWER);
    for _ in 0..2 {
        dev.wait(600);
        let result = dev.call("InitiateAuth", &input(&first))["AuthenticationResult"].clone();
        assert_eq!(result.get("RefreshToken"), None);
        assert!(dev.verify(result["IdToken"].as_str().unwrap()).is_ok());
    }
    let missing = json!({ "AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": APP_CLIENT });
    let refusal = "InvalidParameterException: Missing required parameter REFRESH_TOKEN";
    dev.refuse("InitiateAuth", &missing, refusal);
    dev.refuse(
        "InitiateAuth",
        &input(&json!({ "RefreshToken": "junk" })),
        "NotAuthorizedException: Invalid Refresh Token",
    );
}

/// A pool with the user `new@acme.example`, who has a temporary password.
fn invited() -> Dev {
    let mut dev = Dev::new();
    let attributes = [("custom:role", "viewer"), ("custom:tenant_id", "acme")];
    let attributes = attributes.map(|(name, value)| json!({ "Name": name, "Value": value }));
    let input = json!({
        "UserPoolId": POOL_ID,
        "Username": "new@acme.example",
        "TemporaryPassword": TEMPORARY,
        "UserAttributes": attributes,
    });
    dev.call("AdminCreateUser", &input);
    dev
}

fn challenged(dev: &mut Dev) -> String {
    let output = dev.call("InitiateAuth", &password_auth("new@acme.example", TEMPORARY));
    output["Session"].as_str().unwrap().to_owned()
}

fn response(session: &str, password: &str) -> Value {
    json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "ClientId": APP_CLIENT,
        "Session": session,
        "ChallengeResponses": { "USERNAME": "new@acme.example", "NEW_PASSWORD": password },
    })
}

#[test]
fn a_temporary_password_is_replaced() {
    let mut dev = invited();
    let output = dev.call("InitiateAuth", &password_auth("new@acme.example", TEMPORARY));
    assert_eq!(output["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    assert_eq!(output["ChallengeParameters"]["requiredAttributes"], "[]");
    let attributes = output["ChallengeParameters"]["userAttributes"].as_str().unwrap();
    let attributes: Value = serde_json::from_str(attributes).unwrap();
    assert_eq!(
        attributes,
        json!({ "custom:role": "viewer", "custom:tenant_id": "acme", "email": "new@acme.example" })
    );
    assert_eq!(output.get("AuthenticationResult"), None);

    let session = output["Session"].as_str().unwrap();
    let output = dev.call("RespondToAuthChallenge", &response(session, CHOSEN));
    assert_eq!(output["ChallengeParameters"], json!({}));
    let token = output["AuthenticationResult"]["IdToken"].as_str().unwrap();
    assert_eq!(dev.verify(token).unwrap().tenant().as_str(), "acme");
    dev.refuse("InitiateAuth", &password_auth("new@acme.example", TEMPORARY), WRONG);
    dev.call("InitiateAuth", &password_auth("new@acme.example", CHOSEN));
}

#[test]
fn a_challenge_is_answered_once_soon_and_by_its_user() {
    const EXPIRED: &str =
        "NotAuthorizedException: Invalid session for the user, session is expired.";
    let mut dev = invited();
    let operation = "RespondToAuthChallenge";
    let session = challenged(&mut dev);
    // A bad password does not use it up.
    dev.refuse(
        operation,
        &response(&session, "short1!A"),
        "InvalidPasswordException: Password did not conform with policy: Password not long enough",
    );
    dev.call(operation, &response(&session, CHOSEN));
    dev.refuse(operation, &response(&session, CHOSEN), EXPIRED);
    dev.refuse(operation, &response("junk", CHOSEN), EXPIRED);

    let mut dev = invited();
    let session = challenged(&mut dev);
    dev.wait(180);
    dev.refuse(operation, &response(&session, CHOSEN), EXPIRED);

    let session = challenged(&mut dev);
    let mut input = response(&session, CHOSEN);
    input["ChallengeResponses"]["USERNAME"] = json!(VIEWER);
    dev.refuse(operation, &input, "NotAuthorizedException: Invalid session for the user.");
    dev.call("InitiateAuth", &password_auth(VIEWER, PASSWORD));

    let mut input = response(&session, CHOSEN);
    input["ChallengeName"] = json!("SOFTWARE_TOKEN_MFA");
    dev.refuse(
        operation,
        &input,
        "InvalidParameterException: SOFTWARE_TOKEN_MFA is not built into the development pool",
    );
    for (member, sentence) in [
        ("USERNAME", "Missing required parameter USERNAME"),
        ("NEW_PASSWORD", "Missing required parameter NEW_PASSWORD"),
    ] {
        let mut input = response(&session, CHOSEN);
        input["ChallengeResponses"].as_object_mut().unwrap().remove(member);
        dev.refuse(operation, &input, &format!("InvalidParameterException: {sentence}"));
    }
}
