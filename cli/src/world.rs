//! What surrounds a command: everything that is not in its arguments.

use std::io::{self, BufRead, Read as _, Write};
use std::path::Path;

use shared::time::Timestamp;

use crate::exit::Problem;

/// An answer on the terminal is no longer than this.
const MAX_ANSWER_BYTES: u64 = 1024;

/// What a command reads and writes besides its arguments and the database.
pub struct World<'w> {
    /// The environment: the value of a name.
    pub setting: &'w dyn Fn(&str) -> Option<String>,
    /// When the command began.
    pub now: Timestamp,
    /// Fills a buffer with bytes that nobody can guess.
    pub random: &'w dyn Fn(&mut [u8]) -> Result<(), Problem>,
    /// Opens a file for reading.
    pub open: &'w dyn Fn(&Path) -> io::Result<Box<dyn BufRead>>,
    /// Whether there is somebody at [`World::input`] to be asked.
    pub is_terminal: bool,
    /// Standard input.
    pub input: &'w mut dyn BufRead,
    /// Standard output: what was asked for, and nothing else.
    pub out: &'w mut dyn Write,
    /// Standard error: what is said to people.
    pub err: &'w mut dyn Write,
}

impl World<'_> {
    /// Writes `text` to standard output, all of it and at once.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), Problem> {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        written
            .map_err(|error| Problem::failed(format!("standard output cannot be written: {error}")))
    }

    /// Writes `line` to standard error. Where that cannot be written nobody is left to tell.
    pub(crate) fn say(&mut self, line: &str) {
        let _ = writeln!(self.err, "{line}");
    }

    /// Asks `question` on the terminal. Only `y` and `yes` mean yes.
    pub(crate) fn confirm(&mut self, question: &str) -> bool {
        let _ = write!(self.err, "{question} [y/N] ").and_then(|()| self.err.flush());
        let mut answer = String::new();
        let read = self.input.take(MAX_ANSWER_BYTES).read_line(&mut answer);
        let answer = answer.trim().to_ascii_lowercase();
        read.is_ok() && matches!(answer.as_str(), "y" | "yes")
    }

    /// All of the file at `path`.
    pub(crate) fn contents(&self, path: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (self.open)(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use shared::time::Timestamp;

    use super::World;

    #[track_caller]
    fn check(answer: &str, is_yes: bool) {
        let mut err = Vec::new();
        let mut world = World {
            setting: &|_| None,
            now: Timestamp::default(),
            random: &|_| Ok(()),
            open: &|_| Err(io::ErrorKind::NotFound.into()),
            is_terminal: true,
            input: &mut answer.as_bytes(),
            out: &mut io::sink(),
            err: &mut err,
        };
        assert_eq!(world.confirm("Go on?"), is_yes, "{answer}");
        assert_eq!(err, b"Go on? [y/N] ");
    }

    #[test]
    fn only_yes_means_yes() {
        for yes in ["y\n", "yes\n", "Y\r\n", " YES ", "yes\nno\n"] {
            check(yes, true);
        }
        for no in ["", "\n", "n\n", "no\nyes\n", "yess\n", "j\n", "y y\n"] {
            check(no, false);
        }
        check(&"y".repeat(10_000), false);
    }
}
