//! The settings of the webhook-authorizer: what each takes, and every mistake in its own sentence.

use adapters::lambda::TargetMode;
use tests::lookup;
use webhook_authorizer::config::{Config, SETTINGS};

const GOOD: [(&str, &str); 4] = [
    ("STEPS", "gate,delivery"),
    ("WEBHOOK_TABLE", "webhooks"),
    ("REPLAY_TABLE", "replays"),
    ("TARGET_FUNCTION", "orders"),
];

fn read(settings: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let read = Config::read(|name| lookup(settings, name).or_else(|| lookup(&GOOD, name)));
    read.map_err(|mistakes| mistakes.0)
}

/// The mistakes that `settings` make; none where `mistakes` is empty.
#[track_caller]
fn check(settings: &[(&str, &str)], mistakes: &[&str]) {
    assert_eq!(read(settings).err().unwrap_or_default(), mistakes, "{settings:?}");
}

#[test]
fn the_least_there_can_be() {
    let config = read(&[]).unwrap();
    let delivery = config.delivery.unwrap();
    assert!(config.gate);
    assert_eq!(config.secret_prefix, "portcullis/webhook/");
    assert_eq!(delivery.target_mode, TargetMode::Sync);
    let gate = [("STEPS", "gate"), ("REPLAY_TABLE", ""), ("TARGET_FUNCTION", " ")];
    assert!(read(&gate).unwrap().delivery.is_none());
    assert!(!read(&[("STEPS", "delivery")]).unwrap().gate);
}

/// A delivery that nobody takes would be lost: it is a mistake before the first one comes.
#[test]
fn a_delivery_needs_a_target() {
    let target = "`TARGET_FUNCTION` is not set: it must hold the function that verified \
                  deliveries go to";
    let replays = "`REPLAY_TABLE` is not set: it must hold the name of the DynamoDB table";
    check(&[("TARGET_FUNCTION", "")], &[target]);
    check(&[("REPLAY_TABLE", "")], &[replays]);
    check(
        &[("STEPS", "delivery"), ("TARGET_FUNCTION", ""), ("REPLAY_TABLE", "")],
        &[replays, target],
    );
}

#[test]
fn a_gate_has_no_target() {
    check(
        &[("STEPS", "gate")],
        &[
            "`REPLAY_TABLE` is set, but `STEPS` has no `delivery`",
            "`TARGET_FUNCTION` is set, but `STEPS` has no `delivery`",
        ],
    );
    check(
        &[
            ("STEPS", "gate"),
            ("REPLAY_TABLE", ""),
            ("TARGET_FUNCTION", ""),
            ("TARGET_MODE", "async"),
        ],
        &["`TARGET_MODE` is set, but `STEPS` has no `delivery`"],
    );
}

#[test]
fn single_settings() {
    check(
        &[("STEPS", "")],
        &["`STEPS` is not set: it must hold any of `gate`, `delivery`, separated by commas"],
    );
    check(&[("STEPS", "gate,gate,delivery")], &["`STEPS` names `gate` twice"]);
    check(&[("STEPS", "gate,delivery,")], &["`STEPS` has an empty item between its commas"]);
    check(
        &[("STEPS", "gate,delivery,door")],
        &["`STEPS` names `door`, which is none of `gate`, `delivery`"],
    );
    check(
        &[("WEBHOOK_TABLE", "")],
        &["`WEBHOOK_TABLE` is not set: it must hold the name of the DynamoDB table"],
    );
    check(&[("TARGET_MODE", "later")], &["`TARGET_MODE` is `later`: it must be `sync` or `async`"]);
    check(&[("RESPONSE", "IAM")], &["`RESPONSE` is `IAM`: it must be `iam` or `simple`"]);
    check(
        &[("METRICS_NAMESPACE", "AWS/Lambda")],
        &[
            "`METRICS_NAMESPACE` is no namespace of metrics: it must be 1 to 255 of `A-Z a-z 0-9 . - _ / # :` and \
           not begin with `AWS/`",
        ],
    );
    check(&[("SECRET_PREFIX", "stackflow/hooks/"), ("RESPONSE", "simple")], &[]);
}

/// What a role is made of: each right with the setting that says to what.
#[test]
fn rights() {
    let rights = |steps: &str, settings: &[(&'static str, &'static str)]| {
        let settings = [settings, &[("STEPS", steps)]].concat();
        read(&settings).unwrap().iam_actions()
    };
    let gate: [(&str, &[&str]); 2] = [
        ("WEBHOOK_TABLE", &["dynamodb:GetItem"]),
        ("SECRET_PREFIX", &["secretsmanager:GetSecretValue"]),
    ];
    let delivery: [(&str, &[&str]); 2] = [
        ("REPLAY_TABLE", &["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]),
        ("TARGET_FUNCTION", &["lambda:InvokeFunction"]),
    ];
    let both = [gate, delivery].concat();
    assert_eq!(rights("gate", &[("REPLAY_TABLE", ""), ("TARGET_FUNCTION", "")]), gate);
    assert_eq!(rights("delivery", &[]), both);
    assert_eq!(rights("gate,delivery", &[("TARGET_MODE", "async")]), both);
}

#[test]
fn every_mistake_at_once() {
    let mistakes = Config::read(|name| (name == "TARGET_MODE").then(|| "later".to_owned()));
    assert_eq!(
        mistakes.unwrap_err().0,
        [
            "`STEPS` is not set: it must hold any of `gate`, `delivery`, separated by commas",
            "`WEBHOOK_TABLE` is not set: it must hold the name of the DynamoDB table",
            "`TARGET_MODE` is `later`: it must be `sync` or `async`",
        ]
    );
}

/// What is looked up is what is documented, and nothing else.
#[test]
fn every_setting_is_named() {
    let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
    for settings in [&GOOD[..], &[("STEPS", "gate")]] {
        let _ = Config::read(|name| {
            asked.borrow_mut().insert(name.to_owned());
            lookup(settings, name)
        });
    }
    let named = SETTINGS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(asked.into_inner(), named);
}
