//! Some minutes of traffic: the metrics of lines that functions wrote, and those that Lambda publishes.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::runtime_api::Function;
use tests::samples::{Sample, Settings, load};

use super::NAMESPACE;
use super::metrics::{Metric, metrics};

/// Values by metric and minute.
#[derive(Default)]
pub(super) struct Traffic {
    pub(super) values: BTreeMap<Metric, BTreeMap<u64, Vec<f64>>>,
    /// How many minutes there are.
    pub(super) minutes: u64,
}

impl Traffic {
    /// A quarter of an hour in which each minute has `lines`, each `times` times.
    pub(super) fn steady(lines: &[Value], times: usize) -> Self {
        (0..15).fold(Self::default(), |traffic, minute| traffic.minute(minute, lines, times))
    }

    /// The same with `lines`, each `times` times, in `minute`.
    pub(super) fn minute(mut self, minute: u64, lines: &[Value], times: usize) -> Self {
        for (metric, value) in lines.iter().flat_map(metrics) {
            self.put(minute, metric, vec![value; times]);
        }
        self
    }

    /// The same with a metric that Lambda publishes: `value`, once in each of a quarter of an hour's minutes.
    pub(super) fn lambda(mut self, name: &str, function: &str, value: f64) -> Self {
        (0..15).for_each(|minute| self.put(minute, Metric::of_lambda(name, function), vec![value]));
        self
    }

    fn put(&mut self, minute: u64, metric: Metric, values: Vec<f64>) {
        self.minutes = self.minutes.max(minute + 1);
        self.values.entry(metric).or_default().entry(minute).or_default().extend(values);
    }
}

/// The sample of `function` with this name.
pub(super) fn sample(function: &str, name: &str) -> Sample {
    let found = load(function).unwrap().into_iter().find(|sample| sample.name == name);
    found.unwrap_or_else(|| panic!("`{function}` has no sample `{name}`"))
}

/// The lines that the binary `name` writes for `events`. It has the `settings` of the samples, and `own` on top.
pub(super) fn lines(
    name: &str,
    settings: &Settings,
    own: &[(&str, &str)],
    events: &[&[u8]],
) -> Vec<Value> {
    let mut settings = settings.clone();
    settings.insert("METRICS_NAMESPACE".to_owned(), NAMESPACE.clone());
    settings.extend(own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let mut function = Function::start(&tests::binary(name).unwrap(), &settings).unwrap();
    for event in events {
        function.invoke(event).unwrap();
    }
    let output = function.stop().unwrap().stdout;
    let lines: Vec<Value> =
        output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), events.len(), "one line for each event");
    lines
}

/// The line that a sample's function writes for it: with files in place of AWS.
pub(super) fn line_of(sample: &Sample) -> Value {
    let binary = format!("{}-local", sample.function);
    lines(&binary, &sample.settings, &[], &[&sample.event]).remove(0)
}
