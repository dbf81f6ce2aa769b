//! The terminal, where something is typed that must not be seen.

use std::fs::File;
use std::io::{self, Read as _, Write as _};

use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

/// The longest line that is read, in bytes.
const MAX_BYTES: usize = 1024;

/// What somebody does at the keyboard.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Entered,
    /// Ctrl-D on an empty line, or the terminal is gone.
    GivenUp,
    /// Ctrl-C.
    Interrupted,
}

/// How many columns the terminal has that standard output is; `None` if it is none, or does not say.
pub(crate) fn columns() -> Option<usize> {
    let size = tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Asks for a line that is not shown; `None` if it was given up.
///
/// The terminal sends no signal meanwhile, so that nothing can end this process before the terminal is as it
/// was. Ctrl-C then does what it does everywhere.
pub(super) fn ask_hidden(question: &str) -> io::Result<Option<String>> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let hidden = Hidden::begin(terminal.try_clone()?)?;
    terminal.write_all(question.as_bytes())?;
    let mut line = Vec::new();
    let end = read_line(&mut terminal, &mut line);
    drop(hidden);
    terminal.write_all(b"\n")?;
    match end? {
        End::Entered => String::from_utf8(line)
            .map(Some)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "what was typed is not UTF-8")),
        End::GivenUp => Ok(None),
        End::Interrupted => {
            kill_process(getpid(), Signal::INT)?;
            Ok(None)
        }
    }
}

fn read_line(terminal: &mut File, line: &mut Vec<u8>) -> io::Result<End> {
    let mut byte = [0];
    loop {
        if terminal.read(&mut byte)? == 0 {
            return Ok(End::GivenUp);
        }
        if let Some(end) = take(byte[0], line) {
            return Ok(end);
        }
    }
}

/// Does what a terminal does with a key: the line that it edits for a program has the same keys.
fn take(key: u8, line: &mut Vec<u8>) -> Option<End> {
    match key {
        b'\r' | b'\n' => return Some(End::Entered),
        0x03 => return Some(End::Interrupted),
        0x04 if line.is_empty() => return Some(End::GivenUp),
        // Backspace takes a character, and its bytes but the first begin with the bits 10.
        0x08 | 0x7f => while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
        // Ctrl-U.
        0x15 => line.clear(),
        _ if key < 0x20 || line.len() >= MAX_BYTES => {}
        _ => line.push(key),
    }
    None
}

/// A terminal that shows nothing, and is as it was when this is dropped.
struct Hidden {
    terminal: File,
    before: Termios,
}

impl Hidden {
    fn begin(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut modes = before.clone();
        modes
            .local_modes
            .remove(LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(&terminal, OptionalActions::Flush, &modes)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::{End, MAX_BYTES, take};

    #[track_caller]
    fn check(keys: &[u8], expected: &str, end: Option<End>) {
        let mut line = Vec::new();
        let ended = keys.iter().find_map(|key| take(*key, &mut line));
        assert_eq!((str::from_utf8(&line).unwrap(), ended), (expected, end), "{keys:?}");
    }

    #[test]
    fn the_keys_of_a_line() {
        check(b"secret\r", "secret", Some(End::Entered));
        check(b"secret\nrest", "secret", Some(End::Entered));
        check(b" a b \r", " a b ", Some(End::Entered));
        check(b"ab\x7fc\r", "ac", Some(End::Entered));
        check("aü\u{7f}\u{7f}\u{8}b\r".as_bytes(), "b", Some(End::Entered));
        check(b"wrong\x15right\r", "right", Some(End::Entered));
        check(b"a\x1b\tb\x1a", "ab", None);
        check(b"\x04", "", Some(End::GivenUp));
        check(b"a\x04\r", "a", Some(End::Entered));
        check(b"a\x03", "a", Some(End::Interrupted));
    }

    #[test]
    fn a_line_has_an_end() {
        check(&[b'a'; 2 * MAX_BYTES], &"a".repeat(MAX_BYTES), None);
    }
}
