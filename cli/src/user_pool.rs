//! The user pool of a profile as its administrators have it: every call is signed with AWS credentials.

mod clients;
mod users;

use aws_config::SdkConfig;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::config::Builder;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_types::retry::RetryConfig;
use clap::Args;
use runtime::printable_within;

pub(crate) use self::clients::{ClientSecret, ServiceClient};
pub(crate) use self::users::{NewUser, User};
use crate::aws::{self, AwsArguments, answered};
use crate::cognito::administrator;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::{Place, Profile, ProfileArguments};

/// Which user pool, and with which credentials.
#[derive(Debug, Args)]
pub(crate) struct PoolArguments {
    #[command(flatten)]
    pub(crate) aws: AwsArguments,
    #[command(flatten)]
    profile: ProfileArguments,
}

impl PoolArguments {
    /// The profile, which says the pool.
    ///
    /// # Errors
    /// It is not configured, or its file cannot be used.
    pub(crate) fn profile(&self, env: &mut Env<'_>) -> Result<Profile, CommandError> {
        Place::of(&self.profile, env)?.profile(env)
    }
}

/// The user pool of a profile.
pub(crate) struct UserPool<'p> {
    client: Client,
    profile: &'p Profile,
    /// For the other services of the same account.
    pub(crate) aws: SdkConfig,
    role_claim: String,
    tenant_claim: String,
}

impl<'p> UserPool<'p> {
    /// Prepares a client with the credentials of `arguments`. Cognito is not asked yet.
    ///
    /// # Errors
    /// There are no credentials, or a setting is wrong.
    pub(crate) async fn open(
        profile: &'p Profile,
        arguments: &AwsArguments,
        env: &mut Env<'_>,
    ) -> Result<Self, CommandError> {
        let region = aws::region_beside(profile, env);
        let aws = aws::load(arguments, Some(&region), &profile.place, env).await?;
        let claim = |name: &str, default: &str| {
            (env.setting)(name).filter(|set| !set.is_empty()).unwrap_or_else(|| default.to_owned())
        };
        let (role_claim, tenant_claim) =
            (claim("ROLE_CLAIM", "custom:role"), claim("TENANT_CLAIM", "custom:tenant_id"));
        Ok(Self {
            client: administrator(profile, &aws, env)?,
            profile,
            aws,
            role_claim,
            tenant_claim,
        })
    }

    /// The id of the pool.
    pub(crate) fn id(&self) -> &str {
        &self.profile.config.user_pool_id
    }

    /// Whether a user's role and tenant are attributes that can be set: a group, or what a trigger adds, is not.
    ///
    /// # Errors
    /// One is not.
    pub(crate) fn require_attributes(&self) -> Result<(), CommandError> {
        let claims = [("ROLE_CLAIM", &self.role_claim), ("TENANT_CLAIM", &self.tenant_claim)];
        let other = claims.into_iter().find(|(_, claim)| !claim.starts_with("custom:"));
        let Some((setting, claim)) = other else { return Ok(()) };
        let claim = printable_within(claim, 128);
        Err(CommandError::failed(format!(
            "{setting} is `{claim}`, which is no attribute that can be set, such as `custom:role`: set it where it \
             comes from"
        )))
    }

    /// For a call that makes something: one that is lost may have made it, and a second would make another.
    fn once() -> Builder {
        Builder::new().retry_config(RetryConfig::disabled())
    }

    /// The sentence about a call that was made `purpose`, and failed.
    fn failed<E: ProvideErrorMetadata, R>(
        &self,
        purpose: &str,
        error: &SdkError<E, R>,
    ) -> CommandError {
        let config = &self.profile.config;
        let (code, message) = answered(error).unwrap_or_default();
        match code.as_str() {
            "ResourceNotFoundException" if !message.to_ascii_lowercase().contains("client") => {
                CommandError::failed(format!(
                    "there is no user pool `{}` in `{}` of this AWS account: look at `--profile` and `--aws-profile`",
                    config.user_pool_id, config.region
                ))
            }
            "TooManyRequestsException" | "LimitExceededException" | "ThrottlingException" => {
                CommandError::failed(
                    "Cognito gets too many requests at the moment: wait a minute, and try again",
                )
            }
            "InvalidParameterException" if message.contains("does not exist in the schema") => {
                CommandError::failed(format!(
                    "the user pool `{}` lacks an attribute ({}): it needs `{}` and `{}`",
                    config.user_pool_id,
                    message.trim_end(),
                    printable_within(&self.role_claim, 128),
                    printable_within(&self.tenant_claim, 128)
                ))
            }
            _ => aws::failed("Cognito", purpose, error),
        }
    }
}
