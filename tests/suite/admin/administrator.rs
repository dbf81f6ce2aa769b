//! An administrator: a profile, AWS credentials, and if wanted a database.

use std::path::PathBuf;

use local::pool::{APP_CLIENT, POOL_ID};
use serde_json::{Value, json};
use tests::aws::{Aws, unique};
use tests::faults::FaultyAws;
use tests::postgres::{Cluster, Database};
use tests::tool::{Done, run};

/// Somebody at a shell, whose files end with the test.
pub(crate) struct Administrator {
    pub(crate) directory: PathBuf,
    settings: Vec<(String, String)>,
}

impl Administrator {
    /// Somebody without anything.
    pub(crate) fn new() -> Self {
        let directory = std::env::temp_dir().join(unique("administrator"));
        let config = directory.join("config");
        let person = Self { directory, settings: Vec::new() };
        person.with("PORTCULLIS_CONFIG_DIR", config.to_str().unwrap())
    }

    /// With credentials, and the user pool of `portcullis dev` at `cognito`.
    pub(crate) fn of_dev(cognito: &str) -> Self {
        Self::new()
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test")
            .with("AWS_REGION", "eu-central-1")
            .configure(POOL_ID, APP_CLIENT, &["--cognito-endpoint", cognito])
    }

    /// With the pool at `endpoint`, which is MiniStack or stands in front of it.
    pub(crate) fn of_pool(endpoint: &str, (pool, client): &(String, String)) -> Self {
        let settings = Aws::environment(endpoint);
        let set = settings.iter().fold(Self::new(), |own, (name, value)| own.with(name, value));
        set.configure(pool, client, &[])
    }

    /// The same with another environment variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    fn configure(self, pool: &str, client: &str, arguments: &[&str]) -> Self {
        let region = pool.split('_').next().unwrap();
        let own = [
            &["configure", "--api-url", "https://api.example.com", "--region", region][..],
            &["--user-pool-id", pool, "--client-id", client, "--yes"],
            arguments,
        ];
        let done = self.does(&own.concat());
        assert_eq!(done.code, 0, "{done:?}");
        self
    }

    /// What `portcullis` does, with nothing on its standard input.
    pub(crate) fn does(&self, arguments: &[&str]) -> Done {
        self.says(arguments, "")
    }

    pub(crate) fn says(&self, arguments: &[&str], input: &str) -> Done {
        let done = run(self.settings(), arguments, input);
        // What is shown once is never beside what is shown to everybody.
        for secret in passwords(&done.out) {
            assert!(!done.err.contains(&secret), "{done:?}");
        }
        done
    }

    /// What it refuses, in these sentences.
    #[track_caller]
    pub(crate) fn refuses(&self, arguments: &[&str], code: i32, sentences: &[&str]) {
        let err: String = sentences.iter().map(|own| format!("portcullis: {own}\n")).collect();
        self.does(arguments).is(code, "", &err);
    }

    /// The environment.
    pub(super) fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A file of the test.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

impl Drop for Administrator {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn passwords(out: &str) -> Vec<String> {
    let lines = out.lines().filter_map(|line| line.strip_prefix("password  "));
    let json: Option<Value> = serde_json::from_str(out).ok();
    let of_json = json.as_ref().and_then(|json| json["password"].as_str());
    lines.chain(of_json).map(str::to_owned).collect()
}

/// A pool on MiniStack behind faults, a database, a table of webhooks, and who works on them.
pub(super) struct Office {
    pub(super) aws: Aws,
    pub(super) faults: FaultyAws,
    pub(super) pool: String,
    pub(super) database: Database,
    pub(super) webhooks: String,
    pub(super) administrator: Administrator,
    cluster: Cluster,
}

impl Office {
    pub(super) fn new() -> Self {
        let aws = Aws::of_the_tests();
        let faults = FaultyAws::before(aws.endpoint());
        let pool = aws.create_people_pool();
        let cluster = Cluster::shared();
        let database = Database::new(&cluster);
        let webhooks = aws.create_webhook_table();
        let administrator = Administrator::of_pool(&faults.endpoint(), &pool)
            .with("WEBHOOK_TABLE", &webhooks)
            .with("AURORA_HOST", &format!("127.0.0.1:{}", cluster.bouncer_port()))
            .with("AURORA_DATABASE", database.name());
        let office = Self { aws, faults, pool: pool.0, database, webhooks, administrator, cluster };
        office.logged_in_as("portcullis_administrator")
    }

    /// The same with another environment variable.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        let before = std::mem::replace(&mut self.administrator, Administrator::new());
        self.administrator = before.with(name, value);
        self
    }

    /// The same with another role of the database.
    pub(super) fn logged_in_as(self, role: &str) -> Self {
        let secret = unique("database");
        let login = json!({ "username": role, "password": self.cluster.password(role) });
        self.aws.create_secret(&secret, &login.to_string());
        self.with("AURORA_USER", role).with("AURORA_AUTH", &format!("secret:{secret}"))
    }

    /// Invites somebody with an account, and returns the user id.
    pub(super) fn invite(&self, email: &str, role: &str) -> String {
        let invite = ["admin", "invite-user", email, "--role", role, "--tenant", "acme"];
        let done = self.administrator.does(&[&invite[..], &["--account", "--json"]].concat());
        assert_eq!(done.code, 0, "{done:?}");
        done.json()["user_id"].as_str().unwrap().to_owned()
    }

    /// The role of a user in the pool, and role and status of the account.
    pub(super) fn roles(&self, email: &str) -> (String, Option<(String, String)>) {
        let user = self.aws.user(&self.pool, email).unwrap();
        let id = user["sub"].as_str().unwrap();
        (user["custom:role"].as_str().unwrap().to_owned(), self.account(id))
    }

    /// Role and status of the account of a user.
    pub(super) fn account(&self, id: &str) -> Option<(String, String)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sql = "SELECT role, status FROM portcullis.accounts WHERE user_id = $1";
            let rows = self.database.admin().await.query(sql, &[&id]).await.unwrap();
            rows.first().map(|row| (row.get("role"), row.get("status")))
        })
    }
}
