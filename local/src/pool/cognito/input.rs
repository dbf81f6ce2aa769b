//! The bodies of requests. A member that is not listed is passed over, as Cognito's SDKs may send
//! more than the pool knows; a member of another type is an error.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::exception::Exception;

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Exception> {
    serde_json::from_slice(body).map_err(|_| Exception::serialization())
}

/// The value of a required member, named as Cognito's sentence names it.
pub(super) fn required<T>(value: Option<T>, member: &str) -> Result<T, Exception> {
    value.ok_or_else(|| Exception::missing(member))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InitiateAuth {
    pub(super) auth_flow: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) auth_parameters: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RespondToAuthChallenge {
    pub(super) client_id: Option<String>,
    pub(super) challenge_name: Option<String>,
    pub(super) session: Option<String>,
    pub(super) challenge_responses: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetTokensFromRefreshToken {
    pub(super) client_id: Option<String>,
    pub(super) refresh_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RevokeToken {
    pub(super) client_id: Option<String>,
    pub(super) token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangePassword {
    pub(super) access_token: Option<String>,
    pub(super) previous_password: Option<String>,
    pub(super) proposed_password: Option<String>,
}

/// `GetUser` and `GlobalSignOut`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfUser {
    pub(super) access_token: Option<String>,
}

/// `AdminGetUser`, `AdminDeleteUser` and `AdminUserGlobalSignOut`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AboutUser {
    pub(super) user_pool_id: Option<String>,
    pub(super) username: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminCreateUser {
    pub(super) user_pool_id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) user_attributes: Option<Vec<Attribute>>,
    pub(super) temporary_password: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminSetUserPassword {
    pub(super) user_pool_id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) permanent: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdminUpdateUserAttributes {
    pub(super) user_pool_id: Option<String>,
    pub(super) username: Option<String>,
    pub(super) user_attributes: Option<Vec<Attribute>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListUsers {
    pub(super) user_pool_id: Option<String>,
    pub(super) filter: Option<String>,
    pub(super) limit: Option<usize>,
    pub(super) pagination_token: Option<String>,
}
