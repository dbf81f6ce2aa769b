//! AWS as people reach it: credentials by the SDK's default chain (environment, profiles, SSO, a process), the
//! system's root certificates and proxies, and an error that says what to do.

mod error;
mod http;

use adapters::aws::endpoint;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::ProvideCredentials as _;
use aws_smithy_types::retry::RetryConfig;
use clap::Args;
use runtime::printable_within;
use runtime::settings::Reader;

pub(crate) use self::error::{answered, failed, unanswered};
pub(crate) use self::http::{ATTEMPTS, http_client, timeouts};
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::{Place, Profile};
use crate::proxy::Proxy;

/// With which credentials AWS is asked.
#[derive(Debug, Args)]
pub(crate) struct AwsArguments {
    /// The profile of AWS, as in `~/.aws/config`. Without it: the environment, then AWS_PROFILE.
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,
}

/// The services that a person's command asks, and the setting that names another endpoint for each.
const ENDPOINTS: [&str; 5] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_CLOUDFORMATION",
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_LAMBDA",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
];

/// What the clients of AWS are made from, with credentials that were found.
///
/// # Errors
/// There are no credentials, or a setting is wrong.
pub(crate) async fn load(
    arguments: &AwsArguments,
    region: Option<&str>,
    place: &Place,
    env: &mut Env<'_>,
) -> Result<SdkConfig, CommandError> {
    // The SDK reads them by itself, and would take any address.
    let mut settings = Reader::new(env.setting);
    for name in ENDPOINTS {
        endpoint(&mut settings, name);
    }
    settings.finish(())?;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client(&Proxy::of(place, env)?)?)
        .timeout_config(timeouts())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    if let Some(name) = &arguments.aws_profile {
        loader = loader.profile_name(name);
    }
    let config = loader.load().await;
    let found = match config.credentials_provider() {
        Some(provider) => provider.provide_credentials().await.ok(),
        None => None,
    };
    let Some(found) = found else { return Err(no_credentials(arguments)) };
    let id: String = found.access_key_id().chars().take(4).collect();
    let from =
        arguments.aws_profile.as_ref().map_or("the SDK's default chain", |_| "--aws-profile");
    place.tell("AWS access key", &format!("{id}…"), from, env);
    Ok(config)
}

fn no_credentials(arguments: &AwsArguments) -> CommandError {
    CommandError::failed(match &arguments.aws_profile {
        Some(name) => {
            let name = printable_within(name, 64);
            format!(
                "the profile `{name}` of AWS has no credentials that can be used: try `aws sso login --profile {name}`"
            )
        }
        None => "there are no credentials for AWS: set AWS_PROFILE, give `--aws-profile`, or try `aws sso login`"
            .to_owned(),
    })
}

/// The region that the environment names.
pub(crate) fn set_region(env: &Env<'_>) -> Option<String> {
    let set = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| (env.setting)(name));
    set.filter(|region| !region.is_empty())
}

/// The region of what stands beside the user pool of `profile`: that of the environment, or else the pool's.
pub(crate) fn region_beside(profile: &Profile, env: &Env<'_>) -> String {
    set_region(env).unwrap_or_else(|| profile.config.region.clone())
}

/// The region that is asked.
///
/// # Errors
/// None is known.
pub(crate) fn region(config: &SdkConfig) -> Result<String, CommandError> {
    let region = config.region().map(|region| region.as_ref().to_owned());
    region.ok_or_else(|| {
        CommandError::failed("no region of AWS is known: give `--region`, or set AWS_REGION")
    })
}
