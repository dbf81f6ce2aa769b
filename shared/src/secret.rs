//! A value that must not be seen.

use std::fmt;

/// Holds a credential and does not show it: `Debug` prints `[secret]`, and there is no `Display`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps `value`; from here on only [`Secret::expose`] shows it.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. In a review, every call of this is a place to check where the value goes.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use crate::secret::Secret;

    #[test]
    fn debug_is_silent() {
        assert_eq!(format!("{:?}", Secret::new("eyJhbGciOi")), "[secret]");
    }
}
