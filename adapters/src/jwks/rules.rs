//! The rules for the keys of one issuer: what a lookup returns, when to fetch, what to keep.
//!
//! No I/O and no clock here. [`Rules::lookup`] says what to do; a flight is one fetch, which the
//! store carries out; [`Rules::land`] takes what it brings.

mod absent;
mod budget;
mod flight;
mod timeline;

use std::sync::Arc;
use std::time::Duration;

use absent::Absent;
use budget::Budget;
use flight::Flights;
pub(super) use flight::{Step, Then, Ticket, Wait};
use runtime::UnavailableError;
use shared::authn::jwk::MAX_KID_BYTES;
use shared::authn::{Jwks, VerifyingKey, jwk};
use shared::time::Timestamp;
use timeline::Timeline;

use super::{CacheState, Counts, FoundKey, Limits};

pub(super) struct Rules {
    limits: Limits,
    refresh: bool,
    timeline: Timeline,
    held: Option<Held>,
    flights: Flights,
    backoff: Backoff,
    budget: Budget,
    absent: Absent,
    counts: Counts,
}

/// The keys in use.
struct Held {
    set: Jwks,
    /// The number of the flight that brought them; 0 for the seed.
    flight: u64,
    since: Timestamp,
    due: Timestamp,
}

/// The failures since the last success.
#[derive(Default)]
struct Backoff {
    failures: u32,
    last: Option<String>,
    until: Timestamp,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    /// The keys are used as they are.
    Fresh,
    /// They are used, and a refresh is due in the background.
    Due,
    /// A fetch is tried before they are used; if it fails, they are used.
    Old,
    /// They are not used, or there are none.
    Gone,
}

impl Rules {
    pub(super) fn new(limits: Limits, refresh: bool, seed: Option<Jwks>, now: Timestamp) -> Self {
        let mut timeline = Timeline::default();
        let now = timeline.at(now);
        let held = seed.map(|set| match set.fetched_at() {
            Some(since) => (set, since, since.after(limits.refresh_after)),
            None => (set, now, now.after(limits.refresh_seed_after)),
        });
        Self {
            refresh,
            timeline,
            held: held.map(|(set, since, due)| Held { set, flight: 0, since, due }),
            flights: Flights::default(),
            backoff: Backoff::default(),
            budget: Budget::default(),
            absent: Absent::new(limits.absent_most),
            counts: Counts::default(),
            limits,
        }
    }

    /// The next step for a token with this `kid`.
    pub(super) fn lookup(&mut self, kid: &str, now: Timestamp) -> Step {
        if kid.is_empty() || kid.len() > MAX_KID_BYTES {
            return FoundKey::UNKNOWN.into();
        }
        let now = self.timeline.at(now);
        match (self.find(kid), self.age(now)) {
            (Some(key), Age::Fresh) => FoundKey::found(key, CacheState::Hit).into(),
            (Some(key), Age::Due) => self.refresh_ahead(key, now),
            (Some(key), Age::Old) => match self.wait(now) {
                Some(step) => step,
                None => FoundKey::found(key, CacheState::Grace).into(),
            },
            (None, age @ (Age::Fresh | Age::Due)) => self.lookup_unknown(kid, now, age),
            (None, Age::Old) | (_, Age::Gone) => match self.wait(now) {
                Some(step) => step,
                None => self.unavailable().into(),
            },
        }
    }

    /// The held key at once, and a flight for the lookups that follow. One that an earlier event
    /// launched and that has not landed, or has failed, was frozen with the process: this event waits,
    /// or a key that the issuer has withdrawn would be used for as long as each flight is frozen in its
    /// turn.
    fn refresh_ahead(&mut self, key: Arc<VerifyingKey>, now: Timestamp) -> Step {
        let frozen = self.flights.in_the_air() || self.backoff.failures > 0;
        match self.wait(now) {
            Some(step) if frozen => step,
            Some(Step { launch, .. }) => {
                Step { launch, ..FoundKey::found(key, CacheState::Refreshing).into() }
            }
            None => FoundKey::found(key, CacheState::Hit).into(),
        }
    }

    /// There are keys to use, but none with this `kid`. Either the issuer has rotated its keys, or
    /// somebody made the `kid` up: a token is not verified at this point, so anybody can send any
    /// `kid`. If each caused a fetch, a flood of tokens would become a flood of fetches from the
    /// issuer, and each would occupy an instance until it ends. So unknown `kid`s have a budget.
    fn lookup_unknown(&mut self, kid: &str, now: Timestamp, age: Age) -> Step {
        if !self.refresh || self.absent.contains(kid, now, self.limits.absent_for) {
            return FoundKey::UNKNOWN.into();
        }
        if self.may_lookup_unknown(now, age)
            && let Some(step) = self.wait(now)
        {
            return step;
        }
        // Without a fetch this is a "no" only if the issuer itself has lately published keys
        // without this `kid`; a seed does not say what the issuer has now.
        match &self.held {
            Some(Held { flight: 1.., since, .. })
                if now.since(*since) <= self.limits.unknown_window =>
            {
                FoundKey::UNKNOWN.into()
            }
            _ => self.unavailable().into(),
        }
    }

    /// Whether an unknown `kid` may wait for a flight. Joining one is free, a refresh that is due
    /// anyway is not on the budget, and nothing is spent while no flight may begin.
    fn may_lookup_unknown(&mut self, now: Timestamp, age: Age) -> bool {
        if self.flights.join(now, self.limits.flight_patience).is_some() {
            return true;
        }
        let quiet_for = self.flights.quiet_for(now);
        !self.resting(now) && (age == Age::Due || self.budget.spend(&self.limits, now, quiet_for))
    }

    /// What to do so that keys are there when the first token comes, and are not too old; `None` if they
    /// are.
    pub(super) fn prepare(&mut self, now: Timestamp) -> Option<Step> {
        let now = self.timeline.at(now);
        if matches!(self.age(now), Age::Old | Age::Gone) { self.wait(now) } else { None }
    }

    /// A flight of its own for a lookup of a held key that has waited for another's in vain: that one
    /// may have failed because it was frozen. So it does not wait for the rest that follows a failure.
    pub(super) fn again(&mut self, kid: &str, wait: &Wait) -> Option<Step> {
        let landed = self.held.as_ref().is_some_and(|held| held.flight >= wait.flight);
        if landed || !wait.joined || self.find(kid).is_none() {
            return None;
        }
        self.launch(wait.requested)
    }

    /// The result of a lookup that has waited.
    ///
    /// # Errors
    /// [`UnavailableError`] if the flight failed and the keys that are held do not decide it.
    pub(super) fn after(&mut self, kid: &str, wait: &Wait) -> Result<FoundKey, UnavailableError> {
        let asked = self.held.as_ref().is_some_and(|held| held.flight >= wait.flight);
        match (self.find(kid), self.age(wait.requested)) {
            (Some(key), Age::Fresh | Age::Due) => {
                let cache = if asked { CacheState::Fetched } else { CacheState::Hit };
                Ok(FoundKey::found(key, cache))
            }
            (Some(key), Age::Old) => Ok(FoundKey::found(key, CacheState::Grace)),
            (None, _) if asked => {
                self.absent.insert(kid, wait.requested);
                Ok(FoundKey::UNKNOWN)
            }
            (None, _) | (_, Age::Gone) => Err(self.unavailable()),
        }
    }

    /// Takes what a flight has brought. A set that cannot be used leaves the keys in use as they
    /// are, and so does a flight that began before theirs did: Lambda may freeze a flight for
    /// hours, and its old set would bring back a key that the issuer has withdrawn meanwhile.
    ///
    /// # Errors
    /// What was wrong, in a sentence.
    pub(super) fn land(
        &mut self,
        ticket: &Ticket,
        brought: Result<Vec<u8>, String>,
    ) -> Result<(), String> {
        let latest = self.flights.land(ticket);
        let outcome = brought.and_then(|bytes| self.hold(ticket, &bytes));
        self.counts.failures += u64::from(outcome.is_err());
        match &outcome {
            Ok(()) if latest => self.backoff = Backoff::default(),
            Err(failure) if latest => self.backoff.fail(failure, ticket.began, &self.limits),
            _ => {}
        }
        outcome
    }

    /// The counts since the last call.
    pub(super) fn take_counts(&mut self) -> Counts {
        std::mem::take(&mut self.counts)
    }

    /// Replaces the keys in use with those of `bytes`; the same bytes only make them younger.
    fn hold(&mut self, ticket: &Ticket, bytes: &[u8]) -> Result<(), String> {
        let (flight, since) = (ticket.number, ticket.began);
        let due = since.after(self.limits.refresh_after);
        match &mut self.held {
            Some(held) if held.flight > flight => {}
            Some(held) if held.set.is_from(bytes) => {
                (held.flight, held.since, held.due) = (flight, since, due);
            }
            held => {
                let set = jwk::parse(bytes).map_err(|e| format!("the JWK set is refused: {e}"))?;
                *held = Some(Held { set, flight, since, due });
            }
        }
        Ok(())
    }

    fn find(&self, kid: &str) -> Option<Arc<VerifyingKey>> {
        self.held.as_ref()?.set.get(kid).cloned()
    }

    fn age(&self, now: Timestamp) -> Age {
        let Some(held) = &self.held else {
            return Age::Gone;
        };
        let age = now.since(held.since);
        if !self.refresh {
            Age::Fresh
        } else if age > self.limits.max_age.saturating_add(self.limits.outage_grace) {
            Age::Gone
        } else if age > self.limits.max_age {
            Age::Old
        } else if now > held.due {
            Age::Due
        } else {
            Age::Fresh
        }
    }

    /// Joins the flight in the air, or launches one. `None` while no flight may begin.
    fn wait(&mut self, now: Timestamp) -> Option<Step> {
        let patience = self.limits.flight_patience;
        if let Some(wait) = self.flights.join(now, patience) {
            return Some(Step { launch: None, then: Then::Wait(wait) });
        }
        if self.resting(now) { None } else { self.launch(now) }
    }

    /// Launches a flight, and waits for it.
    fn launch(&mut self, now: Timestamp) -> Option<Step> {
        self.counts.fetches += 1;
        let launch = Some(self.flights.launch(now));
        let mut wait = self.flights.join(now, self.limits.flight_patience)?;
        wait.joined = false;
        Some(Step { launch, then: Then::Wait(wait) })
    }

    fn resting(&self, now: Timestamp) -> bool {
        !self.refresh || now < self.backoff.until
    }

    fn unavailable(&self) -> UnavailableError {
        UnavailableError::new(match &self.backoff.last {
            Some(failure) => format!("the keys are out of reach: {failure}"),
            None if self.refresh => "the keys are out of reach".to_owned(),
            None => "there is no seed of keys, and refreshing is off".to_owned(),
        })
    }
}

impl Backoff {
    fn fail(&mut self, failure: &str, began: Timestamp, limits: &Limits) {
        let wait = limits.backoff_first.saturating_mul(1 << self.failures.min(16));
        self.until = began.after(Duration::min(wait, limits.backoff_most));
        self.failures = self.failures.saturating_add(1);
        self.last = Some(failure.to_owned());
    }
}
