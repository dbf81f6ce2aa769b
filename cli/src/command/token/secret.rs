//! The secret of a service, in Secrets Manager.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use runtime::printable_within;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::aws::{self, AwsArguments};
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::Profile;

/// A service, as its secret has it. There is no `Debug`.
#[derive(Deserialize)]
pub(super) struct ServiceClient {
    pub(super) client_id: String,
    pub(super) client_secret: Zeroizing<String>,
}

/// Reads the secret `secret_id`.
///
/// # Errors
/// It is not there, cannot be read, or has another shape.
pub(super) async fn read(
    profile: &Profile,
    secret_id: &str,
    arguments: &AwsArguments,
    env: &mut Env<'_>,
) -> Result<ServiceClient, CommandError> {
    let set = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| (env.setting)(name));
    let set = set.filter(|region| !region.is_empty());
    let region = region(secret_id, set.as_deref().unwrap_or(&profile.config.region));
    let config = aws::load(arguments, Some(region), &profile.place, env).await?;
    let shown = printable_within(secret_id, 128);
    let answer = Client::new(&config).get_secret_value().secret_id(secret_id).send().await;
    let answer = answer.map_err(|error| match (error.code(), error.message()) {
        (Some("ResourceNotFoundException"), _) => CommandError::failed(format!(
            "there is no secret `{shown}` in `{region}`: look at its name, and at `--aws-profile`"
        )),
        (Some("InvalidRequestException"), Some(text)) if text.contains("deletion") => {
            CommandError::failed(format!(
                "the secret `{shown}` is marked for deletion: restore it, or make the service another"
            ))
        }
        _ => aws::failed("Secrets Manager", &format!("for the secret `{shown}`"), &error),
    })?;
    let text = Zeroizing::new(answer.secret_string.unwrap_or_default());
    // The parser's error may quote the secret.
    serde_json::from_str(&text).map_err(|_| {
        CommandError::failed(format!(
            "the secret `{shown}` is not JSON with `client_id` and `client_secret`: is it the secret of a service?"
        ))
    })
}

/// An ARN names its region: `arn:aws:secretsmanager:<region>:…`. Another secret lies in `else_in`: the region of
/// the environment, or of the pool.
fn region<'t>(secret_id: &'t str, else_in: &'t str) -> &'t str {
    let of_arn = secret_id.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2));
    of_arn.filter(|region| !region.is_empty()).unwrap_or(else_in)
}

#[cfg(test)]
mod tests {
    use super::region;

    #[test]
    fn where_a_secret_lies() {
        let check = |id: &str, expected: &str| assert_eq!(region(id, "eu-central-1"), expected);
        check("services/billing", "eu-central-1");
        check("arn:aws:secretsmanager:eu-west-1:123456789012:secret:billing-AbCdEf", "eu-west-1");
        check("arn:", "eu-central-1");
    }
}
