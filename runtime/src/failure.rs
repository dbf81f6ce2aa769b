//! What an event can end in besides an answer.

use std::fmt;

use lambda_runtime::Diagnostic;
use shared::request::EventError;

/// An error for API Gateway, which lets no request through on one and caches none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No caller was proven. API Gateway turns exactly this message into a 401.
    Unauthorized,
    /// The event cannot be read, or is not for this function.
    Malformed(EventError),
    /// A lookup, or the call of the target, failed.
    Unavailable(UnavailableError),
    /// A setting, a record or a secret of the operator cannot be used.
    Misconfigured(MisconfiguredError),
    /// The answer that was made does not say what was decided, for this reason.
    AnswerDisagrees(String),
    /// The target took a delivery and failed, for this reason.
    TargetFailed(String),
    /// An answer or an event is longer than AWS takes, for this reason.
    TooLarge(String),
}

/// "Could not ask": a lookup failed, or its result cannot be trusted. Never means "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnavailableError(String);

/// Something that the operator configured, such as a record or a secret, cannot be used. Never
/// means "no": the operator has to correct it, and trying again does not help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MisconfiguredError(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("Unauthorized"),
            Self::Malformed(error) => error.fmt(f),
            Self::Unavailable(error) => error.fmt(f),
            Self::Misconfigured(error) => error.fmt(f),
            Self::AnswerDisagrees(reason) | Self::TargetFailed(reason) | Self::TooLarge(reason) => {
                f.write_str(reason)
            }
        }
    }
}

impl std::error::Error for Failure {}

impl From<EventError> for Failure {
    fn from(error: EventError) -> Self {
        Self::Malformed(error)
    }
}

impl From<UnavailableError> for Failure {
    fn from(error: UnavailableError) -> Self {
        Self::Unavailable(error)
    }
}

impl From<MisconfiguredError> for Failure {
    fn from(error: MisconfiguredError) -> Self {
        Self::Misconfigured(error)
    }
}

impl UnavailableError {
    /// `reason` is one sentence for the log: lower case, no full stop, nothing secret.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for UnavailableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnavailableError {}

impl MisconfiguredError {
    /// `reason` is one sentence for the log: lower case, no full stop, nothing secret.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for MisconfiguredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MisconfiguredError {}

/// API Gateway looks at the message alone; the type is for the function's log.
impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        let error_type = match failure {
            Failure::Unauthorized => "Unauthorized",
            Failure::Malformed(_) => "Malformed",
            Failure::Unavailable(_) => "Unavailable",
            Failure::Misconfigured(_) => "Misconfigured",
            Failure::AnswerDisagrees(_) => "AnswerDisagrees",
            Failure::TargetFailed(_) => "TargetFailed",
            Failure::TooLarge(_) => "TooLarge",
        };
        Self { error_type: error_type.to_owned(), error_message: failure.to_string() }
    }
}
