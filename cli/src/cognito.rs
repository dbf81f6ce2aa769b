//! Cognito's API, as far as it needs no AWS credentials: logging in and staying logged in.

mod error;

use std::collections::HashMap;

use adapters::aws::endpoint;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{
    AuthFlowType, AuthenticationResultType, ChallengeNameType,
};
use aws_smithy_types::retry::RetryConfig;
use runtime::settings::Reader;
use shared::secret::Secret;
use shared::time::Timestamp;
use zeroize::Zeroizing;

pub(crate) use self::error::CognitoError;
use crate::aws::{ATTEMPTS, http_client, timeouts};
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::{Credentials, Profile};
use crate::proxy::Proxy;

/// The user pool of a profile.
pub(crate) struct Cognito<'p> {
    client: Client,
    profile: &'p Profile,
}

/// What comes of a step of logging in.
pub(crate) enum Step {
    /// It is done.
    Tokens(Tokens),
    /// Something else is asked for.
    Challenge(Challenge),
}

/// What the pool asks for next.
pub(crate) struct Challenge {
    pub(crate) name: ChallengeNameType,
    /// The user's name in the pool, which the answer must have.
    pub(crate) username: String,
    /// Attributes that the user must set, as JSON.
    pub(crate) required_attributes: Option<String>,
    session: Option<String>,
}

/// The tokens of a login, or of a refresh: then there may be no new refresh token.
pub(crate) struct Tokens {
    pub(crate) id: Zeroizing<String>,
    pub(crate) access: Zeroizing<String>,
    pub(crate) refresh: Option<Zeroizing<String>>,
}

/// The settings that name another endpoint for Cognito, as in every SDK of AWS: the first that is set counts.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL"];

/// Where the pool of `profile` is, if not at AWS: by the environment, or by the profile.
///
/// # Errors
/// A setting is wrong.
pub(crate) fn endpoint_of(
    profile: &Profile,
    env: &mut Env<'_>,
) -> Result<Option<String>, CommandError> {
    let mut settings = Reader::new(env.setting);
    let set = ENDPOINTS.map(|name| endpoint(&mut settings, name).map(|value| (value, name)));
    let set = settings.finish(set)?.into_iter().flatten().next();
    let own = profile.config.cognito_endpoint.clone().map(|value| (value, "the profile"));
    let Some((endpoint, from)) = set.or(own) else { return Ok(None) };
    profile.place.tell("Cognito", &endpoint, from, env);
    Ok(Some(endpoint))
}

/// The address of the pool of `profile`: what its discovery document and its keys stand below.
///
/// # Errors
/// A setting is wrong.
pub(crate) fn address_of(profile: &Profile, env: &mut Env<'_>) -> Result<String, CommandError> {
    let config = &profile.config;
    let suffix = if config.region.starts_with("cn-") { ".cn" } else { "" };
    let at_aws = format!("https://cognito-idp.{}.amazonaws.com{suffix}", config.region);
    let base = endpoint_of(profile, env)?.unwrap_or(at_aws);
    Ok(format!("{}/{}", base.trim_end_matches('/'), config.user_pool_id))
}

/// A client for what AWS credentials are needed for, where the pool of `profile` is.
///
/// # Errors
/// A setting is wrong.
pub(crate) fn administrator(
    profile: &Profile,
    config: &SdkConfig,
    env: &mut Env<'_>,
) -> Result<Client, CommandError> {
    let mut own = aws_sdk_cognitoidentityprovider::config::Builder::from(config)
        .region(Region::new(profile.config.region.clone()));
    own.set_endpoint_url(
        endpoint_of(profile, env)?.or_else(|| config.endpoint_url().map(str::to_owned)),
    );
    Ok(Client::from_conf(own.build()))
}

impl<'p> Cognito<'p> {
    /// Prepares a client. Nothing is connected yet.
    ///
    /// # Errors
    /// A setting is wrong.
    pub(crate) fn of(profile: &'p Profile, env: &mut Env<'_>) -> Result<Self, CommandError> {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(profile.config.region.clone()))
            .http_client(http_client(&Proxy::of(&profile.place, env)?)?)
            .timeout_config(timeouts())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        config.set_endpoint_url(endpoint_of(profile, env)?);
        Ok(Self { client: Client::new(&config.build()), profile })
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html>
    pub(crate) async fn log_in(
        &self,
        username: &str,
        password: &Secret<String>,
    ) -> Result<Step, CognitoError> {
        let answer = self
            .client
            .initiate_auth()
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .client_id(self.client_id())
            .auth_parameters("USERNAME", username)
            .auth_parameters("PASSWORD", password.expose())
            .send()
            .await?;
        let challenge = (answer.challenge_name, answer.session, answer.challenge_parameters);
        step(answer.authentication_result, challenge, username)
    }

    /// Answers `challenge` with the member `name`, beside the user's name.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html>
    pub(crate) async fn respond(
        &self,
        challenge: &Challenge,
        name: &str,
        value: &Secret<String>,
    ) -> Result<Step, CognitoError> {
        let answer = self
            .client
            .respond_to_auth_challenge()
            .client_id(self.client_id())
            .challenge_name(challenge.name.clone())
            .set_session(challenge.session.clone())
            .challenge_responses("USERNAME", &challenge.username)
            .challenge_responses(name, value.expose())
            .send()
            .await?;
        let next = (answer.challenge_name, answer.session, answer.challenge_parameters);
        step(answer.authentication_result, next, &challenge.username)
    }

    /// New tokens for a refresh token. This operation serves pools that rotate and pools that do not; what
    /// stands in for Cognito may only know the older one.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html>
    pub(crate) async fn refresh(&self, refresh_token: &str) -> Result<Tokens, CognitoError> {
        let call = self
            .client
            .get_tokens_from_refresh_token()
            .client_id(self.client_id())
            .refresh_token(refresh_token);
        let result = match call.send().await.map_err(CognitoError::from) {
            Ok(answer) => answer.authentication_result,
            Err(error) if error.is_unknown_operation() => {
                self.client
                    .initiate_auth()
                    .auth_flow(AuthFlowType::RefreshTokenAuth)
                    .client_id(self.client_id())
                    .auth_parameters("REFRESH_TOKEN", refresh_token)
                    .send()
                    .await?
                    .authentication_result
            }
            Err(error) => return Err(error),
        };
        Tokens::of(result.ok_or(CognitoError::Unreadable)?)
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeToken.html>
    pub(crate) async fn revoke(&self, refresh_token: &str) -> Result<(), CognitoError> {
        let call = self.client.revoke_token().client_id(self.client_id()).token(refresh_token);
        call.send().await?;
        Ok(())
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ChangePassword.html>
    pub(crate) async fn change_password(
        &self,
        access_token: &str,
        previous: &Secret<String>,
        proposed: &Secret<String>,
    ) -> Result<(), CognitoError> {
        self.client
            .change_password()
            .access_token(access_token)
            .previous_password(previous.expose())
            .proposed_password(proposed.expose())
            .send()
            .await?;
        Ok(())
    }

    fn client_id(&self) -> &str {
        &self.profile.config.client_id
    }
}

fn step(
    result: Option<AuthenticationResultType>,
    (name, session, parameters): (
        Option<ChallengeNameType>,
        Option<String>,
        Option<HashMap<String, String>>,
    ),
    username: &str,
) -> Result<Step, CognitoError> {
    if let Some(result) = result {
        return Ok(Step::Tokens(Tokens::of(result)?));
    }
    let name = name.ok_or(CognitoError::Unreadable)?;
    let mut parameters = parameters.unwrap_or_default();
    let username = parameters.remove("USER_ID_FOR_SRP").unwrap_or_else(|| username.to_owned());
    let required_attributes = parameters.remove("requiredAttributes");
    Ok(Step::Challenge(Challenge { name, username, required_attributes, session }))
}

impl Tokens {
    fn of(result: AuthenticationResultType) -> Result<Self, CognitoError> {
        Ok(Self {
            id: result.id_token.ok_or(CognitoError::Unreadable)?.into(),
            access: result.access_token.ok_or(CognitoError::Unreadable)?.into(),
            refresh: result.refresh_token.map(Zeroizing::new),
        })
    }

    /// The tokens as a profile keeps them, received at `now`. Without a new refresh token `previous` stays.
    pub(crate) fn credentials(
        self,
        profile: &Profile,
        previous: Option<Zeroizing<String>>,
        now: Timestamp,
    ) -> Credentials {
        Credentials {
            user_pool_id: profile.config.user_pool_id.clone(),
            client_id: profile.config.client_id.clone(),
            id_token: self.id,
            access_token: self.access,
            refresh_token: self.refresh.or(previous),
            received_at: now.unix_millis(),
        }
    }
}
