//! Webhooks in a file.

use serde_json::{Map, Value};
use shared::identity::{Attribute, Registration, WebhookId};
use shell::{Failure, Misconfigured};
use webhook_authorizer::io::registry::Registry;

/// `events/<table>.json`: an object from a webhook's id to its row.
pub(crate) struct FileRegistry(Map<String, Value>);

impl FileRegistry {
    pub(crate) fn open(table: &str) -> Result<Self, String> {
        super::read(table).map(Self)
    }
}

impl Registry for FileRegistry {
    async fn find(&self, id: &WebhookId) -> Result<Option<Registration>, Failure> {
        let Some(row) = self.0.get(id.as_str()) else { return Ok(None) };
        super::check_available(row, "the registry")?;
        let registration = Registration::read(id, |name| row.get(name).map(attribute));
        registration.map(Some).map_err(|bad_row| Misconfigured::new(bad_row.to_string()).into())
    }
}

/// A value as DynamoDB would have it.
fn attribute(value: &Value) -> Attribute {
    match value {
        Value::String(text) => Attribute::Text(text.clone()),
        Value::Number(number) => Attribute::Number(number.to_string()),
        Value::Array(items) => {
            let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().map_or(Attribute::Other, Attribute::Texts)
        }
        _ => Attribute::Other,
    }
}
