//! One invocation: its id, its deadline, and how long it has taken.

use std::time::{Duration, Instant};

use shared::time::Timestamp;

use crate::clock::Clock;

/// The invocation for one event. It begins when this value is made.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'i> {
    /// Lambda's id of the invocation: not empty, and never the same for two events.
    pub id: &'i str,
    /// When it began.
    pub now: Timestamp,
    deadline: Timestamp,
    began: Instant,
    clock: Clock,
}

impl<'i> Invocation<'i> {
    /// The invocation `id`, which began at `now`. Lambda ends it at `deadline`, whether it has
    /// answered or not. A deadline that has passed, or is more than 15 minutes away, is an
    /// emulator's: the limit of API Gateway takes its place.
    #[must_use]
    pub fn new(id: &'i str, now: Timestamp, deadline: Timestamp, clock: Clock) -> Self {
        Self { id, now, deadline, began: (clock.monotonic)(), clock }
    }

    /// How long it has taken so far.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        (self.clock.monotonic)().saturating_duration_since(self.began)
    }

    /// When Lambda ends it at the latest.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.now.after(self.whole())
    }

    /// How long a lookup may take from here on, so that there is still time to handle its failure.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.whole().saturating_sub(RESERVE).saturating_sub(self.elapsed())
    }

    fn whole(&self) -> Duration {
        let whole = self.deadline.since(self.now);
        if whole.is_zero() || whole > LONGEST { API_GATEWAY_LIMIT } else { whole }
    }
}

/// The longest that Lambda lets a function run.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// The longest that API Gateway waits for an integration.
const API_GATEWAY_LIMIT: Duration = Duration::from_secs(29);
/// The time that is kept for cleaning up and for the answer.
const RESERVE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, Instant};

    use shared::time::Timestamp;

    use super::Invocation;
    use crate::clock::Clock;

    static START: LazyLock<Instant> = LazyLock::new(|| (Clock::system().monotonic)());
    static SECONDS: AtomicU64 = AtomicU64::new(0);

    fn hand_driven() -> Clock {
        let monotonic = || *START + Duration::from_secs(SECONDS.load(Ordering::Relaxed));
        Clock { monotonic, ..Clock::system() }
    }

    #[test]
    fn what_is_left_is_what_lambda_will_wait_for() {
        let at = |seconds: u64| Timestamp::from_unix_millis(seconds * 1000);
        let check = |deadline: u64, spent: u64, left: u64| {
            SECONDS.store(0, Ordering::Relaxed);
            let invocation = Invocation::new("id", at(100), at(deadline), hand_driven());
            SECONDS.store(spent, Ordering::Relaxed);
            assert_eq!(invocation.time_left(), Duration::from_secs(left), "{deadline} {spent}");
        };
        check(110, 0, 9);
        check(110, 4, 5);
        check(110, 20, 0);
        check(1000, 0, 899);
        // Deadlines that Lambda does not send.
        check(1001, 0, 28);
        check(100, 0, 28);
        check(5, 3, 25);
    }
}
