//! How often unknown `kid`s may cause a fetch.

use std::time::Duration;

use shared::time::Timestamp;

use crate::jwks::Limits;

/// A few fetches in each window, and one more that a flood of unknown `kid`s cannot use up: it is
/// free after a quiet time, so that a real rotation is seen during a flood, too.
#[derive(Default)]
pub(super) struct Budget {
    opened: Option<Timestamp>,
    spent: u32,
}

impl Budget {
    /// Whether an unknown `kid` may cause a fetch now; if so, that is counted. `quiet_for` is the
    /// time since the latest fetch began: from `unknown_interval` on, the extra fetch is free.
    pub(super) fn spend(
        &mut self,
        limits: &Limits,
        now: Timestamp,
        quiet_for: Option<Duration>,
    ) -> bool {
        if self.opened.is_none_or(|opened| now.since(opened) > limits.unknown_window) {
            *self = Self { opened: Some(now), spent: 0 };
        }
        if self.spent < limits.unknown_fetches {
            self.spent += 1;
            return true;
        }
        quiet_for.is_none_or(|quiet| quiet >= limits.unknown_interval)
    }
}
