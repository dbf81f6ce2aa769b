//! What a failed query becomes: whether it may be sent again, and what the log says.

use std::error::Error as _;

use runtime::{Failure, MisconfiguredError, UnavailableError, printable_within};
use tokio_postgres::Error;

/// The longest part of a sentence that comes from the server, in bytes.
pub(super) const MAX_REASON_BYTES: usize = 512;

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
/// code, and the message where that can quote nothing but names. Both are the server's, and a name may
/// be anybody's: what a terminal would obey is escaped.
pub(super) fn describe(what: &str, error: &Error) -> QueryError {
    let sentence = |reason: &str| {
        let reason = printable_within(reason, MAX_REASON_BYTES);
        format!("the database cannot {what}: {reason}")
    };
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use runtime::Failure;
    use tokio_postgres::{Config, NoTls};

    use super::describe;

    /// The failure of a login that a server refuses with `code` and `message`.
    async fn refused(code: &str, message: &str) -> Failure {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // <https://www.postgresql.org/docs/current/protocol-error-fields.html>
        let fields = format!("SFATAL\0C{code}\0M{message}\0\0");
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            let rest = usize::try_from(u32::from_be_bytes(length)).unwrap() - 4;
            stream.read_exact(&mut vec![0; rest]).unwrap();
            let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            stream.write_all(&[b"E", &length[..], fields.as_bytes()].concat()).unwrap();
        });
        let mut config = Config::new();
        config.host("127.0.0.1").port(port).user("u").password("p").dbname("d");
        let error = config.connect(NoTls).await.map(drop).unwrap_err();
        server.join().unwrap();
        describe("be reached", &error).failure
    }

    #[tokio::test]
    async fn what_the_server_says_can_be_shown() {
        async fn check(code: &str, message: &str, reason: &str) {
            let sentence = refused(code, message).await.to_string();
            assert_eq!(sentence, format!("the database cannot be reached: {reason}"));
        }
        check("3D000", "database \"d\" does not exist", "3D000 database \"d\" does not exist")
            .await;
        let (cleared, escaped) = ("\u{1b}[2Ja\r\n\u{202e}b", "\\u{1b}[2Ja\\u{d}\\u{a}\\u{202e}b");
        check("3D000", cleared, &format!("3D000 {escaped}")).await;
        check("28P01", cleared, &format!("28P01 {escaped}")).await;
        let (long, shortened) = ("ü".repeat(10_000), "ü".repeat(253));
        check("42501", &long, &format!("42501 {shortened}…")).await;
        // A message that may quote a value is left out, and the code is what the server makes it.
        check("22001", "secret", "22001").await;
        check("\u{1b}[2J", "secret", "\\u{1b}[2J").await;
        check(&"x".repeat(10_000), "secret", &format!("{}…", "x".repeat(512))).await;
    }
}
