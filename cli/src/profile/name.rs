//! The name of a profile, which is the name of its directory.

use std::fmt;

use runtime::printable_within;

use crate::exit::CommandError;

const DEFAULT: &str = "default";
const MAX_BYTES: usize = 64;

/// A name that is safe as the name of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProfileName(String);

impl ProfileName {
    /// Reads the name that stands in `place`.
    ///
    /// # Errors
    /// It has other characters than letters, digits, `-` and `_`, or too many of them.
    pub(crate) fn parse(text: &str, place: &str) -> Result<Self, CommandError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let is_name = (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(plain);
        // A hyphen at its beginning would be read as a flag in a command to copy.
        if is_name && !text.starts_with('-') {
            return Ok(Self(text.to_owned()));
        }
        let shown = printable_within(text, MAX_BYTES);
        Err(CommandError::usage(format!(
            "{place}: `{shown}` is no name of a profile: letters, digits, `-` and `_`, {MAX_BYTES} at most"
        )))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_default(&self) -> bool {
        self.0 == DEFAULT
    }
}

impl Default for ProfileName {
    fn default() -> Self {
        Self(DEFAULT.to_owned())
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::ProfileName;

    #[test]
    fn names() {
        let check = |text: &str, taken| assert_eq!(ProfileName::parse(text, "").is_ok(), taken);
        for good in ["default", "prod", "a", "Team-1_x", &"a".repeat(64)] {
            check(good, true);
        }
        for bad in ["", ".", "..", "a/b", "-a", "a b", "ü", "a\n", &"a".repeat(65)] {
            check(bad, false);
        }
    }
}
