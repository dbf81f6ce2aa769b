//! The secret of a service, in Secrets Manager.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use runtime::printable_within;
use serde::Deserialize;
use serde_json::Map;
use zeroize::Zeroizing;

use crate::aws::{self, AwsArguments};
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::Profile;

/// A service, as its secret has it. There is no `Debug`.
#[derive(Deserialize)]
pub(crate) struct ServiceClient {
    pub(crate) client_id: String,
    pub(crate) client_secret: Zeroizing<String>,
    /// By which Cognito knows the secret, once it was rotated.
    pub(crate) client_secret_id: Option<String>,
    /// What else stands there.
    #[serde(flatten)]
    pub(crate) others: Map<String, serde_json::Value>,
}

/// Reads the secret `secret_id`.
///
/// # Errors
/// It is not there, cannot be read, or has another shape.
pub(crate) async fn read(
    profile: &Profile,
    secret_id: &str,
    arguments: &AwsArguments,
    env: &mut Env<'_>,
) -> Result<ServiceClient, CommandError> {
    let set = aws::set_region(env);
    let (region, from) = region(secret_id, set.as_deref(), &profile.config.region);
    profile.place.tell("region of the secret", region, from, env);
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

/// Where a secret lies, and what says so. An ARN names its region, `arn:aws:secretsmanager:<region>:…`; another secret
/// lies in that of the environment, or where the pool is.
fn region<'t>(
    secret_id: &'t str,
    set: Option<&'t str>,
    of_pool: &'t str,
) -> (&'t str, &'static str) {
    let of_arn = secret_id.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2));
    match (of_arn.filter(|region| !region.is_empty()), set) {
        (Some(region), _) => (region, "the ARN"),
        (None, Some(region)) => (region, "AWS_REGION"),
        (None, None) => (of_pool, "the profile"),
    }
}

#[cfg(test)]
mod tests {
    use super::region;

    #[test]
    fn where_a_secret_lies() {
        let check = |id: &str, set: Option<&str>, expected: &str| {
            assert_eq!(region(id, set, "eu-central-1").0, expected, "{id}");
        };
        check("services/billing", None, "eu-central-1");
        check("services/billing", Some("us-east-1"), "us-east-1");
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:billing-AbCdEf";
        check(arn, Some("us-east-1"), "eu-west-1");
        check("arn:", None, "eu-central-1");
    }
}
