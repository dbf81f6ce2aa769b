//! Stacks of CloudFormation, and the AWS CLI that people make them with.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use aws_sdk_cloudformation::types::{
    Capability, Parameter, ResourceStatus, Stack, StackEvent, StackStatus,
};

use super::{Aws, CLI_VARIABLE, REGION, unique, variable};

impl Aws {
    /// Makes the stack `name` of `template`, and waits until it is there. Returns its outputs.
    pub fn deploy_stack(
        &self,
        name: &str,
        template: &str,
        parameters: &[(&str, &str)],
    ) -> HashMap<String, String> {
        let parameters = parameters.iter().map(|(key, value)| {
            Parameter::builder().parameter_key(*key).parameter_value(*value).build()
        });
        let create = self
            .cloudformation
            .create_stack()
            .stack_name(name)
            .template_body(template)
            .capabilities(Capability::CapabilityIam)
            .capabilities(Capability::CapabilityAutoExpand)
            .set_parameters(Some(parameters.collect()));
        self.wait(create.send()).expect("the stack is made");
        loop {
            let stack = self.stack(name).expect("the stack is there");
            match stack.stack_status {
                Some(StackStatus::CreateInProgress) => {}
                Some(StackStatus::CreateComplete) => return outputs(stack),
                _ => panic!("`{name}` is not made: {:?}", self.failures(name)),
            }
        }
    }

    /// Which resources of the stack `name` could not be made, and why.
    fn failures(&self, name: &str) -> Vec<String> {
        let describe = self.cloudformation.describe_stack_events().stack_name(name);
        let events = self.wait(describe.send()).expect("it has events").stack_events;
        let failed = events.unwrap_or_default().into_iter();
        let failed =
            failed.filter(|event| event.resource_status == Some(ResourceStatus::CreateFailed));
        let sentence = |event: StackEvent| {
            let id = event.logical_resource_id.unwrap_or_default();
            format!("{id}: {}", event.resource_status_reason.unwrap_or_default())
        };
        failed.map(sentence).collect()
    }

    /// The stack `name`; `None` if there is none, or no more.
    #[must_use]
    pub fn stack(&self, name: &str) -> Option<Stack> {
        let describe = self.cloudformation.describe_stacks().stack_name(name);
        let stack = self.wait(describe.send()).ok()?.stacks?.into_iter().next()?;
        (stack.stack_status != Some(StackStatus::DeleteComplete)).then_some(stack)
    }

    /// Puts a file where CloudFormation takes code from. Returns its address.
    #[must_use]
    pub fn upload(&self, file: &Path) -> String {
        let bucket = unique("code");
        let run = |arguments: &[&str]| {
            let mut command = self.command("aws");
            let output = command.args(arguments).output().expect("the AWS CLI runs");
            assert!(output.status.success(), "{output:?}");
        };
        let (file, url) = (file.to_str().expect("it is UTF-8"), format!("s3://{bucket}/code.zip"));
        run(&["s3", "mb", &format!("s3://{bucket}")]);
        run(&["s3", "cp", "--only-show-errors", file, &url]);
        url
    }

    /// Runs `program` as people do who have the AWS CLI on their path.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("sh");
        let script = r#"PATH="${1%/*}:$PATH" && shift && exec "$@""#;
        command
            .args(["-c", script, "sh", &variable(CLI_VARIABLE), program])
            .envs(Self::environment(self.endpoint()))
            // Version 1 of the CLI reads this name alone.
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        command
    }
}

fn outputs(stack: Stack) -> HashMap<String, String> {
    let outputs = stack.outputs.unwrap_or_default().into_iter();
    outputs.filter_map(|own| Some((own.output_key?, own.output_value?))).collect()
}
