//! The table of webhooks, as the people's commands change it: by owner, one row at a time. The functions read it
//! through `adapters::dynamodb`.

mod replays;
mod row;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use shared::ids::{Subject, WebhookId};
use shared::record::Fields;
use shared::time::Timestamp;

pub(crate) use self::replays::{Forgotten, Replays};
pub(crate) use self::row::Row;
use crate::aws;
use crate::exit::CommandError;

/// The index of the table by `user_id`.
pub(crate) const INDEX: &str = "by_user";

/// The table of webhooks.
pub(crate) struct Registry {
    client: Client,
    table: String,
}

/// Why a row was not added.
pub(crate) struct NotAdded {
    pub(crate) error: CommandError,
    /// Nobody answered: it may be there all the same.
    pub(crate) may_be_there: bool,
}

impl Registry {
    /// The table called `table`. Nothing is connected yet.
    pub(crate) fn new(config: &SdkConfig, table: &str) -> Self {
        Self { client: Client::new(config), table: table.to_owned() }
    }

    /// The row of `id`, as it is at this moment; `None` if there is none.
    ///
    /// # Errors
    /// It could not be looked up.
    pub(crate) async fn find(&self, id: &WebhookId) -> Result<Option<Row>, CommandError> {
        let get = self.client.get_item().table_name(&self.table).key(KEY, text(id.as_str()));
        let answer = get.consistent_read(true).send().await;
        let answer = answer
            .map_err(|error| aws::failed("DynamoDB", &format!("for the webhook `{id}`"), &error))?;
        Ok(answer.item.map(Row::new))
    }

    /// Every row of `user`, by their ids. A row that was written within the last second may be missing: an index
    /// follows its table.
    ///
    /// # Errors
    /// They could not be looked up.
    pub(crate) async fn of_owner(&self, user: &Subject) -> Result<Vec<Row>, CommandError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX)
            .key_condition_expression("user_id = :user")
            .expression_attribute_values(":user", text(user.as_str()))
            .into_paginator()
            .items()
            .send();
        let mut rows = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item
                .map_err(|error| aws::failed("DynamoDB", "for the webhooks of a user", &error))?;
            rows.push(Row::new(item));
        }
        rows.sort_by(|one, other| one.id().cmp(other.id()));
        Ok(rows)
    }

    /// Adds the row of `fields`, unless there is one of this id.
    ///
    /// # Errors
    /// It was not added, or nobody knows.
    pub(crate) async fn add(&self, fields: Fields) -> Result<(), NotAdded> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(row::item(fields)))
            .condition_expression("attribute_not_exists(webhook_id)");
        put.send().await.map(drop).map_err(|error| NotAdded {
            may_be_there: aws::answered(&error).is_none(),
            error: aws::failed("DynamoDB", "to add the webhook", &error),
        })
    }

    /// Removes the row of `id`, as if it had never been added.
    ///
    /// # Errors
    /// It could not be removed.
    pub(crate) async fn remove(&self, id: &WebhookId) -> Result<(), CommandError> {
        let delete = self.client.delete_item().table_name(&self.table).key(KEY, text(id.as_str()));
        delete.send().await.map(drop).map_err(|error| {
            aws::failed("DynamoDB", &format!("to remove the webhook `{id}`"), &error)
        })
    }

    /// Revokes the webhook `id` of `owner` for ever. Whether there was such a webhook that was active.
    ///
    /// # Errors
    /// It could not be revoked, or nobody knows.
    pub(crate) async fn revoke(
        &self,
        id: &WebhookId,
        owner: &Subject,
        now: Timestamp,
    ) -> Result<bool, CommandError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(KEY, text(id.as_str()))
            .update_expression("SET #status = :revoked, revoked_at = :now, updated_at = :now")
            .condition_expression("user_id = :owner AND #status = :active")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":revoked", text("revoked"))
            .expression_attribute_values(":active", text("active"))
            .expression_attribute_values(":owner", text(owner.as_str()))
            .expression_attribute_values(":now", seconds(now));
        let Err(error) = update.send().await else { return Ok(true) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => {
                let problem =
                    aws::failed("DynamoDB", &format!("to revoke the webhook `{id}`"), &error);
                Err(problem.and_if(aws::answered(&error).is_none(), || {
                    "whether it is revoked is not known: revoke it again".to_owned()
                }))
            }
        }
    }
}

const KEY: &str = "webhook_id";

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn seconds(moment: Timestamp) -> AttributeValue {
    AttributeValue::N((moment.unix_millis() / 1000).to_string())
}
