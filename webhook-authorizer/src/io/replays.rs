//! DynamoDB: was this delivery seen before?

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use shared::credential::webhook::ReplayKey;
use shared::identity::{VerifiedDelivery, WebhookId};
use shared::time::Timestamp;
use shell::Failure;

use super::aws::{Service, failure};

/// However short a webhook's window is, a delivery is remembered for as long as its signature could
/// still be inside a scheme's own window, 300 seconds before and after, and for a minute more: a row
/// counts whole seconds, and the clocks of two instances differ.
const FLOOR: Duration = Duration::from_secs(660);

/// Who remembers deliveries.
pub trait Replays {
    /// Remembers `delivery` as the one that `claim` is about to hand over. `false` if another claim
    /// has it already; asking twice with the same claim is asking once.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: it could not be asked. [`Failure::Misconfigured`]: there is nothing
    /// to ask. It may be remembered all the same.
    fn claim(
        &self,
        delivery: &VerifiedDelivery<'_>,
        claim: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, Failure>>;

    /// Forgets what `claim` made of `delivery`, so that the sender's next try comes through.
    ///
    /// # Errors
    /// Those of [`Replays::claim`]: the delivery stays remembered.
    fn release(
        &self,
        delivery: &VerifiedDelivery<'_>,
        claim: &str,
    ) -> impl Future<Output = Result<(), Failure>>;
}

/// The table of `REPLAY_TABLE`: key `webhook_id`, sort key `replay_key`, time to live `ttl`.
#[derive(Debug)]
pub struct ReplayTable {
    client: Client,
    table: String,
}

impl ReplayTable {
    /// The table called `table`.
    #[must_use]
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// `false` if the key is somebody else's. DynamoDB deletes a row up to days after its time to
    /// live, so a row counts only until then.
    async fn put(
        &self,
        webhook: &WebhookId,
        key: &ReplayKey,
        claim: &str,
        now: u64,
        until: u64,
    ) -> Result<bool, Failure> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("webhook_id", text(webhook.as_str()))
            .item("replay_key", text(key.as_str()))
            .item("claim", text(claim))
            .item("ttl", number(until))
            .condition_expression(
                "attribute_not_exists(webhook_id) OR #ttl <= :now OR claim = :claim",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", number(now))
            .expression_attribute_values(":claim", text(claim))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) if is(&error, |e| e.is_conditional_check_failed_exception()) => Ok(false),
            Err(error) => Err(failure(Service::DynamoDb, "to remember the delivery", &error)),
        }
    }

    async fn delete(
        &self,
        webhook: &WebhookId,
        key: &ReplayKey,
        claim: &str,
    ) -> Result<(), Failure> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("webhook_id", text(webhook.as_str()))
            .key("replay_key", text(key.as_str()))
            .condition_expression("claim = :claim")
            .expression_attribute_values(":claim", text(claim))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) if is(&error, |e| e.is_conditional_check_failed_exception()) => Ok(()),
            Err(error) => Err(failure(Service::DynamoDb, "to forget the delivery", &error)),
        }
    }
}

impl Replays for ReplayTable {
    async fn claim(
        &self,
        delivery: &VerifiedDelivery<'_>,
        claim: &str,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let webhook = delivery.webhook();
        if webhook.replay_window().is_zero() {
            return Ok(true);
        }
        let until = seconds(now.after(webhook.replay_window().max(FLOOR)));
        for key in delivery.replay_keys() {
            if !self.put(webhook.id(), key, claim, seconds(now), until).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn release(&self, delivery: &VerifiedDelivery<'_>, claim: &str) -> Result<(), Failure> {
        let webhook = delivery.webhook();
        if webhook.replay_window().is_zero() {
            return Ok(());
        }
        for key in delivery.replay_keys() {
            self.delete(webhook.id(), key, claim).await?;
        }
        Ok(())
    }
}

fn is<E, R>(error: &SdkError<E, R>, kind: impl Fn(&E) -> bool) -> bool {
    error.as_service_error().is_some_and(kind)
}

const fn seconds(time: Timestamp) -> u64 {
    time.unix_millis() / 1000
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;
    use serde_json::{Value, json};
    use shared::credential::webhook::{Scheme, Signature, SigningKey, SigningKeys};
    use shared::identity::{Attribute, KnownWebhook, Registration, VerifiedDelivery, WebhookId};
    use shared::request::WebhookRequest;
    use shared::time::Timestamp;

    use super::super::aws::fake::{Answer, Fake, Question, run};
    use super::{ReplayTable, Replays as _};

    const SECRET: &str = "sixteen bytes...";
    const NOW: Timestamp = Timestamp::from_unix_millis(1_000_000_999);
    const FAILED: Answer = (400, r#"{"__type":"x#ConditionalCheckFailedException"}"#);
    const DENIED: Answer = (400, r#"{"__type":"x#AccessDeniedException"}"#);
    const DONE: Answer = (200, "{}");

    fn webhook(window: u64) -> KnownWebhook {
        let text = |text: &str| Some(Attribute::Text(text.to_owned()));
        let number = |number: u64| Some(Attribute::Number(number.to_string()));
        let row = |name: &str| match name {
            "webhook_id" => text("wh_1"),
            "user_id" | "tenant_id" | "name" => text("acme"),
            "status" => text("active"),
            "scheme" => text("portcullis"),
            "created_at" => number(0),
            "replay_window_seconds" => number(window),
            _ => None,
        };
        let registration = Registration::read(&WebhookId::parse("wh_1").unwrap(), row).unwrap();
        KnownWebhook::admit(registration, None, NOW).unwrap()
    }

    fn verified(webhook: &KnownWebhook) -> VerifiedDelivery<'_> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let hex = |byte: &u8| format!("{byte:02x}");
        let mac: String = hmac::sign(&key, b"{}").as_ref().iter().map(hex).collect();
        let event = json!({
            "version": "2.0",
            "rawPath": "/",
            "headers": { "x-webhook-id": "wh_1", "x-webhook-signature": format!("sha256={mac}") },
            "requestContext": { "http": { "method": "POST", "path": "/", "sourceIp": "192.0.2.1" } },
            "body": "{}",
            "isBase64Encoded": false
        });
        let event = event.to_string();
        let Ok(WebhookRequest::Delivery(delivery)) = WebhookRequest::read(event.as_bytes()) else {
            panic!("a delivery");
        };
        let signature = Signature::read(webhook, &delivery.message, NOW).unwrap();
        let current = SigningKey::new(Scheme::Portcullis, SECRET).unwrap();
        let keys = SigningKeys { current, created: NOW, previous: None };
        signature.verify(webhook, &keys, b"{}", NOW).unwrap().unwrap()
    }

    fn put(key: &str, ttl: &str) -> Question {
        let item = json!({
            "webhook_id": { "S": "wh_1" },
            "replay_key": { "S": key },
            "claim": { "S": "c-1" },
            "ttl": { "N": ttl },
        });
        let question = json!({
            "TableName": "replays",
            "Item": item,
            "ConditionExpression":
                "attribute_not_exists(webhook_id) OR #ttl <= :now OR claim = :claim",
            "ExpressionAttributeNames": { "#ttl": "ttl" },
            "ExpressionAttributeValues": { ":now": { "N": "1000000" }, ":claim": { "S": "c-1" } },
        });
        ("PutItem".to_owned(), question)
    }

    fn delete(key: &str) -> Question {
        let question: Value = json!({
            "TableName": "replays",
            "Key": { "webhook_id": { "S": "wh_1" }, "replay_key": { "S": key } },
            "ConditionExpression": "claim = :claim",
            "ExpressionAttributeValues": { ":claim": { "S": "c-1" } },
        });
        ("DeleteItem".to_owned(), question)
    }

    /// What comes of claiming a delivery whose replay window is `window` seconds.
    #[track_caller]
    fn claims(
        window: u64,
        answers: &[Answer],
        expected: Result<bool, &str>,
        questions: impl Fn(&str) -> Vec<Question>,
    ) {
        let (aws, fake) = Fake::answering(answers);
        let table = ReplayTable::new(aws.dynamodb(), "replays".to_owned());
        let webhook = webhook(window);
        let delivery = verified(&webhook);
        let claimed = run(table.claim(&delivery, "c-1", NOW)).map_err(|error| error.to_string());
        assert_eq!(claimed, expected.map_err(str::to_owned));
        let [key] = delivery.replay_keys() else { panic!("one signature, one key") };
        assert_eq!(fake.questions(), questions(key.as_str()));
    }

    #[test]
    fn a_delivery_is_claimed_once() {
        claims(86_400, &[DONE], Ok(true), |key| vec![put(key, "1086400")]);
        claims(86_400, &[FAILED], Ok(false), |key| vec![put(key, "1086400")]);
        // A window that is shorter than a scheme's own.
        claims(1, &[DONE], Ok(true), |key| vec![put(key, "1000660")]);
        claims(0, &[], Ok(true), |_| vec![]);
        let denied = "DynamoDB could not be asked to remember the delivery: AccessDeniedException";
        claims(600, &[DENIED], Err(denied), |key| vec![put(key, "1000660")]);
    }

    #[test]
    fn only_the_own_claim_is_released() {
        let releases = |window: u64, answers: &[Answer], expected: Result<(), &str>| {
            let (aws, fake) = Fake::answering(answers);
            let table = ReplayTable::new(aws.dynamodb(), "replays".to_owned());
            let webhook = webhook(window);
            let delivery = verified(&webhook);
            let released = run(table.release(&delivery, "c-1")).map_err(|error| error.to_string());
            assert_eq!(released, expected.map_err(str::to_owned));
            let keys = delivery.replay_keys().iter().take(answers.len());
            let questions: Vec<_> = keys.map(|key| delete(key.as_str())).collect();
            assert_eq!(fake.questions(), questions);
        };
        releases(600, &[DONE], Ok(()));
        releases(600, &[FAILED], Ok(()));
        releases(0, &[], Ok(()));
        let denied = "DynamoDB could not be asked to forget the delivery: AccessDeniedException";
        releases(600, &[DENIED], Err(denied));
    }
}
