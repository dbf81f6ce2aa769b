//! API keys in a real PostgreSQL: what a row means from one request to the next, the connection with
//! everything that can happen to it, and the rights of the database's roles.

mod connection;
mod login;
mod pool;
mod process;
mod rights;
mod rows;
mod touch;

use shared::authn::NewApiKey;
use tests::api_keys::key;
use tests::aws::Aws;
use tests::postgres::{Cluster, Database};
use tests::samples::Settings;
use tests::test_authorizer::Answer;
use tests::test_key_authorizer::{TestKeyAuthorizer, insert_account, insert_key, settings};
use tokio_postgres::SimpleQueryMessage;

/// A database with one key of one owner, and what leads to it.
struct Stack {
    cluster: Cluster,
    database: Database,
    aws: Aws,
    settings: Settings,
    key: NewApiKey,
}

impl Stack {
    fn shared() -> Self {
        Self::on(Cluster::shared(), None)
    }

    /// On a cluster of its own, which can be stopped.
    fn own() -> Self {
        Self::on(Cluster::own(), None)
    }

    fn on(cluster: Cluster, name: Option<&str>) -> Self {
        let database = match name {
            Some(name) => Database::named(&cluster, name),
            None => Database::new(&cluster),
        };
        insert_account(&database, "u-1", "super_admin");
        let key = key(1);
        insert_key(&database, &key, "u-1");
        let aws = Aws::of_the_tests();
        let settings = settings(&aws, &cluster, &database);
        Self { cluster, database, aws, settings, key }
    }

    fn authorizer(&self) -> TestKeyAuthorizer {
        TestKeyAuthorizer::new(&self.settings).unwrap()
    }

    /// An authorizer with some settings changed.
    fn gate_with(&self, changes: &[(&str, &str)]) -> TestKeyAuthorizer {
        TestKeyAuthorizer::new(&self.settings_with(changes)).unwrap()
    }

    fn settings_with(&self, changes: &[(&str, &str)]) -> Settings {
        let mut settings = self.settings.clone();
        settings.extend(changes.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        settings
    }

    /// Executes `UPDATE portcullis.api_keys SET <change>`, past the trigger that keeps ends.
    fn change_key(&self, change: &str) {
        self.database.execute(&format!(
            "SET session_replication_role = replica; UPDATE portcullis.api_keys SET {change}"
        ));
    }

    fn change_owner(&self, change: &str) {
        self.database.execute(&format!("UPDATE portcullis.accounts SET {change}"));
    }

    /// The first value that `sql` finds, as text. The authorizer's own tasks get on meanwhile.
    fn value(&self, authorizer: &TestKeyAuthorizer, sql: &str) -> String {
        authorizer.block_on(async {
            let found = self.database.admin().await.simple_query(sql).await.unwrap();
            let value = found.iter().find_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            value.unwrap_or_default()
        })
    }

    /// How many connections the authorizers have to this database.
    fn connections(&self, authorizer: &TestKeyAuthorizer) -> String {
        self.value(
            authorizer,
            "SELECT count(*) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'portcullis'",
        )
    }

    /// Ends every connection of the authorizer to this database.
    fn end_connections(&self) {
        self.database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'portcullis'",
        );
    }
}

/// The code, and the sentence of the log behind it unless it is an Allow.
fn said(answer: &Answer) -> String {
    match answer.reason() {
        "" => answer.code().to_owned(),
        reason => format!("{}: {reason}", answer.code()),
    }
}

/// What `authorizer` says to `key`.
#[track_caller]
fn check(authorizer: &TestKeyAuthorizer, key: &NewApiKey, expected: &str) {
    let answer = authorizer.read(&key.value);
    assert_eq!(said(&answer), expected);
    // Never Allow and never Deny where nobody could be asked.
    if answer.log["outcome"] == "error" {
        assert!(answer.answer.is_err(), "{:?}", answer.answer);
    }
}
