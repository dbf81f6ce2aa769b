//! What an event can end in besides an answer.

use std::fmt;

use lambda_runtime::Diagnostic;
use shared::decision_log::{ErrorCode, Outcome};
use shared::request::Malformed;

/// An error for API Gateway. None of them is a yes, and none is cached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody was proven. API Gateway makes a 401 of exactly this word.
    Unauthorized,
    /// The event is not a question to an authorizer.
    Malformed(Malformed),
    /// Something that had to be asked could not be asked.
    Unavailable(Unavailable),
    /// What an operator wrote down cannot be used.
    Misconfigured(Misconfigured),
    /// The answer would be longer than API Gateway takes.
    TooLarge,
}

/// The question could not be put, or its answer could not be believed. Never means "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable(String);

/// Something an operator wrote down, such as a row or a secret, cannot be used. Never means "no":
/// it is for the operator to mend, and asking again does not help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misconfigured(String);

impl Failure {
    /// What the decision log says of it. [`Failure::Unauthorized`] is a decision and is in the log
    /// as one already.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let code = match self {
            Self::Unauthorized => ErrorCode::Unavailable,
            Self::Malformed(_) => ErrorCode::Malformed,
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::Misconfigured(_) => ErrorCode::Misconfigured,
            Self::TooLarge => ErrorCode::TooLarge,
        };
        Outcome::Error(code, self.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("Unauthorized"),
            Self::Malformed(malformed) => malformed.fmt(f),
            Self::Unavailable(unavailable) => unavailable.fmt(f),
            Self::Misconfigured(misconfigured) => misconfigured.fmt(f),
            Self::TooLarge => {
                f.write_str("the answer is larger than the 8192 bytes of API Gateway")
            }
        }
    }
}

impl std::error::Error for Failure {}

impl From<Malformed> for Failure {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl From<Unavailable> for Failure {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

impl From<Misconfigured> for Failure {
    fn from(misconfigured: Misconfigured) -> Self {
        Self::Misconfigured(misconfigured)
    }
}

impl Unavailable {
    /// `reason` is one sentence for the log: lower case, no full stop, nothing secret.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unavailable {}

impl Misconfigured {
    /// `reason` is one sentence for the log: lower case, no full stop, nothing secret.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misconfigured {}

/// The message is all that API Gateway looks at; the type is for whoever reads the function's log.
impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        let error_type = match failure {
            Failure::Unauthorized => "Unauthorized",
            Failure::Malformed(_) => "Malformed",
            Failure::Unavailable(_) => "Unavailable",
            Failure::Misconfigured(_) => "Misconfigured",
            Failure::TooLarge => "TooLarge",
        };
        Self { error_type: error_type.to_owned(), error_message: failure.to_string() }
    }
}
