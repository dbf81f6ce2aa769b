//! DynamoDB: which webhooks are registered?

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use shared::identity::{Attribute, Registration, WebhookId};
use shell::{Failure, Misconfigured};

use super::aws::{Service, failure};

/// How long the start waits for its question. The first event can ask as well.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who knows the webhooks.
pub trait Registry {
    /// The row of `id`, as it is at this moment; `None` if there is none.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: it could not be asked. [`Failure::Misconfigured`]: the row cannot
    /// be used.
    fn find(&self, id: &WebhookId) -> impl Future<Output = Result<Option<Registration>, Failure>>;
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

    /// Asks for a webhook that nobody has, so that name, connection and TLS are there before the
    /// first event.
    pub async fn prepare(&self) {
        let Some(nobody) = WebhookId::parse("portcullis-start") else { return };
        match tokio::time::timeout(PATIENCE, self.find(&nobody)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the question at start was not answered"),
            Err(_) => tracing::warn!("the question at start took too long"),
        }
    }
}

impl Registry for WebhookTable {
    /// A consistent read, every time: a webhook that is revoked is refused from the next event on.
    async fn find(&self, id: &WebhookId) -> Result<Option<Registration>, Failure> {
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
        let Some(row) = answer.item else { return Ok(None) };
        Registration::read(id, |name| row.get(name).and_then(attribute))
            .map(Some)
            .map_err(|bad| Misconfigured::new(bad.to_string()).into())
    }
}

fn attribute(value: &AttributeValue) -> Option<Attribute> {
    Some(match value {
        AttributeValue::Null(_) => return None,
        AttributeValue::S(text) => Attribute::Text(text.clone()),
        AttributeValue::N(digits) => Attribute::Number(digits.clone()),
        AttributeValue::Ss(texts) => Attribute::Texts(texts.clone()),
        AttributeValue::L(items) => texts(items).map_or(Attribute::Other, Attribute::Texts),
        _ => Attribute::Other,
    })
}

fn texts(items: &[AttributeValue]) -> Option<Vec<String>> {
    items.iter().map(|item| item.as_s().ok().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue as V;
    use serde_json::json;
    use shared::identity::{Attribute, WebhookId};

    use super::super::aws::fake::{Answer, Fake, run};
    use super::{Registry as _, WebhookTable, attribute};

    #[track_caller]
    fn check(value: &V, expected: Option<Attribute>) {
        assert_eq!(attribute(value), expected, "{value:?}");
    }

    #[test]
    fn values() {
        let texts = Attribute::Texts(vec!["a".to_owned(), "b".to_owned()]);
        check(&V::Null(true), None);
        check(&V::S("a".into()), Some(Attribute::Text("a".into())));
        check(&V::N("1".into()), Some(Attribute::Number("1".into())));
        check(&V::Ss(vec!["a".into(), "b".into()]), Some(texts.clone()));
        check(&V::L(vec![V::S("a".into()), V::S("b".into())]), Some(texts));
        check(&V::L(vec![V::S("a".into()), V::N("1".into())]), Some(Attribute::Other));
        check(&V::L(vec![]), Some(Attribute::Texts(vec![])));
        check(&V::Bool(true), Some(Attribute::Other));
        check(&V::M([].into()), Some(Attribute::Other));
    }

    /// What comes of an answer of DynamoDB: `found`, `none` or the failure.
    #[track_caller]
    fn finds(answer: Answer, expected: &str) {
        let (aws, fake) = Fake::answering(&[answer]);
        let table = WebhookTable::new(aws.dynamodb(), "webhooks".to_owned());
        let found = run(table.find(&WebhookId::parse("wh_1").unwrap()));
        let found = found.map(|row| if row.is_some() { "found" } else { "none" });
        assert_eq!(format!("{found:?}"), expected);
        let key = json!({ "webhook_id": { "S": "wh_1" } });
        let question = json!({ "TableName": "webhooks", "Key": key, "ConsistentRead": true });
        assert_eq!(fake.questions(), [("GetItem".to_owned(), question)]);
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
            r#"Err(Misconfigured(Misconfigured("the webhook's attribute `webhook_id` is no string")))"#,
        );
        finds(
            (400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}"#),
            r#"Err(Misconfigured(Misconfigured("DynamoDB could not be asked for the webhook: ResourceNotFoundException")))"#,
        );
        finds(
            (400, r#"{"__type":"com.amazon.coral.service#AccessDeniedException"}"#),
            r#"Err(Unavailable(Unavailable("DynamoDB could not be asked for the webhook: AccessDeniedException")))"#,
        );
        // Whatever answered, it was not DynamoDB.
        finds(
            (200, "<html>"),
            r#"Err(Unavailable(Unavailable("DynamoDB could not be asked for the webhook: an error without a code")))"#,
        );
    }
}
