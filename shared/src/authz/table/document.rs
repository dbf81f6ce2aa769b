//! The TOML of an access table: keys and values in the order of the file, each with its line.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::authz::table::error::TableErrors;

/// The largest file that is read, in bytes.
const LARGEST: usize = 1024 * 1024;

#[derive(Debug)]
pub(in crate::authz) struct Document<'s> {
    text: &'s str,
    /// The byte at which each line after the first begins.
    lines: Vec<usize>,
}

/// One `key = value`.
#[derive(Clone, Copy, Debug)]
pub(in crate::authz) struct Entry<'t> {
    pub(in crate::authz) key: &'t str,
    pub(in crate::authz) line: usize,
    pub(in crate::authz) value: &'t DeValue<'t>,
    source: &'t Document<'t>,
}

impl<'s> Document<'s> {
    pub(in crate::authz) fn new(text: &'s str) -> Self {
        let lines = text.match_indices('\n').map(|(at, _)| at + 1).collect();
        Self { text, lines }
    }

    /// The document, or `None` if it is not TOML; why goes to `mistakes`.
    pub(in crate::authz) fn parse(&self, mistakes: &mut TableErrors<'_>) -> Option<DeTable<'s>> {
        if self.text.len() > LARGEST {
            mistakes.add(1, format!("the file is larger than {} KiB", LARGEST / 1024));
            return None;
        }
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let line = error.span().map_or(1, |span| self.line(&span));
            mistakes.add(line, format!("not TOML: {}", error.message()));
        }
        errors.is_empty().then(|| document.into_inner())
    }

    pub(in crate::authz) fn entries<'t>(&'t self, table: &'t DeTable<'t>) -> Vec<Entry<'t>> {
        let mut entries: Vec<_> = table
            .iter()
            .map(|(key, value)| {
                let line = self.line(&key.span());
                let entry =
                    Entry { key: key.get_ref(), line, value: value.get_ref(), source: self };
                (key.span().start, entry)
            })
            .collect();
        entries.sort_by_key(|(at, _)| *at);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    fn line(&self, span: &Range<usize>) -> usize {
        1 + self.lines.partition_point(|&begin| begin <= span.start)
    }
}

impl<'t> Entry<'t> {
    /// The entries of this table; none, and a mistake, if it is no table.
    pub(in crate::authz) fn table(&self, mistakes: &mut TableErrors<'_>) -> Vec<Entry<'t>> {
        match self.value.as_table() {
            Some(table) => self.source.entries(table),
            None => {
                mistakes.add(self.line, format!("`{}` is no table", self.key));
                Vec::new()
            }
        }
    }

    /// The tables of this array of tables, each with its line.
    pub(in crate::authz) fn tables(
        &self,
        mistakes: &mut TableErrors<'_>,
    ) -> Vec<(usize, Vec<Entry<'t>>)> {
        let expected = format!("`{}` is no array of tables: write `[[{}]]`", self.key, self.key);
        self.array(mistakes, &expected, |value| {
            let entries = self.source.entries(value.get_ref().as_table()?);
            Some((self.source.line(&value.span()), entries))
        })
    }

    /// The strings of this array, each with its line.
    pub(in crate::authz) fn strings(
        &self,
        mistakes: &mut TableErrors<'_>,
    ) -> Vec<(usize, &'t str)> {
        let expected = format!("`{}` is no array of strings", self.key);
        self.array(mistakes, &expected, |value| {
            Some((self.source.line(&value.span()), value.get_ref().as_str()?))
        })
    }

    fn array<T>(
        &self,
        mistakes: &mut TableErrors<'_>,
        expected: &str,
        read: impl Fn(&'t Spanned<DeValue<'t>>) -> Option<T>,
    ) -> Vec<T> {
        let items = self.value.as_array().map(|array| array.iter().map(read).collect());
        let Some(Some(items)) = items else {
            mistakes.add(self.line, expected);
            return Vec::new();
        };
        items
    }
}
