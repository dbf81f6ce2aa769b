//! The table of webhooks.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use runtime::{Failure, MisconfiguredError};
use shared::ids::WebhookId;
use shared::record::{Field, Fields};
use shared::webhook::WebhookRecord;

use crate::aws::sdk::{Service, failure};

/// The IAM actions that it needs.
pub const IAM_ACTIONS: &[&str] = &["dynamodb:GetItem"];

/// How long the start waits for its lookup. If it takes longer, the first event opens the
/// connection.
const PATIENCE: Duration = Duration::from_secs(1);

/// Looks up webhooks.
pub trait WebhookRegistry {
    /// The record of `id`, as it is at this moment; `None` if there is none.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: it could not be looked up. [`Failure::Misconfigured`]: the record
    /// cannot be used.
    fn find(&self, id: &WebhookId) -> impl Future<Output = Result<Option<WebhookRecord>, Failure>>;
}

/// The table of `WEBHOOK_TABLE`.
#[derive(Debug)]
pub struct WebhookTable {
    client: Client,
    table: String,
}

impl WebhookTable {
    /// The table called `table`.
    #[must_use]
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Looks up an id that no webhook has, so that the name is resolved and the connection open
    /// before the first event.
    pub async fn prepare(&self) {
        let Some(nobody) = WebhookId::parse("portcullis-start") else { return };
        let Ok(found) = tokio::time::timeout(PATIENCE, self.find(&nobody)).await else {
            return tracing::warn!("the lookup at start took too long");
        };
        if let Err(error) = found {
            tracing::warn!(%error, "the lookup at start was not answered");
        }
    }
}

impl WebhookRegistry for WebhookTable {
    /// A consistent read, every time: a webhook that is revoked is refused from the next event on.
    async fn find(&self, id: &WebhookId) -> Result<Option<WebhookRecord>, Failure> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("webhook_id", AttributeValue::S(id.as_str().to_owned()))
            .consistent_read(true)
            .send()
            .await;
        let answer =
            answer.map_err(|error| failure(Service::DynamoDb, "for the webhook", &error))?;
        let Some(item) = answer.item else { return Ok(None) };
        WebhookRecord::read(id, &fields(item))
            .map(Some)
            .map_err(|error| MisconfiguredError::new(error.to_string()).into())
    }
}

/// An item as the policy reads it.
pub fn fields(item: HashMap<String, AttributeValue>) -> Fields {
    item.into_iter().map(|(name, value)| (name, field(value))).collect()
}

fn field(value: AttributeValue) -> Field {
    match value {
        AttributeValue::Null(_) => Field::Null,
        AttributeValue::S(text) => Field::Text(text),
        AttributeValue::N(digits) => Field::Number(digits),
        AttributeValue::Ss(texts) => Field::Texts(texts),
        AttributeValue::L(items) => texts(items).map_or(Field::Other, Field::Texts),
        AttributeValue::Bool(flag) => Field::Flag(flag),
        AttributeValue::M(members) => Field::Map(fields(members)),
        _ => Field::Other,
    }
}

fn texts(items: Vec<AttributeValue>) -> Option<Vec<String>> {
    let text = |item| match item {
        AttributeValue::S(text) => Some(text),
        _ => None,
    };
    items.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue as V;
    use serde_json::json;
    use shared::ids::WebhookId;
    use shared::record::Field;

    use super::{WebhookRegistry as _, WebhookTable, field};
    use crate::aws::sdk::fake::{Answer, Fake, run};

    #[track_caller]
    fn check(value: V, expected: Field) {
        assert_eq!(field(value.clone()), expected, "{value:?}");
    }

    #[test]
    fn values() {
        let texts = Field::Texts(vec!["a".to_owned(), "b".to_owned()]);
        check(V::Null(true), Field::Null);
        check(V::S("a".into()), Field::Text("a".into()));
        check(V::N("1".into()), Field::Number("1".into()));
        check(V::Ss(vec!["a".into(), "b".into()]), texts.clone());
        check(V::L(vec![V::S("a".into()), V::S("b".into())]), texts);
        check(V::L(vec![V::S("a".into()), V::N("1".into())]), Field::Other);
        check(V::L(vec![]), Field::Texts(vec![]));
        check(V::Bool(true), Field::Flag(true));
        let fields = [("a".to_owned(), Field::Text("b".to_owned()))];
        check(
            V::M([("a".to_owned(), V::S("b".into()))].into()),
            Field::Map(fields.into_iter().collect()),
        );
        check(V::Bs(vec![]), Field::Other);
    }

    /// Checks what a response of DynamoDB becomes: `found`, `none` or the failure.
    #[track_caller]
    fn finds(answer: Answer, expected: &str) {
        let (aws, fake) = Fake::answering(&[answer]);
        let table = WebhookTable::new(aws.dynamodb(), "webhooks".to_owned());
        let found = run(table.find(&WebhookId::parse("wh_1").unwrap()));
        let found = found.map(|row| if row.is_some() { "found" } else { "none" });
        assert_eq!(format!("{found:?}"), expected);
        let key = json!({ "webhook_id": { "S": "wh_1" } });
        let call = json!({ "TableName": "webhooks", "Key": key, "ConsistentRead": true });
        assert_eq!(fake.calls(), [("GetItem".to_owned(), call)]);
    }

    #[test]
    fn rows() {
        finds((200, "{}"), r#"Ok("none")"#);
        finds(
            (
                200,
                r#"{"Item":{"webhook_id":{"S":"wh_1"},"user_id":{"S":"u"},"tenant_id":{"S":"t"},
                    "name":{"S":"n"},"status":{"S":"active"},"scheme":{"S":"github"},
                    "created_at":{"N":"1"},"ttl":{"NULL":true}}}"#,
            ),
            r#"Ok("found")"#,
        );
        finds(
            (200, r#"{"Item":{"webhook_id":{"N":"1"}}}"#),
            r#"Err(Misconfigured(MisconfiguredError("the webhook's attribute `webhook_id` is no string")))"#,
        );
        finds(
            (400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}"#),
            r#"Err(Misconfigured(MisconfiguredError("DynamoDB could not be asked for the webhook: ResourceNotFoundException")))"#,
        );
        finds(
            (400, r#"{"__type":"com.amazon.coral.service#AccessDeniedException"}"#),
            r#"Err(Unavailable(UnavailableError("DynamoDB could not be asked for the webhook: AccessDeniedException")))"#,
        );
        // A response that is not from DynamoDB.
        finds(
            (200, "<html>"),
            r#"Err(Unavailable(UnavailableError("DynamoDB could not be asked for the webhook: an error without a code")))"#,
        );
    }
}
