//! What becomes of a failed question: whether it may be asked again, and what the log says.

use std::error::Error as _;

use shell::{Failure, Misconfigured, Unavailable};
use tokio_postgres::Error;

/// A question without an answer.
pub(super) struct Refused {
    pub(super) failure: Failure,
    /// The connection failed, and not the question: another one may do better.
    pub(super) again: bool,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { failure, again: false }
    }
}

/// The database cannot `what`, for this reason. Of an answer of the server only the code is told, and
/// its sentence where that can be about nothing but names.
pub(super) fn describe(what: &str, error: &Error) -> Refused {
    let sentence = |reason: &str| format!("the database cannot {what}: {reason}");
    let Some(answer) = error.as_db_error() else {
        let reason = error.source().map_or_else(|| error.to_string(), root_cause);
        return Refused { failure: Unavailable::new(sentence(&reason)).into(), again: true };
    };
    let code = answer.code().code();
    match code.get(..2) {
        // Login, database, schema and rights: for the operator to mend.
        Some("28" | "3D" | "3F" | "42") => {
            let reason = format!("{code} {}", answer.message());
            Failure::from(Misconfigured::new(sentence(&reason))).into()
        }
        // The connection is gone, or the server is about to go or to come.
        class => {
            let again = matches!(class, Some("08" | "57")) && code != "57014";
            Refused { failure: Unavailable::new(sentence(code)).into(), again }
        }
    }
}

/// The innermost sentence: the outer ones say which step it was.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
