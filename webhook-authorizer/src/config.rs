//! The settings of the webhook-authorizer: read once, through a lookup, every mistake at once.

use adapters::dynamodb::{replays, webhooks};
use adapters::lambda::{self, TargetMode};
use adapters::secrets_manager;
use runtime::decision_log::MetricsNamespace;
use runtime::settings::{Reader, SettingsError};
use shared::response::ResponseFormat;

/// Everything that an operator decides. Nothing that matters for security has a default.
#[derive(Clone, Debug)]
pub struct Config {
    /// `STEPS` has `gate`.
    pub gate: bool,
    /// `STEPS` has `delivery`: `REPLAY_TABLE`, `TARGET_FUNCTION`, `TARGET_MODE`.
    pub delivery: Option<DeliveryConfig>,
    /// `WEBHOOK_TABLE`.
    pub webhook_table: String,
    /// `SECRET_PREFIX`.
    pub secret_prefix: String,
    /// `RESPONSE`.
    pub format: ResponseFormat,
    /// `METRICS_NAMESPACE`.
    pub metrics_namespace: MetricsNamespace,
}

/// The settings of deliveries.
#[derive(Clone, Debug)]
pub struct DeliveryConfig {
    /// `REPLAY_TABLE`.
    pub replay_table: String,
    /// `TARGET_FUNCTION`.
    pub target_function: String,
    /// `TARGET_MODE`.
    pub target_mode: TargetMode,
}

/// Every setting's name, in the order of `docs/settings.md`.
pub const SETTINGS: [&str; 8] = [
    "STEPS",
    "WEBHOOK_TABLE",
    "SECRET_PREFIX",
    "RESPONSE",
    "REPLAY_TABLE",
    "TARGET_FUNCTION",
    "TARGET_MODE",
    MetricsNamespace::SETTING,
];

/// The steps of a webhook.
#[derive(Clone, Copy, PartialEq)]
enum Step {
    Gate,
    Delivery,
}

impl Config {
    /// Reads the settings through `lookup`. A setting that is empty counts as not set.
    ///
    /// # Errors
    /// Every mistake there is, not only the first.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut settings = Reader::new(&lookup);
        let config = config(&mut settings);
        settings.finish(config)
    }

    /// What the function's role has to allow: the setting that names what is used, and the IAM actions on
    /// it. What Lambda itself does for a function, such as writing its log, is not among them.
    #[must_use]
    pub fn iam_actions(&self) -> Vec<(&'static str, &'static [&'static str])> {
        let mut needed = vec![
            ("WEBHOOK_TABLE", webhooks::IAM_ACTIONS),
            ("SECRET_PREFIX", secrets_manager::IAM_ACTIONS),
        ];
        if self.delivery.is_some() {
            needed.push(("REPLAY_TABLE", replays::IAM_ACTIONS));
            needed.push(("TARGET_FUNCTION", lambda::IAM_ACTIONS));
        }
        needed
    }
}

fn config(settings: &mut Reader<'_>) -> Config {
    let steps = settings.some_of("STEPS", &[("gate", Step::Gate), ("delivery", Step::Delivery)]);
    Config {
        gate: steps.contains(&Step::Gate),
        webhook_table: settings.required("WEBHOOK_TABLE", "the name of the DynamoDB table"),
        secret_prefix: settings
            .optional("SECRET_PREFIX")
            .unwrap_or_else(|| "portcullis/webhook/".to_owned()),
        format: settings
            .choice("RESPONSE", [("iam", ResponseFormat::Iam), ("simple", ResponseFormat::Simple)]),
        delivery: delivery(settings, &steps),
        metrics_namespace: MetricsNamespace::read(settings),
    }
}

fn delivery(settings: &mut Reader<'_>, steps: &[Step]) -> Option<DeliveryConfig> {
    let target_mode =
        settings.choice("TARGET_MODE", [("sync", TargetMode::Sync), ("async", TargetMode::Async)]);
    if steps.contains(&Step::Delivery) {
        return Some(DeliveryConfig {
            replay_table: settings.required("REPLAY_TABLE", "the name of the DynamoDB table"),
            target_function: settings
                .required("TARGET_FUNCTION", "the function that verified deliveries go to"),
            target_mode,
        });
    }
    for name in ["REPLAY_TABLE", "TARGET_FUNCTION", "TARGET_MODE"] {
        if settings.optional(name).is_some() && !steps.is_empty() {
            settings.mistake(format!("`{name}` is set, but `STEPS` has no `delivery`"));
        }
    }
    None
}
