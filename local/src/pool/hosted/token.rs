//! `POST /oauth2/token` (RFC 6749 §3.2).
//!
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html>

use serde_json::{Value, json};
use shared::time::Timestamp;

use super::FORM;
use super::authorize::{Asked, granted};
use super::client::Client;
use super::error::OAuthError;
use crate::pool::Pool;
use crate::pool::claims::{TOKEN_SECONDS, service_token};
use crate::pool::config::{AppClient, ServiceClient};
use crate::pool::http::{Request, Response};
use crate::pool::issue::{NoTokens, Tokens};
use crate::pool::params::Params;

/// What a code stands for.
pub(in crate::pool) struct Code {
    pub(super) asked: Asked,
    pub(super) sub: String,
}

impl Pool {
    pub(super) fn token(
        &mut self,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Result<Response, OAuthError> {
        let params = read_form(request)?;
        let grant_type = params.get("grant_type");
        let grant_type = grant_type.ok_or(OAuthError::invalid_request("grant_type is missing"))?;
        let client = self.client_of(request, &params)?;
        match (grant_type, client) {
            ("authorization_code", Client::App(client)) => self.redeem(&params, &client, now),
            ("refresh_token", Client::App(client)) => self.refresh_grant(&params, &client, now),
            ("client_credentials", Client::Service(client)) => {
                self.client_credentials(&params, &client, now)
            }
            ("authorization_code" | "refresh_token" | "client_credentials", _) => {
                let description = "the client may not use this grant_type";
                Err(OAuthError::new("unauthorized_client", description))
            }
            _ => Err(OAuthError::new("unsupported_grant_type", "grant_type is not supported")),
        }
    }

    /// Redeems a code. Any try uses it up: who has a code but not the rest has stolen it.
    fn redeem(
        &mut self,
        params: &Params,
        client: &AppClient,
        now: Timestamp,
    ) -> Result<Response, OAuthError> {
        let missing = |name| OAuthError::invalid_request(name);
        let code = params.get("code").ok_or(missing("code is missing"))?;
        let verifier = params.get("code_verifier").ok_or(missing("code_verifier is missing"))?;
        let redirect_uri = params.get("redirect_uri").ok_or(missing("redirect_uri is missing"))?;
        let Some(Code { asked, sub }) = self.codes.take(code, now) else {
            // Somebody has a copy: what came of it ends (RFC 6749 §4.1.2).
            if let Some(session) = self.redeemed.take(code, now) {
                self.sessions.revoke(&session);
            }
            return Err(OAuthError::invalid_grant("the code is unknown, used or expired"));
        };
        if asked.client_id != client.id || asked.redirect_uri != redirect_uri {
            let description = "the code is for another client or another redirect_uri";
            return Err(OAuthError::invalid_grant(description));
        }
        if !asked.challenge.is_of(verifier) {
            return Err(OAuthError::invalid_grant("code_verifier does not fit the code"));
        }
        if self.users.find(&sub).is_none() {
            return Err(OAuthError::invalid_grant("the user does not exist any more"));
        }
        let nonce = asked.nonce.as_deref();
        let (session, tokens) = self.open_session(&sub, &client.id, &asked.scope, nonce, now)?;
        self.redeemed.put(code, session, now);
        Ok(Response::json(200, &body(&tokens)))
    }

    fn refresh_grant(
        &mut self,
        params: &Params,
        client: &AppClient,
        now: Timestamp,
    ) -> Result<Response, OAuthError> {
        let token = params.get("refresh_token");
        let token = token.ok_or(OAuthError::invalid_request("refresh_token is missing"))?;
        let tokens = self.refresh(token, client, now).map_err(|none| match none {
            NoTokens::Refused(_) => {
                OAuthError::invalid_grant("the refresh token is unknown, expired or revoked")
            }
            NoTokens::Failed(error) => error.into(),
        })?;
        Ok(Response::json(200, &body(&tokens)))
    }

    fn client_credentials(
        &mut self,
        params: &Params,
        client: &ServiceClient,
        now: Timestamp,
    ) -> Result<Response, OAuthError> {
        let scope = granted(params.get("scope"), &client.scopes)?;
        let issued = self.issued(now)?;
        let claims = service_token(&self.config.issuer, &client.id, &scope, &issued);
        let access = self.sign(&claims)?;
        let body = json!({
            "access_token": access,
            "expires_in": TOKEN_SECONDS,
            "token_type": "Bearer",
        });
        Ok(Response::json(200, &body))
    }
}

/// The form of `request` (RFC 6749 §3.2).
pub(super) fn read_form(request: &Request<'_>) -> Result<Params, OAuthError> {
    if !request.is(FORM) {
        return Err(OAuthError::invalid_request("the body is no form"));
    }
    Params::read(request.body).ok_or(OAuthError::invalid_request("a parameter occurs twice"))
}

fn body(tokens: &Tokens) -> Value {
    let mut body = json!({
        "access_token": tokens.access,
        "expires_in": TOKEN_SECONDS,
        "token_type": "Bearer",
    });
    let others = [("id_token", &tokens.id), ("refresh_token", &tokens.refresh)];
    if let Some(members) = body.as_object_mut() {
        let present = others.into_iter().filter_map(|(name, token)| Some((name, token.as_ref()?)));
        members.extend(present.map(|(name, token)| (name.to_owned(), json!(token))));
    }
    body
}
