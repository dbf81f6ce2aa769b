//! What an operator does with users.

use local::pool::{APP_CLIENT, PASSWORD, POOL_ID};
use serde_json::{Value, json};
use tests::mint::NEW_YEAR_2026;

use super::{Dev, VIEWER, VIEWER_SUB, body, password_auth};

const NEW: &str = "new@acme.example";
const NOT_FOUND: &str = "UserNotFoundException: User does not exist.";

fn about(name: &str) -> Value {
    json!({ "UserPoolId": POOL_ID, "Username": name })
}

fn with(mut input: Value, name: &str, value: Value) -> Value {
    input[name] = value;
    input
}

fn attributes(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect()
}

#[test]
fn a_user_is_created() {
    let mut dev = Dev::new();
    dev.wait(60);
    let input = with(
        about(NEW),
        "UserAttributes",
        attributes(&[("email", NEW), ("custom:role", "viewer"), ("custom:tenant_id", "acme")]),
    );
    let mut output = dev.call("AdminCreateUser", &input);
    let sub = output["User"]["Username"].take();
    assert_eq!(sub.as_str().unwrap().len(), 36);
    let at = f64::from(u32::try_from(NEW_YEAR_2026).unwrap() + 60);
    let expected = json!({
        "User": {
            "Username": null,
            "Attributes": [
                { "Name": "sub", "Value": sub },
                { "Name": "custom:role", "Value": "viewer" },
                { "Name": "custom:tenant_id", "Value": "acme" },
                { "Name": "email", "Value": NEW },
            ],
            "UserCreateDate": at,
            "UserLastModifiedDate": at,
            "Enabled": true,
            "UserStatus": "FORCE_CHANGE_PASSWORD",
        },
    });
    assert_eq!(output, expected);
    // By address and by `sub`.
    for name in [NEW, sub.as_str().unwrap(), "NEW@acme.example"] {
        let user = dev.call("AdminGetUser", &about(name));
        assert_eq!(user["Username"], sub);
        assert_eq!(user["UserAttributes"], expected["User"]["Attributes"]);
        assert_eq!(user["UserStatus"], "FORCE_CHANGE_PASSWORD");
    }
}

#[test]
fn which_users_are_not_created() {
    let mut dev = Dev::new();
    let mut refuse = |input: Value, refusal: &str| dev.refuse("AdminCreateUser", &input, refusal);
    for name in ["new", "", "@", "new@", "new@acme", "new@@acme.example", "n ew@acme.example"] {
        refuse(about(name), "InvalidParameterException: Username should be an email.");
    }
    refuse(about(VIEWER), "UsernameExistsException: User account already exists");
    refuse(about("Viewer@ACME.example"), "UsernameExistsException: User account already exists");
    refuse(
        with(about(NEW), "TemporaryPassword", json!("short")),
        "InvalidPasswordException: Password did not conform with policy: Password not long enough",
    );
    let mut refuse_attribute = |name: &str, value: &str, refusal: &str| {
        let input = with(about(NEW), "UserAttributes", attributes(&[(name, value)]));
        refuse(input, &format!("InvalidParameterException: {refusal}"));
    };
    refuse_attribute("sub", "x", "Cannot modify the non-mutable attribute sub");
    refuse_attribute(
        "custom:rank",
        "x",
        "Attributes did not conform to the schema: custom:rank: Attribute does not exist in the \
         schema.\n",
    );
    refuse_attribute(
        "name",
        &"x".repeat(2049),
        "Attributes did not conform to the schema: name: String must be no longer than 2048 \
         characters\n",
    );
    refuse_attribute("email", VIEWER, "Username and email attribute should be the same.");
}

#[test]
fn the_pool_has_room_for_a_thousand() {
    let mut dev = Dev::new();
    let mut state = dev.pool.export().unwrap();
    let one = state["users"][VIEWER_SUB].clone();
    for number in 11..=1000 {
        let mut user = one.clone();
        user["sub"] = json!(format!("user-{number}"));
        user["attributes"]["email"] = json!(format!("user-{number}@acme.example"));
        state["users"][format!("user-{number}")] = user;
    }
    let config = super::config();
    dev.pool = local::pool::Pool::restore(config, super::random(), state).unwrap();
    let refusal = "LimitExceededException: The development pool holds 1000 users at most.";
    dev.refuse("AdminCreateUser", &about(NEW), refusal);
}

#[test]
fn a_password_is_set() {
    let mut dev = Dev::new();
    let set = |password: &str, permanent: Value| {
        let input = with(about(VIEWER), "Password", json!(password));
        with(input, "Permanent", permanent)
    };
    let operation = "AdminSetUserPassword";
    assert_eq!(dev.call(operation, &set("Chosen-Password2", json!(true))), json!({}));
    dev.call("InitiateAuth", &password_auth(VIEWER, "Chosen-Password2"))["AuthenticationResult"]
        .as_object()
        .unwrap();
    for permanent in [json!(false), Value::Null] {
        dev.call(operation, &set("Temporary-Pass1", permanent));
        let output = dev.call("InitiateAuth", &password_auth(VIEWER, "Temporary-Pass1"));
        assert_eq!(output["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    }
    dev.refuse(
        operation,
        &set("Portcullis12", json!(true)),
        "InvalidPasswordException: Password did not conform with policy: Password must have symbol \
         characters",
    );
}

#[test]
fn attributes_are_changed() {
    let mut dev = Dev::new();
    let update = |name: &str, value: &str| {
        with(about(VIEWER), "UserAttributes", attributes(&[(name, value)]))
    };
    let operation = "AdminUpdateUserAttributes";
    assert_eq!(dev.call(operation, &update("custom:role", "super_admin")), json!({}));
    let token = dev.sign_in(VIEWER)["IdToken"].as_str().unwrap().to_owned();
    assert_eq!(dev.verify(&token).unwrap().role(), "super_admin");
    // An empty value takes it away.
    dev.call(operation, &update("custom:role", ""));
    let token = dev.sign_in(VIEWER)["IdToken"].as_str().unwrap().to_owned();
    let refused = dev.verify(&token).unwrap_err();
    assert_eq!(refused, "INSUFFICIENT_ROLE: claim `custom:role` is missing");

    dev.call(operation, &update("email", "ada@acme.example"));
    dev.sign_in("ada@acme.example");
    let mut refuse = |input: Value, refusal: &str| dev.refuse(operation, &input, refusal);
    let sentence = "AliasExistsException: An account with the given email already exists.";
    refuse(
        with(
            about(VIEWER_SUB),
            "UserAttributes",
            attributes(&[("email", "viewer@globex.example")]),
        ),
        sentence,
    );
    for email in ["ada", ""] {
        let input = with(about(VIEWER_SUB), "UserAttributes", attributes(&[("email", email)]));
        refuse(input, "InvalidParameterException: Invalid email address format.");
    }
    let input = with(about(VIEWER_SUB), "UserAttributes", attributes(&[("sub", "x")]));
    refuse(input, "InvalidParameterException: Cannot modify the non-mutable attribute sub");
}

#[test]
fn a_user_is_deleted_with_the_sessions() {
    let mut dev = Dev::new();
    let result = dev.sign_in(VIEWER);
    assert_eq!(dev.call("AdminDeleteUser", &about(VIEWER)), json!({}));
    dev.refuse("AdminGetUser", &about(VIEWER), NOT_FOUND);
    let wrong = "NotAuthorizedException: Incorrect username or password.";
    dev.refuse("InitiateAuth", &password_auth(VIEWER, PASSWORD), wrong);
    dev.refuse("GetUser", &json!({ "AccessToken": result["AccessToken"] }), NOT_FOUND);
    dev.refuse(
        "GetTokensFromRefreshToken",
        &json!({ "ClientId": APP_CLIENT, "RefreshToken": result["RefreshToken"] }),
        "NotAuthorizedException: Refresh Token has been revoked",
    );
}

#[test]
fn a_user_is_signed_out() {
    let mut dev = Dev::new();
    let result = dev.sign_in(VIEWER);
    assert_eq!(dev.call("AdminUserGlobalSignOut", &about(VIEWER)), json!({}));
    dev.refuse(
        "GetUser",
        &json!({ "AccessToken": result["AccessToken"] }),
        "NotAuthorizedException: Access Token has been revoked",
    );
}

const OPERATIONS: [&str; 6] = [
    "AdminDeleteUser",
    "AdminGetUser",
    "AdminSetUserPassword",
    "AdminUpdateUserAttributes",
    "AdminUserGlobalSignOut",
    "AdminCreateUser",
];

#[test]
fn other_pools_and_other_users() {
    let mut dev = Dev::new();
    let null = |name: &str| {
        format!(
            "InvalidParameterException: 1 validation error detected: Value null at '{name}' failed \
             to satisfy constraint: Member must not be null"
        )
    };
    for operation in OPERATIONS {
        let mut input = about("nobody");
        input["Password"] = json!(PASSWORD);
        input["UserAttributes"] = json!([]);
        if operation != "AdminCreateUser" {
            dev.refuse(operation, &input, NOT_FOUND);
        }
        let other = with(input.clone(), "UserPoolId", json!("eu-central-1_Other"));
        let refusal = "ResourceNotFoundException: User pool eu-central-1_Other does not exist.";
        dev.refuse(operation, &other, refusal);
        dev.refuse(operation, &with(input.clone(), "UserPoolId", Value::Null), &null("userPoolId"));
        dev.refuse(operation, &with(input, "Username", Value::Null), &null("username"));
    }
    dev.refuse("AdminSetUserPassword", &about(VIEWER), &null("password"));
    dev.refuse("AdminUpdateUserAttributes", &about(VIEWER), &null("userAttributes"));
}

/// What forgets to sign works on no AWS either.
#[test]
fn the_operations_are_signed() {
    let mut dev = Dev::new();
    for operation in OPERATIONS.into_iter().chain(["ListUsers"]) {
        for authorization in ["", "Bearer x", "AWS4-HMAC-SHA256 Credential=x"] {
            let target = format!("AWSCognitoIdentityProviderService.{operation}");
            let headers = [
                ("X-Amz-Target", target.as_str()),
                ("Content-Type", "application/x-amz-json-1.1"),
                ("Authorization", authorization),
            ];
            let input = about(VIEWER).to_string();
            let response = dev.send("POST", "/", &headers, input.as_bytes());
            let expected = json!({
                "__type": "MissingAuthenticationTokenException",
                "message": "Missing Authentication Token",
            });
            assert_eq!((response.status, body(&response)), (400, expected), "{operation}");
        }
    }
}

#[test]
fn users_are_listed() {
    let mut dev = Dev::new();
    let mut list = |more: Value| {
        let mut input = json!({ "UserPoolId": POOL_ID });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let output = dev.call("ListUsers", &input);
        let emails = output["Users"].as_array().unwrap().iter().map(|user| {
            let attributes = user["Attributes"].as_array().unwrap().iter();
            let email = attributes.clone().find(|attribute| attribute["Name"] == "email").unwrap();
            email["Value"].as_str().unwrap().to_owned()
        });
        (emails.collect::<Vec<_>>(), output["PaginationToken"].clone())
    };
    let (all, more) = list(json!({}));
    assert_eq!((all.len(), more), (10, Value::Null));
    assert_eq!(list(json!({ "Limit": 0 })).0, all);

    let (first, more) = list(json!({ "Limit": 7 }));
    let (rest, end) = list(json!({ "Limit": 7, "PaginationToken": more }));
    assert_eq!(([first, rest].concat(), end), (all.clone(), Value::Null));
    assert_eq!(list(json!({ "Limit": 10 })), (all.clone(), Value::Null));

    for (filter, count) in [
        (format!("email = \"{VIEWER}\""), 1),
        ("email ^= \"itsm_\"".to_owned(), 4),
        ("email^=\"nobody\"".to_owned(), 0),
        (format!("sub = \"{VIEWER_SUB}\""), 1),
        ("username ^= \"0000\"".to_owned(), 10),
        ("cognito:user_status = \"CONFIRMED\"".to_owned(), 10),
        ("name = \"a\\\"b\"".to_owned(), 0),
        (String::new(), 10),
    ] {
        assert_eq!(list(json!({ "Filter": filter })).0.len(), count, "{filter}");
    }
}

#[test]
fn what_is_not_listed() {
    let mut dev = Dev::new();
    let mut refuse = |more: (&str, Value), refusal: &str| {
        let input = with(json!({ "UserPoolId": POOL_ID }), more.0, more.1);
        dev.refuse("ListUsers", &input, &format!("InvalidParameterException: {refusal}"));
    };
    for filter in ["email", "email = x", "email = \"x", "=", "email = \""] {
        refuse(("Filter", json!(filter)), "Error while parsing filter.");
    }
    refuse(
        ("Filter", json!("custom:role = \"viewer\"")),
        "Attribute custom:role is not searchable in the development pool.",
    );
    refuse(
        ("Limit", json!(61)),
        "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: Member \
         must have value less than or equal to 60",
    );
}
