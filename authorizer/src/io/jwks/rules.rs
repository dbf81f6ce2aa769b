//! The rules for the keys of one issuer: what to answer, when to ask, what to believe.
//!
//! No I/O and no clock here. [`Rules::ask`] says what to do; a flight is one fetch, which somebody
//! else carries out; [`Rules::land`] takes what it brings.

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
use shared::credential::jwk::{self, KeySet, MAX_KID_BYTES, VerifyingKey};
use shared::time::Timestamp;
use timeline::Timeline;

use super::{CacheState, Counts, Limits, Lookup};
use shell::Unavailable;

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
    set: KeySet,
    /// The flight that brought them; 0 is the seed.
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
    /// They are not used before their issuer was asked; if that fails, they are.
    Old,
    /// They are not used, or there are none.
    Gone,
}

impl Rules {
    pub(super) fn new(limits: Limits, refresh: bool, seed: Option<KeySet>, now: Timestamp) -> Self {
        let mut timeline = Timeline::default();
        let since = timeline.at(now);
        let due = since.after(limits.refresh_seed_after);
        Self {
            refresh,
            timeline,
            held: seed.map(|set| Held { set, flight: 0, since, due }),
            flights: Flights::default(),
            backoff: Backoff::default(),
            budget: Budget::default(),
            absent: Absent::new(limits.absent_most),
            counts: Counts::default(),
            limits,
        }
    }

    /// What to do for a caller who asks for `kid`.
    pub(super) fn ask(&mut self, kid: &str, now: Timestamp) -> Step {
        if kid.is_empty() || kid.len() > MAX_KID_BYTES {
            return Lookup::UNKNOWN.into();
        }
        let now = self.timeline.at(now);
        match (self.find(kid), self.age(now)) {
            (Some(key), Age::Fresh) => Lookup::found(key, CacheState::Hit).into(),
            (Some(key), Age::Due) => self.refresh_ahead(key, now),
            (Some(key), Age::Old) => match self.wait(now) {
                Some(step) => step,
                None => Lookup::found(key, CacheState::Grace).into(),
            },
            (None, age @ (Age::Fresh | Age::Due)) => self.ask_unknown(kid, now, age),
            (None, Age::Old) | (_, Age::Gone) => match self.wait(now) {
                Some(step) => step,
                None => self.unavailable().into(),
            },
        }
    }

    /// The held key at once, and a flight for whoever comes later.
    fn refresh_ahead(&mut self, key: Arc<VerifyingKey>, now: Timestamp) -> Step {
        let (launch, cache) = match self.wait(now) {
            Some(Step { launch, .. }) => (launch, CacheState::Refreshing),
            None => (None, CacheState::Hit),
        };
        Step { launch, ..Lookup::found(key, cache).into() }
    }

    /// There are keys to use, but none of this name.
    fn ask_unknown(&mut self, kid: &str, now: Timestamp, age: Age) -> Step {
        if !self.refresh || self.absent.contains(kid, now, self.limits.absent_for) {
            return Lookup::UNKNOWN.into();
        }
        if self.may_ask_unknown(now, age)
            && let Some(step) = self.wait(now)
        {
            return step;
        }
        // Not asking is a "no" only if the issuer itself has lately said as much.
        match &self.held {
            Some(Held { flight: 1.., since, .. })
                if now.since(*since) <= self.limits.unknown_window =>
            {
                Lookup::UNKNOWN.into()
            }
            _ => self.unavailable().into(),
        }
    }

    /// Joining costs nothing, a refresh that is due is not on the budget, and one that cannot
    /// begin must not be.
    fn may_ask_unknown(&mut self, now: Timestamp, age: Age) -> bool {
        if self.flights.join(now, self.limits.flight_patience).is_some() {
            return true;
        }
        let quiet_for = self.flights.quiet_for(now);
        !self.resting(now) && (age == Age::Due || self.budget.spend(&self.limits, now, quiet_for))
    }

    /// What to do so that keys are there when the first caller comes; nothing if they are.
    pub(super) fn prepare(&mut self, now: Timestamp) -> Option<Step> {
        let now = self.timeline.at(now);
        if self.age(now) == Age::Gone { self.wait(now) } else { None }
    }

    /// The answer for a caller who has waited.
    ///
    /// # Errors
    /// [`Unavailable`] if the flight brought nothing and what is held does not say.
    pub(super) fn after(&mut self, kid: &str, wait: &Wait) -> Result<Lookup, Unavailable> {
        let asked = self.held.as_ref().is_some_and(|held| held.flight >= wait.flight);
        match (self.find(kid), self.age(wait.asked)) {
            (Some(key), Age::Fresh | Age::Due) => Ok(Lookup::found(key, CacheState::Fetched)),
            (Some(key), Age::Old) => Ok(Lookup::found(key, CacheState::Grace)),
            (None, _) if asked => {
                self.absent.insert(kid, wait.asked);
                Ok(Lookup::UNKNOWN)
            }
            (None, _) | (_, Age::Gone) => Err(self.unavailable()),
        }
    }

    /// Takes what a flight has brought. What was asked for before the keys in use changes nothing;
    /// what cannot be used leaves them as they are.
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

    /// What happened since this was last asked.
    pub(super) fn take_counts(&mut self) -> Counts {
        std::mem::take(&mut self.counts)
    }

    /// Puts `bytes` in the place of the keys in use. The same bytes only make them younger.
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
        if self.resting(now) {
            return None;
        }
        self.counts.fetches += 1;
        let launch = Some(self.flights.launch(now));
        self.flights.join(now, patience).map(|wait| Step { launch, then: Then::Wait(wait) })
    }

    fn resting(&self, now: Timestamp) -> bool {
        !self.refresh || now < self.backoff.until
    }

    fn unavailable(&self) -> Unavailable {
        Unavailable::new(match &self.backoff.last {
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
