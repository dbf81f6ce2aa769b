//! The tables of webhooks and deliveries.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{
    KeySchemaElement, KeyType, ProjectionType, TableDescription, TimeToLiveStatus,
};
use runtime::printable_within;

use super::Arguments;
use super::check::{Check, Group};
use crate::env::Env;
use crate::registry::INDEX;
use crate::{aws, stack};

const GROUP: Group = Group::Tables;

/// Looks at both tables.
pub(super) async fn look(
    arguments: &Arguments,
    config: &SdkConfig,
    env: &mut Env<'_>,
) -> Vec<Check> {
    let client = Client::new(config);
    let stack = match &arguments.stack_name {
        None => None,
        Some(name) => match stack::describe(name, config).await {
            Ok(stack) => Some(stack),
            Err(error) => return vec![Check::unasked(GROUP, &error)],
        },
    };
    let of_stack = |output: &str| stack::output(stack.as_ref()?, output).map(str::to_owned);
    let webhooks = arguments.webhook_table.clone().or_else(|| of_stack("WebhookTableName"));
    let deliveries = arguments.replay_table.clone().or_else(|| of_stack("ReplayTableName"));
    let tables = [
        (webhooks, "webhooks", "WEBHOOK_TABLE", "--webhook-table"),
        (deliveries, "deliveries", "REPLAY_TABLE", "--replay-table"),
    ];
    let mut checks = Vec::new();
    for (named, what, variable, name) in tables {
        let set = (env.setting)(variable).filter(|text| !text.is_empty());
        let Some(table) = named.or(set) else {
            let remedy = format!("give `{name}`, or leave both out with `--skip tables`");
            let sentence = format!("the table of {what} was not named");
            checks.push(Check::unknown(GROUP, sentence, remedy));
            continue;
        };
        let shown = format!("the table of {what}, `{}`,", printable_within(&table, 255));
        checks.extend(of_table(&client, &table, &shown, what == "webhooks").await);
    }
    checks
}

async fn of_table(client: &Client, table: &str, shown: &str, has_index: bool) -> Vec<Check> {
    let answer = client.describe_table().table_name(table).send().await;
    let found = match answer {
        Ok(answer) => answer.table,
        Err(error) if error.code() == Some("ResourceNotFoundException") => {
            let remedy = "make it as docs/webhooks.md says, or look at its name and region";
            return vec![Check::wrong(GROUP, format!("{shown} is not there"), remedy)];
        }
        Err(error) => {
            let error = aws::failed("DynamoDB", &format!("for {shown}"), &error);
            return vec![Check::unasked(GROUP, &error)];
        }
    };
    let Some(found) = found else {
        return vec![Check::unknown(GROUP, format!("{shown} was not described"), "try again")];
    };
    let sort = if has_index { None } else { Some("replay_key") };
    let mut checks = vec![keys(shown, found.key_schema(), "webhook_id", sort)];
    if has_index {
        checks.push(index(shown, &found));
    } else {
        checks.push(time_to_live(client, table, shown).await);
    }
    checks
}

fn keys(shown: &str, schema: &[KeySchemaElement], hash: &str, sort: Option<&str>) -> Check {
    let of = |kind: &KeyType| {
        schema.iter().find(|own| own.key_type() == kind).map(KeySchemaElement::attribute_name)
    };
    let wanted = sort.map_or_else(|| format!("`{hash}`"), |sort| format!("`{hash}` and `{sort}`"));
    if of(&KeyType::Hash) == Some(hash) && of(&KeyType::Range) == sort {
        return Check::ok(GROUP, format!("{shown} has the key {wanted}"));
    }
    let remedy = "make another: a table keeps its key for ever";
    Check::wrong(GROUP, format!("{shown} has another key than {wanted}"), remedy)
}

fn index(shown: &str, table: &TableDescription) -> Check {
    let remedy = "add it: the key `user_id`, all attributes; `webhook list` needs it";
    let found = table.global_secondary_indexes().iter().find(|one| one.index_name() == Some(INDEX));
    let Some(found) = found else {
        return Check::wrong(GROUP, format!("{shown} has no index `{INDEX}`"), remedy);
    };
    let projection = found.projection().and_then(|one| one.projection_type());
    let is_whole = projection.is_none_or(|kind| *kind == ProjectionType::All);
    let is_by_user =
        found.key_schema().first().is_some_and(|own| own.attribute_name() == "user_id");
    if is_whole && is_by_user {
        return Check::ok(GROUP, format!("{shown} has the index `{INDEX}`"));
    }
    Check::wrong(GROUP, format!("{shown} has another index `{INDEX}` than is needed"), remedy)
}

/// Without it the table grows for ever. What has expired counts as forgotten all the same.
async fn time_to_live(client: &Client, table: &str, shown: &str) -> Check {
    let answer = client.describe_time_to_live().table_name(table).send().await;
    let found = match answer {
        Ok(answer) => answer.time_to_live_description,
        Err(error) => {
            let purpose = format!("for the time to live of {shown}");
            return Check::unasked(GROUP, &aws::failed("DynamoDB", &purpose, &error));
        }
    };
    let is_on = found.as_ref().is_some_and(|found| {
        let status = found.time_to_live_status();
        let is_on = matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling));
        is_on && found.attribute_name() == Some("ttl")
    });
    if is_on {
        return Check::ok(GROUP, format!("{shown} has the time to live `ttl`"));
    }
    Check::wrong(
        GROUP,
        format!("{shown} has no time to live `ttl`, and grows for ever"),
        "`aws dynamodb update-time-to-live --time-to-live-specification Enabled=true,AttributeName=ttl`",
    )
}
