//! Authorizers, TTLs, identity sources and gateway responses, against the access table: what `access lint` finds.

use aws_config::SdkConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::TemplateStage;
use runtime::{printable, printable_within};

use super::Arguments;
use super::check::{Check, Group};
use crate::command::access::lint::{self, Told};
use crate::env::Env;
use crate::exit::CommandError;
use crate::{aws, stack, template, yaml};

const GROUP: Group = Group::Template;

/// The template in a file.
pub(super) fn of_file(arguments: &Arguments, env: &mut Env<'_>) -> Vec<Check> {
    let Some(path) = &arguments.template else {
        let remedy =
            "give `--template FILE` or `--stack-name NAME`, or leave it out with `--skip template`";
        return vec![Check::unknown(GROUP, "no template was named", remedy)];
    };
    let file = printable(&path.to_string_lossy());
    let read = template::values(&arguments.parameter)
        .and_then(|parameters| Ok((yaml::load(path, env)?, parameters)));
    checks(&file, read, arguments, env)
}

/// The template of a stack, as CloudFormation has deployed it: what SAM has made of it included, and what was
/// changed by hand since not.
pub(super) async fn of_stack(
    arguments: &Arguments,
    config: &SdkConfig,
    env: &mut Env<'_>,
) -> Vec<Check> {
    let name = arguments.stack_name.as_deref().unwrap_or_default();
    let shown = printable_within(name, 128);
    let read = deployed(name, &shown, config).await;
    checks(&format!("the stack `{shown}`"), read, arguments, env)
}

/// A template, and the values of its parameters.
type Parameterized = (yaml::Node, Vec<(String, String)>);

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html>
async fn deployed(
    name: &str,
    shown: &str,
    config: &SdkConfig,
) -> Result<Parameterized, CommandError> {
    let get = Client::new(config)
        .get_template()
        .stack_name(name)
        .template_stage(TemplateStage::Processed);
    let purpose = format!("for the template of `{shown}`");
    let answer =
        get.send().await.map_err(|error| aws::failed("CloudFormation", &purpose, &error))?;
    let tree = yaml::read(answer.template_body().unwrap_or_default())
        .map_err(|error| CommandError::failed(format!("the template of `{shown}`:{error}")))?;
    let stack = stack::describe(name, config).await?;
    Ok((tree, stack::parameters(&stack)))
}

fn checks(
    file: &str,
    read: Result<Parameterized, CommandError>,
    arguments: &Arguments,
    env: &mut Env<'_>,
) -> Vec<Check> {
    let found = read.and_then(|(tree, parameters)| {
        lint::against(&arguments.access, (file, &tree), &parameters, env)
    });
    let found = match found {
        Ok(found) => found,
        Err(error) => return vec![Check::unasked(GROUP, &error)],
    };
    if found.is_empty() {
        return vec![Check::ok(GROUP, format!("{file} fits the access table"))];
    }
    found.iter().map(check).collect()
}

fn check(told: &Told) -> Check {
    let sentence = format!("{} ({})", told.sentence, told.code);
    match told.is_error {
        true => Check::wrong(GROUP, sentence, &told.remedy),
        false => Check::warning(GROUP, sentence, &told.remedy),
    }
}
