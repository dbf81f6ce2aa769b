//! What operators see: the alarms, queries and dashboard of `infra/template.yaml`, against the lines that the
//! real functions write. MiniStack takes no metrics from lines, adds up all dimensions and knows no metric
//! math, so the alarms are evaluated here, as CloudWatch documents it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod alarms;
mod expression;
mod fires;
mod metrics;
mod queries;
mod traffic;

use std::sync::LazyLock;

use serde_json::Value;
use tests::template::{resolved, resources, template};

/// The name of the stack that is looked at.
const STACK: (&str, &str) = ("AWS::StackName", "stack");

/// The template that is deployed.
static TEMPLATE: LazyLock<Value> = LazyLock::new(|| template("infra/template.yaml"));

/// Where the metrics of every function go: a stack has a place of its own.
static NAMESPACE: LazyLock<String> = LazyLock::new(|| {
    let functions = resources(&TEMPLATE, "AWS::Serverless::Function").into_iter();
    let settings = functions.map(|(_, function)| function["Environment"]["Variables"].clone());
    let set = settings.filter_map(|settings| settings.get("METRICS_NAMESPACE").cloned());
    let mut set: Vec<Value> = set.map(|value| resolved(&value, &TEMPLATE, &[STACK])).collect();
    assert_eq!(set.len(), 3, "all but the backend");
    set.dedup();
    assert_eq!(set, ["Portcullis/stack"]);
    "Portcullis/stack".to_owned()
});
