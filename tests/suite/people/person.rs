//! Somebody with a configuration directory of their own.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use local::pool::{APP_CLIENT, PASSWORD, POOL_ID};
use serde_json::Value;
use tests::aws::unique;
use tests::tool::{Done, run};
use tests::{binary, root};

/// The address of an API that nobody calls.
pub(super) const API: &str = "https://api.example.com";

/// A person, whose files end with the test.
pub(super) struct Person {
    directory: PathBuf,
    settings: Vec<(String, String)>,
}

impl Person {
    /// Somebody who has nothing yet.
    pub(super) fn new() -> Self {
        Self { directory: std::env::temp_dir().join(unique("person")), settings: Vec::new() }
    }

    /// Somebody whose default profile is the development pool's at `cognito`.
    pub(super) fn configured(cognito: &str) -> Self {
        Self::new().configure(&["--cognito-endpoint", cognito])
    }

    /// Somebody who is logged in there as the viewer of acme.
    pub(super) fn logged_in(cognito: &str) -> Self {
        let person = Self::configured(cognito);
        let done = person.log_in(super::VIEWER, PASSWORD);
        assert_eq!(done.code, 0, "{done:?}");
        person
    }

    /// The same with another environment variable.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Configures the development pool with `arguments` besides.
    pub(super) fn configure(self, arguments: &[&str]) -> Self {
        self.configure_pool(POOL_ID, APP_CLIENT, arguments)
    }

    /// The same for another pool.
    pub(super) fn configure_pool(self, pool: &str, client: &str, arguments: &[&str]) -> Self {
        let region = pool.split('_').next().unwrap();
        let own = [
            &["configure", "--api-url", API, "--region", region, "--user-pool-id", pool][..],
            &["--client-id", client, "--yes"],
            arguments,
        ];
        let done = self.does(&own.concat());
        assert_eq!(done.code, 0, "{done:?}");
        self
    }

    pub(super) fn log_in(&self, username: &str, input: &str) -> Done {
        self.says(&["login", "--username", username], input)
    }

    /// What `portcullis` does, with nothing on its standard input.
    pub(super) fn does(&self, arguments: &[&str]) -> Done {
        self.says(arguments, "")
    }

    /// What it does with `input`. In what it writes, `~` stands for the configuration directory.
    pub(super) fn says(&self, arguments: &[&str], input: &str) -> Done {
        let directory = self.directory();
        let settings = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let own = [("PORTCULLIS_CONFIG_DIR", directory)];
        let done = run(own.into_iter().chain(settings), arguments, input);
        let shown = |text: &str| text.replace(directory, "~");
        Done { out: shown(&done.out), err: shown(&done.err), ..done }
    }

    /// Starts it, with a pipe for each of its streams.
    pub(super) fn starts(&self, arguments: &[&str]) -> Child {
        Command::new(binary("portcullis").unwrap())
            .args(arguments)
            .current_dir(root())
            .env_clear()
            .env("PORTCULLIS_CONFIG_DIR", self.directory())
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(super) fn directory(&self) -> &str {
        self.directory.to_str().unwrap()
    }

    /// A file of the default profile.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.directory.join("default").join(name)
    }

    /// What `credentials.json` says.
    pub(super) fn credentials(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.file("credentials.json")).unwrap()).unwrap()
    }

    /// Writes `credentials.json`, in place of what it was.
    pub(super) fn write_credentials(&self, credentials: &Value) {
        self.write("credentials.json", credentials.to_string().as_bytes());
    }

    /// Writes a file of the default profile for its owner alone, in place of what it was: all of it at once, as a
    /// process that reads it meanwhile would find it.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) {
        let new = self.directory.join("new");
        std::fs::write(&new, bytes).unwrap();
        std::fs::set_permissions(&new, Permissions::from_mode(0o600)).unwrap();
        std::fs::rename(new, self.file(name)).unwrap();
    }

    /// Lets `minutes` pass for the tokens.
    pub(super) fn age(&self, minutes: u64) {
        let mut credentials = self.credentials();
        let received = credentials["received_at"].as_u64().unwrap();
        credentials["received_at"] = (received - minutes * 60_000).into();
        self.write_credentials(&credentials);
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}
