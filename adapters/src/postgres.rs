//! Aurora PostgreSQL: one connection, opened by the first query, kept across events, and replaced
//! when it has died.
//!
//! Statements are never prepared under a name, and nothing is ever set in the session: RDS Proxy
//! would pin the session to one client.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-pinning.html>

mod api_keys;
mod database;
mod failure;
mod login;
mod tls;

use std::sync::Arc;
use std::time::Duration;

pub use api_keys::{ApiKeyStore, ApiKeyTable, api_key_environment};
pub use database::{Auth, Database};
use failure::{QueryError, describe};
pub use login::Login;
use runtime::{Failure, UnavailableError};
use shared::time::Timestamp;
use tls::Tls;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Row};

/// The IAM actions that logging in with `AURORA_AUTH=iam` takes.
pub const IAM_ACTIONS: &[&str] = &["rds-db:connect"];

/// How long it may take to connect and log in.
const CONNECT: Duration = Duration::from_millis(1500);
/// How long one address of the host may take: a proxy has one in every zone, and one that does not
/// respond must not use up the time of the others.
const ADDRESS: Duration = Duration::from_millis(500);
/// How long a query may take.
const QUERY: Duration = Duration::from_secs(1);
/// How long all of it may take, a second attempt and the lookup of the password included. An HTTP
/// API waits ten seconds for an authorizer.
const WHOLE: Duration = Duration::from_secs(7);
/// A connection that was unused for so long may be dead without having been closed: while Lambda
/// freezes the function, no packet gets through.
const LONG_UNUSED: Duration = Duration::from_secs(10);

/// A parameter of a query, and its type.
pub type Parameter<'p> = (&'p (dyn ToSql + Sync), Type);

/// The database, and the one connection to it.
pub struct Aurora {
    database: Database,
    login: Login,
    /// `None` on loopback, unless `AURORA_CA_FILE` is set.
    tls: Option<Tls>,
    kept: Mutex<Option<Kept>>,
}

/// The connection that is kept. It is open as far as the client knows.
struct Kept {
    client: Arc<Client>,
    used: Timestamp,
}

/// A connection to send a query over.
struct Connection {
    client: Arc<Client>,
    /// It may be dead, and the client does not know.
    long_unused: bool,
}

impl Aurora {
    /// The connection to `database`. Nothing is connected yet.
    ///
    /// `ca` is the text of the file that `AURORA_CA_FILE` names.
    ///
    /// # Errors
    /// One sentence: there is no root certificate to check the database's with.
    pub fn new(database: Database, login: Login, ca: Option<&[u8]>) -> Result<Self, String> {
        let tls = if database.is_loopback() && ca.is_none() {
            None
        } else {
            Some(tls::client(&database, ca)?)
        };
        Ok(Self { database, login, tls, kept: Mutex::new(None) })
    }

    /// Runs `sql` with `parameters` in one round trip, on the connection that is kept. Runs it once
    /// more where the connection failed, and not the query.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: the database could not be asked. [`Failure::Misconfigured`]: it
    /// refuses the login, or lacks what the query names.
    pub async fn query(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        now: Timestamp,
    ) -> Result<Vec<Row>, Failure> {
        let answered = timeout(WHOLE, self.query_with_retry(sql, parameters, now)).await;
        if let Ok(answer) = answered {
            return answer;
        }
        *self.kept.lock().await = None;
        Err(silent())
    }

    /// Runs `sql` with `parameters`, for which no caller waits. A timeout does not end the
    /// connection: Lambda freezes the function as soon as it has answered, and the result may come
    /// only after it has thawed.
    ///
    /// # Errors
    /// As [`Aurora::query`], but a timeout is no error.
    pub async fn execute(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let connection = self.connection(now).await.map_err(|error| error.failure)?;
        let Ok(written) = timeout(WHOLE, connection.client.query_typed(sql, parameters)).await
        else {
            return Ok(());
        };
        written.map(drop).map_err(|error| describe("answer", &error).failure)
    }

    async fn query_with_retry(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        now: Timestamp,
    ) -> Result<Vec<Row>, Failure> {
        match self.query_once(sql, parameters, now).await {
            Err(QueryError { retry: true, .. }) => {}
            answer => return answer.map_err(|error| error.failure),
        }
        self.query_once(sql, parameters, now).await.map_err(|error| error.failure)
    }

    async fn query_once(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        now: Timestamp,
    ) -> Result<Vec<Row>, QueryError> {
        let connection = self.connection(now).await?;
        let Ok(answer) = timeout(QUERY, connection.client.query_typed(sql, parameters)).await
        else {
            // The query may still be running there: no other is sent over this connection.
            self.forget(&connection.client).await;
            return Err(QueryError { failure: silent(), retry: connection.long_unused });
        };
        let error = match answer {
            Ok(rows) => return Ok(rows),
            Err(error) => describe("answer", &error),
        };
        if error.retry {
            self.forget(&connection.client).await;
        }
        Err(error)
    }

    /// The connection that is kept, or a new one. While one is being opened, all other queries wait
    /// for it.
    async fn connection(&self, now: Timestamp) -> Result<Connection, QueryError> {
        let mut kept = self.kept.lock().await;
        if let Some(connection) = still_open(&mut kept, now) {
            return Ok(connection);
        }
        let client = Arc::new(self.connect(now).await?);
        *kept = Some(Kept { client: Arc::clone(&client), used: now });
        Ok(Connection { client, long_unused: false })
    }

    async fn forget(&self, client: &Arc<Client>) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|kept| Arc::ptr_eq(&kept.client, client)) {
            *kept = None;
        }
    }

    /// Opens a connection that is not kept and not shared.
    ///
    /// # Errors
    /// As [`Aurora::query`].
    pub async fn open(&self, now: Timestamp) -> Result<Client, Failure> {
        self.connect(now).await.map_err(|error| error.failure)
    }

    async fn connect(&self, now: Timestamp) -> Result<Client, QueryError> {
        let credentials = self.login.credentials(&self.database, now).await?;
        let mut config = Config::new();
        config
            .host(&self.database.host)
            .port(self.database.port)
            .dbname(&self.database.name)
            .user(&credentials.user)
            .password(credentials.password.as_bytes())
            .connect_timeout(ADDRESS)
            .application_name("portcullis");
        let Ok(opened) = timeout(CONNECT, open(config, self.tls.clone())).await else {
            let failure =
                UnavailableError::new("the database cannot be reached: no connection in time");
            return Err(QueryError { failure: failure.into(), retry: false });
        };
        opened.map_err(|error| describe("be reached", &error))
    }
}

/// The failure of a query over a connection of [`Aurora::open`]. Its sentence quotes no parameter
/// and no result.
#[must_use]
pub fn failure(error: &tokio_postgres::Error) -> Failure {
    describe("answer", error).failure
}

fn still_open(kept: &mut MutexGuard<'_, Option<Kept>>, now: Timestamp) -> Option<Connection> {
    let kept = kept.as_mut().filter(|kept| !kept.client.is_closed())?;
    let long_unused = now.since(kept.used) > LONG_UNUSED;
    kept.used = now;
    Some(Connection { client: Arc::clone(&kept.client), long_unused })
}

/// Opens a connection. A task of its own drives it for as long as its client exists.
async fn open(mut config: Config, tls: Option<Tls>) -> Result<Client, tokio_postgres::Error> {
    use tokio_postgres::config::SslMode;
    Ok(match tls {
        Some(tls) => {
            let (client, connection) = config.ssl_mode(SslMode::Require).connect(tls).await?;
            tokio::spawn(connection);
            client
        }
        None => {
            let (client, connection) = config.ssl_mode(SslMode::Disable).connect(NoTls).await?;
            tokio::spawn(connection);
            client
        }
    })
}

fn silent() -> Failure {
    UnavailableError::new("the database cannot answer: no answer in time").into()
}

/// Shows the database, not the login.
impl std::fmt::Debug for Aurora {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aurora").field("database", &self.database).finish_non_exhaustive()
    }
}
