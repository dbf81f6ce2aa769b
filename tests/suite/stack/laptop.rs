//! `make deploy-local`: SAM builds and deploys, and what it prints can be typed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use tests::root;
use tests::tool::Done;

use super::deployed::{ANNA, send};
use crate::admin::administrator::Administrator;

/// The stack on this machine, ended when dropped.
struct Laptop {
    child: Child,
    printed: String,
}

impl Laptop {
    /// Starts it, and waits for what it says when all is there.
    fn start() -> Self {
        let mut child = Command::new("python3")
            .arg(root().join("tests/deploy_local.py"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut printed = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !printed.ends_with("Ctrl-C ends it.\n") {
            let read = lines.read_line(&mut printed).unwrap();
            assert!(read > 0, "it has ended: {printed}");
        }
        Self { child, printed }
    }

    /// What stands behind `before` in what it printed, up to a blank.
    fn after(&self, before: &str) -> &str {
        let (_, rest) =
            self.printed.split_once(before).unwrap_or_else(|| panic!("{}", self.printed));
        rest.split_whitespace().next().unwrap()
    }

    /// Somebody with the exports that it prints.
    fn person(&self) -> Administrator {
        let exports = self.printed.lines().filter_map(|line| line.trim().strip_prefix("export "));
        let pairs = exports.flat_map(str::split_whitespace).filter_map(|own| own.split_once('='));
        pairs.fold(Administrator::new(), |person, (name, value)| person.with(name, value))
    }

    /// What comes of the line that it prints which begins with `portcullis <command>`, or has that behind settings.
    fn types(&self, person: Administrator, command: &str, input: &str) -> (Administrator, Done) {
        let line =
            self.printed.lines().find(|line| line.contains(&format!("portcullis {command}")));
        let (settings, arguments) = line.unwrap().trim().split_once("portcullis ").unwrap();
        let settings = settings.split_whitespace().filter_map(|own| own.split_once('='));
        let person = settings.fold(person, |person, (name, value)| person.with(name, value));
        let arguments = arguments.replace("you@example.com", ANNA);
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        let done = person.says(&arguments, input);
        assert_eq!(done.code, 0, "{done:?}");
        (person, done)
    }

    /// Ends it as Ctrl-C does. The exit code.
    fn end(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-s", "INT", &id]).status();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Laptop {
    /// Its services are ended by it alone.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end();
        }
    }
}

#[test]
fn what_it_prints_can_be_typed() {
    let mut laptop = Laptop::start();
    let api = laptop.after("API ").to_owned();
    let person = laptop.person();
    let (person, _) = laptop.types(person, "configure", "");
    let (person, done) = laptop.types(person, "admin invite-user", "");
    let temporary = done.out.lines().find_map(|line| line.strip_prefix("password  ")).unwrap();
    let (person, _) = laptop.types(person, "login", &format!("{temporary}\nNew-Password-123\n"));
    let ask = |path: &str, name: &str, value: &str| {
        send(Method::GET, &format!("{api}{path}"), &[(name, value)], "").status
    };
    let token = person.does(&["token"]).out;
    assert_eq!(
        ask("/api/incidents", "authorization", &format!("Bearer {}", token.trim_end())),
        200
    );
    let secret = laptop.after("--secret-id ");
    let done = person.does(&["token", "--client-credentials", "--secret-id", secret]);
    assert_eq!(
        ask("/api/problems", "authorization", &format!("Bearer {}", done.out.trim_end())),
        200
    );
    let operator = laptop.after("AURORA_USER=portcullis_operator AURORA_AUTH=").to_owned();
    let person = person.with("AURORA_USER", "portcullis_operator").with("AURORA_AUTH", &operator);
    let done = person.does(&[
        "key",
        "issue",
        "--profile",
        "default",
        "--name",
        "sync",
        "--scope",
        "read-only",
    ]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(ask("/api/incidents", "x-api-key", done.out.trim_end()), 200);
    let (person, done) = laptop.types(person, "webhook create", "");
    let id = done.out.split_whitespace().find(|word| word.starts_with("wh_")).unwrap();
    let done = person.does(&["webhook", "test", id]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(laptop.end(), Some(0));
}
