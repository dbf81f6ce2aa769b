//! The table of deliveries that were seen.
//!
//! A claim is one conditional write. DynamoDB checks the condition and writes the item in one step,
//! so of many instances that claim one delivery at the same time, one succeeds. With a read before
//! the write, two could both find nothing and forward it twice.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html>

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use runtime::Failure;
use shared::ids::WebhookId;
use shared::time::Timestamp;
use shared::webhook::{ReplayKey, VerifiedDelivery};

use crate::aws::sdk::{Service, failure};

/// The IAM actions that it needs.
pub const IAM_ACTIONS: &[&str] =
    &["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/// The result of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is granted: the invocation that made it is to forward the delivery.
    Granted,
    /// Another claim has the delivery, and has neither forwarded nor released it yet.
    InProgress,
    /// It was forwarded before.
    Forwarded,
}

/// Remembers deliveries.
pub trait ReplayStore {
    /// Claims `delivery` for `claim`, which is about to forward it, until `until`: if Lambda ends
    /// the invocation in the middle, its claim ends too. Claiming again with the same `claim`
    /// changes nothing.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: the store could not be asked. [`Failure::Misconfigured`]: there is
    /// no such table. The claim may have been written all the same.
    fn claim(
        &self,
        delivery: &VerifiedDelivery,
        claim: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<Claim, Failure>>;

    /// Records that `claim` has forwarded `delivery`, for as long as the webhook's window.
    ///
    /// # Errors
    /// Those of [`ReplayStore::claim`]: the delivery is remembered only until the claim ends.
    fn keep(
        &self,
        delivery: &VerifiedDelivery,
        claim: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), Failure>>;

    /// Deletes the claim `claim` of `delivery`, so that the sender's next attempt is forwarded.
    ///
    /// # Errors
    /// Those of [`ReplayStore::claim`]: the delivery stays claimed until the claim ends.
    fn release(
        &self,
        delivery: &VerifiedDelivery,
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

    /// Writes the item of `key`, unless another claim has one that has not expired. The condition
    /// compares `ttl`, because DynamoDB may delete an item days later. It accepts an item of the
    /// same claim: the SDK repeats a write whose response was lost, and that is no repetition of
    /// the delivery.
    async fn put(
        &self,
        webhook: &WebhookId,
        key: &ReplayKey,
        claim: &str,
        now: u64,
        until: u64,
    ) -> Result<Claim, Failure> {
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
        let Err(error) = answer else { return Ok(Claim::Granted) };
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
            failure(Service::DynamoDb, "to remember that the delivery was forwarded", &error)
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

impl ReplayStore for ReplayTable {
    async fn claim(
        &self,
        delivery: &VerifiedDelivery,
        claim: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Claim, Failure> {
        let webhook = delivery.webhook();
        if webhook.remembered_for().is_zero() {
            return Ok(Claim::Granted);
        }
        // Rounded up, so that the item does not expire before the claim does.
        let until = seconds(until) + 1;
        self.put(webhook.id(), &delivery.replay_key(), claim, seconds(now), until).await
    }

    async fn keep(
        &self,
        delivery: &VerifiedDelivery,
        claim: &str,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let webhook = delivery.webhook();
        if webhook.remembered_for().is_zero() {
            return Ok(());
        }
        let until = seconds(now.after(webhook.remembered_for()));
        self.update(webhook.id(), &delivery.replay_key(), claim, until).await
    }

    async fn release(&self, delivery: &VerifiedDelivery, claim: &str) -> Result<(), Failure> {
        let webhook = delivery.webhook();
        if webhook.remembered_for().is_zero() {
            return Ok(());
        }
        self.delete(webhook.id(), &delivery.replay_key(), claim).await
    }
}

/// What the item that is there says of its claim. One that is not in the response counts as
/// forwarded, so that nothing is forwarded twice.
fn by(row: Option<&HashMap<String, AttributeValue>>) -> Claim {
    let is_open = row.is_some_and(|row| !row.contains_key("handed_over"));
    if is_open { Claim::InProgress } else { Claim::Forwarded }
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
    use shared::hex;
    use shared::ids::WebhookId;
    use shared::record::Fields;
    use shared::time::Timestamp;
    use shared::webhook::{
        HmacKeys, KnownWebhook, Signature, VerifiedDelivery, WebhookRecord, WebhookRequest,
    };

    use super::{Claim, ReplayStore as _, ReplayTable};
    use crate::aws::sdk::fake::{Answer, Call, Fake, run};

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
        let record = json!({
            "webhook_id": "wh_1", "user_id": "acme", "tenant_id": "acme", "name": "acme",
            "status": "active", "scheme": "portcullis", "created_at": 0,
            "replay_window_seconds": window
        });
        let record = Fields::from_json(&record.to_string()).unwrap();
        let record = WebhookRecord::read(&WebhookId::parse("wh_1").unwrap(), &record).unwrap();
        KnownWebhook::admit(record, None, NOW).unwrap()
    }

    fn verified(webhook: &KnownWebhook) -> VerifiedDelivery {
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let mac = hex::encode(hmac::sign(&key, b"{}").as_ref());
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
        let current = webhook.secret("hooks/").key(SECRET).unwrap();
        let keys = HmacKeys { current, created: NOW, previous: None };
        signature.verify(webhook, &keys, b"{}", NOW).unwrap().unwrap()
    }

    fn put(key: &str, ttl: &str) -> Call {
        let item = json!({
            "webhook_id": { "S": "wh_1" },
            "replay_key": { "S": key },
            "claim": { "S": "c-1" },
            "ttl": { "N": ttl },
        });
        let call = json!({
            "TableName": "replays",
            "Item": item,
            "ConditionExpression":
                "attribute_not_exists(webhook_id) OR #ttl <= :now OR claim = :claim",
            "ExpressionAttributeNames": { "#ttl": "ttl" },
            "ExpressionAttributeValues": { ":now": { "N": "1000000" }, ":claim": { "S": "c-1" } },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        });
        ("PutItem".to_owned(), call)
    }

    fn update(key: &str, ttl: &str) -> Call {
        let call: Value = json!({
            "TableName": "replays",
            "Key": { "webhook_id": { "S": "wh_1" }, "replay_key": { "S": key } },
            "UpdateExpression": "SET #ttl = :until, handed_over = :true",
            "ConditionExpression": "claim = :claim",
            "ExpressionAttributeNames": { "#ttl": "ttl" },
            "ExpressionAttributeValues":
                { ":until": { "N": ttl }, ":true": { "BOOL": true }, ":claim": { "S": "c-1" } },
        });
        ("UpdateItem".to_owned(), call)
    }

    fn delete(key: &str) -> Call {
        let call: Value = json!({
            "TableName": "replays",
            "Key": { "webhook_id": { "S": "wh_1" }, "replay_key": { "S": key } },
            "ConditionExpression": "claim = :claim",
            "ExpressionAttributeValues": { ":claim": { "S": "c-1" } },
        });
        ("DeleteItem".to_owned(), call)
    }

    /// Checks the result of claiming a delivery whose replay window is `window` seconds.
    #[track_caller]
    fn claims(
        window: u64,
        answers: &[Answer],
        expected: Result<Claim, &str>,
        calls: impl Fn(&str) -> Vec<Call>,
    ) {
        let (aws, fake) = Fake::answering(answers);
        let table = ReplayTable::new(aws.dynamodb(), "replays".to_owned());
        let webhook = webhook(window);
        let delivery = verified(&webhook);
        let claimed = run(table.claim(&delivery, "c-1", NOW, UNTIL));
        let claimed = claimed.map_err(|error| error.to_string());
        assert_eq!(claimed, expected.map_err(str::to_owned));
        assert_eq!(fake.calls(), calls(delivery.replay_key().as_str()));
    }

    #[test]
    fn a_delivery_is_claimed_once() {
        let asked = |key: &str| vec![put(key, "1000030")];
        claims(86_400, &[DONE], Ok(Claim::Granted), asked);
        claims(86_400, &[OPEN], Ok(Claim::InProgress), asked);
        claims(86_400, &[CLOSED], Ok(Claim::Forwarded), asked);
        claims(86_400, &[FAILED], Ok(Claim::Forwarded), asked);
        claims(0, &[], Ok(Claim::Granted), |_| vec![]);
        let denied = "DynamoDB could not be asked to remember the delivery: AccessDeniedException";
        claims(600, &[DENIED], Err(denied), asked);
    }

    #[test]
    fn what_was_forwarded_is_kept_for_the_window() {
        let keeps = |window: u64, answers: &[Answer], ttl: &str, expected: Result<(), &str>| {
            let (aws, fake) = Fake::answering(answers);
            let table = ReplayTable::new(aws.dynamodb(), "replays".to_owned());
            let webhook = webhook(window);
            let delivery = verified(&webhook);
            let kept = run(table.keep(&delivery, "c-1", NOW)).map_err(|error| error.to_string());
            assert_eq!(kept, expected.map_err(str::to_owned));
            let key = delivery.replay_key();
            let calls: Vec<_> = answers.iter().map(|_| update(key.as_str(), ttl)).collect();
            assert_eq!(fake.calls(), calls);
        };
        keeps(86_400, &[DONE], "1086400", Ok(()));
        keeps(1, &[DONE], "1000001", Ok(()));
        keeps(0, &[], "", Ok(()));
        let failed = "DynamoDB could not be asked to remember that the delivery was forwarded: \
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
            let key = delivery.replay_key();
            let calls: Vec<_> = answers.iter().map(|_| delete(key.as_str())).collect();
            assert_eq!(fake.calls(), calls);
        };
        releases(600, &[DONE], Ok(()));
        releases(600, &[FAILED], Ok(()));
        releases(0, &[], Ok(()));
        let denied = "DynamoDB could not be asked to forget the delivery: AccessDeniedException";
        releases(600, &[DENIED], Err(denied));
    }
}
