//! Why an event is refused.

use std::borrow::Cow;
use std::fmt;

/// The event is no authorizer event that this function can read. The sentence never quotes a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventError(Cow<'static, str>);

impl EventError {
    /// `sentence` continues "malformed event: ".
    pub(crate) fn new(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self(sentence.into())
    }

    pub(crate) const fn of(sentence: &'static str) -> Self {
        Self(Cow::Borrowed(sentence))
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed event: {}", self.0)
    }
}

impl std::error::Error for EventError {}
