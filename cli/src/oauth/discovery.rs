//! Where the endpoints of a user pool are (OpenID Connect Discovery §4).

use adapters::url::Url;
use oauth2::http::Request;
use runtime::printable_within;
use serde::Deserialize;
use shared::authn::Issuer;

use super::http::Http;
use crate::cognito::address_of;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::Profile;

/// The endpoints that a login needs.
#[derive(Debug, Deserialize)]
pub(crate) struct Endpoints {
    pub(crate) issuer: String,
    #[serde(default)]
    pub(crate) authorization_endpoint: String,
    #[serde(default)]
    pub(crate) token_endpoint: String,
}

impl Endpoints {
    /// Asks the pool of `profile`.
    ///
    /// # Errors
    /// It does not answer, or what it answers is not of this pool.
    pub(crate) async fn of(
        profile: &Profile,
        http: &Http,
        env: &mut Env<'_>,
    ) -> Result<Self, CommandError> {
        let config = &profile.config;
        let pool = address_of(profile, env)?;
        let address = format!("{pool}/.well-known/openid-configuration");
        let request = Request::get(&address).body(Vec::new()).map_err(|_| {
            CommandError::failed("the address of the user pool is none: configure again")
        })?;
        let answer = http.send(request).await?;
        let status = answer.status();
        if status.is_server_error() || status.is_redirection() {
            return Err(CommandError::failed(format!(
                "the user pool answered with the status {}: try again in a minute",
                status.as_u16()
            )));
        }
        if !status.is_success() {
            let configure = profile.place.next("configure --from-bundle -");
            return Err(CommandError::failed(format!(
                "there is no user pool `{}` in `{}`: the bundle is old, or of another region; ask the \
                 administrator for another, and paste it into {configure}",
                config.user_pool_id, config.region
            )));
        }
        let found: Self = serde_json::from_slice(answer.body()).map_err(|_| {
            CommandError::failed("the discovery document of the user pool cannot be read")
        })?;
        found.check(config.user_pool_id.as_str(), &pool)?;
        Ok(found)
    }

    /// The document must be of the pool that was asked (Discovery §4.3), and its endpoints such that a password
    /// may be typed there.
    fn check(&self, pool_id: &str, pool: &str) -> Result<(), CommandError> {
        let is_ours = self.issuer == pool
            || Issuer::of_pool(pool_id).is_some_and(|issuer| issuer.is_called(&self.issuer));
        if !is_ours {
            let issuer = printable_within(&self.issuer, 200);
            return Err(CommandError::failed(format!(
                "the discovery document of the user pool is of another issuer, `{issuer}`"
            )));
        }
        for endpoint in [&self.authorization_endpoint, &self.token_endpoint] {
            if endpoint.is_empty() {
                return Err(CommandError::failed(
                    "the user pool has no hosted login: it needs a domain; log in with a password",
                ));
            }
            if Url::parse(endpoint).is_err() {
                let endpoint = printable_within(endpoint, 200);
                return Err(CommandError::failed(format!(
                    "an endpoint of the user pool is `{endpoint}`, which is neither `https` nor `http` on loopback"
                )));
            }
        }
        Ok(())
    }
}
