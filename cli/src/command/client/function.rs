//! `SERVICE_CLIENTS` of the authorizer: a variable of a function, whose others stay as they are.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::{Environment, LastUpdateStatus};
use runtime::printable_within;

use crate::aws;
use crate::exit::CommandError;

const VARIABLE: &str = "SERVICE_CLIENTS";
/// How often it is tried, where somebody else changes the function at the same time.
const TRIES: usize = 3;
/// How long to wait for a change that is under way: it takes some seconds.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often to look.
const ROUND: Duration = Duration::from_millis(250);

/// The authorizer.
pub(super) struct Function {
    client: Client,
    name: String,
    shown: String,
}

/// Its variables, and as of which revision.
struct Found {
    variables: HashMap<String, String>,
    revision: Option<String>,
}

impl Function {
    /// The function `name`, which is one that takes services.
    ///
    /// # Errors
    /// It is not there, takes no service tokens, or Lambda did not say.
    pub(super) async fn find(config: &SdkConfig, name: &str) -> Result<Self, CommandError> {
        let shown = printable_within(name, 140);
        let function = Self { client: Client::new(config), name: name.to_owned(), shown };
        let found = function.read().await?;
        // The authorizer does not start where nothing would take what SERVICE_CLIENTS says.
        let credentials = found.variables.get("CREDENTIALS").map_or("", String::as_str);
        if !credentials.split(',').any(|kind| kind.trim() == "service-token") {
            return Err(CommandError::refused(format!(
                "the function `{}` takes no service tokens: add `service-token` to its CREDENTIALS first",
                function.shown
            )));
        }
        Ok(function)
    }

    /// Adds `line` to the variable.
    ///
    /// # Errors
    /// It was not added, or nobody knows.
    pub(super) async fn add(&self, line: &str) -> Result<(), CommandError> {
        let mut last = None;
        for _ in 0..TRIES {
            let Found { mut variables, revision } = self.read().await?;
            let value = variables.remove(VARIABLE).unwrap_or_default();
            variables.insert(VARIABLE.to_owned(), with(&value, line));
            let call = self
                .client
                .update_function_configuration()
                .function_name(&self.name)
                .set_revision_id(revision)
                .environment(Environment::builder().set_variables(Some(variables)).build());
            match call.send().await {
                Ok(_) => return Ok(()),
                Err(error) if is_race(error.code()) => {
                    last = Some(self.failed("to change", &error))
                }
                Err(error) => return Err(self.failed("to change", &error)),
            }
        }
        Err(last.unwrap_or_else(|| CommandError::failed("Lambda was not asked")))
    }

    /// Its variables, once no other change of it is under way: meanwhile it takes none.
    async fn read(&self) -> Result<Found, CommandError> {
        let mut answer = self.configuration().await?;
        let mut waited = Duration::ZERO;
        while answer.last_update_status == Some(LastUpdateStatus::InProgress) {
            if waited >= PATIENCE {
                return Err(CommandError::failed(format!(
                    "the function `{}` is being changed at this moment: wait a minute, and try again",
                    self.shown
                )));
            }
            tokio::time::sleep(ROUND).await;
            waited += ROUND;
            answer = self.configuration().await?;
        }
        let environment = answer.environment;
        // Without its key nothing of them is shown, and to write the variables would be to lose them.
        if environment.as_ref().is_some_and(|own| own.error.is_some()) {
            return Err(CommandError::failed(format!(
                "the variables of the function `{}` cannot be decrypted with these credentials, and were left as they \
                 are",
                self.shown
            )));
        }
        let variables = environment.and_then(|own| own.variables).unwrap_or_default();
        Ok(Found { variables, revision: answer.revision_id })
    }

    /// <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html>
    async fn configuration(&self) -> Result<GetFunctionConfigurationOutput, CommandError> {
        let call = self.client.get_function_configuration().function_name(&self.name);
        call.send().await.map_err(|error| match error.code() {
            Some("ResourceNotFoundException") => CommandError::failed(format!(
                "there is no function `{}` there: look at `--function`, AWS_REGION and `--aws-profile`",
                self.shown
            )),
            _ => self.failed("for", &error),
        })
    }

    fn failed<E: ProvideErrorMetadata, R>(
        &self,
        purpose: &str,
        error: &SdkError<E, R>,
    ) -> CommandError {
        aws::failed("Lambda", &format!("{purpose} the function `{}`", self.shown), error)
    }
}

/// Somebody else has changed the function since it was read, or changes it now.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html#API_UpdateFunctionConfiguration_Errors>
fn is_race(code: Option<&str>) -> bool {
    matches!(code, Some("PreconditionFailedException" | "ResourceConflictException"))
}

/// `value`, a list, with `item` at its end.
fn with(value: &str, item: &str) -> String {
    let list = value.trim().trim_end_matches(',');
    if list.is_empty() { item.to_owned() } else { format!("{list},{item}") }
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn a_longer_list() {
        let check = |value: &str, expected: &str| assert_eq!(with(value, "c=acme"), expected);
        check("", "c=acme");
        check(" ", "c=acme");
        check("a=acme", "a=acme,c=acme");
        check("a=acme, b=claim:t, ", "a=acme, b=claim:t,c=acme");
    }
}
