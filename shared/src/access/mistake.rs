//! What is wrong with a table, and where.

use std::fmt;

/// How many mistakes one run reports; a table with more is another kind of file.
const MOST: usize = 100;

/// One mistake in an access table. Displays as `infra/access.toml:42: unknown module …`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The file's name as the caller gave it.
    pub file: Box<str>,
    /// The line, counted from 1.
    pub line: usize,
    /// One sentence, lower case, no full stop.
    pub text: Box<str>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

/// Collects the mistakes of one file.
#[derive(Debug)]
pub(super) struct Mistakes<'f> {
    file: &'f str,
    found: Vec<Mistake>,
}

impl<'f> Mistakes<'f> {
    pub(super) const fn new(file: &'f str) -> Self {
        Self { file, found: Vec::new() }
    }

    pub(super) fn add(&mut self, line: usize, text: impl Into<Box<str>>) {
        if self.found.len() < MOST {
            self.found.push(Mistake { file: self.file.into(), line, text: text.into() });
        }
    }

    /// `value` if nothing was wrong, else every mistake in the order of the lines.
    pub(super) fn settle<T>(mut self, value: T) -> Result<T, Vec<Mistake>> {
        if self.found.is_empty() {
            return Ok(value);
        }
        self.found.sort();
        self.found.dedup();
        Err(self.found)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}
