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
use crate::{aws, yaml};

const GROUP: Group = Group::Template;

/// The template in a file.
pub(super) fn of_file(arguments: &Arguments, env: &mut Env<'_>) -> Vec<Check> {
    let Some(path) = &arguments.template else {
        let remedy =
            "give `--template FILE` or `--stack-name NAME`, or leave it out with `--skip template`";
        return vec![Check::unknown(GROUP, "no template was named", remedy)];
    };
    let file = printable(&path.to_string_lossy());
    let tree = yaml::load(path, env);
    checks(&file, tree, arguments, env)
}

/// The template of a stack, as CloudFormation has deployed it: what SAM has made of it included, and what was
/// changed by hand since not.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html>
pub(super) async fn of_stack(
    arguments: &Arguments,
    config: &SdkConfig,
    env: &mut Env<'_>,
) -> Vec<Check> {
    let name = arguments.stack_name.as_deref().unwrap_or_default();
    let shown = printable_within(name, 128);
    let get = Client::new(config).get_template().stack_name(name);
    let answer = get.template_stage(TemplateStage::Processed).send().await;
    let tree = match answer {
        Ok(answer) => yaml::read(answer.template_body().unwrap_or_default())
            .map_err(|error| CommandError::failed(format!("the template of `{shown}`:{error}"))),
        Err(error) => {
            let purpose = format!("for the template of `{shown}`");
            Err(aws::failed("CloudFormation", &purpose, &error))
        }
    };
    checks(&format!("the stack `{shown}`"), tree, arguments, env)
}

fn checks(
    file: &str,
    tree: Result<yaml::Node, CommandError>,
    arguments: &Arguments,
    env: &mut Env<'_>,
) -> Vec<Check> {
    let found = tree.and_then(|tree| lint::against(&arguments.access, (file, &tree), env));
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
