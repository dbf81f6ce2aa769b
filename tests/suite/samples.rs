//! Every sample event through the real binaries, over the emulated Runtime API: with files instead of AWS
//! services, and otherwise the code that is shipped. `make test` builds them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tests::runtime_api::{Answer, Function};
use tests::samples::{Expected, Sample, Settings, load};

#[test]
fn the_authorizer_answers_every_sample_as_expected() {
    check_all("authorizer");
}

#[test]
fn the_webhook_authorizer_answers_every_sample_as_expected() {
    check_all("webhook-authorizer");
}

#[test]
fn every_sample_is_listed_with_what_it_shows() {
    let list = std::fs::read_to_string(tests::root().join("events/README.md")).unwrap();
    for Sample { name, about, .. } in ["authorizer", "webhook-authorizer"]
        .into_iter()
        .flat_map(|function| load(function).unwrap())
    {
        assert!(list.contains(&format!("\n| {name} | {about} |\n")), "{name}: {about}");
    }
}

fn check_all(function: &str) {
    let samples = load(function).unwrap();
    assert!(!samples.is_empty(), "no samples in `events/{function}`");
    let binary = tests::binary(&format!("{function}-local")).unwrap();
    let mut groups: BTreeMap<&Settings, Vec<&Sample>> = BTreeMap::new();
    for sample in &samples {
        groups.entry(&sample.settings).or_default().push(sample);
    }
    let wrong: Vec<String> = groups
        .into_iter()
        .flat_map(|(settings, group)| mismatches(&binary, settings, &group))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// One function for a whole group, as on Lambda: what one event leaves behind must not change what
/// the next one gets.
fn mismatches(binary: &Path, settings: &Settings, samples: &[&Sample]) -> Vec<String> {
    let mut function = Function::start(binary, settings).unwrap();
    let answers: Vec<Expected> = samples
        .iter()
        .map(|sample| match function.invoke(&sample.event).unwrap().answer {
            Answer::Response(body) => Expected::Answer(serde_json::from_slice(&body).unwrap()),
            Answer::Error(error) => Expected::Error(error.message),
        })
        .collect();
    let output = function.stop().unwrap();
    for sample in samples {
        tests::test_authorizer::assert_shows_no_credential(&sample.event, &output.stdout);
        tests::test_authorizer::assert_shows_no_credential(&sample.event, &output.stderr);
    }
    let codes = logged_codes(&output.stdout);
    assert_eq!(codes.len(), samples.len(), "one line of the decision log for each sample");
    let outcomes = std::iter::zip(samples, std::iter::zip(answers, codes));
    if tests::updates_golden_files() {
        outcomes.for_each(|(sample, (answer, code))| sample.expect(&answer, &code).unwrap());
        return Vec::new();
    }
    outcomes
        .filter(|(sample, (answer, code))| *answer != sample.expected || *code != sample.code)
        .map(|(Sample { name, about, expected, code, .. }, (answer, logged))| {
            format!(
                "{name}: {about}\n  expected {code} {expected:?}\n  got      {logged} {answer:?}"
            )
        })
        .collect()
}

/// The code of every decision, in order, from the decision log.
fn logged_codes(stdout: &str) -> Vec<String> {
    stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|line| line.get("code").and_then(Value::as_str).map(str::to_owned))
        .collect()
}
