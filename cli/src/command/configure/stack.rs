//! The outputs of a CloudFormation stack.

use runtime::printable_within;

use crate::aws::{self, AwsArguments};
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::{Config, Place};
use crate::stack;

const API_URL: &str = "ApiUrl";
const OUTPUTS: [&str; 3] = [API_URL, "UserPoolId", "AppClientId"];

/// A stack, and what counts in place of its output.
pub(super) struct Source<'s> {
    pub(super) name: &'s str,
    /// The address of an API that the stack did not make, or that has a domain of its own.
    pub(super) api_url: Option<&'s str>,
}

/// What the outputs of the stack say.
///
/// # Errors
/// It cannot be read, or has not all of them.
pub(super) async fn read(
    Source { name, api_url }: Source<'_>,
    region: Option<&str>,
    arguments: &AwsArguments,
    place: &Place,
    env: &mut Env<'_>,
) -> Result<Config, CommandError> {
    let config = aws::load(arguments, region, place, env).await?;
    let shown = printable_within(name, 128);
    let region = aws::region(&config)?;
    let stack = stack::describe(name, &config).await?;
    let output = |name: &str| {
        let own = api_url.filter(|_| name == API_URL);
        own.or_else(|| stack::output(&stack, name)).unwrap_or_default().to_owned()
    };
    let missing = OUTPUTS.into_iter().filter(|name| output(name).is_empty());
    let missing = missing.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !missing.is_empty() {
        return Err(CommandError::failed(format!(
            "the stack `{shown}` has no output {missing}: is it the stack of the API?"
        )));
    }
    let [api_url, user_pool_id, client_id] = OUTPUTS.map(output);
    Ok(Config { api_url, region, user_pool_id, client_id, cognito_endpoint: None })
}
