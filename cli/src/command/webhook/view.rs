//! A webhook as it is shown: its row, and what the functions would make of it.

use runtime::{printable, printable_within};
use serde::Serialize;
use shared::ids::WebhookId;
use shared::time::Timestamp;
use shared::webhook::WebhookRecord;

use crate::moment::rfc3339;
use crate::registry::Row;
use crate::text::listed;

/// A webhook as JSON, for programs. There is no secret in it.
#[derive(Serialize)]
pub(super) struct View {
    pub(super) webhook_id: String,
    pub(super) name: String,
    pub(super) state: &'static str,
    /// Why the functions cannot use it: to its sender that is a 500.
    pub(super) problem: Option<String>,
    pub(super) scheme: String,
    pub(super) told_apart_by: Option<&'static str>,
    replay_window_seconds: Option<u64>,
    secret_overlap_seconds: Option<u64>,
    pub(super) secret_id: Option<String>,
    allowed_cidrs: Option<Vec<String>>,
    user_id: String,
    tenant_id: String,
    pub(super) created_at: Option<String>,
    revoked_at: Option<String>,
}

impl View {
    /// What is shown of `row` at `now`, where the names of secrets begin with `prefix`.
    pub(super) fn of(row: &Row, prefix: &str, now: Timestamp) -> Self {
        let record = WebhookId::parse(row.id()).ok_or_else(|| "its id is none".to_owned());
        let record =
            record.and_then(|id| row.record(&id).map_err(|error| printable(&error.to_string())));
        let text = |name: &str| printable(row.text(name).unwrap_or_default());
        let cidrs = row.texts("allowed_cidrs");
        let of_record = record.as_ref().ok();
        Self {
            webhook_id: printable(row.id()),
            name: text("name"),
            state: state(row, record.is_ok(), now),
            scheme: text("scheme"),
            told_apart_by: of_record.map(|record| record.scheme().told_apart_by().as_str()),
            replay_window_seconds: row.number("replay_window_seconds"),
            secret_overlap_seconds: of_record.map(|record| record.secret_overlap().as_secs()),
            secret_id: of_record.map(|record| printable(&record.secret(prefix).name)),
            allowed_cidrs: (!cidrs.is_empty()).then_some(cidrs),
            user_id: text("user_id"),
            tenant_id: text("tenant_id"),
            created_at: row.moment("created_at").map(rfc3339),
            revoked_at: row.moment("revoked_at").map(rfc3339),
            problem: record.err(),
        }
    }

    /// Whether deliveries of it may get through.
    pub(super) fn is_usable(&self) -> bool {
        self.state == ACTIVE
    }

    /// It for people, a line each.
    pub(super) fn lines(&self) -> String {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        let problem = self.problem.as_ref().map(|problem| format!(": {problem}"));
        let window = match (self.replay_window_seconds, self.told_apart_by) {
            (Some(0), _) | (None, Some("body")) => "not at all".to_owned(),
            (Some(seconds), _) => format!("{seconds} s"),
            (None, _) => "a day".to_owned(),
        };
        let cidrs = self.allowed_cidrs.as_deref().map(listed);
        let rows = [
            ("webhook", self.webhook_id.clone()),
            ("name", self.name.clone()),
            ("state", format!("{}{}", self.state, problem.unwrap_or_default())),
            ("scheme", self.scheme.clone()),
            ("told apart by", self.told_apart_by.unwrap_or("not known").to_owned()),
            ("remembered", window),
            ("secret in", or_none(&self.secret_id)),
            ("called from", cidrs.unwrap_or_else(|| "anywhere".to_owned())),
            ("owner", self.user_id.clone()),
            ("tenant", self.tenant_id.clone()),
            ("created", or_none(&self.created_at)),
            ("revoked", or_none(&self.revoked_at)),
        ];
        rows.map(|(name, value)| line(name, &value)).concat()
    }

    /// It as a row of a table.
    pub(super) fn row(&self) -> [String; 5] {
        [
            self.webhook_id.clone(),
            printable_within(&self.name, 40),
            self.scheme.clone(),
            self.state.to_owned(),
            self.created_at.clone().unwrap_or_default(),
        ]
    }
}

/// A line for people: what it is, and its value.
pub(super) fn line(name: &str, value: &str) -> String {
    format!("{name:13}  {value}\n")
}

const ACTIVE: &str = "active";

fn state(row: &Row, is_read: bool, now: Timestamp) -> &'static str {
    let has_passed = |name: &str| row.moment(name).is_some_and(|moment| moment <= now);
    if row.text("status") == Some("revoked") || has_passed("revoked_at") {
        return "revoked";
    }
    if has_passed("ttl") {
        return "expired";
    }
    if is_read { ACTIVE } else { "unusable" }
}

/// The record of `row`.
///
/// # Errors
/// The functions cannot use it: which attribute, and why.
pub(super) fn record(
    row: &Row,
    id: &WebhookId,
) -> Result<WebhookRecord, crate::exit::CommandError> {
    row.record(id).map_err(|error| {
        let error = printable(&error.to_string());
        crate::exit::CommandError::failed(format!("the webhook `{id}` cannot be used: {error}"))
    })
}
