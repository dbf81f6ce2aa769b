//! What else a pool asks for: a new password, the code of an app.

use local::pool::POOL_ID;
use serde_json::{Value, json};
use tests::scripted_cognito::{ScriptedCognito, error, tokens};

use super::VIEWER;
use super::person::Person;
use crate::dev::running::Running;

const NEW: u64 = 4_000_000_000;

/// A pool that asks for `challenge` after the password, and takes `right` as its answer.
fn asking(challenge: &'static str, member: &'static str, right: &'static str) -> ScriptedCognito {
    asking_with(challenge, json!({}), member, right)
}

fn asking_with(
    challenge: &'static str,
    parameters: Value,
    member: &'static str,
    right: &'static str,
) -> ScriptedCognito {
    ScriptedCognito::start(move |operation, input| match operation {
        "InitiateAuth" => {
            let parameters = parameters.clone();
            let session = "a-session-of-at-least-20-characters";
            let asked = json!({
                "ChallengeName": challenge, "ChallengeParameters": parameters, "Session": session,
            });
            (200, asked)
        }
        _ if input["ChallengeResponses"][member] == right => (200, tokens(NEW, Some("r1"))),
        _ if member == "NEW_PASSWORD" => {
            let message = "Password did not conform with policy: Password not long enough";
            error("InvalidPasswordException", message)
        }
        _ => error("CodeMismatchException", "Invalid code received for user"),
    })
}

#[test]
fn an_authenticator_app() {
    let cognito = asking("SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE", "123456");
    let person = Person::configured(&cognito.url());
    let done = person.log_in(VIEWER, "password\n123456\n");
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(
        cognito.last_input(),
        json!({
            "ClientId": "portcullisdevapp0000000001",
            "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": "a-session-of-at-least-20-characters",
            "ChallengeResponses": { "USERNAME": VIEWER, "SOFTWARE_TOKEN_MFA_CODE": "123456" },
        })
    );
    let done = person.log_in(VIEWER, "password\n654321\n");
    let sentence = "Cognito refused: CodeMismatchException: Invalid code received for user\n";
    assert!(done.code == 1 && done.err.ends_with(sentence), "{done:?}");
    let done = person.log_in(VIEWER, "password\n");
    let sentence = "there is no terminal to ask for the code of the authenticator app on, and no further line on \
                    standard input\n";
    assert!(done.code == 2 && done.err.ends_with(sentence), "{done:?}");
}

#[test]
fn one_of_several_ways() {
    let cognito = ScriptedCognito::start(|operation, input| {
        let asked = |name: &str| (200, json!({ "ChallengeName": name, "Session": "s".repeat(20) }));
        let responses = &input["ChallengeResponses"];
        match operation {
            "InitiateAuth" => asked("SELECT_MFA_TYPE"),
            _ if responses["ANSWER"] == "SOFTWARE_TOKEN_MFA" => asked("SOFTWARE_TOKEN_MFA"),
            _ => (200, tokens(NEW, Some("r1"))),
        }
    });
    let done = Person::configured(&cognito.url()).log_in(VIEWER, "password\n123456\n");
    assert_eq!(done.code, 0, "{done:?}");
    let calls = ["InitiateAuth", "RespondToAuthChallenge", "RespondToAuthChallenge"];
    assert_eq!(cognito.operations(), calls);
}

#[test]
fn what_only_a_browser_can_answer() {
    for name in ["SMS_MFA", "MFA_SETUP", "CUSTOM_CHALLENGE"] {
        let cognito = asking(name, "none", "none");
        let done = Person::configured(&cognito.url()).log_in(VIEWER, "password\n");
        let sentence = format!(
            "portcullis: the user pool asks for {name}, which only a browser can answer: try \
             `portcullis login --browser`\n"
        );
        assert!(done.code == 1 && done.err.ends_with(&sentence), "{done:?}");
    }
}

/// Invited with a temporary password, as an administrator does it.
#[test]
fn a_new_password() {
    let gate = Running::start(&[]);
    invite(&gate.pool, "new@acme.example", "Temporary1!!");
    let person = Person::configured(&gate.pool);
    let chosen = "The password is a temporary one: choose another.\n";
    let log_in = |input: &str| person.log_in("new@acme.example", input);
    let done = log_in("Temporary1!!\nshort\n");
    let refused = "portcullis: the user pool refuses the new password: Password not long enough\n";
    assert!(done.code == 3 && done.err.ends_with(&format!("{chosen}{refused}")), "{done:?}");
    let done = log_in("Temporary1!!\n");
    let none = "portcullis: there is no terminal to ask for the new password on, and no further line on standard \
                input\n";
    assert!(done.code == 2 && done.err.ends_with(&format!("{chosen}{none}")), "{done:?}");
    let done = log_in("Temporary1!!\nPortcullis3#\n");
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(log_in("Portcullis3#\n").code, 0);
    assert_eq!(log_in("Temporary1!!\n").code, 3);
}

#[test]
fn attributes_that_a_pool_requires() {
    let parameters = json!({ "requiredAttributes": "[\"userAttributes.phone_number\"]" });
    let cognito = asking_with("NEW_PASSWORD_REQUIRED", parameters, "NEW_PASSWORD", "x");
    let done = Person::configured(&cognito.url()).log_in(VIEWER, "password\nx\n");
    let sentence = "portcullis: the user lacks attributes that the user pool requires, \
                    [\"userAttributes.phone_number\"]: ask an administrator to set them\n";
    assert!(done.code == 1 && done.err.ends_with(sentence), "{done:?}");
}

/// `AdminCreateUser` at the development pool, which looks whether there is a signature, and no further.
pub(super) fn invite(pool: &str, email: &str, password: &str) {
    let body = json!({
        "UserPoolId": POOL_ID, "Username": email, "TemporaryPassword": password, "MessageAction": "SUPPRESS",
        "UserAttributes": [
            { "Name": "email", "Value": email },
            { "Name": "email_verified", "Value": "true" },
        ],
    });
    let signature = "Authorization: AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c";
    let done = std::process::Command::new("curl")
        .args(["--silent", "--fail-with-body", "--header", signature, "--data", &body.to_string()])
        .args(["--header", "X-Amz-Target: AWSCognitoIdentityProviderService.AdminCreateUser"])
        .args(["--header", "Content-Type: application/x-amz-json-1.1", pool])
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
}
