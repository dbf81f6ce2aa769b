//! What is wrong, all of it, by its lines.

use std::collections::BTreeSet;

use runtime::printable;

use crate::exit::{CommandError, Exit};

/// What is wrong between a template, the access table and the arguments.
pub(super) struct Problems<'f> {
    file: &'f str,
    of_template: BTreeSet<(usize, String)>,
    /// With their own places.
    others: Vec<String>,
}

impl<'f> Problems<'f> {
    /// Nothing yet, of the template in `file`.
    pub(super) const fn new(file: &'f str) -> Self {
        Self { file, of_template: BTreeSet::new(), others: Vec::new() }
    }

    /// Adds what is wrong at `line`, and what helps.
    pub(super) fn add(&mut self, line: usize, sentence: impl AsRef<str>, remedy: impl AsRef<str>) {
        let sentence = format!("{}: {}", sentence.as_ref(), remedy.as_ref());
        self.of_template.insert((line, printable(&sentence)));
    }

    pub(super) fn extend(&mut self, sentences: Vec<String>) {
        self.others.extend(sentences);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.of_template.is_empty() && self.others.is_empty()
    }

    /// # Errors
    /// Something was added.
    pub(super) fn finish(self) -> Result<(), CommandError> {
        let file = self.file;
        let own = self.of_template.iter().map(|(line, text)| format!("{file}:{line}: {text}"));
        let sentences: Vec<String> = own.chain(self.others).collect();
        match sentences.is_empty() {
            true => Ok(()),
            false => Err(CommandError { exit: Exit::Failed, sentences }),
        }
    }
}
