//! A row of the table of webhooks.

use std::collections::HashMap;

use adapters::dynamodb::fields;
use aws_sdk_dynamodb::types::AttributeValue;
use shared::ids::WebhookId;
use shared::record::{Field, Fields, RecordError};
use shared::time::Timestamp;
use shared::webhook::WebhookRecord;

/// A row, which may have mistakes: then some of it can still be shown.
pub(crate) struct Row(HashMap<String, AttributeValue>);

impl Row {
    pub(super) const fn new(item: HashMap<String, AttributeValue>) -> Self {
        Self(item)
    }

    /// The id, as it stands there.
    pub(crate) fn id(&self) -> &str {
        self.text("webhook_id").unwrap_or_default()
    }

    /// An attribute that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_s().ok().map(String::as_str)
    }

    /// An attribute that is a whole number.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_n().ok()?.parse().ok()
    }

    /// An attribute that is a moment: seconds since 1970.
    pub(crate) fn moment(&self, name: &str) -> Option<Timestamp> {
        Some(Timestamp::from_unix_millis(self.number(name)?.saturating_mul(1000)))
    }

    /// An attribute that is a list of strings.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let value = self.0.get(name);
        let list = value.and_then(|value| value.as_l().ok()).into_iter().flatten();
        let set = value.and_then(|value| value.as_ss().ok()).into_iter().flatten();
        list.filter_map(|item| item.as_s().ok()).chain(set).cloned().collect()
    }

    /// The record, as the functions read it.
    ///
    /// # Errors
    /// What the functions would not take: to the sender it is a 500.
    pub(crate) fn record(&self, id: &WebhookId) -> Result<WebhookRecord, RecordError> {
        WebhookRecord::read(id, &fields(self.0.clone()))
    }
}

/// `fields` as an item: [`fields`] turned round.
pub(super) fn item(fields: Fields) -> HashMap<String, AttributeValue> {
    fields.into_each().map(|(name, value)| (name, attribute(value))).collect()
}

fn attribute(value: Field) -> AttributeValue {
    match value {
        Field::Text(text) => AttributeValue::S(text),
        Field::Number(digits) => AttributeValue::N(digits),
        Field::Texts(texts) => {
            AttributeValue::L(texts.into_iter().map(AttributeValue::S).collect())
        }
        Field::Flag(flag) => AttributeValue::Bool(flag),
        Field::Map(fields) => AttributeValue::M(item(fields)),
        // A record that was read has no other.
        Field::Null | Field::Other => AttributeValue::Null(true),
    }
}
