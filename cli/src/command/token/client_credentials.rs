//! The token of a service: the client credentials grant (RFC 6749 §4.4).

use oauth2::{ClientId, ClientSecret, Scope, TokenResponse as _, TokenUrl};
use runtime::printable_within;

use super::secret::{self, ServiceClient};
use crate::aws::AwsArguments;
use crate::claims::Claims;
use crate::env::Env;
use crate::exit::CommandError;
use crate::oauth::{Endpoints, Http, NewClient, TokenError, described};
use crate::profile::{Profile, ServiceToken};
use crate::proxy::Proxy;

/// A token of the service whose secret is `secret_id`, with the scopes `scope`: one that is kept, or a new one.
///
/// # Errors
/// It is refused, or could not be asked for.
pub(super) async fn token(
    profile: &Profile,
    secret_id: &str,
    scope: Option<&str>,
    aws: &AwsArguments,
    env: &mut Env<'_>,
) -> Result<ServiceToken, CommandError> {
    let scope = scope.map(|scope| scope.split_whitespace().collect::<Vec<_>>().join(" "));
    let scope = scope.filter(|scope| !scope.is_empty());
    let kept = profile.services(env)?;
    if let Some(token) = kept.fresh(secret_id, scope.as_deref(), (env.clock.now)()) {
        return Ok(token);
    }
    let _lock = profile.place.lock(env).await?;
    let mut kept = profile.services(env)?;
    if let Some(token) = kept.fresh(secret_id, scope.as_deref(), (env.clock.now)()) {
        return Ok(token);
    }
    let client = secret::read(profile, secret_id, aws, env).await?;
    let token = ask(profile, client, secret_id, scope, env).await?;
    kept.add(token.clone(), (env.clock.now)());
    profile.keep_services(&kept, env)?;
    Ok(token)
}

async fn ask(
    profile: &Profile,
    client: ServiceClient,
    secret_id: &str,
    scope: Option<String>,
    env: &mut Env<'_>,
) -> Result<ServiceToken, CommandError> {
    let http = Http::new(&Proxy::of(&profile.place, env)?)?;
    let endpoints = Endpoints::of(profile, &http, env).await?;
    let url = TokenUrl::new(endpoints.token_endpoint)
        .map_err(|_| CommandError::failed("the token endpoint of the user pool is no address"))?;
    let oauth = NewClient::new(ClientId::new(client.client_id))
        .set_client_secret(ClientSecret::new(client.client_secret.to_string()))
        .set_token_uri(url);
    let scopes = scope.iter().flat_map(|scope| scope.split(' '));
    let answer = oauth
        .exchange_client_credentials()
        .add_scopes(scopes.map(|scope| Scope::new(scope.to_owned())))
        .request_async(&|request| http.send(request))
        .await;
    let answer = answer.map_err(|error| match TokenError::from(error) {
        TokenError::Failed(error) => error,
        TokenError::Refused { code, description } => {
            CommandError::refused(refusal(&code, &description, secret_id))
        }
    })?;
    let access_token = answer.access_token().secret().clone();
    let lifetime = Claims::read(&access_token)?.lifetime();
    Ok(ServiceToken {
        secret_id: secret_id.to_owned(),
        scope,
        access_token: access_token.into(),
        received_at: (env.clock.now)().unix_millis(),
        lifetime_seconds: lifetime.as_secs(),
    })
}

fn refusal(code: &str, description: &str, secret_id: &str) -> String {
    let secret_id = printable_within(secret_id, 128);
    match code {
        "invalid_client" => format!(
            "the user pool does not take the secret in `{secret_id}`: it was rotated, or is of another pool"
        ),
        "invalid_scope" => "the service may not have that scope: look at `--scope`".to_owned(),
        "unauthorized_client" => {
            format!(
                "the app client in `{secret_id}` is none for services: it lacks `client_credentials`"
            )
        }
        _ => format!("the user pool refused the token: {}", described(code, description)),
    }
}
