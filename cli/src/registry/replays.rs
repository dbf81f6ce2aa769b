//! The table of deliveries that were seen.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::types::ReturnValue;
use shared::ids::WebhookId;
use shared::time::Timestamp;
use shared::webhook::ReplayKey;

use super::{seconds, text};
use crate::aws;
use crate::exit::CommandError;

/// The table of deliveries that were seen.
pub(crate) struct Replays {
    client: Client,
    table: String,
}

/// What became of a delivery that is to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forgotten {
    /// It is: the next one like it is forwarded.
    Done,
    /// It was not remembered.
    Absent,
    /// It is being forwarded at this moment.
    InProgress,
}

impl Replays {
    /// The table called `table`. Nothing is connected yet.
    pub(crate) fn new(config: &SdkConfig, table: &str) -> Self {
        Self { client: Client::new(config), table: table.to_owned() }
    }

    /// Forgets the delivery `key`, unless it is being forwarded: then a second one could reach the target beside it.
    ///
    /// # Errors
    /// It could not be forgotten.
    pub(crate) async fn forget(
        &self,
        webhook: &WebhookId,
        key: &ReplayKey,
        now: Timestamp,
    ) -> Result<Forgotten, CommandError> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("webhook_id", text(webhook.as_str()))
            .key("replay_key", text(key.as_str()))
            .condition_expression(
                "attribute_not_exists(webhook_id) OR attribute_exists(handed_over) OR #ttl <= :now",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":now", seconds(now))
            .return_values(ReturnValue::AllOld);
        match delete.send().await {
            Ok(answer) if answer.attributes.is_some() => Ok(Forgotten::Done),
            Ok(_) => Ok(Forgotten::Absent),
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => {
                    Ok(Forgotten::InProgress)
                }
                _ => Err(aws::failed("DynamoDB", "to forget the delivery", &error)),
            },
        }
    }
}
