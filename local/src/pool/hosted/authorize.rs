//! `GET /oauth2/authorize`: what a client asks of a browser (RFC 6749 §4.1.1).
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html>

use shared::time::Timestamp;

use super::error::OAuthError;
use super::page;
use super::pkce::CodeChallenge;
use crate::pool::Pool;
use crate::pool::config::AppClient;
use crate::pool::error::PoolError;
use crate::pool::http::{Request, Response};
use crate::pool::params::{Params, with_query};

/// The longest `state` and the longest `nonce`, in bytes.
const MAX_TEXT_BYTES: usize = 1024;

/// A sign-in that waits for its user, behind a page with a token of its own.
pub(in crate::pool) struct SignIn {
    pub(super) asked: Asked,
    /// The cookie of the browser that got the page: a form that was filled in elsewhere is refused.
    pub(super) cookie: String,
}

/// What the client asked for, checked.
pub(super) struct Asked {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    /// Separated by blanks.
    pub(super) scope: String,
    pub(super) state: String,
    pub(super) nonce: Option<String>,
    pub(super) challenge: CodeChallenge,
}

/// Why a request is refused.
enum Refusal {
    /// Who asks, or where the answer would go, is not known: it is told to the user, and nobody is
    /// redirected (RFC 6749 §4.1.2.1).
    ToUser(&'static str),
    /// It is told to the client.
    ToClient { redirect_uri: String, state: Option<String>, error: OAuthError },
}

impl Pool {
    pub(super) fn authorize(&mut self, request: &Request<'_>, now: Timestamp) -> Response {
        match self.read_authorization(request.query) {
            Ok(asked) => match self.sign_in_page(asked, None, now) {
                Ok(page) => page,
                Err(error) => page::problem(500, &error.to_string()),
            },
            Err(Refusal::ToUser(problem)) => page::problem(400, problem),
            Err(Refusal::ToClient { redirect_uri, state, error }) => {
                let mut params =
                    vec![("error", error.error), ("error_description", error.description)];
                params.extend(state.as_deref().map(|state| ("state", state)));
                Response::redirect(302, with_query(&redirect_uri, &params))
            }
        }
    }

    /// The page for `asked`, which can be sent once. `problem` is what was wrong with the try before.
    pub(super) fn sign_in_page(
        &mut self,
        asked: Asked,
        problem: Option<&str>,
        now: Timestamp,
    ) -> Result<Response, PoolError> {
        let (token, cookie) = (self.random.secret()?, self.random.secret()?);
        let page = page::sign_in(&asked, &token, &cookie, problem);
        self.pages.put(&token, SignIn { asked, cookie }, now);
        Ok(page)
    }

    fn read_authorization(&self, query: &str) -> Result<Asked, Refusal> {
        let params = Params::read(query.as_bytes());
        let params = params.ok_or(Refusal::ToUser("A parameter occurs twice."))?;
        let client = params.get("client_id").and_then(|id| self.config.app_client(id));
        let client = client.ok_or(Refusal::ToUser("The client does not exist."))?;
        let redirect_uri = params.get("redirect_uri").unwrap_or_default();
        if !client.redirect_uris.iter().any(|own| own == redirect_uri) {
            return Err(Refusal::ToUser("The redirect_uri is not registered for this client."));
        }
        let asked = read_asked(&params, client, redirect_uri);
        asked.map_err(|error| Refusal::ToClient {
            redirect_uri: redirect_uri.to_owned(),
            state: bounded(&params, "state").map(str::to_owned),
            error,
        })
    }
}

fn read_asked(
    params: &Params,
    client: &AppClient,
    redirect_uri: &str,
) -> Result<Asked, OAuthError> {
    match params.get("response_type") {
        Some("code") => {}
        None => return Err(OAuthError::invalid_request("response_type is missing")),
        Some(_) => {
            let description = "response_type is not code";
            return Err(OAuthError::new("unsupported_response_type", description));
        }
    }
    // PKCE alone would do against forged answers; with a state the client notices them by itself.
    let state = bounded(params, "state");
    let state = state.ok_or(OAuthError::invalid_request("state is missing or too long"))?;
    let nonce = bounded(params, "nonce");
    if nonce.is_none() && params.get("nonce").is_some() {
        return Err(OAuthError::invalid_request("nonce is too long"));
    }
    if params.get("code_challenge_method") != Some("S256") {
        return Err(OAuthError::invalid_request("code_challenge_method is not S256"));
    }
    let challenge = params.get("code_challenge").and_then(CodeChallenge::read);
    let challenge = challenge.ok_or(OAuthError::invalid_request(
        "code_challenge is not a SHA-256 in base64url without padding",
    ))?;
    Ok(Asked {
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scope: granted(params.get("scope"), &client.scopes)?,
        state: state.to_owned(),
        nonce: nonce.map(str::to_owned),
        challenge,
    })
}

/// The scopes `asked` for, separated by blanks, if the client may have each; without any, all that
/// it may have.
pub(super) fn granted(asked: Option<&str>, allowed: &[String]) -> Result<String, OAuthError> {
    let Some(asked) = asked else { return Ok(allowed.join(" ")) };
    let scopes: Vec<&str> = asked.split(' ').filter(|scope| !scope.is_empty()).collect();
    let is_allowed = |scope: &&str| allowed.iter().any(|own| own == scope);
    if scopes.is_empty() || !scopes.iter().all(is_allowed) {
        return Err(OAuthError::new("invalid_scope", "the client may not have this scope"));
    }
    Ok(scopes.join(" "))
}

fn bounded<'p>(params: &'p Params, name: &str) -> Option<&'p str> {
    params.get(name).filter(|value| value.len() <= MAX_TEXT_BYTES)
}
