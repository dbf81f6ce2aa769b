//! Saved queries and the dashboard speak of what lines have.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::samples::load;
use tests::template::{resolved, resources};

use super::alarms::alarms;
use super::metrics::{Metric, metrics};
use super::traffic::lines;
use super::{STACK, TEMPLATE};

/// What Logs Insights finds in every line by itself.
const OF_INSIGHTS: [&str; 3] = ["@timestamp", "@message", "@log"];
/// What Lambda writes after each invocation, with `LogFormat` JSON:
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>.
const OF_REPORTS: [&str; 3] =
    ["type", "record.metrics.initDurationMs", "record.metrics.maxMemoryUsedMB"];
const WORDS: &str =
    "filter stats sort display limit by as and or desc asc count max pct bin ispresent";
const OF_LAMBDA: [&str; 5] =
    ["ConcurrentExecutions", "Duration", "Errors", "Invocations", "Throttles"];

/// The lines of every sample.
fn every_line() -> Vec<Value> {
    let samples = ["authorizer", "webhook-authorizer"]
        .into_iter()
        .flat_map(|function| load(function).unwrap());
    let mut groups = std::collections::BTreeMap::new();
    for sample in samples {
        let group: &mut Vec<_> = groups.entry((sample.function, sample.settings)).or_default();
        group.push(sample.event);
    }
    let of_group = |((function, settings), events): (_, Vec<Vec<u8>>)| {
        let events: Vec<&[u8]> = events.iter().map(Vec::as_slice).collect();
        lines(&format!("{function}-local"), &settings, &[], &events)
    };
    groups.into_iter().flat_map(of_group).collect()
}

#[test]
fn queries_name_members_of_lines() {
    let lines = every_line();
    let members =
        lines.iter().filter_map(Value::as_object).flatten().map(|(name, _)| name.as_str());
    let known: BTreeSet<&str> = members.chain(OF_INSIGHTS).chain(OF_REPORTS).collect();
    let queries = queries();
    assert!(!queries.is_empty());
    for (id, query) in &queries {
        let fields = fields(query);
        assert!(!fields.is_empty(), "{id}");
        for field in fields {
            assert!(known.contains(field.as_str()), "{id}: no line has `{field}`");
        }
    }
}

/// A description says which query to run: one that is saved, under this name.
#[test]
fn alarms_name_saved_queries() {
    let saved = resources(&TEMPLATE, "AWS::Logs::QueryDefinition").into_iter();
    let saved: BTreeSet<String> = saved
        .map(|(_, query)| resolved(&query["Name"], &TEMPLATE, &[STACK]))
        .map(|name| name.as_str().unwrap().strip_prefix("stack/").unwrap().to_owned())
        .collect();
    for (id, alarm) in resources(&TEMPLATE, "AWS::CloudWatch::Alarm") {
        let description = alarm["AlarmDescription"].as_str().unwrap();
        for part in description.split("saved quer").skip(1) {
            let sentence = part.split(['.', ':', ';']).next().unwrap_or_default();
            for name in sentence.split('"').skip(1).step_by(2) {
                assert!(saved.contains(name), "{id}: no saved query `{name}`");
            }
        }
        assert!(description.ends_with("See infra/README.md, runbook, \"An alarm fires\"."), "{id}");
    }
}

#[test]
fn the_dashboard_shows_what_there_is() {
    let carried: BTreeSet<Metric> =
        every_line().iter().flat_map(metrics).map(|(metric, _)| metric).collect();
    let functions: Vec<String> =
        resources(&TEMPLATE, "AWS::Serverless::Function").into_iter().map(|(id, _)| id).collect();
    let check = |metric: &Metric| match metric.namespace.as_str() {
        "AWS/Lambda" => {
            assert!(OF_LAMBDA.contains(&&*metric.name), "{metric:?}");
            assert!(functions.contains(&metric.dimensions["FunctionName"]), "{metric:?}");
        }
        _ => assert!(carried.contains(metric), "no line carries {metric:?}"),
    };
    alarms().iter().flat_map(|alarm| alarm.metrics()).for_each(&check);
    let queries: BTreeSet<String> =
        queries().into_iter().map(|(_, query)| on_one_line(&query)).collect();
    for widget in widgets() {
        let properties = &widget["properties"];
        if widget["type"] == "log" {
            let query = properties["query"].as_str().unwrap();
            let sources = query.split(" | ").take_while(|part| part.starts_with("SOURCE '"));
            let own: String =
                query.split(" | ").skip(sources.count()).collect::<Vec<_>>().join(" | ");
            assert!(queries.contains(&own), "not one of the saved queries: {own}");
            continue;
        }
        for row in properties["metrics"].as_array().unwrap() {
            let row = row.as_array().unwrap();
            match row[0]["expression"].as_str() {
                Some(search) => {
                    assert!(
                        search.contains("{\"Portcullis/stack\",function,outcome,code}"),
                        "{search}"
                    )
                }
                None => check(&metric(row)),
            }
        }
    }
}

fn metric(row: &[Value]) -> Metric {
    let mut texts = row.iter().filter_map(Value::as_str).map(str::to_owned);
    let (namespace, name) = (texts.next().unwrap(), texts.next().unwrap());
    let mut dimensions = std::collections::BTreeMap::new();
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        dimensions.insert(name, value);
    }
    Metric { namespace, name, dimensions }
}

fn widgets() -> Vec<Value> {
    let dashboards = resources(&TEMPLATE, "AWS::CloudWatch::Dashboard");
    let [(_, dashboard)] = &dashboards[..] else { panic!("one dashboard") };
    let body = resolved(&dashboard["DashboardBody"], &TEMPLATE, &[STACK]);
    let body: Value = serde_json::from_str(body.as_str().expect("a text")).expect("it is JSON");
    body["widgets"].as_array().expect("widgets").clone()
}

fn queries() -> Vec<(String, String)> {
    let queries = resources(&TEMPLATE, "AWS::Logs::QueryDefinition").into_iter();
    queries
        .map(|(id, query)| (id, query["QueryString"].as_str().expect("a text").to_owned()))
        .collect()
}

fn on_one_line(query: &str) -> String {
    query.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The names in `query` that are no word of the language, no text, no number and no name given in it.
fn fields(query: &str) -> Vec<String> {
    // Every second part stands in quotes.
    let plain: String = query.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let is_end = |c: char| !c.is_ascii_alphanumeric() && !"_@.".contains(c);
    let words: Vec<&str> = plain.split(is_end).filter(|word| !word.is_empty()).collect();
    let given: Vec<&str> =
        words.windows(2).filter(|pair| pair[0] == "as").map(|pair| pair[1]).collect();
    let is_field = |word: &&&str| {
        !WORDS.split(' ').any(|own| own == **word)
            && !given.contains(word)
            && !word.starts_with(|c: char| c.is_ascii_digit())
    };
    words.iter().filter(is_field).map(|word| (*word).to_owned()).collect()
}

#[test]
fn fields_of_a_query() {
    let query = "filter code = \"DENY by x\" and ispresent(a.b)\n| stats count(*) as n by bin(5m), route\n| sort n desc";
    assert_eq!(fields(query), ["code", "a.b", "route"]);
}
