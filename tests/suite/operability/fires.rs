//! Which alarms fire for what. The lines are those of the real functions.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::aws::Aws;
use tests::samples::Settings;
use tests::template::resolved;

use super::TEMPLATE;
use super::alarms::{alarms, fired};
use super::traffic::{Traffic, line_of, lines, sample};

/// Nothing listens there.
const NOWHERE: &str = "127.0.0.1:9";
const FUNCTIONS: [&str; 3] = ["AnyAuthorizer", "TokenAuthorizer", "WebhookAuthorizer"];

/// The settings of the samples, in an AWS out of reach.
fn settings(function: &str) -> Settings {
    let mut settings = tests::samples::shared_settings(function).unwrap();
    settings.extend(Aws::environment(&format!("http://{NOWHERE}")));
    settings
}

/// The line that the shipped authorizer writes for a sample's event, with `own` settings.
fn of_authorizer(name: &str, own: &[(&str, &str)]) -> Value {
    let event = sample("authorizer", name).event;
    lines("authorizer-api-keys", &settings("authorizer"), own, &[&event]).remove(0)
}

fn of_webhook(name: &str) -> Value {
    line_of(&sample("webhook-authorizer", name))
}

fn with(line: &Value, name: &str, value: Value) -> Value {
    let mut line = line.clone();
    line[name] = value;
    line
}

struct Cases(BTreeSet<String>);

impl Cases {
    #[track_caller]
    fn check(&mut self, what: &str, traffic: &Traffic, expected: &[&str]) {
        let fired = fired(traffic);
        assert_eq!(fired, expected, "{what}");
        self.0.extend(fired);
    }
}

#[test]
fn every_alarm_fires_for_what_it_is_about_and_for_nothing_else() {
    let mut cases = Cases(BTreeSet::new());
    healthy(&mut cases);
    outages(&mut cases);
    denials(&mut cases);
    others(&mut cases);
    of_lambda(&mut cases);
    let all: BTreeSet<String> = alarms().into_iter().map(|alarm| alarm.id).collect();
    assert!(!all.is_empty());
    assert_eq!(cases.0, all, "an alarm that no case sets off");
}

fn healthy(cases: &mut Cases) {
    let allowed = of_authorizer("allow-rest-token", &[]);
    assert_eq!(allowed["code"], "OK");
    let webhooks = ["gate-http-1", "delivery-portcullis", "delivery-async"].map(of_webhook);
    let traffic = [&[allowed][..], &webhooks[..]].concat();
    let traffic = Traffic::steady(&traffic, 50)
        .lambda("Invocations", "AnyAuthorizer", 20.0)
        .lambda("Invocations", "TokenAuthorizer", 30.0);
    let traffic = FUNCTIONS.into_iter().fold(traffic, |traffic, function| {
        traffic.lambda("Duration", function, 12.0).lambda("Errors", function, 0.0).lambda(
            "Throttles",
            function,
            0.0,
        )
    });
    cases.check("healthy", &traffic, &[]);
    cases.check("nobody calls", &Traffic::default(), &[]);
    let duplicate = of_webhook("delivery-duplicate");
    assert_eq!(duplicate["Duplicate"], 1);
    cases.check("a duplicate", &Traffic::steady(&[duplicate], 50), &[]);
    let ping = of_webhook("ping");
    assert_eq!(ping["code"], "PING");
    cases.check("kept warm", &Traffic::steady(&[ping], 50), &[]);
}

fn outages(cases: &mut Cases) {
    let url = format!("http://{NOWHERE}/jwks.json");
    let without_keys = [("JWKS_FILE", ""), ("JWKS_REFRESH", "on"), ("JWKS_URL", &*url)];
    let keys = of_authorizer("outage", &without_keys);
    assert_eq!(keys["code"], "UNAVAILABLE");
    cases.check(
        "no keys",
        &Traffic::steady(std::slice::from_ref(&keys), 1),
        &["AuthorizerOutageAlarm", "JwksFailureAlarm"],
    );
    let of_another = without_keys.into_iter().chain([("METRICS_NAMESPACE", "Portcullis/staging")]);
    let of_another = of_authorizer("outage", &of_another.collect::<Vec<_>>());
    cases.check("no keys in another stack", &Traffic::steady(&[of_another], 1), &[]);
    cases.check("one error", &Traffic::default().minute(3, &[keys], 1), &[]);

    let database = of_authorizer("api-key-outage", &[("AURORA_HOST", NOWHERE)]);
    assert_eq!((&database["code"], database.get("JwksFailures")), (&json!("UNAVAILABLE"), None));
    cases.check("no database", &Traffic::steady(&[database], 1), &["AuthorizerOutageAlarm"]);

    let event = sample("webhook-authorizer", "gate-http-1").event;
    let dynamodb = lines("webhook-authorizer", &settings("webhook-authorizer"), &[], &[&event]);
    assert_eq!(dynamodb[0]["code"], "UNAVAILABLE");
    let traffic = Traffic::steady(&dynamodb, 1);
    cases.check("no DynamoDB", &traffic, &["WebhookAuthorizerOutageAlarm"]);
    // At the gate it fails as a function.
    let traffic = traffic.lambda("Errors", "WebhookAuthorizer", 1.0);
    cases.check(
        "no DynamoDB at the gate",
        &traffic,
        &["WebhookAuthorizerErrorAlarm", "WebhookAuthorizerOutageAlarm"],
    );

    let target = of_webhook("delivery-target-failed");
    assert_eq!(target["code"], "TARGET_FAILED");
    cases.check(
        "the target fails",
        &Traffic::steady(&[target], 1),
        &["WebhookAuthorizerOutageAlarm", "WebhookTargetAlarm"],
    );
}

/// A line in five minutes for each of a hundred is the floor.
fn denials(cases: &mut Cases) {
    let allowed = of_authorizer("allow-rest-token", &[]);
    let denied = [
        of_authorizer("insufficient-role", &[]),
        of_authorizer("token-invalid-signature", &[]),
        of_authorizer("token-missing", &[]),
    ];
    assert!(denied.iter().all(|line| line["outcome"] == "deny"));
    let flood = Traffic::steady(&denied, 10);
    cases.check("a flood of denials", &flood, &["AuthorizerDenialAlarm"]);
    let few = Traffic::steady(&denied[..1], 19);
    cases.check("few denials", &few, &[]);
    let enough = Traffic::steady(&denied[..1], 20);
    cases.check("as many as count", &enough, &["AuthorizerDenialAlarm"]);
    let among = (0..15).fold(Traffic::steady(&denied, 10), |traffic, minute| {
        traffic.minute(minute, std::slice::from_ref(&allowed), 8)
    });
    cases.check("denials among others", &among, &[]);
    let short =
        (0..5).fold(Traffic::default(), |traffic, minute| traffic.minute(minute, &denied, 10));
    cases.check("a flood of five minutes", &short, &[]);
    let refused = of_webhook("delivery-signature-wrong");
    assert_eq!(refused["outcome"], "deny");
    cases.check("guesses", &Traffic::steady(&[refused], 20), &["WebhookAuthorizerDenialAlarm"]);
}

fn others(cases: &mut Cases) {
    let allowed = of_authorizer("allow-rest-token", &[]);
    let slow = with(&allowed, "Latency", json!(500_000));
    cases.check(
        "slow",
        &Traffic::steady(std::slice::from_ref(&slow), 10),
        &["AuthorizerLatencyAlarm"],
    );
    let some = (0..15).fold(Traffic::steady(&[allowed], 300), |traffic, minute| {
        traffic.minute(minute, std::slice::from_ref(&slow), 1)
    });
    cases.check("one of three hundred is slow", &some, &[]);

    let line = of_authorizer("answer-disagrees", &[]);
    assert_eq!((&line["code"], &line["AnswerDisagrees"]), (&json!("ANSWER_DISAGREES"), &json!(1)));
    let once = Traffic::default().minute(0, &[line], 1);
    cases.check("an answer that disagrees", &once, &["AnswerDisagreesAlarm"]);
}

/// What Lambda says where a function cannot.
fn of_lambda(cases: &mut Cases) {
    for function in FUNCTIONS {
        let throttled = Traffic::default().lambda("Throttles", function, 1.0);
        cases.check("throttled", &throttled, &[&format!("{function}ThrottleAlarm")]);
        let almost = timeout_seconds(function) * 1000.0 * 0.8;
        let late = Traffic::default().lambda("Duration", function, almost);
        cases.check("close to its timeout", &late, &[&format!("{function}DurationAlarm")]);
        let quick = Traffic::default().lambda("Duration", function, almost - 1.0);
        cases.check("in time", &quick, &[]);
    }
    for function in ["AnyAuthorizer", "TokenAuthorizer"] {
        // A 401 that is thrown is an error of the function to Lambda.
        let thrown = of_authorizer("token-missing", &[]);
        let thrown = Traffic::steady(&[thrown], 1).lambda("Errors", function, 1.0).lambda(
            "Invocations",
            function,
            1.0,
        );
        cases.check("thrown", &thrown, &[]);
        let ended =
            Traffic::default().lambda("Invocations", function, 1.0).lambda("Errors", function, 1.0);
        cases.check("it does not start", &ended, &["AuthorizerUnansweredAlarm"]);
    }
}

/// Of the function, or of all.
fn timeout_seconds(function: &str) -> f64 {
    let seconds = |of: &Value| resolved(&of["Timeout"], &TEMPLATE, &[]).as_f64();
    let own = seconds(&TEMPLATE["Resources"][function]["Properties"]);
    own.or_else(|| seconds(&TEMPLATE["Globals"]["Function"])).expect("a timeout")
}
