//! A row of the table of webhooks.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

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
}
