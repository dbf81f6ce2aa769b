//! DynamoDB: was this delivery seen before?

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use shared::credential::webhook::ReplayKey;
use shared::identity::{VerifiedDelivery, WebhookId};
use shared::time::Timestamp;
use shell::Failure;

use super::aws::{Service, failure};

/// However short a webhook's window is, a delivery is remembered for as long as its signature could
/// still be inside a scheme's own window, 300 seconds before and after, and for a minute more: a row
/// counts whole seconds, and the clocks of two instances differ.
const FLOOR: Duration = Duration::from_secs(660);

/// What came of claiming a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is to be handed over by whoever asked.
    Now,
    /// Another claim has it, and nobody knows yet what comes of that.
    BeingHandedOver,
    /// It was handed over before.
    Before,
}

/// Who remembers deliveries.
pub trait Replays {
    /// Remembers `delivery` as the one that `claim` is about to hand over, until `until`: whoever is
    /// ended in the middle leaves nothing behind. Asking twice with the same claim is asking once.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: it could not be asked. [`Failure::Misconfigured`]: there is nothing
    /// to ask. It may be remembered all the same.
    fn claim(
        &self,
        delivery: &VerifiedDelivery<'_>,
        claim: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<Claimed, Failure>>;

    /// Remembers for as long as the webhook's window that `claim` has handed `delivery` over.
    ///
    /// # Errors
    /// Those of [`Replays::claim`]: it is remembered for as long as it was claimed.
    fn keep(
        &self,
        delivery: &VerifiedDelivery<'_>,
        claim: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Failure>>;

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

    /// DynamoDB deletes a row up to days after its time to live, so a row counts only until then.
    async fn put(
        &self,
        webhook: &WebhookId,
        key: &ReplayKey,
        claim: &str,
        now: u64,
        until: u64,
    ) -> Result<Claimed, Failure> {
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
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else { return Ok(Claimed::Now) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(taken)) => Ok(by(taken.item())),
            _ => Err(failure(Service::DynamoDb, "to remember the delivery", &error)),
        }
    }

    async fn update(
        &self,
        webhook: &WebhookId,
        key: &ReplayKey,
        claim: &str,
        until: u64,
    ) -> Result<(), Failure> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("webhook_id", text(webhook.as_str()))
            .key("replay_key", text(key.as_str()))
            .update_expression("SET #ttl = :until, handed_over = :true")
            .condition_expression("claim = :claim")
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":until", number(until))
            .expression_attribute_values(":true", AttributeValue::Bool(true))
            .expression_attribute_values(":claim", text(claim))
            .send()
            .await;
        answer.map(|_| ()).map_err(|error| {
            failure(Service::DynamoDb, "to remember that the delivery was handed over", &error)
        })
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
        until: Timestamp,
    ) -> Result<Claimed, Failure> {
        let webhook = delivery.webhook();
        if webhook.replay_window().is_zero() {
            return Ok(Claimed::Now);
        }
        // The next whole second, so that it does not end before the claim does.
        let until = seconds(until) + 1;
        for key in delivery.replay_keys() {
            match self.put(webhook.id(), key, claim, seconds(now), until).await? {
                Claimed::Now => {}
                taken => return Ok(taken),
            }
        }
        Ok(Claimed::Now)
    }

    async fn keep(
        &self,
        delivery: &VerifiedDelivery<'_>,
        claim: &str,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let webhook = delivery.webhook();
        if webhook.replay_window().is_zero() {
            return Ok(());
        }
        let until = seconds(now.after(webhook.replay_window().max(FLOOR)));
        for key in delivery.replay_keys() {
            self.update(webhook.id(), key, claim, until).await?;
        }
        Ok(())
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

/// What the row says of the claim that has it. One that cannot be read was made by nobody here.
fn by(row: Option<&HashMap<String, AttributeValue>>) -> Claimed {
    let is_open = row.is_some_and(|row| !row.contains_key("handed_over"));
    if is_open { Claimed::BeingHandedOver } else { Claimed::Before }
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
    use super::{Claimed, ReplayTable, Replays as _};

    const SECRET: &str = "sixteen bytes...";
    const NOW: Timestamp = Timestamp::from_unix_millis(1_000_000_999);
    const UNTIL: Timestamp = Timestamp::from_unix_millis(1_000_029_999);
    const FAILED: Answer = (400, r#"{"__type":"x#ConditionalCheckFailedException"}"#);
    const OPEN: Answer =
        (400, r#"{"__type":"x#ConditionalCheckFailedException","Item":{"claim":{"S":"c-0"}}}"#);
    const CLOSED: Answer = (
        400,
        r#"{"__type":"x#ConditionalCheckFailedException","Item":{"claim":{"S":"c-0"},"handed_over":{"BOOL":true}}}"#,
    );
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
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        ("PutItem".to_owned(), question)
    }

    fn update(key: &str, ttl: &str) -> Question {
        let question: Value = json!({
            "TableName": "replays",
            "Key": { "webhook_id": { "S": "wh_1" }, "replay_key": { "S": key } },
            "UpdateExpression": "SET #ttl = :until, handed_over = :true",
            "ConditionExpression": "claim = :claim",
            "ExpressionAttributeNames": { "#ttl": "ttl" },
            "ExpressionAttributeValues":
                { ":until": { "N": ttl }, ":true": { "BOOL": true }, ":claim": { "S": "c-1" } },
        });
        ("UpdateItem".to_owned(), question)
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
        expected: Result<Claimed, &str>,
        questions: impl Fn(&str) -> Vec<Question>,
    ) {
        let (aws, fake) = Fake::answering(answers);
        let table = ReplayTable::new(aws.dynamodb(), "replays".to_owned());
        let webhook = webhook(window);
        let delivery = verified(&webhook);
        let claimed = run(table.claim(&delivery, "c-1", NOW, UNTIL));
        let claimed = claimed.map_err(|error| error.to_string());
        assert_eq!(claimed, expected.map_err(str::to_owned));
        let [key] = delivery.replay_keys() else { panic!("one signature, one key") };
        assert_eq!(fake.questions(), questions(key.as_str()));
    }

    #[test]
    fn a_delivery_is_claimed_once() {
        let asked = |key: &str| vec![put(key, "1000030")];
        claims(86_400, &[DONE], Ok(Claimed::Now), asked);
        claims(86_400, &[OPEN], Ok(Claimed::BeingHandedOver), asked);
        claims(86_400, &[CLOSED], Ok(Claimed::Before), asked);
        claims(86_400, &[FAILED], Ok(Claimed::Before), asked);
        claims(0, &[], Ok(Claimed::Now), |_| vec![]);
        let denied = "DynamoDB could not be asked to remember the delivery: AccessDeniedException";
        claims(600, &[DENIED], Err(denied), asked);
    }

    #[test]
    fn what_was_handed_over_is_kept_for_the_window() {
        let keeps = |window: u64, answers: &[Answer], ttl: &str, expected: Result<(), &str>| {
            let (aws, fake) = Fake::answering(answers);
            let table = ReplayTable::new(aws.dynamodb(), "replays".to_owned());
            let webhook = webhook(window);
            let delivery = verified(&webhook);
            let kept = run(table.keep(&delivery, "c-1", NOW)).map_err(|error| error.to_string());
            assert_eq!(kept, expected.map_err(str::to_owned));
            let keys = delivery.replay_keys().iter().take(answers.len());
            let questions: Vec<_> = keys.map(|key| update(key.as_str(), ttl)).collect();
            assert_eq!(fake.questions(), questions);
        };
        keeps(86_400, &[DONE], "1086400", Ok(()));
        // A window that is shorter than a scheme's own.
        keeps(1, &[DONE], "1000660", Ok(()));
        keeps(0, &[], "", Ok(()));
        let failed = "DynamoDB could not be asked to remember that the delivery was handed over: \
                      ConditionalCheckFailedException";
        keeps(86_400, &[FAILED], "1086400", Err(failed));
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
