//! The app clients of services, and their secrets.

use aws_sdk_cognitoidentityprovider::types::{
    ExplicitAuthFlowsType, OAuthFlowType, PreventUserExistenceErrorTypes, UserPoolClientType,
};
use runtime::printable_within;
use shared::time::Timestamp;
use zeroize::Zeroizing;

use super::{ProvideErrorMetadata, SdkError, UserPool};
use crate::aws::answered;
use crate::exit::CommandError;

/// A service that was made. There is no `Debug`: the secret is in it.
pub(crate) struct NewClient {
    pub(crate) id: String,
    pub(crate) secret: Zeroizing<String>,
}

/// An app client that takes client credentials.
pub(crate) struct ServiceClient {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) created: Timestamp,
}

/// A secret of an app client, as Cognito lists it: without its value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ClientSecret {
    pub(crate) id: String,
    pub(crate) created: Timestamp,
}

/// A secret that was added. There is no `Debug`.
pub(crate) struct Added {
    pub(crate) id: String,
    pub(crate) value: Zeroizing<String>,
}

impl UserPool<'_> {
    /// Makes an app client that takes client credentials and nothing else.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html>
    ///
    /// # Errors
    /// A scope is none of the pool's, or Cognito did not make it.
    pub(crate) async fn create_client(
        &self,
        name: &str,
        scopes: &[String],
    ) -> Result<NewClient, CommandError> {
        let call = self
            .client
            .create_user_pool_client()
            .user_pool_id(self.id())
            .client_name(name)
            .generate_secret(true)
            // Without any, Cognito lets people log in through it.
            .explicit_auth_flows(ExplicitAuthFlowsType::AllowRefreshTokenAuth)
            .allowed_o_auth_flows_user_pool_client(true)
            .allowed_o_auth_flows(OAuthFlowType::ClientCredentials)
            .set_allowed_o_auth_scopes(Some(scopes.to_vec()))
            .prevent_user_existence_errors(PreventUserExistenceErrorTypes::Enabled);
        let answer = call.customize().config_override(Self::once()).send().await;
        let answer = answer.map_err(|error| match answered(&error) {
            Some((code, message)) if code == "ScopeDoesNotExistException" => {
                CommandError::failed(format!(
                    "the user pool `{}` has no such scope: {}: its resource server must have those of the access \
                     table",
                    self.id(),
                    message.trim_end_matches('.')
                ))
            }
            Some(_) => self.failed("to make the app client", &error),
            None => self.failed("to make the app client", &error).and(format!(
                "whether the app client was made is not known: if {} shows it, delete it, as nobody has its secret",
                self.profile.place.next("client list")
            )),
        })?;
        let made = answer.user_pool_client;
        let (id, secret) =
            made.map(|made| (made.client_id, made.client_secret)).unwrap_or_default();
        match (id, secret) {
            (Some(id), Some(secret)) => Ok(NewClient { id, secret: secret.into() }),
            _ => {
                Err(CommandError::failed("Cognito made an app client, and did not say its secret"))
            }
        }
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolClient.html>
    pub(crate) async fn delete_client(&self, id: &str) -> Result<(), CommandError> {
        let call = self.client.delete_user_pool_client().user_pool_id(self.id()).client_id(id);
        call.send().await.map_err(|error| self.about_client(id, "to delete it", &error))?;
        Ok(())
    }

    /// Every app client that takes client credentials.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPoolClients.html>
    pub(crate) async fn service_clients(&self) -> Result<Vec<ServiceClient>, CommandError> {
        let call = self.client.list_user_pool_clients().user_pool_id(self.id()).max_results(60);
        let mut pages = call.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.failed("for the app clients", &error))?;
            for listed in page.user_pool_clients.unwrap_or_default() {
                let Some(id) = listed.client_id else { continue };
                found.extend(self.service_client(&id).await?);
            }
        }
        Ok(found)
    }

    /// The app client `id`, if it takes client credentials.
    async fn service_client(&self, id: &str) -> Result<Option<ServiceClient>, CommandError> {
        let call = self.client.describe_user_pool_client().user_pool_id(self.id()).client_id(id);
        let answer = call.send().await.map_err(|error| self.about_client(id, "for it", &error))?;
        Ok(answer.user_pool_client.and_then(described))
    }

    /// Adds a second secret to an app client: both are taken.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html>
    pub(crate) async fn add_secret(&self, client: &str) -> Result<Added, CommandError> {
        let call = self.client.add_user_pool_client_secret().user_pool_id(self.id());
        let call = call.client_id(client).customize().config_override(Self::once());
        let answer = call.send().await.map_err(|error| {
            let problem = self.about_client(client, "for a second secret", &error);
            // A secret whose value nobody has.
            match answered(&error) {
                Some(_) => problem,
                None => problem.and(
                    "whether a second secret was made is not known, and nobody has seen it: the old one works",
                ),
            }
        })?;
        let made = answer.client_secret_descriptor;
        let made = made.and_then(|made| made.client_secret_id.zip(made.client_secret_value));
        let (id, value) = made.ok_or_else(|| {
            CommandError::failed("Cognito made a second secret, and did not say what it is")
        })?;
        Ok(Added { id, value: value.into() })
    }

    /// The secrets of an app client, the older ones first.
    ///
    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPoolClientSecrets.html>
    pub(crate) async fn secrets(&self, client: &str) -> Result<Vec<ClientSecret>, CommandError> {
        // There are two at most: one page.
        let call = self.client.list_user_pool_client_secrets().user_pool_id(self.id());
        let answer = call.client_id(client).send().await;
        let answer =
            answer.map_err(|error| self.about_client(client, "for its secrets", &error))?;
        let mut secrets: Vec<ClientSecret> = answer
            .client_secrets
            .unwrap_or_default()
            .into_iter()
            .filter_map(|own| {
                let created = own.client_secret_create_date.map_or(0, |date| date.secs());
                Some(ClientSecret { id: own.client_secret_id?, created: of_seconds(created) })
            })
            .collect();
        secrets.sort_by_key(|secret| secret.created);
        Ok(secrets)
    }

    /// <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolClientSecret.html>
    pub(crate) async fn delete_secret(&self, client: &str, id: &str) -> Result<(), CommandError> {
        let call = self.client.delete_user_pool_client_secret().user_pool_id(self.id());
        let answer = call.client_id(client).client_secret_id(id).send().await;
        answer.map_err(|error| self.about_client(client, "to delete a secret", &error))?;
        Ok(())
    }

    fn about_client<E: ProvideErrorMetadata, R>(
        &self,
        id: &str,
        purpose: &str,
        error: &SdkError<E, R>,
    ) -> CommandError {
        let (code, message) = answered(error).unwrap_or_default();
        let is_client = message.to_ascii_lowercase().contains("client");
        let id = printable_within(id, 128);
        match code.as_str() {
            "ResourceNotFoundException" if is_client => CommandError::failed(format!(
                "there is no app client `{id}` in the user pool `{}`: look at `--profile`",
                self.id()
            )),
            // Two secrets are all that it may have.
            "LimitExceededException" if message.to_ascii_lowercase().contains("secret") => {
                CommandError::refused(format!("the app client `{id}` has two secrets already"))
            }
            _ => self.failed(&format!("about the app client `{id}`, {purpose}"), error),
        }
    }
}

fn described(client: UserPoolClientType) -> Option<ServiceClient> {
    let flows = client.allowed_o_auth_flows.unwrap_or_default();
    if !flows.contains(&OAuthFlowType::ClientCredentials) {
        return None;
    }
    Some(ServiceClient {
        id: client.client_id?,
        name: client.client_name.unwrap_or_default(),
        scopes: client.allowed_o_auth_scopes.unwrap_or_default(),
        created: of_seconds(client.creation_date.map_or(0, |date| date.secs())),
    })
}

fn of_seconds(seconds: i64) -> Timestamp {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    Timestamp::from_unix_millis(seconds.saturating_mul(1000))
}
