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
use tests::template::template;

/// The template that is deployed.
static TEMPLATE: LazyLock<Value> = LazyLock::new(|| template("infra/template.yaml"));
