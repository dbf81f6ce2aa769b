//! Events: every sample of the authorizer is explained with the code that the function answers.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::samples::load;
use tests::test_authorizer::assert_shows_no_credential;

use super::{run, run_in};

/// Only a database knows the key.
const NO_DATABASE: &str = "no database is asked";

#[test]
fn every_sample_has_the_code_of_the_function() {
    let mut explained = 0;
    for sample in load("authorizer").unwrap() {
        let path = format!("events/authorizer/{}.json", sample.name);
        let table = sample.settings.get("ACCESS_FILE").unwrap();
        let done = run_in(&sample.settings, &["--event", &path, "--access", table, "--json"], "");
        assert_shows_no_credential(&sample.event, &done.out);
        assert_shows_no_credential(&sample.event, &done.err);
        if done.err.contains(NO_DATABASE)
            || matches!(sample.name.as_str(), "malformed-event" | "ping")
        {
            assert_eq!((done.code, done.out.as_str()), (1, ""), "{}", sample.name);
            continue;
        }
        let report: Value = done.json();
        // No network is asked, so none is out of reach.
        let expected = if sample.name == "outage" { "OK" } else { &sample.code };
        assert_eq!(report["code"], expected, "{}: {}", sample.name, report["reason"]);
        explained += 1;
    }
    assert!(explained > 50, "{explained}");
}

#[test]
fn a_supposed_caller_in_place_of_a_key() {
    let event = "events/authorizer/api-key-allow-rest-request.json";
    let none = BTreeMap::new();
    let done = run_in(&none, &["--event", event], "");
    assert_eq!((done.code, done.out.as_str()), (1, ""));
    assert!(done.err.contains(NO_DATABASE), "{}", done.err);
    let words = "--credential api-key --role viewer --scope read-only --tenant acme";
    let arguments: Vec<&str> = ["--event", event].into_iter().chain(words.split(' ')).collect();
    run(&arguments).is(
        0,
        "GET /api/incidents: allowed
step    4. decision: the caller holds what the route requires
rule    GET /api/incidents requires read:itsm (infra/access.toml:102)
caller  role viewer (infra/access.toml:30), scope read-only (infra/access.toml:61), tenant acme; api-key, \
supposed
holds   read:itsm, read:cloud, read:platform
answer  the caller's policy, the same for every route: it allows this request
",
        "",
    );
}

#[test]
fn what_is_no_event() {
    run(&["--event", "README.md"]).is(
        1,
        "",
        "portcullis: the authorizer cannot read that request: malformed event: it is not a JSON object\n",
    );
}
