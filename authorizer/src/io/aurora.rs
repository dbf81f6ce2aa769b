//! Aurora PostgreSQL: one connection, opened by the first question, kept across events, and opened
//! again when it has died.
//!
//! Statements are never prepared under a name, and nothing is ever set in the session: RDS Proxy
//! would pin the session to one client.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-pinning.html>

mod failure;
mod login;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use shared::time::Timestamp;
use shell::{Failure, Unavailable};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls, Row};

pub use crate::config::{Auth, Database};
use failure::{Refused, describe};
pub use login::Login;
use tls::Tls;

/// How long it may take to be connected and logged in.
const CONNECT: Duration = Duration::from_millis(1500);
/// How long one address of the host may take: a proxy has one in every zone, and one that is silent must
/// not use up the time of the others.
const ADDRESS: Duration = Duration::from_millis(500);
/// How long an answer may take.
const QUERY: Duration = Duration::from_secs(1);
/// How long all of it may take, a second try and the question for the password included. An HTTP API
/// waits ten seconds for an authorizer.
const WHOLE: Duration = Duration::from_secs(7);
/// A connection that nobody used for so long may have died without a word: Lambda freezes the
/// function, and no packet gets through.
const LONG_UNUSED: Duration = Duration::from_secs(10);

/// A value of a question, and its type.
pub type Parameter<'p> = (&'p (dyn ToSql + Sync), Type);

/// The database, and the one connection to it.
pub struct Aurora {
    database: Database,
    login: Login,
    /// None on loopback, unless there is a certificate to hold against it.
    tls: Option<Tls>,
    kept: Mutex<Option<Kept>>,
}

/// A connection that is open as far as anybody knows.
struct Kept {
    client: Arc<Client>,
    used: Timestamp,
}

/// A connection to ask with.
struct Way {
    client: Arc<Client>,
    /// It may be dead, and nobody has noticed.
    long_unused: bool,
}

impl Aurora {
    /// The way to `database`. Nothing is connected yet.
    ///
    /// `ca` is the text of the file that `AURORA_CA_FILE` names.
    ///
    /// # Errors
    /// One sentence: no certificate is known that the database could be checked with.
    pub fn new(database: Database, login: Login, ca: Option<&[u8]>) -> Result<Self, String> {
        let tls = if database.is_local() && ca.is_none() {
            None
        } else {
            Some(tls::client(&database, ca)?)
        };
        Ok(Self { database, login, tls, kept: Mutex::new(None) })
    }

    /// Asks `sql` with `parameters` in one round trip, on the connection that is kept. Asks once more
    /// where the connection, and not the question, failed.
    ///
    /// # Errors
    /// [`Failure::Unavailable`]: it could not be asked. [`Failure::Misconfigured`]: the database
    /// refuses the login, or has not what is asked for.
    pub async fn ask(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        now: Timestamp,
    ) -> Result<Vec<Row>, Failure> {
        let asked = timeout(WHOLE, self.ask_twice(sql, parameters, now)).await;
        if let Ok(answer) = asked {
            return answer;
        }
        *self.kept.lock().await = None;
        Err(silent())
    }

    /// Says `sql` with `parameters`, which nobody waits for. Silence is no reason to give up the
    /// connection: Lambda freezes the function as soon as it has answered, and the answer to this may
    /// come only when it wakes.
    ///
    /// # Errors
    /// As [`Aurora::ask`], but for silence.
    pub async fn tell(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let way = self.way(now).await.map_err(|refused| refused.failure)?;
        match timeout(WHOLE, way.client.query_typed(sql, parameters)).await {
            Ok(Err(error)) => Err(describe("answer", &error).failure),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }

    async fn ask_twice(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        now: Timestamp,
    ) -> Result<Vec<Row>, Failure> {
        match self.ask_once(sql, parameters, now).await {
            Err(Refused { again: true, .. }) => {}
            answer => return answer.map_err(|refused| refused.failure),
        }
        self.ask_once(sql, parameters, now).await.map_err(|refused| refused.failure)
    }

    async fn ask_once(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        now: Timestamp,
    ) -> Result<Vec<Row>, Refused> {
        let way = self.way(now).await?;
        match timeout(QUERY, way.client.query_typed(sql, parameters)).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => {
                let refused = describe("answer", &error);
                if refused.again {
                    self.forget(&way.client).await;
                }
                Err(refused)
            }
            // What was asked may still be under way there: nothing more is asked on this connection.
            Err(_) => {
                self.forget(&way.client).await;
                Err(Refused { failure: silent(), again: way.long_unused })
            }
        }
    }

    /// The connection that is kept, or a new one. While one is being opened, everybody else waits for
    /// it.
    async fn way(&self, now: Timestamp) -> Result<Way, Refused> {
        let mut kept = self.kept.lock().await;
        if let Some(way) = still_open(&mut kept, now) {
            return Ok(way);
        }
        let client = Arc::new(self.connect(now).await?);
        *kept = Some(Kept { client: Arc::clone(&client), used: now });
        Ok(Way { client, long_unused: false })
    }

    async fn forget(&self, client: &Arc<Client>) {
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_some_and(|kept| Arc::ptr_eq(&kept.client, client)) {
            *kept = None;
        }
    }

    /// Opens a connection that nobody shares.
    ///
    /// # Errors
    /// As [`Aurora::ask`].
    pub async fn open(&self, now: Timestamp) -> Result<Client, Failure> {
        self.connect(now).await.map_err(|refused| refused.failure)
    }

    async fn connect(&self, now: Timestamp) -> Result<Client, Refused> {
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
        match timeout(CONNECT, open(config, self.tls.clone())).await {
            Ok(Ok(client)) => Ok(client),
            Ok(Err(error)) => Err(describe("be reached", &error)),
            Err(_) => {
                let failure =
                    Unavailable::new("the database cannot be reached: no connection in time");
                Err(Refused { failure: failure.into(), again: false })
            }
        }
    }
}

/// The failure of a question that was put on a connection of [`Aurora::open`]. Nothing that was asked
/// or answered is in its sentence.
#[must_use]
pub fn failure(error: &tokio_postgres::Error) -> Failure {
    describe("answer", error).failure
}

fn still_open(kept: &mut MutexGuard<'_, Option<Kept>>, now: Timestamp) -> Option<Way> {
    let kept = kept.as_mut().filter(|kept| !kept.client.is_closed())?;
    let long_unused = now.since(kept.used) > LONG_UNUSED;
    kept.used = now;
    Some(Way { client: Arc::clone(&kept.client), long_unused })
}

/// A task of its own carries the connection for as long as somebody has its client.
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
    Unavailable::new("the database cannot answer: no answer in time").into()
}

/// Says where it leads, not how to log in.
impl std::fmt::Debug for Aurora {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aurora").field("database", &self.database).finish_non_exhaustive()
    }
}
