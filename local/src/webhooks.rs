//! Webhooks in a file.

use adapters::dynamodb::WebhookRegistry;
use runtime::{Failure, MisconfiguredError};
use serde_json::{Map, Value};
use shared::ids::WebhookId;
use shared::webhook::WebhookRecord;

use crate::api_keys::fields;
use crate::samples::check_available;

/// An object from a webhook's id to its record.
#[derive(Debug)]
pub struct FileWebhooks(Map<String, Value>);

impl FileWebhooks {
    /// The webhooks of `records`.
    #[must_use]
    pub const fn new(records: Map<String, Value>) -> Self {
        Self(records)
    }
}

impl WebhookRegistry for FileWebhooks {
    async fn find(&self, id: &WebhookId) -> Result<Option<WebhookRecord>, Failure> {
        let Some(record) = self.0.get(id.as_str()) else { return Ok(None) };
        check_available(record, "the registry")?;
        let record = WebhookRecord::read(id, &fields(record));
        Ok(Some(record.map_err(|error| MisconfiguredError::new(error.to_string()))?))
    }
}
