//! API keys in a real PostgreSQL: what a row means from one request to the next, the connection with
//! everything that can happen to it, and the rights of the database's roles.

mod connection;
mod login;
mod pool;
mod process;
mod rights;
mod rows;
mod touch;

use shared::credential::api_key::NewKey;
use tests::api_keys::key;
use tests::aws::Aws;
use tests::gate::Answer;
use tests::key_gate::{KeyGate, insert_account, insert_key, settings};
use tests::postgres::{Cluster, Database};
use tests::samples::Settings;
use tokio_postgres::SimpleQueryMessage;

/// A database with one key of one owner, and what leads to it.
struct Stack {
    cluster: Cluster,
    database: Database,
    aws: Aws,
    settings: Settings,
    key: NewKey,
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

    fn gate(&self) -> KeyGate {
        KeyGate::new(&self.settings).unwrap()
    }

    /// A gate with some settings changed.
    fn gate_with(&self, changes: &[(&str, &str)]) -> KeyGate {
        KeyGate::new(&self.settings_with(changes)).unwrap()
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

    /// The first value that `sql` finds, as text. The gate's own tasks get on meanwhile.
    fn value(&self, gate: &KeyGate, sql: &str) -> String {
        gate.block_on(async {
            let found = self.database.admin().await.simple_query(sql).await.unwrap();
            let value = found.iter().find_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            value.unwrap_or_default()
        })
    }

    /// How many connections the authorizers have to this database.
    fn connections(&self, gate: &KeyGate) -> String {
        self.value(
            gate,
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

/// What `gate` says to `key`.
#[track_caller]
fn check(gate: &KeyGate, key: &NewKey, expected: &str) {
    let answer = gate.read(&key.value);
    assert_eq!(said(&answer), expected);
    // Never Allow and never Deny where nobody could be asked.
    if answer.log["outcome"] == "error" {
        assert!(answer.answer.is_err(), "{:?}", answer.answer);
    }
}
