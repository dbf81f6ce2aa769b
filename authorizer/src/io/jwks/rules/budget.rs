//! How often unknown names may cause a fetch.

use std::time::Duration;

use shared::time::Timestamp;

use crate::io::jwks::Limits;

/// A few fetches in a window for anybody, and one that a flood cannot use up.
#[derive(Default)]
pub(super) struct Budget {
    opened: Option<Timestamp>,
    spent: u32,
}

impl Budget {
    /// Whether an unknown name may cause a fetch now; if so, that is counted. `quiet_for` is the
    /// time since any fetch began: long enough, and the slot kept for a rotation is free.
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
