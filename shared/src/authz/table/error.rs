//! What is wrong with a table, and where.

use std::fmt;

/// The most mistakes that one run reports; a file with more is probably no access table.
const MOST: usize = 100;

/// One mistake in an access table. Displays as `infra/access.toml:42: unknown module …`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableError {
    /// The file's name, as `prove` was given it.
    pub file: Box<str>,
    /// The line, counted from 1.
    pub line: usize,
    /// One sentence, lower case, no full stop.
    pub text: Box<str>,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

/// What is found in one file.
#[derive(Debug)]
pub(in crate::authz) struct Findings<'f> {
    /// Why the table is refused.
    pub(in crate::authz) errors: TableErrors<'f>,
    /// What its author should know all the same.
    pub(in crate::authz) warnings: TableErrors<'f>,
}

impl<'f> Findings<'f> {
    pub(in crate::authz) const fn new(file: &'f str) -> Self {
        Self { errors: TableErrors::new(file), warnings: TableErrors::new(file) }
    }
}

/// Collects the mistakes of one file.
#[derive(Debug)]
pub(in crate::authz) struct TableErrors<'f> {
    file: &'f str,
    found: Vec<TableError>,
}

impl<'f> TableErrors<'f> {
    pub(in crate::authz) const fn new(file: &'f str) -> Self {
        Self { file, found: Vec::new() }
    }

    pub(in crate::authz) fn add(&mut self, line: usize, text: impl Into<Box<str>>) {
        if self.found.len() < MOST {
            self.found.push(TableError { file: self.file.into(), line, text: text.into() });
        }
    }

    /// `value` if there was no mistake, else every mistake in the order of the lines.
    pub(in crate::authz) fn settle<T>(mut self, value: T) -> Result<T, Vec<TableError>> {
        if self.found.is_empty() {
            return Ok(value);
        }
        self.found.sort();
        self.found.dedup();
        Err(self.found)
    }

    /// What was found, in the order of the lines.
    pub(in crate::authz) fn into_list(self) -> Vec<TableError> {
        self.settle(()).err().unwrap_or_default()
    }

    pub(in crate::authz) const fn len(&self) -> usize {
        self.found.len()
    }

    pub(in crate::authz) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}
