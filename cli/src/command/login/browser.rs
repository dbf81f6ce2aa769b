//! In the browser: an authorization code with PKCE, received on a loopback address (RFC 8252).

mod callback;
mod outcome;
mod page;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, TokenResponse as _, TokenUrl,
};
use shared::secret::Secret;

use self::callback::Callback;
use self::outcome::Outcome;
use self::page::Page;
use crate::claims::Claims;
use crate::cognito::Tokens;
use crate::env::Env;
use crate::exit::CommandError;
use crate::oauth::{Endpoints, Http, NewClient, TokenError, TokenResponse, described};
use crate::profile::{Credentials, Profile};
use crate::proxy::Proxy;

/// What is kept of a login while the browser has it.
struct Attempt<'p> {
    profile: &'p Profile,
    endpoints: Endpoints,
    http: Http,
    redirect_uri: String,
    state: String,
    nonce: String,
    verifier: Secret<String>,
}

/// Logs in. `opens` a browser, or prints the address alone.
///
/// # Errors
/// It is refused, or could not be done.
pub(super) async fn log_in(
    profile: &Profile,
    opens: bool,
    env: &mut Env<'_>,
) -> Result<Credentials, CommandError> {
    let http = Http::new(&Proxy::of(&profile.place, env)?)?;
    let endpoints = Endpoints::of(profile, &http, env).await?;
    let listener = callback::listen().await?;
    let attempt = Attempt {
        profile,
        endpoints,
        http,
        redirect_uri: listener.redirect_uri(),
        state: random(env)?,
        nonce: random(env)?,
        verifier: Secret::new(random(env)?),
    };
    let address = attempt.address()?;
    let is_open = opens && env.machine.open_browser(&address).is_ok();
    if is_open {
        env.say("Your browser has the login. If it shows none, open this address:");
    } else {
        env.say("Open this address in a browser on this machine:");
    }
    env.say(&format!("\n  {address}\n"));
    let Callback { outcome, answer } = listener.wait(&attempt.state).await?;
    let credentials = match outcome {
        Outcome::Code(code) => attempt.redeem(code, env).await,
        Outcome::Error { code, description } => Err(CommandError::refused(format!(
            "the user pool refused the login: {}",
            described(&code, &description)
        ))),
    };
    let page = if credentials.is_ok() { Page::Worked } else { Page::Failed };
    answer.send(page).await;
    credentials
}

/// 256 bits in base64url: an unguessable text for `state` and `nonce`, and a verifier (RFC 7636 §4.1).
fn random(env: &Env<'_>) -> Result<String, CommandError> {
    let mut bytes = [0; 32];
    (env.random)(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

impl Attempt<'_> {
    /// Where the browser goes. No scope is asked for: the app client has those that people get.
    fn address(&self) -> Result<String, CommandError> {
        let Endpoints { authorization_endpoint, .. } = &self.endpoints;
        let url = AuthUrl::new(authorization_endpoint.clone()).map_err(|_| no_address())?;
        let verifier = PkceCodeVerifier::new(self.verifier.expose().clone());
        let client = self.client()?.set_auth_uri(url);
        let (address, _) = client
            .authorize_url(|| CsrfToken::new(self.state.clone()))
            .add_extra_param("nonce", &self.nonce)
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(address.into())
    }

    fn client(&self) -> Result<NewClient, CommandError> {
        let redirect = RedirectUrl::new(self.redirect_uri.clone()).map_err(|_| no_address())?;
        let id = ClientId::new(self.profile.config.client_id.clone());
        Ok(NewClient::new(id).set_redirect_uri(redirect).set_auth_type(AuthType::RequestBody))
    }

    /// Exchanges the code for tokens.
    async fn redeem(
        &self,
        code: Secret<String>,
        env: &Env<'_>,
    ) -> Result<Credentials, CommandError> {
        let url = TokenUrl::new(self.endpoints.token_endpoint.clone());
        let client = self.client()?.set_token_uri(url.map_err(|_| no_address())?);
        let code = AuthorizationCode::new(code.expose().clone());
        let answer = client
            .exchange_code(code)
            .set_pkce_verifier(PkceCodeVerifier::new(self.verifier.expose().clone()))
            .request_async(&|request| self.http.send(request))
            .await;
        let answer = answer.map_err(|error| match TokenError::from(error) {
            TokenError::Failed(error) => error,
            TokenError::Refused { code, description } => CommandError::refused(format!(
                "the user pool did not take the code of the login: {}",
                described(&code, &description)
            )),
        })?;
        let tokens = tokens(answer)?;
        self.check(&Claims::read(&tokens.id)?)?;
        Ok(tokens.credentials(self.profile, None, (env.clock.now)()))
    }

    /// That the ID token is of this login (OpenID Connect Core §3.1.3.7).
    fn check(&self, claims: &Claims) -> Result<(), CommandError> {
        let is = |name: &str, expected: &str| claims.text(name) == Some(expected);
        let is_ours = is("iss", &self.endpoints.issuer)
            && claims.texts("aud") == [self.profile.config.client_id.as_str()]
            && is("token_use", "id")
            && is("nonce", &self.nonce);
        if is_ours {
            return Ok(());
        }
        Err(CommandError::refused("the user pool sent a token of another login: log in again"))
    }
}

fn tokens(answer: TokenResponse) -> Result<Tokens, CommandError> {
    let id = answer.extra_fields().id_token.clone().ok_or_else(|| {
        CommandError::failed(
            "the user pool sent no ID token: the app client needs the scope `openid`",
        )
    })?;
    Ok(Tokens {
        id: id.into(),
        access: answer.access_token().secret().clone().into(),
        refresh: answer.refresh_token().map(|token| token.secret().clone().into()),
    })
}

fn no_address() -> CommandError {
    CommandError::failed("an endpoint of the user pool is no address")
}
