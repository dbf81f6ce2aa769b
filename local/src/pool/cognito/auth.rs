//! Signing in and staying signed in: `InitiateAuth`, `RespondToAuthChallenge`,
//! `GetTokensFromRefreshToken`, `RevokeToken`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::time::Timestamp;

use super::exception::Exception;
use super::input::{
    GetTokensFromRefreshToken, InitiateAuth, RespondToAuthChallenge, RevokeToken, required,
};
use crate::pool::Pool;
use crate::pool::claims::TOKEN_SECONDS;
use crate::pool::config::{API_SCOPE, AppClient, Rotation};
use crate::pool::issue::{NoTokens, Tokens};
use crate::pool::password::{PasswordHash, check_policy};
use crate::pool::users::UserStatus;

/// A user who signed in with a temporary password and has to choose one.
pub(in crate::pool) struct Challenge {
    sub: String,
    client_id: String,
}

const NEW_PASSWORD: &str = "NEW_PASSWORD_REQUIRED";

impl Pool {
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html>
    pub(super) fn initiate_auth(
        &mut self,
        input: InitiateAuth,
        now: Timestamp,
    ) -> Result<Value, Exception> {
        let flow = required(input.auth_flow, "authFlow")?;
        let client = self.client(&required(input.client_id, "clientId")?)?;
        let parameters = input.auth_parameters.unwrap_or_default();
        match flow.as_str() {
            "USER_PASSWORD_AUTH" => self.password_auth(&client, &parameters, now),
            "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" if client.rotation == Rotation::Disabled => {
                let tokens =
                    self.refreshed(parameter(&parameters, "REFRESH_TOKEN")?, &client, now)?;
                Ok(result(&tokens))
            }
            // A client whose refresh tokens rotate cannot have this flow.
            "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" | "USER_SRP_AUTH" | "USER_AUTH"
            | "CUSTOM_AUTH" => {
                let message = format!("{flow} flow not enabled for this client");
                Err(Exception::invalid_parameter(message))
            }
            _ => Err(Exception::invalid_parameter("Initiate Auth method not supported.")),
        }
    }

    fn password_auth(
        &mut self,
        client: &AppClient,
        parameters: &BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<Value, Exception> {
        let username = parameter(parameters, "USERNAME")?;
        let password = parameter(parameters, "PASSWORD")?;
        let user = self.check_password(username, password).ok_or_else(Exception::wrong_password)?;
        let (sub, status) = (user.sub.clone(), user.status);
        if status == UserStatus::Confirmed {
            let (_, tokens) = self.open_session(&sub, &client.id, API_SCOPE, None, now)?;
            return Ok(result(&tokens));
        }
        let attributes: BTreeMap<_, _> = user.attributes.clone();
        let session = self.random.secret()?;
        let challenge = Challenge { sub: sub.clone(), client_id: client.id.clone() };
        self.challenges.put(&session, challenge, now);
        Ok(json!({
            "ChallengeName": NEW_PASSWORD,
            "ChallengeParameters": {
                "USER_ID_FOR_SRP": sub,
                "requiredAttributes": "[]",
                "userAttributes": json!(attributes).to_string(),
            },
            "Session": session,
        }))
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html>
    pub(super) fn respond_to_auth_challenge(
        &mut self,
        input: RespondToAuthChallenge,
        now: Timestamp,
    ) -> Result<Value, Exception> {
        let name = required(input.challenge_name, "challengeName")?;
        let client = self.client(&required(input.client_id, "clientId")?)?;
        if name != NEW_PASSWORD {
            let message = format!("{name} is not built into the development pool");
            return Err(Exception::invalid_parameter(message));
        }
        let responses = input.challenge_responses.unwrap_or_default();
        let session = required(input.session, "session")?;
        let username = parameter(&responses, "USERNAME")?;
        let password = parameter(&responses, "NEW_PASSWORD")?;
        // The session stays good for a password that the policy takes.
        check_policy(password).map_err(Exception::invalid_password)?;
        let expired =
            || Exception::not_authorized("Invalid session for the user, session is expired.");
        let challenge = self.challenges.take(&session, now).ok_or_else(expired)?;
        let hash = PasswordHash::new(password, &mut self.random)?;
        let is_theirs = |sub: &str| sub == challenge.sub && client.id == challenge.client_id;
        let user = self.users.find_mut(username).filter(|user| is_theirs(&user.sub));
        let user =
            user.ok_or_else(|| Exception::not_authorized("Invalid session for the user."))?;
        user.set_password(hash, UserStatus::Confirmed, now);
        let (_, tokens) = self.open_session(&challenge.sub, &client.id, API_SCOPE, None, now)?;
        Ok(result(&tokens))
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetTokensFromRefreshToken.html>
    pub(super) fn get_tokens(
        &mut self,
        input: GetTokensFromRefreshToken,
        now: Timestamp,
    ) -> Result<Value, Exception> {
        let token = required(input.refresh_token, "refreshToken")?;
        let client = self.client(&required(input.client_id, "clientId")?)?;
        let tokens = self.refreshed(&token, &client, now)?;
        Ok(json!({ "AuthenticationResult": authentication_result(&tokens) }))
    }

    /// Ends the session of a refresh token, and says nothing of one that it does not know
    /// (RFC 7009 §2.2).
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RevokeToken.html>
    pub(super) fn revoke_token(&mut self, input: &RevokeToken) -> Result<Value, Exception> {
        let token = required(input.token.as_ref(), "token")?;
        let client = self.client(required(input.client_id.as_ref(), "clientId")?)?;
        if self.keys.verify(token).is_some() {
            return Err(Exception::new("UnsupportedTokenTypeException", "Unsupported token type"));
        }
        self.sessions.revoke_token(token, &client.id);
        Ok(json!({}))
    }

    fn refreshed(
        &mut self,
        token: &str,
        client: &AppClient,
        now: Timestamp,
    ) -> Result<Tokens, Exception> {
        self.refresh(token, client, now).map_err(|none| match none {
            NoTokens::Refused(error) => error.into(),
            NoTokens::Failed(error) => error.into(),
        })
    }

    /// The app client `id`. A service client exists, but signs nobody in.
    fn client(&self, id: &str) -> Result<AppClient, Exception> {
        if let Some(client) = self.config.app_client(id) {
            return Ok(client.clone());
        }
        if self.config.service_client(id).is_some() {
            let message =
                format!("Client {id} is configured with secret but SECRET_HASH was not received");
            return Err(Exception::not_authorized(&message));
        }
        Err(Exception::no_client(id))
    }
}

fn parameter<'p>(
    parameters: &'p BTreeMap<String, String>,
    name: &str,
) -> Result<&'p str, Exception> {
    let value = parameters.get(name).map(String::as_str).filter(|value| !value.is_empty());
    value.ok_or_else(|| Exception::invalid_parameter(format!("Missing required parameter {name}")))
}

fn result(tokens: &Tokens) -> Value {
    json!({ "AuthenticationResult": authentication_result(tokens), "ChallengeParameters": {} })
}

/// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AuthenticationResultType.html>
fn authentication_result(tokens: &Tokens) -> Value {
    let mut result = json!({
        "AccessToken": tokens.access,
        "ExpiresIn": TOKEN_SECONDS,
        "TokenType": "Bearer",
    });
    let others = [("IdToken", &tokens.id), ("RefreshToken", &tokens.refresh)];
    if let Some(members) = result.as_object_mut() {
        let present = others.into_iter().filter_map(|(name, token)| Some((name, token.as_ref()?)));
        members.extend(present.map(|(name, token)| (name.to_owned(), json!(token))));
    }
    result
}
