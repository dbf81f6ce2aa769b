//! The metrics that CloudWatch takes from a line.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use super::{Line, Outcome};
use crate::settings::Reader;

/// `METRICS_NAMESPACE`: the CloudWatch namespace of every metric. Functions with the same one share their
/// metrics, and so their alarms.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsNamespace(Box<str>);

impl MetricsNamespace {
    /// The setting's name.
    pub const SETTING: &str = "METRICS_NAMESPACE";

    /// Reads the setting; `Portcullis` where it is not set.
    pub fn read(settings: &mut Reader<'_>) -> Self {
        let Some(text) = settings.optional(Self::SETTING) else { return Self::default() };
        let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#:".contains(&byte);
        if text.len() > 255 || !text.bytes().all(is_taken) || text.starts_with("AWS/") {
            settings.mistake(format!(
                "`{}` is no namespace of metrics: it must be 1 to 255 of `A-Z a-z 0-9 . - _ / # :` and not \
                 begin with `AWS/`",
                Self::SETTING
            ));
        }
        Self(text.into())
    }
}

impl Default for MetricsNamespace {
    fn default() -> Self {
        Self("Portcullis".into())
    }
}

/// The part that CloudWatch reads: which members of the line are metrics. A metric that is named here
/// has to be a member of the line.
pub(super) struct Metadata<'a>(pub(super) &'a Line<'a>);

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut metadata = serializer.serialize_struct("Metadata", 2)?;
        metadata.serialize_field("Timestamp", &self.0.time.unix_millis())?;
        metadata.serialize_field("CloudWatchMetrics", &Directives(self.0))?;
        metadata.end()
    }
}

/// The metrics of a line. Nothing is allocated for them.
struct Directives<'a>(&'a Line<'a>);

impl Serialize for Directives<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // An alarm cannot add up outcomes and codes that it does not know, so the sums are metrics, too.
        const DECISION: Dimensions =
            &[&["function"], &["function", "outcome"], &["function", "outcome", "code"]];
        const FUNCTION: Dimensions = &[&["function"]];
        const COUNT: &str = "Count";
        let Self(Line { namespace, record, .. }) = self;
        let directives: [(bool, Dimensions, &[Metric]); 4] = [
            // A ping is no decision, and none of the alarms' business.
            (
                record.outcome != Outcome::Ping,
                DECISION,
                &[
                    Metric { name: "Decisions", unit: COUNT },
                    Metric { name: "Latency", unit: "Microseconds" },
                ],
            ),
            (record.is_duplicate(), FUNCTION, &[Metric { name: "Duplicate", unit: COUNT }]),
            (record.disagrees(), FUNCTION, &[Metric { name: "AnswerDisagrees", unit: COUNT }]),
            (
                record.has_jwks_news(),
                FUNCTION,
                &[
                    Metric { name: "JwksRefreshes", unit: COUNT },
                    Metric { name: "JwksFailures", unit: COUNT },
                ],
            ),
        ];
        let of_line = directives.into_iter().filter(|(is_of_line, ..)| *is_of_line);
        serializer.collect_seq(of_line.map(|(_, dimensions, metrics)| Directive {
            namespace: &namespace.0,
            dimensions,
            metrics,
        }))
    }
}

/// A metric is published once for each set of names of members.
type Dimensions = &'static [&'static [&'static str]];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'a str,
    dimensions: Dimensions,
    metrics: &'static [Metric],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}
