//! The names of the claims that a role or a tenant is read from.

use std::fmt;

/// The longest name, in bytes.
const MAX_BYTES: usize = 128;

/// Claims that Cognito, or the standards it follows, give a meaning of their own.
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html>
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html>
const OF_THE_TOKEN: [&str; 26] = [
    "acr",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "client_id",
    "cnf",
    "cognito:username",
    "device_key",
    "event_id",
    "exp",
    "iat",
    "identities",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "scope",
    "sid",
    "sub",
    "token_use",
    "username",
    "version",
];

/// The standard attributes (OpenID Connect Core 1.0 §5.1). Any app client may be allowed to write them
/// for its user, and a new one is, unless somebody takes that away.
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html>
const STANDARD_ATTRIBUTES: [&str; 19] = [
    "address",
    "birthdate",
    "email",
    "email_verified",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "phone_number_verified",
    "picture",
    "preferred_username",
    "profile",
    "updated_at",
    "website",
    "zoneinfo",
];

/// What Cognito writes as a list in every token.
const LISTS: [&str; 2] = ["cognito:groups", "cognito:roles"];

/// The name of a claim that says a role or a tenant: 1 to 128 visible ASCII characters, without commas,
/// quotes and backslashes, and no claim that the token itself is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimName(Box<str>);

/// Why a claim cannot say a role or a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimNameError {
    /// It is no name of a claim.
    Malformed,
    /// The token itself is made of it.
    OfTheToken,
    /// Users can write it themselves.
    WrittenByUsers,
    /// It is a list, and a tenant is one string.
    List,
}

impl fmt::Display for ClaimNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it is no name of a claim",
            Self::OfTheToken => "it is one of the claims that the token itself is made of",
            Self::WrittenByUsers => "it is a standard attribute, which users can write themselves",
            Self::List => "it is a list, and a tenant is one string",
        })
    }
}

impl std::error::Error for ClaimNameError {}

impl ClaimName {
    /// `custom:role`.
    #[must_use]
    pub fn custom_role() -> Self {
        Self("custom:role".into())
    }

    /// `custom:tenant_id`.
    #[must_use]
    pub fn custom_tenant_id() -> Self {
        Self("custom:tenant_id".into())
    }

    /// The claim that says the role of a user. It may be a list.
    ///
    /// # Errors
    /// It is no name, the token itself is made of this claim, or users can write it.
    pub fn of_role(text: &str) -> Result<Self, ClaimNameError> {
        if STANDARD_ATTRIBUTES.contains(&text) {
            return Err(ClaimNameError::WrittenByUsers);
        }
        Self::parse(text)
    }

    /// The claim that says the tenant of a user.
    ///
    /// # Errors
    /// As [`ClaimName::of_role`], or it is a list.
    pub fn of_tenant(text: &str) -> Result<Self, ClaimNameError> {
        if LISTS.contains(&text) {
            return Err(ClaimNameError::List);
        }
        Self::of_role(text)
    }

    /// The claim that says the tenant of a service. No user writes anything into a service's token.
    ///
    /// # Errors
    /// It is no name, the token itself is made of this claim, or it is a list.
    pub fn of_service_tenant(text: &str) -> Result<Self, ClaimNameError> {
        if LISTS.contains(&text) {
            return Err(ClaimNameError::List);
        }
        Self::parse(text)
    }

    fn parse(text: &str) -> Result<Self, ClaimNameError> {
        let plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b',' | b'"' | b'\\' | b'`');
        if !(1..=MAX_BYTES).contains(&text.len()) || !text.bytes().all(plain) {
            return Err(ClaimNameError::Malformed);
        }
        if OF_THE_TOKEN.contains(&text) {
            return Err(ClaimNameError::OfTheToken);
        }
        Ok(Self(text.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Cognito writes the claim `name` as a list.
    #[must_use]
    pub fn is_list(name: &str) -> bool {
        LISTS.contains(&name)
    }
}

impl fmt::Display for ClaimName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
