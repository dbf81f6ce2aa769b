//! The "no": a code for the caller and a sentence for the log.

use std::borrow::Cow;
use std::fmt;

/// All that the caller is told. The names are interface: response bodies, dashboards and client
/// code contain them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// No credential was presented.
    TokenMissing,
    /// The token's `exp` has passed.
    TokenExpired,
    /// The token is malformed, badly signed, of another issuer or audience, or not valid yet.
    TokenInvalid,
    /// The API key is unknown, revoked, expired or malformed. The caller does not learn which.
    ApiKeyInvalid,
    /// A genuine token of a kind that this function does not take, such as a user's access token.
    WrongTokenType,
    /// The role or the scopes lack the permission, or the route is not in the access table.
    InsufficientRole,
    /// The identity's tenant is not the tenant of the resource.
    TenantMismatch,
    /// The webhook is unknown or revoked, or is called from an address outside its networks.
    WebhookUnknown,
    /// The webhook's signature is missing, malformed or wrong.
    SignatureInvalid,
    /// The webhook's signature is outside its time window.
    SignatureExpired,
}

impl Code {
    /// Every code, in the order of the README.
    pub const ALL: [Self; 10] = [
        Self::TokenMissing,
        Self::TokenExpired,
        Self::TokenInvalid,
        Self::ApiKeyInvalid,
        Self::WrongTokenType,
        Self::InsufficientRole,
        Self::TenantMismatch,
        Self::WebhookUnknown,
        Self::SignatureInvalid,
        Self::SignatureExpired,
    ];

    /// The code as callers and logs see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenMissing => "TOKEN_MISSING",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::TokenInvalid => "TOKEN_INVALID",
            Self::ApiKeyInvalid => "API_KEY_INVALID",
            Self::WrongTokenType => "WRONG_TOKEN_TYPE",
            Self::InsufficientRole => "INSUFFICIENT_ROLE",
            Self::TenantMismatch => "TENANT_MISMATCH",
            Self::WebhookUnknown => "WEBHOOK_UNKNOWN",
            Self::SignatureInvalid => "SIGNATURE_INVALID",
            Self::SignatureExpired => "SIGNATURE_EXPIRED",
        }
    }

    /// The code's HTTP status: 401 for a missing, expired or invalid token or API key, 403 for
    /// every other denial.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::TokenMissing | Self::TokenExpired | Self::TokenInvalid | Self::ApiKeyInvalid => {
                401
            }
            Self::WrongTokenType
            | Self::InsufficientRole
            | Self::TenantMismatch
            | Self::WebhookUnknown
            | Self::SignatureInvalid
            | Self::SignatureExpired => 403,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A "no" with its reason. The code goes to the caller; the reason goes to the decision log only
/// and never quotes a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// For the caller.
    pub code: Code,
    /// For the log: one sentence, lower case, no full stop.
    pub reason: Cow<'static, str>,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.reason)
    }
}

impl std::error::Error for Denial {}

impl Denial {
    /// A denial with `code` for the caller and `reason` for the log.
    pub fn new(code: Code, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub(crate) fn token_invalid(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::TokenInvalid, reason)
    }
}
