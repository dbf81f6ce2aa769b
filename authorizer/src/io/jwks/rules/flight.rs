//! One fetch at a time, and who waits for it.

use std::time::Duration;

use shared::time::Timestamp;
use tokio::sync::watch;

use crate::io::jwks::Lookup;
use shell::Unavailable;

/// What to do now.
pub(in crate::io::jwks) struct Step {
    pub(in crate::io::jwks) launch: Option<Ticket>,
    pub(in crate::io::jwks) then: Then,
}

pub(in crate::io::jwks) enum Then {
    Answer(Result<Lookup, Unavailable>),
    Wait(Wait),
}

impl From<Lookup> for Step {
    fn from(lookup: Lookup) -> Self {
        Self { launch: None, then: Then::Answer(Ok(lookup)) }
    }
}

impl From<Unavailable> for Step {
    fn from(unavailable: Unavailable) -> Self {
        Self { launch: None, then: Then::Answer(Err(unavailable)) }
    }
}

/// The duty to fetch, and to hand what came of it to [`super::Rules::land`]. Whoever waits is woken
/// when it is dropped.
pub(in crate::io::jwks) struct Ticket {
    pub(super) number: u64,
    pub(super) began: Timestamp,
    _landed: watch::Sender<()>,
}

/// Wait for a flight, then see [`super::Rules::after`].
pub(in crate::io::jwks) struct Wait {
    pub(super) flight: u64,
    pub(super) asked: Timestamp,
    landed: watch::Receiver<()>,
}

impl Wait {
    /// Ends when the flight has landed, or whoever carried it is gone.
    pub(in crate::io::jwks) async fn landing(&mut self) {
        while self.landed.changed().await.is_ok() {}
    }
}

/// The flights of one issuer, numbered from 1 in the order in which they began.
#[derive(Default)]
pub(super) struct Flights {
    number: u64,
    began: Option<Timestamp>,
    /// Wakes who waits for the latest flight; none when that has landed.
    landed: Option<watch::Receiver<()>>,
}

impl Flights {
    pub(super) fn launch(&mut self, now: Timestamp) -> Ticket {
        let (sender, landed) = watch::channel(());
        *self = Self { number: self.number + 1, began: Some(now), landed: Some(landed) };
        Ticket { number: self.number, began: now, _landed: sender }
    }

    /// To wait for the latest flight, if it is in the air since at most `patience`.
    pub(super) fn join(&self, now: Timestamp, patience: Duration) -> Option<Wait> {
        let landed = self.landed.clone()?;
        let in_time = self.quiet_for(now)? <= patience;
        in_time.then_some(Wait { flight: self.number, asked: now, landed })
    }

    /// Marks a flight as landed, and says whether it is the latest.
    pub(super) fn land(&mut self, ticket: &Ticket) -> bool {
        let latest = ticket.number == self.number;
        if latest {
            self.landed = None;
        }
        latest
    }

    /// How long ago the latest flight began, if there was one.
    pub(super) fn quiet_for(&self, now: Timestamp) -> Option<Duration> {
        self.began.map(|began| now.since(began))
    }
}
