//! Each role allows what its function's settings need, on what they name, and nothing else.

use serde_json::{Value, json};
use tests::aws::Aws;
use tests::postgres::{Cluster, Database};

use super::deployed::{Stack, with_database};

/// What Lambda itself does for a function, and keys of one's own: by the name of the statement.
const OF_LAMBDA: [(&str, &[&str]); 3] = [
    ("Log", &["logs:CreateLogStream", "logs:PutLogEvents"]),
    ("Trace", &["xray:PutTelemetryRecords", "xray:PutTraceSegments"]),
    (
        "UseNetwork",
        &[
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ],
    ),
];

/// The rights that the settings need: the setting that names the resource, and the actions.
type Rights = Vec<(&'static str, &'static [&'static str])>;

fn rights(function: &str, settings: &Value) -> Rights {
    let lookup = |name: &str| settings[name].as_str().map(str::to_owned);
    match function {
        "WebhookAuthorizer" => {
            webhook_authorizer::config::Config::read(lookup).unwrap().iam_actions()
        }
        _ => authorizer::config::Config::read(lookup).unwrap().iam_actions(),
    }
}

/// The actions of a statement, sorted.
fn actions(statement: &Value) -> Vec<&str> {
    let mut actions: Vec<&str> = match &statement["Action"] {
        Value::Array(all) => all.iter().map(|one| one.as_str().unwrap()).collect(),
        one => vec![one.as_str().unwrap()],
    };
    actions.sort_unstable();
    actions
}

/// Whether `resource` of a statement is what the value of `setting` names, and no more.
fn names(setting: &str, value: &str, resource: &str, resource_id: &str) -> bool {
    let account = "eu-central-1:000000000000";
    match setting {
        "WEBHOOK_TABLE" | "REPLAY_TABLE" => {
            resource == format!("arn:aws:dynamodb:{account}:table/{value}")
        }
        "SECRET_PREFIX" => resource == format!("arn:aws:secretsmanager:{account}:secret:{value}*"),
        "AURORA_AUTH" => Some(resource) == value.strip_prefix("secret:"),
        "AURORA_USER" => {
            resource == format!("arn:aws:rds-db:{account}:dbuser:{resource_id}/{value}")
        }
        "TARGET_FUNCTION" => resource == value,
        _ => false,
    }
}

/// Deploys with `arguments`, and compares the role of every function with what its settings need.
#[track_caller]
fn check(arguments: &[&str], resource_id: &str) {
    let stack = Stack::deploy(arguments);
    for (function, own) in stack.roles().as_object().unwrap() {
        assert_eq!(own["attached"], json!([]), "{function}");
        let mut needed = rights(function, &own["settings"]);
        for statement in own["statements"].as_array().unwrap() {
            let sid = statement["Sid"].as_str().unwrap();
            let actions = actions(statement);
            let resource = statement["Resource"].as_str().unwrap();
            if let Some((_, expected)) = OF_LAMBDA.iter().find(|(name, _)| *name == sid) {
                assert_eq!(actions, *expected, "{function} {sid}");
                assert!(sid != "Log" || resource.contains(&stack.name), "{function} {resource}");
                continue;
            }
            let found = needed.iter().position(|(setting, needs)| {
                let value = own["settings"][*setting].as_str().unwrap();
                *needs == actions && names(setting, value, resource, resource_id)
            });
            let found = found.unwrap_or_else(|| panic!("{function} does not need {statement}"));
            needed.remove(found);
        }
        assert_eq!(needed, [], "{function} has no right for it");
    }
}

#[test]
fn tokens_alone() {
    check(&[], "");
}

#[test]
fn a_password_in_secrets_manager() {
    let (cluster, aws) = (Cluster::shared(), Aws::of_stacks());
    let database = Database::new(&cluster);
    let parameters = with_database(&aws, &cluster, "127.0.0.1:5432", database.name());
    check(&parameters.arguments(), "");
}

#[test]
fn a_login_with_iam_from_a_vpc() {
    check(
        &[
            "--parameter",
            "AuroraHost=keys.cluster-abc.eu-central-1.rds.amazonaws.com",
            "--parameter",
            "AuroraResourceId=cluster-ABC",
            "--parameter",
            "AuroraSubnetIds=subnet-1,subnet-2",
            "--parameter",
            "AuroraSecurityGroupIds=sg-1",
        ],
        "cluster-ABC",
    );
}
