//! `infra/terraform/`: what can be held of the example without Terraform.

use std::collections::BTreeSet;
use std::fs;

use adapters::dynamodb::{replays, webhooks};
use adapters::{lambda, postgres, secrets_manager};
use authorizer::config::SETTINGS as OF_AUTHORIZER;
use tests::root;
use webhook_authorizer::config::SETTINGS as OF_WEBHOOK_AUTHORIZER;

/// Without this a change is applied and not served.
#[test]
fn the_deployment_follows_whatever_it_holds() {
    let files = ["api.tf", "authorizers.tf", "deployment.tf"].map(text).concat();
    let made: BTreeSet<String> = files.lines().filter_map(resource).collect();
    let (_, triggers) = files.split_once("jsonencode([").unwrap();
    let (triggers, _) = triggers.split_once("])").unwrap();
    let follows = triggers.split(',').map(|own| own.trim().to_owned());
    let follows: BTreeSet<String> = follows.filter(|own| !own.is_empty()).collect();
    assert_eq!(follows, made);
}

#[test]
fn roles_have_the_rights_of_the_adapters_and_no_others() {
    let roles = text("roles.tf");
    let actions = quoted(&roles).filter(|word| word.contains(':') && !word.contains("${"));
    // Those of every function: its log, its network, and that Lambda may take the role.
    let own = |action: &&str| !["logs:", "ec2:", "sts:"].iter().any(|of| action.starts_with(of));
    let actions: BTreeSet<&str> = actions.filter(own).collect();
    let exported = [
        lambda::IAM_ACTIONS,
        postgres::IAM_ACTIONS,
        replays::IAM_ACTIONS,
        secrets_manager::IAM_ACTIONS,
        webhooks::IAM_ACTIONS,
    ];
    assert_eq!(actions, exported.concat().into_iter().collect());
}

#[test]
fn settings_are_those_of_the_functions() {
    let main = text("main.tf");
    let names = main.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim());
    let is_setting =
        |name: &&str| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    let mut settings = names.filter(is_setting).peekable();
    assert!(settings.peek().is_some());
    for name in settings {
        assert!(OF_AUTHORIZER.contains(&name) || OF_WEBHOOK_AUTHORIZER.contains(&name), "{name}");
    }
}

/// The part of the API that a line begins, as other resources name it.
fn resource(line: &str) -> Option<String> {
    let mut words = line.strip_prefix("resource ")?.split('"');
    let (kind, name) = (words.nth(1)?, words.nth(1)?);
    let is_part = kind.starts_with("aws_api_gateway_")
        && !["aws_api_gateway_deployment", "aws_api_gateway_stage"].contains(&kind);
    is_part.then(|| format!("{kind}.{name}"))
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join("infra/terraform").join(file)).unwrap()
}
