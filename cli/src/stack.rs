//! A CloudFormation stack, as it is described.

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_cloudformation::types::{Parameter, Stack};
use runtime::printable_within;

use crate::aws;
use crate::exit::CommandError;

/// The stack `name`.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html>
///
/// # Errors
/// It is not there, or cannot be read.
pub(crate) async fn describe(name: &str, config: &SdkConfig) -> Result<Stack, CommandError> {
    let shown = printable_within(name, 128);
    let region = aws::region(config)?;
    let absent = || {
        CommandError::failed(format!(
            "there is no stack `{shown}` in `{region}`: look at its name, `--region` and `--aws-profile`"
        ))
    };
    let answer = Client::new(config).describe_stacks().stack_name(name).send().await;
    let answer = answer.map_err(|error| {
        let is_absent = error.code() == Some("ValidationError");
        if is_absent && error.message().is_some_and(|text| text.contains("does not exist")) {
            return absent();
        }
        aws::failed("CloudFormation", &format!("for the stack `{shown}`"), &error)
    })?;
    answer.stacks.unwrap_or_default().into_iter().next().ok_or_else(absent)
}

/// The output `name` of `stack`; `None` where it is empty.
pub(crate) fn output<'s>(stack: &'s Stack, name: &str) -> Option<&'s str> {
    let found = stack.outputs().iter().find(|output| output.output_key() == Some(name));
    found.and_then(|output| output.output_value()).filter(|value| !value.is_empty())
}

/// The parameters of `stack` and their values: of a parameter store, what is in it.
pub(crate) fn parameters(stack: &Stack) -> Vec<(String, String)> {
    let value = |own: &Parameter| {
        let value = own.resolved_value().or(own.parameter_value())?;
        Some((own.parameter_key()?.to_owned(), value.to_owned()))
    };
    stack.parameters().iter().filter_map(value).collect()
}
