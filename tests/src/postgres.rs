//! PostgreSQL and PgBouncer as the tests use them, and databases in them. `tests/postgres.py` runs
//! both; a test that fails to get them fails.
//!
//! Tests run side by side against one cluster, in processes of their own: each has its own databases.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use serde_json::Value;
use tokio_postgres::{Client, Config, NoTls};

use crate::aws::unique;
use crate::root;

/// What the shared cluster's `tests/postgres.py` said, as `tests/with_services.py` hands it on.
const VARIABLE: &str = "PORTCULLIS_TEST_POSTGRES";

/// A running PostgreSQL with the migrations in its template, and PgBouncer in front of it.
pub struct Cluster {
    facts: Value,
    /// The script that runs a cluster of one's own.
    script: Option<Script>,
}

impl Cluster {
    /// The cluster of all tests. It cannot be stopped.
    ///
    /// # Panics
    /// There is none. A test that passed without having asked anything would say nothing.
    #[must_use]
    pub fn shared() -> Self {
        Self { facts: parsed(&shared_facts()), script: None }
    }

    /// A cluster that no other test sees, and that ends when it is dropped. It takes a second.
    ///
    /// # Panics
    /// It does not start; why is on standard error.
    #[must_use]
    pub fn own() -> Self {
        let mut script = Script::start();
        Self { facts: parsed(&script.line()), script: Some(script) }
    }

    /// PostgreSQL's port of the loopback interface, with and without TLS.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port_of("port")
    }

    /// PgBouncer's, with and without TLS. It knows the roles that have a password.
    #[must_use]
    pub fn bouncer_port(&self) -> u16 {
        self.port_of("bouncer_port")
    }

    /// The authority, in PEM, that signed the certificate of both: one for `localhost` and no other
    /// name or address.
    #[must_use]
    pub fn ca_file(&self) -> PathBuf {
        PathBuf::from(self.text("ca_file"))
    }

    /// The password of a role of the migrations.
    #[must_use]
    pub fn password(&self, role: &str) -> &str {
        self.facts["passwords"][role].as_str().expect("a role that the script gives a password")
    }

    /// Stops PostgreSQL and starts it: every session ends, PgBouncer stays.
    pub fn restart(&mut self) {
        self.order("restart");
    }

    /// Stops PostgreSQL: its port refuses connections. What is in it stays.
    pub fn stop(&mut self) {
        self.order("stop");
    }

    /// Starts PostgreSQL after `stop`, and PgBouncer anew.
    pub fn start(&mut self) {
        self.order("start");
    }

    fn order(&mut self, order: &str) {
        let script = self.script.as_mut();
        script.expect("the shared cluster takes no orders: `Cluster::own()` does").order(order);
    }

    fn port_of(&self, name: &str) -> u16 {
        self.facts[name].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port")
    }

    fn text(&self, name: &str) -> &str {
        self.facts[name].as_str().expect("a text")
    }
}

/// A database with the schema of the migrations and nothing in it. Dropping it drops it for good,
/// whoever is connected.
pub struct Database {
    server: Server,
    name: String,
}

impl Database {
    /// A database whose name nobody else has.
    #[must_use]
    pub fn new(cluster: &Cluster) -> Self {
        Self::named(cluster, &unique("test").replace('-', "_"))
    }

    /// A database called `name`, for a cluster of one's own. PostgreSQL treats one called `iam` like
    /// RDS treats a role with IAM authentication: the password as it is, and TLS.
    #[must_use]
    pub fn named(cluster: &Cluster, name: &str) -> Self {
        let server =
            Server { port: cluster.port(), superuser: cluster.text("superuser").to_owned() };
        let template = cluster.text("template");
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        server.execute("postgres", &create).expect("the database is made");
        Self { server, name: name.to_owned() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its server, past PgBouncer: `127.0.0.1:<port>`. The certificate is not for this name.
    #[must_use]
    pub fn host(&self) -> String {
        format!("{}:{}", Ipv4Addr::LOCALHOST, self.server.port)
    }

    /// A connection of the superuser, without TLS, driven by the runtime of the caller.
    pub async fn admin(&self) -> Client {
        connect(&self.server.config(&self.name)).await.expect("the superuser connects")
    }

    /// Executes statements as the superuser. Blocks, whether the test is async or not.
    ///
    /// # Panics
    /// One fails.
    pub fn execute(&self, sql: &str) {
        self.try_execute(sql).expect("the statements are executed");
    }

    /// The same, where one may fail.
    ///
    /// # Errors
    /// One does.
    pub fn try_execute(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.server.execute(&self.name, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A cluster that was stopped, or has ended, takes it along.
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let _ = self.server.execute("postgres", &drop);
    }
}

/// Where the superuser goes, who needs no password.
struct Server {
    port: u16,
    superuser: String,
}

impl Server {
    fn execute(&self, database: &str, sql: &str) -> Result<(), tokio_postgres::Error> {
        let config = self.config(database);
        let execute = async || connect(&config).await?.batch_execute(sql).await;
        // A thread that is in a runtime already cannot wait for another.
        thread::scope(|scope| {
            let waits = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime starts").block_on(execute())
            });
            waits.join().expect("the thread ends")
        })
    }

    fn config(&self, database: &str) -> Config {
        let mut config = Config::new();
        config.host(Ipv4Addr::LOCALHOST.to_string()).port(self.port);
        config.user(&self.superuser).dbname(database);
        config
    }
}

async fn connect(config: &Config) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    // It ends with its client; that the server ended it, the client says as well.
    tokio::spawn(connection);
    Ok(client)
}

/// `tests/postgres.py`, which ends its cluster at the end of its input, whatever becomes of us.
struct Script {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Script {
    fn start() -> Self {
        let mut child = Command::new("python3")
            .arg(Path::new("tests").join("postgres.py"))
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 runs");
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, orders, answers }
    }

    fn order(&mut self, order: &str) {
        let orders = self.orders.as_mut().expect("a pipe");
        writeln!(orders, "{order}").expect("`tests/postgres.py` reads");
        assert_eq!(self.line(), "done\n", "{order}");
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("`tests/postgres.py` writes text");
        assert!(!line.is_empty(), "`tests/postgres.py` has ended: standard error says why");
        line
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        drop(self.orders.take());
        // Nothing of it is left once it has ended.
        let _ = self.child.wait();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how the tests are told, not a setting of a function"
)]
fn shared_facts() -> String {
    std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!(
            "this test talks to PostgreSQL, and `{VARIABLE}` does not say where: run `make test`, \
             or `python3 tests/with_services.py cargo nextest run --package tests`"
        )
    })
}

fn parsed(facts: &str) -> Value {
    serde_json::from_str(facts).expect("`tests/postgres.py` describes its cluster in JSON")
}
