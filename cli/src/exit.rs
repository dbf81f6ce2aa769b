//! How a command ends.

use std::process::ExitCode;

use runtime::Failure;
use runtime::settings::SettingsError;

/// The exit codes, for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It is done.
    Done = 0,
    /// It could not be done: a wrong setting, a table that cannot be read, a database out of reach.
    Failed = 1,
    /// The arguments are wrong.
    Usage = 2,
    /// It was refused, and nothing was changed; or the answer is a no.
    Refused = 3,
}

/// The same for the end of every command's help.
const HELP: &str = "Exit codes:
  0  done
  1  could not be done: a wrong setting, an access table that cannot be read,
     a database or a service out of reach
  2  wrong usage
  3  refused: nothing was changed";

/// The end of a command's help: `example`, and the exit codes.
pub(crate) fn help(example: &str) -> String {
    help_with(example, HELP)
}

/// The same, for a command whose exit code is its answer.
pub(crate) fn help_with(example: &str, exit_codes: &str) -> String {
    format!("Example:\n  {example}\n\n{exit_codes}")
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    /// How the command ends.
    pub exit: Exit,
    /// What is wrong, one sentence each: lower case, no full stop, nothing secret.
    pub sentences: Vec<String>,
}

impl CommandError {
    /// It could not be done.
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, sentences: vec![sentence.into()] }
    }

    /// The arguments are wrong.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, sentences: vec![sentence.into()] }
    }

    /// It was refused.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self { exit: Exit::Refused, sentences: vec![sentence.into()] }
    }

    /// The command has said everything; `exit` is its answer.
    pub(crate) const fn answered(exit: Exit) -> Self {
        Self { exit, sentences: Vec::new() }
    }

    /// The same, and what else is wrong after it.
    #[must_use]
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.sentences.extend(other.sentences);
        self
    }

    /// The same, and `sentence` after it.
    #[must_use]
    pub(crate) fn and(mut self, sentence: impl Into<String>) -> Self {
        self.sentences.push(sentence.into());
        self
    }
}

impl CommandError {
    /// The same, and what `sentence` gives if it `is_so`.
    #[must_use]
    pub(crate) fn and_if(self, is_so: bool, sentence: impl FnOnce() -> String) -> Self {
        if is_so { self.and(sentence()) } else { self }
    }
}

impl From<SettingsError> for CommandError {
    fn from(mistakes: SettingsError) -> Self {
        Self { exit: Exit::Failed, sentences: mistakes.0 }
    }
}

impl From<Failure> for CommandError {
    fn from(failure: Failure) -> Self {
        Self::failed(failure.to_string())
    }
}
