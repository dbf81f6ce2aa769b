//! A user pool, tables and secrets of one test, and somebody who is logged in.

use std::path::PathBuf;

use local::pool::{APP_CLIENT, PASSWORD, POOL_ID};
use serde_json::Value;
use tests::aws::{Aws, unique};
use tests::doorway::Doorway;
use tests::target::Target;
use tests::tool::{Done, run};

use crate::dev::running::Running;

pub(super) const ALICE: &str = "viewer@acme.example";
pub(super) const BOB: &str = "viewer@globex.example";

/// What the people of a test share.
pub(super) struct Place {
    pub(super) aws: Aws,
    pub(super) gate: Running,
    pub(super) table: String,
    pub(super) replays: String,
    prefix: String,
}

/// Somebody with a configuration directory of their own.
pub(super) struct Person {
    directory: PathBuf,
    settings: Vec<(String, String)>,
}

impl Place {
    pub(super) fn new() -> Self {
        let aws = Aws::of_the_tests();
        Self {
            gate: Running::start(&[]),
            table: aws.create_webhook_table(),
            replays: aws.create_replay_table(),
            prefix: format!("{}/", unique("secrets")),
            aws,
        }
    }

    /// Somebody who is configured for the development pool, and logged in as nobody.
    pub(super) fn person(&self) -> Person {
        self.person_behind(self.aws.endpoint())
    }

    /// The same, for whom DynamoDB and Secrets Manager are at `endpoint`.
    pub(super) fn person_behind(&self, endpoint: &str) -> Person {
        let directory = std::env::temp_dir().join(unique("owner"));
        let own = [
            ("PORTCULLIS_CONFIG_DIR", directory.to_str().unwrap()),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint),
            ("WEBHOOK_TABLE", &self.table),
            ("REPLAY_TABLE", &self.replays),
            ("SECRET_PREFIX", &self.prefix),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let person = Person { directory, settings: own.into() };
        let done = person.does(&[
            "configure",
            "--yes",
            "--api-url",
            "https://api.example.com/prod",
            "--region",
            "local-1",
            "--user-pool-id",
            POOL_ID,
            "--client-id",
            APP_CLIENT,
            "--cognito-endpoint",
            &self.gate.pool,
        ]);
        assert_eq!(done.code, 0, "{done:?}");
        person
    }

    /// Somebody who is logged in.
    pub(super) fn logged_in(&self, email: &str) -> Person {
        self.person().logs_in(email)
    }

    /// The function that takes deliveries.
    pub(super) fn doorway(&self) -> (Doorway, Target) {
        let target = Target::deploy(&self.aws);
        let mut settings = Aws::environment(self.aws.endpoint());
        let own = [
            ("STEPS", "delivery"),
            ("WEBHOOK_TABLE", &self.table),
            ("REPLAY_TABLE", &self.replays),
            ("SECRET_PREFIX", &self.prefix),
            ("TARGET_FUNCTION", target.name()),
        ];
        settings.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        (Doorway::open(&settings), target)
    }

    pub(super) fn secret_name(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }

    pub(super) fn rows(&self) -> Vec<Value> {
        self.aws.rows(&self.table)
    }
}

impl Person {
    pub(super) fn logs_in(self, email: &str) -> Self {
        let done = self.says(&["login", "--username", email], PASSWORD);
        assert_eq!(done.code, 0, "{done:?}");
        self
    }

    /// The same with another environment variable.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn does(&self, arguments: &[&str]) -> Done {
        self.says(arguments, "")
    }

    pub(super) fn says(&self, arguments: &[&str], input: &str) -> Done {
        run(self.settings(), arguments, input)
    }

    pub(super) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What `portcullis webhook` does.
    pub(super) fn webhook(&self, arguments: &[&str]) -> Done {
        self.does(&[&["webhook"][..], arguments].concat())
    }

    /// Creates a webhook called `Builds`. Returns its id and what was printed as JSON.
    #[track_caller]
    pub(super) fn creates(&self, arguments: &[&str]) -> (String, Value) {
        let done = self.webhook(&[&["create", "Builds", "--json"][..], arguments].concat());
        assert_eq!(done.code, 0, "{done:?}");
        let json = done.json();
        (json["webhook_id"].as_str().unwrap().to_owned(), json)
    }

    /// Fails unless `portcullis webhook` prints nothing and says this.
    #[track_caller]
    pub(super) fn refuses(&self, arguments: &[&str], code: i32, sentence: &str) {
        self.webhook(arguments).is(code, "", &format!("portcullis: {sentence}\n"));
    }

    pub(super) fn credentials(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.credentials_file()).unwrap()).unwrap()
    }

    pub(super) fn write_credentials(&self, credentials: &Value) {
        std::fs::write(self.credentials_file(), credentials.to_string()).unwrap();
    }

    fn credentials_file(&self) -> PathBuf {
        self.directory.join("default/credentials.json")
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
