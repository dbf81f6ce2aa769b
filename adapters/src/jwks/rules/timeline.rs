//! Time that does not go back.

use shared::time::Timestamp;

/// Turns the moments of a clock that may be set back into ones that never go back: after a step
/// back, time goes on from where it was. Ages and waits thus survive it, and a clock that was
/// briefly far ahead cannot make keys young for years.
#[derive(Default)]
pub(super) struct Timeline {
    latest: Timestamp,
    /// How far the clock has been set back, all steps together.
    lost: std::time::Duration,
}

impl Timeline {
    pub(super) fn at(&mut self, now: Timestamp) -> Timestamp {
        let moment = now.after(self.lost);
        self.lost += self.latest.since(moment);
        self.latest = self.latest.max(moment);
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::{Timeline, Timestamp};

    #[test]
    fn a_step_back_loses_no_time() {
        let mut timeline = Timeline::default();
        let moments = [100, 150, 20, 30, 10, 90].map(Timestamp::from_unix_millis);
        let seen = moments.map(|now| timeline.at(now).unix_millis());
        assert_eq!(seen, [100, 150, 150, 160, 160, 240]);
    }
}
