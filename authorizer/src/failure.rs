//! What a decision can end in besides an answer.

use std::fmt;

use lambda_runtime::Diagnostic;
use shared::decision_log::ErrorCode;
use shared::request::Malformed;

use crate::io::Unavailable;

/// An error for API Gateway. None of them is a yes, and none is cached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody was proven. API Gateway makes a 401 of exactly this word.
    Unauthorized,
    /// The event is not a question to an authorizer.
    Malformed(Malformed),
    /// Something that had to be asked could not be asked.
    Unavailable(Unavailable),
    /// The answer would be longer than API Gateway takes.
    TooLarge,
}

impl Failure {
    /// What the decision log says of it; nothing of [`Failure::Unauthorized`], which is a decision.
    pub(crate) fn for_log(&self) -> Option<(ErrorCode, String)> {
        let code = match self {
            Self::Unauthorized => return None,
            Self::Malformed(_) => ErrorCode::Malformed,
            Self::Unavailable(_) => ErrorCode::Unavailable,
            Self::TooLarge => ErrorCode::TooLarge,
        };
        Some((code, self.to_string()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("Unauthorized"),
            Self::Malformed(malformed) => malformed.fmt(f),
            Self::Unavailable(unavailable) => unavailable.fmt(f),
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

/// The message is all that API Gateway looks at; the type is for whoever reads the function's log.
impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        let error_type = match failure {
            Failure::Unauthorized => "Unauthorized",
            Failure::Malformed(_) => "Malformed",
            Failure::Unavailable(_) => "Unavailable",
            Failure::TooLarge => "TooLarge",
        };
        Self { error_type: error_type.to_owned(), error_message: failure.to_string() }
    }
}
