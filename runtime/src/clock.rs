//! The clock. It is read here and nowhere else: all other code gets the time as an argument.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use shared::time::Timestamp;

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The time of day.
    pub now: fn() -> Timestamp,
    /// A clock that only goes forward, to measure with.
    pub monotonic: fn() -> Instant,
}

impl Clock {
    /// The clock of the machine.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the clock is read in this file and nowhere else"
    )]
    pub fn system() -> Self {
        Self { now: system_time, monotonic: Instant::now }
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock is read in this file and nowhere else")]
fn system_time() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_unix_millis(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}
