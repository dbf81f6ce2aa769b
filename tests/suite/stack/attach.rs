//! Beside what a team has: a pool and a REST API that another stack made.

use std::process::Command;

use reqwest::Method;
use serde_json::Value;
use tests::aws::{Aws, variable};

use super::deployed::{Stack, log_in};

/// What the AWS CLI answers.
fn aws_cli(stack: &Stack, arguments: &[&str]) -> Value {
    let done = Command::new(variable("PORTCULLIS_TEST_AWS_CLI"))
        .args(arguments)
        .args(["--output", "json"])
        .env_clear()
        .envs(Aws::environment(stack.aws.endpoint()))
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

#[test]
fn a_method_of_an_api_that_is_there() {
    let theirs = Stack::deploy(&[]);
    let api = theirs.output("ApiUrl").strip_prefix("https://").unwrap().split('.').next().unwrap();
    let parameters = [
        format!("ExistingApiId={api}"),
        format!("ExistingUserPoolId={}", theirs.output("UserPoolId")),
        format!("ExistingAppClientIds={}", theirs.output("AppClientId")),
        "WebhookTargetArn=arn:aws:lambda:eu-central-1:000000000000:function:tasks".to_owned(),
    ];
    let arguments: Vec<&str> =
        parameters.iter().flat_map(|own| ["--parameter", own.as_str()]).collect();
    let ours = Stack::deploy(&arguments);
    for absent in ["ApiUrl", "LoginUrl", "ServiceClientId"] {
        assert!(!ours.outputs.contains_key(absent), "{absent}");
    }
    assert_eq!(ours.output("UserPoolId"), theirs.output("UserPoolId"));
    // As infra/README.md says.
    let resources = aws_cli(&theirs, &["apigateway", "get-resources", "--rest-api-id", api]);
    let resources = resources["items"].as_array().unwrap();
    let problems = resources.iter().find(|own| own["path"] == "/api/problems").unwrap();
    let authorizer =
        format!("op=replace,path=/authorizerId,value={}", ours.output("TokenAuthorizerId"));
    let update = ["apigateway", "update-method", "--rest-api-id", api, "--http-method", "GET"];
    let of = ["--resource-id", problems["id"].as_str().unwrap(), "--patch-operations"];
    let to = ["op=replace,path=/authorizationType,value=CUSTOM", &authorizer];
    aws_cli(&theirs, &[&update[..], &of, &to].concat());
    let deploy = ["apigateway", "create-deployment", "--rest-api-id", api, "--stage-name", "prod"];
    aws_cli(&theirs, &deploy);

    let anna = theirs.administrator();
    log_in(&anna, "viewer");
    let token = format!("Bearer {}", anna.does(&["token"]).out.trim_end());
    assert_eq!(theirs.outcome(Method::GET, "/api/problems", &token).0, 200);
    assert_eq!(theirs.outcome(Method::GET, "/api/problems/7", &token).0, 200);
    // One method asks ours, and the other still asks theirs.
    for stack in [&ours, &theirs] {
        let lines = stack.lines("token-authorizer");
        let codes: Vec<&str> = lines.iter().filter_map(|line| line["code"].as_str()).collect();
        assert_eq!(codes, ["OK"]);
    }
    // Their API may deliver webhooks to it.
    let function = ours.output("WebhookFunctionArn").strip_suffix(":live").unwrap();
    let policy = ["lambda", "get-policy", "--function-name", function, "--qualifier", "live"];
    let policy = aws_cli(&ours, &policy);
    let delivery = format!(":{api}/*/*/v1/webhooks/*");
    assert!(policy["Policy"].as_str().unwrap().contains(&delivery), "{policy}");
    // The stack does not know the address of the API.
    let configure = ["configure", "--stack-name", &ours.name, "--yes"];
    let done = anna.does(&configure);
    assert!(done.code == 1 && done.err.contains("has no output `ApiUrl`"), "{done:?}");
    let done = anna.does(&[&configure[..], &["--api-url", &theirs.api_url()]].concat());
    assert_eq!(done.code, 0, "{done:?}");
}
