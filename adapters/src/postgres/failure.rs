//! What a failed query becomes: whether it may be sent again, and what the log says.

use std::error::Error as _;

use runtime::{Failure, MisconfiguredError, UnavailableError};
use tokio_postgres::Error;

/// A query without a result.
pub(super) struct QueryError {
    pub(super) failure: Failure,
    /// The connection failed, and not the query: it may succeed over a new connection.
    pub(super) retry: bool,
}

impl From<Failure> for QueryError {
    fn from(failure: Failure) -> Self {
        Self { failure, retry: false }
    }
}

/// The database cannot `what`, for this reason. Of an error of the server the sentence has only the
/// code, and the message where that can quote nothing but names.
pub(super) fn describe(what: &str, error: &Error) -> QueryError {
    let sentence = |reason: &str| format!("the database cannot {what}: {reason}");
    let Some(answer) = error.as_db_error() else {
        let reason = error.source().map_or_else(|| error.to_string(), root_cause);
        return QueryError {
            failure: UnavailableError::new(sentence(&reason)).into(),
            retry: true,
        };
    };
    let code = answer.code().code();
    match code.get(..2) {
        // Login, database, schema and rights: for the operator to correct.
        // <https://www.postgresql.org/docs/current/errcodes-appendix.html>
        Some("28" | "3D" | "3F" | "42") => {
            let reason = format!("{code} {}", answer.message());
            Failure::from(MisconfiguredError::new(sentence(&reason))).into()
        }
        // The connection is lost, or the server is stopping or starting; 57014 is a query that was
        // cancelled.
        class => {
            let retry = matches!(class, Some("08" | "57")) && code != "57014";
            QueryError { failure: UnavailableError::new(sentence(code)).into(), retry }
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
