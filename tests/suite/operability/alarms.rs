//! The alarms of the template, evaluated as CloudWatch documents it.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html>

use std::collections::BTreeMap;

use serde_json::Value;
use tests::template::{resolved, resources};

use super::metrics::Metric;
use super::traffic::Traffic;
use super::{STACK, TEMPLATE, expression};

/// An alarm on values that are at least a threshold.
pub(super) struct Alarm {
    pub(super) id: String,
    watched: Watched,
    /// How many periods are looked at together.
    periods: u64,
    /// How many of them have to breach.
    datapoints: u64,
    threshold: f64,
}

enum Watched {
    One(Query),
    Math(String, BTreeMap<String, Query>),
}

/// One statistic of one metric.
struct Query {
    metric: Metric,
    statistic: String,
    /// In minutes.
    period: u64,
}

/// Every alarm of the template, with the defaults of its parameters.
pub(super) fn alarms() -> Vec<Alarm> {
    let alarms = resources(&TEMPLATE, "AWS::CloudWatch::Alarm").into_iter();
    alarms
        .map(|(id, properties)| Alarm::read(id, &resolved(&properties, &TEMPLATE, &[STACK])))
        .collect()
}

/// The alarms that `traffic` sets off, by name.
pub(super) fn fired(traffic: &Traffic) -> Vec<String> {
    let fired = alarms().into_iter().filter(|alarm| alarm.fires(traffic));
    let mut ids: Vec<_> = fired.map(|alarm| alarm.id).collect();
    ids.sort_unstable();
    ids
}

impl Alarm {
    fn read(id: String, alarm: &Value) -> Self {
        let number = |name: &str| alarm[name].as_u64().unwrap_or_else(|| panic!("{id}: {name}"));
        assert_eq!(alarm["ComparisonOperator"], "GreaterThanOrEqualToThreshold", "{id}");
        assert_eq!(alarm["TreatMissingData"], "notBreaching", "{id}");
        let watched = match alarm["Metrics"].as_array() {
            None => Watched::One(Query::read(alarm, alarm, "Statistic", "ExtendedStatistic")),
            Some(metrics) => math(metrics),
        };
        Self {
            watched,
            periods: number("EvaluationPeriods"),
            datapoints: number("DatapointsToAlarm"),
            threshold: alarm["Threshold"].as_f64().expect("a threshold"),
            id,
        }
    }

    /// Whether it comes to be in alarm at some time. A period without data does not breach.
    fn fires(&self, traffic: &Traffic) -> bool {
        let length = self.watched.period();
        let breaches = |period: u64| {
            self.watched
                .value(traffic, period * length)
                .is_some_and(|value| value >= self.threshold)
        };
        let breaching: Vec<u64> =
            (0..traffic.minutes.div_ceil(length)).filter(|p| breaches(*p)).collect();
        breaching.iter().any(|first| {
            let together = breaching.iter().filter(|p| (*first..first + self.periods).contains(*p));
            together.count() as u64 >= self.datapoints
        })
    }

    /// What it watches.
    pub(super) fn metrics(&self) -> Vec<&Metric> {
        match &self.watched {
            Watched::One(query) => vec![&query.metric],
            Watched::Math(_, queries) => queries.values().map(|query| &query.metric).collect(),
        }
    }
}

fn math(metrics: &[Value]) -> Watched {
    let is_returned = |metric: &&Value| metric["ReturnData"] != false;
    let returned: Vec<_> = metrics.iter().filter(is_returned).collect();
    let [value] = returned[..] else { panic!("an alarm watches one value: {metrics:?}") };
    let queries = metrics.iter().filter(|metric| !is_returned(metric)).map(|metric| {
        let stat = &metric["MetricStat"];
        let query = Query::read(&stat["Metric"], stat, "Stat", "Stat");
        (metric["Id"].as_str().expect("an id").to_owned(), query)
    });
    Watched::Math(
        value["Expression"].as_str().expect("an expression").to_owned(),
        queries.collect(),
    )
}

impl Watched {
    fn period(&self) -> u64 {
        match self {
            Self::One(query) => query.period,
            Self::Math(_, queries) => {
                let mut periods = queries.values().map(|query| query.period);
                let period = periods.next().expect("a metric");
                assert!(periods.all(|other| other == period), "one period for all metrics");
                period
            }
        }
    }

    /// The value in the period that begins at minute `from`.
    fn value(&self, traffic: &Traffic, from: u64) -> Option<f64> {
        match self {
            Self::One(query) => query.value(traffic, from),
            Self::Math(text, queries) => expression::value(text, &|id| {
                queries.get(id).unwrap_or_else(|| panic!("no metric `{id}`")).value(traffic, from)
            }),
        }
    }
}

impl Query {
    fn read(metric: &Value, stat: &Value, plain: &str, extended: &str) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let dimensions = metric["Dimensions"].as_array().into_iter().flatten().map(|dimension| {
            (text(&dimension["Name"]).expect("a name"), text(&dimension["Value"]).expect("a value"))
        });
        let seconds = stat["Period"].as_u64().expect("a period");
        assert_eq!(seconds % 60, 0, "{stat}");
        Self {
            metric: Metric {
                namespace: text(&metric["Namespace"]).expect("a namespace"),
                name: text(&metric["MetricName"]).expect("a name"),
                dimensions: dimensions.collect(),
            },
            statistic: text(&stat[plain]).or_else(|| text(&stat[extended])).expect("a statistic"),
            period: seconds / 60,
        }
    }

    fn value(&self, traffic: &Traffic, from: u64) -> Option<f64> {
        let minutes = traffic.values.get(&self.metric)?.range(from..from + self.period);
        let mut values: Vec<f64> = minutes.flat_map(|(_, values)| values.iter().copied()).collect();
        values.sort_by(f64::total_cmp);
        let most = *values.last()?;
        Some(match self.statistic.as_str() {
            "Sum" => values.iter().sum(),
            "Maximum" => most,
            // Close enough: how CloudWatch interpolates is not documented.
            "p99" => values[(values.len() * 99).div_ceil(100) - 1],
            other => panic!("statistic `{other}`"),
        })
    }
}
