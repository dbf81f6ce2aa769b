//! `portcullis` as its users meet it: the real binary, what it writes, and files to give it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::aws::unique;
use crate::{binary, root};

/// What a command left behind.
#[derive(Debug)]
pub struct Done {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Done {
    /// Fails unless this is all that the command left behind.
    ///
    /// # Panics
    /// It is not.
    #[track_caller]
    pub fn is(&self, code: i32, out: &str, err: &str) {
        assert_eq!((self.code, self.out.as_str(), self.err.as_str()), (code, out, err));
    }

    /// Standard output as JSON, whatever the exit code.
    ///
    /// # Panics
    /// It is no JSON.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

/// Runs `portcullis` in the checkout, with nothing but `env` as its environment and `input` on its standard
/// input.
///
/// # Panics
/// It cannot be run, or does not write UTF-8.
pub fn run<'e>(
    env: impl IntoIterator<Item = (&'e str, &'e str)>,
    arguments: &[&str],
    input: &str,
) -> Done {
    let mut child = Command::new(binary("portcullis").expect("`make binaries` has built it"))
        .args(arguments)
        .current_dir(root())
        .env_clear()
        .envs(env)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // A command that reads nothing may have ended already.
    let _ = child.stdin.take().expect("it was piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    Done {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        err: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

/// A file of the test's own, which ends with it.
#[derive(Debug)]
pub struct File(PathBuf);

impl File {
    /// A new file with `text`.
    ///
    /// # Panics
    /// It cannot be written.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let path = std::env::temp_dir().join(unique("file"));
        std::fs::write(&path, text).expect("a temporary file can be written");
        Self(path)
    }

    /// Where it is.
    ///
    /// # Panics
    /// The directory of temporary files is not UTF-8.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.to_str().expect("the path is UTF-8")
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
