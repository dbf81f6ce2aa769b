//! One fetch at a time, and the lookups that wait for it.

use std::time::Duration;

use runtime::UnavailableError;
use shared::time::Timestamp;
use tokio::sync::watch;

use crate::jwks::FoundKey;

/// What a lookup does now.
pub(in crate::jwks) struct Step {
    pub(in crate::jwks) launch: Option<Ticket>,
    pub(in crate::jwks) then: Then,
}

pub(in crate::jwks) enum Then {
    Answer(Result<FoundKey, UnavailableError>),
    Wait(Wait),
}

impl From<FoundKey> for Step {
    fn from(lookup: FoundKey) -> Self {
        Self { launch: None, then: Then::Answer(Ok(lookup)) }
    }
}

impl From<UnavailableError> for Step {
    fn from(unavailable: UnavailableError) -> Self {
        Self { launch: None, then: Then::Answer(Err(unavailable)) }
    }
}

/// The duty to fetch, and to give the result to [`super::Rules::land`]. Dropping it wakes the
/// lookups that wait.
pub(in crate::jwks) struct Ticket {
    pub(super) number: u64,
    pub(super) began: Timestamp,
    _landed: watch::Sender<()>,
}

/// Waits for a flight; then [`super::Rules::after`] has the result.
pub(in crate::jwks) struct Wait {
    pub(super) flight: u64,
    pub(super) requested: Timestamp,
    /// Whether another lookup launched the flight.
    pub(super) joined: bool,
    landed: watch::Receiver<()>,
}

impl Wait {
    /// Ends when the flight has landed, or its task is gone.
    pub(in crate::jwks) async fn landing(&mut self) {
        while self.landed.changed().await.is_ok() {}
    }
}

/// The flights of one issuer, numbered from 1 in the order in which they began.
#[derive(Default)]
pub(super) struct Flights {
    number: u64,
    began: Option<Timestamp>,
    /// Wakes the lookups that wait for the latest flight; `None` when that has landed.
    landed: Option<watch::Receiver<()>>,
}

impl Flights {
    pub(super) fn launch(&mut self, now: Timestamp) -> Ticket {
        let (sender, landed) = watch::channel(());
        *self = Self { number: self.number + 1, began: Some(now), landed: Some(landed) };
        Ticket { number: self.number, began: now, _landed: sender }
    }

    /// A wait for the latest flight, if that began at most `patience` ago and has not landed.
    pub(super) fn join(&self, now: Timestamp, patience: Duration) -> Option<Wait> {
        let landed = self.landed.clone()?;
        let in_time = self.quiet_for(now)? <= patience;
        let joined = true;
        in_time.then_some(Wait { flight: self.number, requested: now, joined, landed })
    }

    /// Whether the latest flight has not landed, however long ago it began.
    pub(super) const fn in_the_air(&self) -> bool {
        self.landed.is_some()
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
