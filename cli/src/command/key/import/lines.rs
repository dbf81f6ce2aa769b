//! The lines of a file, read one by one and each within its bounds.

use std::io::{self, BufRead, Read as _};

use shared::time::Timestamp;

use super::candidate::Candidate;

/// Without its end.
const MAX_LINE_BYTES: u64 = 16 * 1024;
const MAX_LINES: usize = 10_000;

/// What a file has in it.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) candidates: Vec<Candidate>,
    /// By line, counted from 1.
    pub(super) mistakes: Vec<(usize, String)>,
}

/// Reads `file` at `now`. Lines of nothing but blanks are passed over.
pub(super) fn read(file: &mut dyn BufRead, now: Timestamp) -> io::Result<Read> {
    let mut read = Read::default();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        // Two more: one for the line's end, and one to tell that the line is too long.
        file.take(MAX_LINE_BYTES + 2).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            break;
        }
        if number > MAX_LINES {
            let mistake = format!("there are more than {MAX_LINES} lines: import them in parts");
            read.mistakes.push((number, mistake));
            break;
        }
        if take_line(&line, number, now, &mut read) {
            skip_line(file)?;
        }
    }
    Ok(read)
}

/// Reads a line. Returns whether the rest of it must be skipped.
fn take_line(line: &[u8], number: usize, now: Timestamp, read: &mut Read) -> bool {
    let ended = line.strip_suffix(b"\n");
    let text = ended.unwrap_or(line);
    if text.len() as u64 > MAX_LINE_BYTES {
        read.mistakes.push((number, format!("it is longer than {MAX_LINE_BYTES} bytes")));
        return ended.is_none();
    }
    if text.trim_ascii().is_empty() {
        return false;
    }
    match Candidate::read(number, text, now) {
        Ok(candidate) => read.candidates.push(candidate),
        Err(mistakes) => read.mistakes.extend(mistakes.into_iter().map(|one| (number, one))),
    }
    false
}

fn skip_line(file: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let rest = file.fill_buf()?;
        let end = rest.iter().position(|b| *b == b'\n');
        let length = end.map_or(rest.len(), |end| end + 1);
        let is_over = end.is_some() || rest.is_empty();
        file.consume(length);
        if is_over {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use shared::time::Timestamp;

    use super::read;

    fn line(name: &str) -> String {
        let sha256 = "ab".repeat(32);
        format!(r#"{{"owner":"a","name":"{name}","scopes":["s"],"sha256":"{sha256}"}}"#)
    }

    #[track_caller]
    fn check(text: &str, taken: &[usize], mistakes: &[(usize, &str)]) {
        let mut file = BufReader::with_capacity(100, text.as_bytes());
        let read = read(&mut file, Timestamp::default()).unwrap();
        assert_eq!(read.candidates.iter().map(|one| one.line).collect::<Vec<_>>(), taken);
        let found: Vec<_> = read.mistakes.iter().map(|(at, text)| (*at, text.as_str())).collect();
        assert_eq!(found, mistakes);
    }

    #[test]
    fn lines_and_their_ends() {
        let line = line("n");
        check("", &[], &[]);
        check("\n \r\n", &[], &[]);
        check(&line, &[1], &[]);
        check(&format!("{line}\r\n\n{line}"), &[1, 3], &[]);
        let bad = "it is no JSON object in one line";
        check(&format!("{{\n{line}\n}}\n"), &[2], &[(1, bad), (3, bad)]);
    }

    #[test]
    fn lines_have_a_bound() {
        let padded = |bytes: usize| {
            let line = line("n");
            format!("{line}{}", " ".repeat(bytes - line.len()))
        };
        let long = "it is longer than 16384 bytes";
        check(&padded(16_384), &[1], &[]);
        check(&format!("{}\n{}", padded(16_384), line("n")), &[1, 2], &[]);
        check(&padded(16_385), &[], &[(1, long)]);
        check(&format!("{}\n{}", padded(16_385), line("n")), &[2], &[(1, long)]);
        check(&format!("{}\n{}", padded(100_000), line("n")), &[2], &[(1, long)]);
    }

    #[test]
    fn so_has_their_number() {
        let lines = |count: usize| format!("{}\n", line("n")).repeat(count);
        let all: Vec<_> = (1..=10_000).collect();
        check(&lines(10_000), &all, &[]);
        let many = "there are more than 10000 lines: import them in parts";
        check(&lines(10_002), &all, &[(10_001, many)]);
    }
}
