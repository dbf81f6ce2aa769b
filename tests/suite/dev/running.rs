//! A local gateway that runs, and what it says.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use tests::aws::unique;
use tests::{binary, root};

/// The access table of the samples, without the route whose tenant stands in a header: its answers are
/// good for every request of a caller.
pub(super) fn cacheable_table() -> PathBuf {
    let table = std::fs::read_to_string(root().join("infra/access.toml")).unwrap();
    let of_header = "tenant = \"header:x-tenant-id\"\n";
    assert!(table.contains(of_header));
    let path = std::env::temp_dir().join(format!("{}.toml", unique("access")));
    std::fs::write(&path, table.replace(of_header, "")).unwrap();
    path
}

/// `portcullis dev`, ended when dropped.
pub(crate) struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
    pub(crate) gateway: String,
    pub(crate) pool: String,
    /// Where the inspector is, if it was asked for.
    pub(super) inspector: Option<String>,
    /// What was printed that is no line about a request.
    pub(crate) printed: String,
    runtime: PathBuf,
    tokens: BTreeMap<Vec<String>, String>,
}

impl Running {
    /// Starts it on free ports with `arguments` on top.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let runtime = std::env::temp_dir().join(unique("dev"));
        let ports = [["--port", "0"], ["--pool-port", "0"]];
        let free = ports.iter().filter(|[flag, _]| !arguments.contains(flag)).flatten();
        let mut child = Command::new(binary("portcullis").unwrap())
            .arg("dev")
            .args(free)
            .args(arguments)
            .current_dir(root())
            .env_clear()
            .env("XDG_RUNTIME_DIR", &runtime)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut address = |what: &str| {
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            let rest = line.strip_prefix(what).unwrap_or_else(|| panic!("{what}: {line}"));
            rest.split_whitespace().next().unwrap().to_owned()
        };
        let gateway = address("Gateway ");
        let pool = address("User pool ");
        let inspector = arguments.contains(&"--inspect").then(|| address("Inspector "));
        let printed = String::new();
        Self { child, output, gateway, pool, inspector, printed, runtime, tokens: BTreeMap::new() }
    }

    /// The line about the last request.
    pub(crate) fn line(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the gateway has ended");
            let is_decision = ["allow ", "deny ", "error ", "open ", "none "]
                .iter()
                .any(|outcome| line.starts_with(outcome));
            if is_decision {
                return line.trim_end().to_owned();
            }
            self.printed.push_str(&line);
        }
    }

    /// The most memory that it has had, in bytes.
    pub(super) fn peak_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        let kilobytes: u64 = line.trim().strip_suffix(" kB").unwrap().parse().unwrap();
        kilobytes * 1024
    }

    /// What `portcullis dev token` prints with `arguments`, the same for each call.
    pub(crate) fn token(&mut self, arguments: &[&str]) -> String {
        let key: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        if let Some(token) = self.tokens.get(&key) {
            return token.clone();
        }
        let done = Command::new(binary("portcullis").unwrap())
            .args(["dev", "token"])
            .args(arguments)
            .env_clear()
            .env("XDG_RUNTIME_DIR", &self.runtime)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        let token = String::from_utf8(done.stdout).unwrap().trim().to_owned();
        self.tokens.insert(key, token.clone());
        token
    }

    /// Ends it by `signal`: `INT` is what Ctrl-C sends. The exit code.
    pub(super) fn end(&mut self, signal: &str) -> i32 {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-s", signal, &id]).status().unwrap();
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.runtime);
    }
}
