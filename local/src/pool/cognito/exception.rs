//! The errors of Cognito's API, in its own words.

use serde_json::{Value, json};

use crate::pool::access::AccessError;
use crate::pool::error::PoolError;
use crate::pool::sessions::RefreshError;

/// An error of the API. Its message never holds a password or a token.
#[derive(Debug)]
pub(super) struct Exception {
    pub(super) name: &'static str,
    pub(super) status: u16,
    message: Option<String>,
}

impl Exception {
    pub(super) fn new(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, status: 400, message: Some(message.into()) }
    }

    pub(super) fn not_authorized(message: &str) -> Self {
        Self::new("NotAuthorizedException", message)
    }

    /// One sentence, so that it does not tell whether there is such a user.
    pub(super) fn wrong_password() -> Self {
        Self::not_authorized("Incorrect username or password.")
    }

    pub(super) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    /// A required member is missing.
    pub(super) fn missing(member: &str) -> Self {
        Self::invalid_parameter(format!(
            "1 validation error detected: Value null at '{member}' failed to satisfy constraint: \
             Member must not be null"
        ))
    }

    pub(super) fn invalid_password(problem: &str) -> Self {
        let message = format!("Password did not conform with policy: {problem}");
        Self::new("InvalidPasswordException", message)
    }

    pub(super) fn user_not_found() -> Self {
        Self::new("UserNotFoundException", "User does not exist.")
    }

    pub(super) fn no_client(id: &str) -> Self {
        Self::new("ResourceNotFoundException", format!("User pool client {id} does not exist."))
    }

    pub(super) fn no_pool(id: &str) -> Self {
        Self::new("ResourceNotFoundException", format!("User pool {id} does not exist."))
    }

    /// The body is no JSON object of this operation.
    pub(super) const fn serialization() -> Self {
        Self { name: "SerializationException", status: 400, message: None }
    }

    pub(super) const fn unknown_operation() -> Self {
        Self { name: "UnknownOperationException", status: 400, message: None }
    }

    pub(super) fn body(&self) -> Value {
        match &self.message {
            Some(message) => json!({ "__type": self.name, "message": message }),
            None => json!({ "__type": self.name }),
        }
    }
}

impl From<PoolError> for Exception {
    fn from(error: PoolError) -> Self {
        Self { status: 500, ..Self::new("InternalErrorException", error.to_string()) }
    }
}

impl From<AccessError> for Exception {
    fn from(error: AccessError) -> Self {
        Self::not_authorized(match error {
            AccessError::Invalid => "Invalid Access Token",
            AccessError::Expired => "Access Token has expired",
            AccessError::Revoked => "Access Token has been revoked",
            AccessError::WithoutScope => "Access Token does not have required scopes",
        })
    }
}

impl From<RefreshError> for Exception {
    fn from(error: RefreshError) -> Self {
        Self::not_authorized(match error {
            RefreshError::Invalid => "Invalid Refresh Token",
            RefreshError::Expired => "Refresh Token has expired",
            RefreshError::Revoked => "Refresh Token has been revoked",
        })
    }
}
