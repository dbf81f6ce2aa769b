//! A stack that is changed, changed badly, and deleted, while somebody calls.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use reqwest::Method;

use super::deployed::{Stack, delete, packages, refused};
use super::webhooks::registered;

/// What must be the same after an update.
fn kept(stack: &Stack) -> [String; 5] {
    ["ApiUrl", "UserPoolId", "AppClientId", "WebhookTableName", "ReplayTableName"]
        .map(|name| stack.output(name).to_owned())
}

#[test]
fn a_change_keeps_what_is_there() {
    let mut stack = Stack::deploy(&[]);
    let (anna, made) = registered(&stack);
    let before = kept(&stack);
    let bearer = stack.bearer("viewer");
    assert_eq!(stack.outcome(Method::GET, "/api/incidents", ""), (401, "UNAUTHORIZED".to_owned()));
    // Another gateway response is deployed, because the deployment has another name.
    stack
        .update(&["--replace", r#"{"code":"UNAUTHORIZED""#, r#"{"code":"SIGN_IN""#, "--named"])
        .unwrap();
    assert_eq!(stack.outcome(Method::GET, "/api/incidents", ""), (401, "SIGN_IN".to_owned()));
    stack.read_outputs();
    assert_eq!(kept(&stack), before);
    assert_eq!(stack.outcome(Method::GET, "/api/incidents", &bearer).0, 200);
    // Her token and her webhook are as good as before.
    let token = format!("Bearer {}", anna.does(&["token"]).out.trim_end());
    assert_eq!(stack.outcome(Method::GET, "/api/incidents", &token).0, 200);
    let done = anna.does(&["webhook", "test", made["webhook_id"].as_str().unwrap()]);
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn a_bad_change_is_taken_back() {
    let (stack, other) = (Stack::deploy(&[]), Stack::deploy(&[]));
    let bearer = stack.bearer("viewer");
    // The address of a login page that somebody else has.
    let taken = other.output("LoginUrl").strip_prefix("https://").unwrap();
    let taken = format!("DomainPrefix={}", taken.split('.').next().unwrap());
    let role = ["--replace", "CREDENTIALS: id-token,service-token", "CREDENTIALS: service-token"];
    let reason = stack.update(&[&role[..], &["--parameter", &taken]].concat());
    let reason = reason.unwrap_err();
    assert!(reason.starts_with("UPDATE_ROLLBACK_COMPLETE\n"), "{reason}");
    for path in ["/api/incidents", "/api/problems"] {
        assert_eq!(stack.outcome(Method::GET, path, &bearer).0, 200);
        assert_eq!(stack.outcome(Method::POST, path, &bearer).0, 403);
    }
}

#[test]
fn a_stack_that_is_deleted_while_somebody_calls() {
    let stack = Stack::deploy(&[]);
    let ends = AtomicBool::new(false);
    thread::scope(|scope| {
        let caller = scope.spawn(|| {
            // Nobody is let in without a token, whatever is still there.
            while !ends.load(Ordering::Relaxed) {
                let status = stack.outcome(Method::GET, "/api/incidents", "").0;
                assert!(matches!(status, 401 | 403 | 404 | 500), "{status}");
            }
        });
        delete(&stack.name);
        ends.store(true, Ordering::Relaxed);
        caller.join().unwrap();
    });
}

#[test]
fn what_is_not_deployed() {
    let waf = ["--parameter", "Waf=off", "--parameter", "Monitoring=off"];
    let check = |arguments: &[&str], sentence: &str| {
        let reason = refused(&[&waf[..], arguments].concat());
        assert!(reason.contains(sentence), "{reason}");
    };
    check(&[], "ServiceTenant");
    let tenant = ["--parameter", "ServiceTenant=acme", "--parameter"];
    check(&["--parameter", "ServiceTenant=a b"], "a tenant has 1 to 64 letters, digits");
    check(
        &[&tenant[..], &["ExistingUserPoolId=eu-central-1_AbCdEfGhI"]].concat(),
        "ExistingUserPoolId is set, and ExistingAppClientIds is not",
    );
    check(
        &[&tenant[..], &["ExistingAppClientIds=1example"]].concat(),
        "ExistingAppClientIds and ServiceClients belong to ExistingUserPoolId",
    );
    check(&[&tenant[..], &["ExistingApiId=abc"]].concat(), "WebhookTargetArn is not");
    check(&[&tenant[..], &["AuroraHost=db.example"]].concat(), "nothing says how to log in");
    check(&[&tenant[..], &["WebhookTargetArn=tasks"]].concat(), "the ARN of a function");
    let alias = "LogKeyArn=arn:aws:kms:eu-central-1:000000000000:alias/logs";
    check(&[&tenant[..], &[alias]].concat(), "the ARN of a key, not of an alias");
    check(
        &[&tenant[..], &["JwksRefresh=off"]].concat(),
        "JwksFile is not set: there would be no keys",
    );
    let subnets = [&tenant[..], &["AuroraSubnetIds=subnet-1", "--parameter"]].concat();
    let login = "AuroraResourceId=cluster-1";
    check(
        &[&subnets[..], &["AuroraHost=db.example", "--parameter", login]].concat(),
        "AuroraSecurityGroupIds is not: name the cluster's security group",
    );
    check(
        &[&subnets[..], &["AuroraSecurityGroupIds=sg-1"]].concat(),
        "AuroraSubnetIds is set, and AuroraHost is not",
    );
}

/// Linux says of such a binary that it is none, and so does Lambda.
#[test]
fn a_package_for_another_processor() {
    let zip = packages().join("authorizer.zip");
    assert!(zip.is_file());
    let stack = Stack::deploy(&["--foreign", "TokenAuthorizer"]);
    let bearer = stack.bearer("viewer");
    let outcome = stack.outcome(Method::GET, "/api/problems", &bearer);
    assert_eq!(outcome, (500, "UNAVAILABLE".to_owned()));
    assert_eq!(stack.outcome(Method::GET, "/api/incidents", &bearer).0, 200);
}
