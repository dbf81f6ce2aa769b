//! What a command needs besides its arguments.

use std::io::{self, BufRead, Read as _, Write};
use std::path::Path;

use runtime::Clock;
use shared::time::Timestamp;

use crate::exit::CommandError;
use crate::machine::Machine;
use crate::text;

/// The longest answer that is read from the terminal, in bytes.
const MAX_RESPONSE_BYTES: u64 = 1024;

/// What a command reads and writes besides its arguments and the database.
pub struct Env<'e> {
    /// The environment: the value of a name.
    pub setting: &'e dyn Fn(&str) -> Option<String>,
    /// When the command began.
    pub now: Timestamp,
    /// The clock, for a command that goes on.
    pub clock: Clock,
    /// Fills a buffer with bytes from a cryptographic random source.
    pub random: &'e dyn Fn(&mut [u8]) -> Result<(), CommandError>,
    /// Opens a file for reading.
    pub open: &'e dyn Fn(&Path) -> io::Result<Box<dyn BufRead>>,
    /// Writes a file, in place of what was there.
    pub save: &'e dyn Fn(&Path, &[u8]) -> io::Result<()>,
    /// Writes a file that its owner alone can read, in place of what was there, and its directory if that
    /// is missing.
    pub save_private: &'e dyn Fn(&Path, &[u8]) -> io::Result<()>,
    /// Private files, locks, and the terminal itself.
    pub machine: &'e dyn Machine,
    /// Whether [`Env::input`] is a terminal, at which a person can be asked.
    pub is_terminal: bool,
    /// Whether [`Env::out`] is a terminal that shows colors.
    pub shows_color: bool,
    /// How many columns the terminal has that [`Env::out`] is, if it is one.
    pub columns: Option<usize>,
    /// Standard input.
    pub input: &'e mut dyn BufRead,
    /// Standard output: the command's result, and nothing else.
    pub out: &'e mut dyn Write,
    /// Standard error: messages for people.
    pub err: &'e mut dyn Write,
}

impl Env<'_> {
    /// Writes `text` to standard output, all of it and at once. Whoever reads it may stop doing so, as `head`
    /// does: nothing is wrong then, and the exit code is what it would have been.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), CommandError> {
        match self.write(text) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(&error)),
            _ => Ok(()),
        }
    }

    /// The same for what is shown once: it is lost where nobody reads it, and that is said.
    pub(crate) fn print_once(&mut self, text: &str) -> Result<(), CommandError> {
        self.write(text).map_err(|error| unwritten(&error))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush())
    }

    /// Writes a table to standard output, each line cut to the terminal. A pipe gets all of it.
    pub(crate) fn print_table(&mut self, table: &str) -> Result<(), CommandError> {
        match self.columns {
            Some(columns) => self.print(&text::cut(table, columns)),
            None => self.print(table),
        }
    }

    /// Writes `line` to standard error. If that fails, there is nowhere to report it.
    pub(crate) fn say(&mut self, line: &str) {
        let _ = writeln!(self.err, "{line}");
    }

    /// Asks `question` on the terminal. Only `y` and `yes` mean yes.
    pub(crate) fn confirm(&mut self, question: &str) -> bool {
        let _ = write!(self.err, "{question} [y/N] ").and_then(|()| self.err.flush());
        let mut answer = String::new();
        let read = self.input.take(MAX_RESPONSE_BYTES).read_line(&mut answer);
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

fn unwritten(error: &io::Error) -> CommandError {
    CommandError::failed(format!("standard output cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io;

    use runtime::Clock;
    use shared::time::Timestamp;

    use super::Env;
    use crate::machine::NoMachine;

    #[track_caller]
    fn check(answer: &str, is_yes: bool) {
        let mut err = Vec::new();
        let mut env = Env {
            setting: &|_| None,
            now: Timestamp::default(),
            clock: Clock::system(),
            random: &|_| Ok(()),
            save: &|_, _| Ok(()),
            save_private: &|_, _| Ok(()),
            open: &|_| Err(io::ErrorKind::NotFound.into()),
            machine: &NoMachine,
            is_terminal: true,
            shows_color: false,
            columns: None,
            input: &mut answer.as_bytes(),
            out: &mut io::sink(),
            err: &mut err,
        };
        assert_eq!(env.confirm("Go on?"), is_yes, "{answer}");
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
