//! The function itself, as Lambda runs it.

use serde_json::Value;
use tests::binary;
use tests::runtime_api::{Answer, Function};
use tests::samples::Settings;
use tests::test_authorizer::assert_shows_no_credential;
use tests::test_key_authorizer::reading;

use super::Stack;

fn start(settings: &Settings) -> Function {
    Function::start(&binary("authorizer-api-keys").unwrap(), settings).unwrap()
}

/// What came of `event`: the effect of the first statement, or the error.
fn outcome(function: &mut Function, event: &Value) -> String {
    match function.invoke(event.to_string().as_bytes()).unwrap().answer {
        Answer::Response(json) => {
            let answer: Value = serde_json::from_slice(&json).unwrap();
            answer["policyDocument"]["Statement"][0]["Effect"].as_str().unwrap().to_owned()
        }
        Answer::Error(error) => error.message,
    }
}

#[test]
fn a_key_is_decided_on_through_an_outage() {
    let mut stack = Stack::own();
    let mut function = start(&stack.settings_with(&[("ACCESS_FILE", "infra/access.toml")]));
    let event = reading(&stack.key.value);
    assert_eq!(outcome(&mut function, &event), "Allow");
    stack.cluster.stop();
    let refused = "the database cannot be reached: Connection refused (os error 111)";
    assert_eq!(outcome(&mut function, &event), refused);
    stack.cluster.start();
    assert_eq!(outcome(&mut function, &event), "Allow");
    stack.change_key("revoked_at = now()");
    assert_eq!(outcome(&mut function, &event), "Unauthorized");

    let output = function.stop().unwrap();
    let lines = output.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let codes: Vec<_> = lines.map(|line| line["code"].as_str().unwrap().to_owned()).collect();
    assert_eq!(codes, ["OK", "UNAVAILABLE", "OK", "API_KEY_INVALID"]);
    let written = format!("{}{}", output.stdout, output.stderr);
    assert_shows_no_credential(event.to_string().as_bytes(), &written);
    assert!(!written.contains(stack.cluster.password("portcullis_authorizer")), "{written}");
}

#[test]
fn a_build_without_api_keys_does_not_start_where_they_are_taken() {
    let stack = Stack::shared();
    let settings = stack.settings_with(&[("ACCESS_FILE", "infra/access.toml")]);
    let function = Function::start(&binary("authorizer").unwrap(), &settings).unwrap();
    let written = function.refusal().unwrap().output.stderr;
    let problem = "authorizer does not start:\n  \
                   `CREDENTIALS` names `api-key`, which this build does not take: deploy \
                   `authorizer-api-keys.zip`\n";
    assert!(written.ends_with(problem), "{written}");
}

#[test]
fn what_is_missing_is_said_at_once() {
    let settings = [("CREDENTIALS", "api-key"), ("ACCESS_FILE", "infra/access.toml")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let refusal = start(&settings.into()).refusal().unwrap();
    assert_eq!(
        refusal.output.stderr,
        "authorizer does not start:\n  \
         `API_KEY_ENVIRONMENT` is not set: it must hold the `<env>` of the keys, as `prod`\n  \
         `AURORA_HOST` is not set: it must hold the cluster's or the proxy's host\n  \
         `AURORA_DATABASE` is not set: it must hold the name of the database\n  \
         `AURORA_USER` is not set: it must hold the database role to log in as\n  \
         `AURORA_AUTH` is not set: it must hold `iam` or `secret:<id>`\n"
    );
}
