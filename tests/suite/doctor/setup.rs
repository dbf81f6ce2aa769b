//! Somebody who asks the doctor, and an API that answers as a test says.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use local::pool::{APP_CLIENT, POOL_ID};
use serde_json::Value;
use tests::aws::{Aws, unique};
use tests::faults::FaultyAws;
use tests::runtime_api::now_seconds;
use tests::tool::{Done, run};

use crate::dev::running::Running;

const GROUPS: [&str; 9] =
    ["api", "clock", "keys", "seed", "pool", "clients", "template", "answers", "tables"];

/// A server that answers everything with `response`, in which `{now}` is the date. It ends with the test.
pub(super) fn api(response: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 16 * 1024]);
            let date = Command::new("date")
                .args(["-u", "+%a, %d %b %Y %H:%M:%S GMT"])
                .env("LC_ALL", "C")
                .output();
            let date = String::from_utf8(date.unwrap().stdout).unwrap();
            let response = response.replacen("{now}", date.trim(), 1);
            let _ = stream.write_all(
                response.replacen("\r\n\r\n", "\r\nconnection: close\r\n\r\n", 1).as_bytes(),
            );
        }
    });
    url
}

/// The keys of a pool, as it shows them.
pub(super) fn keys() -> String {
    let one = std::fs::read(tests::root().join("events/dev-jwks.json")).unwrap();
    let mut set: Value = serde_json::from_slice(&one).unwrap();
    let mut second = set["keys"][0].clone();
    second["kid"] = "second".into();
    set["keys"].as_array_mut().unwrap().push(second);
    set.to_string()
}

/// The same as a seed file that was fetched `age` seconds ago.
pub(super) fn seed(age: Option<u64>) -> String {
    let mut set: Value = serde_json::from_str(&keys()).unwrap();
    if let Some(age) = age {
        set["fetched_at"] = (now_seconds() - age).into();
    }
    set.to_string()
}

/// MiniStack, with keys: its own cannot be read, because they are no strict base64url.
pub(super) fn with_keys(aws: &Aws) -> FaultyAws {
    let front = FaultyAws::before(aws.endpoint());
    front.serves("/.well-known/jwks.json", &keys());
    front
}

/// Somebody with a configuration directory and AWS credentials.
pub(super) struct Operator {
    directory: PathBuf,
    settings: Vec<(String, String)>,
}

impl Operator {
    pub(super) fn of(aws: &Aws, url: &str, pool: &str, client: &str) -> Self {
        let own = Self {
            directory: std::env::temp_dir().join(unique("doctor")),
            settings: Aws::environment(aws.endpoint()).into_iter().collect(),
        };
        own.configure(url, pool, client, &[])
    }

    pub(super) fn of_laptop(gate: &Running) -> Self {
        let own =
            Self { directory: std::env::temp_dir().join(unique("doctor")), settings: Vec::new() };
        own.configure(&gate.gateway, POOL_ID, APP_CLIENT, &["--cognito-endpoint", &gate.pool])
    }

    fn configure(self, url: &str, pool: &str, client: &str, more: &[&str]) -> Self {
        let region = pool.split('_').next().unwrap();
        let own =
            ["configure", "--yes", "--api-url", url, "--region", region, "--user-pool-id", pool];
        let done = self.does(&[&own[..], &["--client-id", client], more].concat());
        assert_eq!(done.code, 0, "{done:?}");
        self
    }

    /// The same with another environment variable.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn asks(&self, arguments: &[&str]) -> Done {
        self.does(&[&["doctor"][..], arguments].concat())
    }

    /// Asks for `groups` alone.
    pub(super) fn asks_for(&self, groups: &[&str], arguments: &[&str]) -> Done {
        let others = GROUPS.iter().filter(|group| !groups.contains(*group));
        let skipped: Vec<&str> = others.flat_map(|group| ["--skip", *group]).collect();
        self.asks(&[arguments, &skipped].concat())
    }

    fn does(&self, arguments: &[&str]) -> Done {
        let directory = self.directory.to_str().unwrap();
        let own = [("PORTCULLIS_CONFIG_DIR", directory)];
        let settings = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        run(own.into_iter().chain(settings), arguments, "")
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

/// The exit code, and `outcome check: sentence` of each check. Whatever is not ok has a remedy.
#[track_caller]
pub(super) fn checks(done: &Done) -> (i32, Vec<String>) {
    let mut found: Vec<String> = Vec::new();
    for line in done.out.lines() {
        if let Some(remedy) = line.trim_start().strip_prefix("-> ") {
            assert!(remedy.len() > 5, "{line}");
            continue;
        }
        let (outcome, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{done:?}"));
        let (check, sentence) = rest.trim_start().split_once(' ').unwrap();
        found.push(format!("{outcome} {check}: {}", sentence.trim_start()));
    }
    let remedies = done.out.lines().filter(|line| line.trim_start().starts_with("-> ")).count();
    let not_ok = found.iter().filter(|line| !line.starts_with("ok ")).count();
    assert_eq!(remedies, not_ok, "{done:?}");
    (done.code, found)
}
