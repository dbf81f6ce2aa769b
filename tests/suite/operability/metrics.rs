//! The metrics that CloudWatch takes from a line.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::collections::BTreeMap;

use serde_json::Value;

/// What makes a metric: two with other dimensions are two.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Metric {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) dimensions: BTreeMap<String, String>,
}

impl Metric {
    /// A metric that Lambda itself publishes, of the function with this logical id.
    pub(super) fn of_lambda(name: &str, function: &str) -> Self {
        let dimensions = [("FunctionName".to_owned(), function.to_owned())];
        Self {
            namespace: "AWS/Lambda".to_owned(),
            name: name.to_owned(),
            dimensions: dimensions.into(),
        }
    }
}

/// The metrics of `line`, each with its value.
///
/// What CloudWatch would silently pass over, a metric or dimension without its member, fails.
pub(super) fn metrics(line: &Value) -> Vec<(Metric, f64)> {
    let mut found = Vec::new();
    assert!(line["_aws"]["Timestamp"].is_u64(), "{line}");
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().expect("a list of directives") {
        for dimensions in directive["Dimensions"].as_array().expect("a list of sets") {
            let names = dimensions.as_array().expect("a set of dimensions").iter();
            let dimensions: BTreeMap<_, _> = names.map(|name| member(line, name)).collect();
            for metric in directive["Metrics"].as_array().expect("a list of metrics") {
                let name = metric["Name"].as_str().expect("a name");
                assert!(metric["Unit"] == "Count" || metric["Unit"] == "Microseconds", "{metric}");
                let value =
                    line[name].as_f64().unwrap_or_else(|| panic!("no number `{name}` in {line}"));
                let namespace = directive["Namespace"].as_str().expect("a namespace").to_owned();
                let metric =
                    Metric { namespace, name: name.to_owned(), dimensions: dimensions.clone() };
                found.push((metric, value));
            }
        }
    }
    found
}

fn member(line: &Value, name: &Value) -> (String, String) {
    let name = name.as_str().expect("the name of a dimension");
    let value = line[name].as_str().unwrap_or_else(|| panic!("no text `{name}` in {line}"));
    (name.to_owned(), value.to_owned())
}
