//! A moment in time, always an argument.

use std::time::Duration;

/// A moment in whole milliseconds since 1970-01-01T00:00:00Z. Nothing here reads a clock: `runtime`
/// does, once for each event. Arithmetic saturates, so no moment overflows into another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment `millis` milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_unix_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// The moment `seconds` after 1970-01-01T00:00:00Z, rounded down to whole milliseconds; `None`
    /// unless it is between 0 and 2^53 seconds, up to which a double holds every second exactly.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked, and what is left of a millisecond is cut off"
    )]
    pub fn from_unix_seconds(seconds: f64) -> Option<Self> {
        const MAX: f64 = 9_007_199_254_740_992.0;
        (0.0..=MAX).contains(&seconds).then_some(Self((seconds * 1000.0) as u64))
    }

    /// Whole milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn unix_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, as claims count them (RFC 7519 `NumericDate`).
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "seconds stay below 2^53 for 285 million years")]
    pub const fn unix_seconds(self) -> f64 {
        (self.0 / 1000) as f64
    }

    /// The time from `earlier` to this moment; zero when `earlier` is the later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The moment `duration` after this one, in whole milliseconds.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::time::Timestamp;

    #[test]
    fn arithmetic_saturates() {
        let (first, last) = (Timestamp::from_unix_millis(0), Timestamp::from_unix_millis(u64::MAX));
        assert_eq!(first.since(last), Duration::ZERO);
        assert_eq!(last.after(Duration::MAX), last);
        assert_eq!(first.after(Duration::from_secs(2)).unix_millis(), 2_000);
    }
}
