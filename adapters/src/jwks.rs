//! The signing keys of the issuers: held, refreshed before they are too old, and fetched within a
//! budget.
//!
//! Lambda freezes a process between events and may thaw it hours later, or never:
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>.
//! A timer does not run meanwhile, so nothing here waits for one: every age is computed from the
//! `now` of an event. A fetch in the background may be frozen too, so its keys count from when it
//! began. Counted from when it ended, keys that are hours old would pass for new.

mod http;
mod limits;
mod rules;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use http::{Fetch, FetchError, Http};
pub use limits::Limits;
use rules::{Rules, Step, Then, Ticket};
use runtime::UnavailableError;
use shared::authn::{Jwks, VerifyingKey};
use shared::time::Timestamp;

use crate::url::Url;

/// Looks up an issuer's key by its `kid`.
pub trait JwksLookup {
    /// The key; `None` in the result if the issuer has no such key.
    ///
    /// # Errors
    /// [`UnavailableError`] if the issuer could not be asked and the keys that are held do not
    /// decide it.
    fn key(
        &self,
        issuer: &str,
        kid: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<FoundKey, UnavailableError>> + Send;

    /// The counts since the last call.
    fn take_counts(&self) -> Counts;
}

/// The result of a lookup, and where it came from.
#[derive(Clone, Debug)]
pub struct FoundKey {
    /// The key; `None` if there is no such key.
    pub key: Option<Arc<VerifyingKey>>,
    /// For the decision log.
    pub cache: CacheState,
}

impl FoundKey {
    const UNKNOWN: Self = Self { key: None, cache: CacheState::Unknown };

    fn found(key: Arc<VerifyingKey>, cache: CacheState) -> Self {
        Self { key: Some(key), cache }
    }
}

/// Where the result of a lookup came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheState {
    /// The key was held.
    Hit,
    /// The key was held, and a refresh is under way in the background.
    Refreshing,
    /// The caller waited for a fetch.
    Fetched,
    /// The key is older than `max_age`, and its issuer could not be asked.
    Grace,
    /// There is no such key.
    Unknown,
}

impl CacheState {
    /// The word for the decision log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Refreshing => "refreshing",
            Self::Fetched => "fetched",
            Self::Grace => "grace",
            Self::Unknown => "unknown",
        }
    }
}

/// How many fetches there were, and how many of them failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Fetches that began.
    pub fetches: u64,
    /// Fetches that failed, or brought what is not a usable set.
    pub failures: u64,
}

/// Where the keys of one pool are published, and the issuer of its tokens.
#[derive(Debug)]
pub struct JwksSource {
    /// Every form of the issuer's name (`iss`), each exactly as tokens have it.
    pub issuers: Vec<String>,
    /// Where the keys are published.
    pub url: Url,
    /// The keys to start with. Their age begins when they were fetched, or, where the file does not say
    /// when that was, with the instance.
    pub seed: Option<Jwks>,
}

/// Whether keys are ever fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// As [`Limits`] say.
    On,
    /// Never: the seed is all there is, and has no age.
    Off,
}

/// The [`JwksLookup`] of several pools, each within the [`Limits`] and independent of the others.
pub struct JwksStore<F> {
    pools: Vec<Arc<Pool>>,
    fetch: Arc<F>,
}

struct Pool {
    issuers: Vec<String>,
    url: Url,
    rules: Mutex<Rules>,
}

impl<F: Fetch> JwksStore<F> {
    /// A store of `sources` that began at `now`. Nothing is fetched yet.
    pub fn new(
        sources: impl IntoIterator<Item = JwksSource>,
        fetch: F,
        refresh: Refresh,
        limits: &Limits,
        now: Timestamp,
    ) -> Self {
        let pools = sources.into_iter().map(|JwksSource { issuers, url, seed }| {
            let rules = Rules::new(limits.clone(), refresh == Refresh::On, seed, now);
            Arc::new(Pool { issuers, url, rules: Mutex::new(rules) })
        });
        Self { pools: pools.collect(), fetch: Arc::new(fetch) }
    }

    /// Fetches the keys of every pool that has none, so that the first caller need not wait. A
    /// fetch that fails here is tried again when a token comes.
    pub async fn prepare(&self, now: Timestamp) {
        for pool in &self.pools {
            let step = pool.rules().prepare(now);
            if let Some(Step { launch, then: Then::Wait(mut wait) }) = step {
                self.launch(pool, launch);
                wait.landing().await;
            }
        }
    }

    /// Carries out the flight in a task of its own, which goes on if the caller that launched it
    /// goes away.
    fn launch(&self, pool: &Arc<Pool>, ticket: Option<Ticket>) {
        let Some(ticket) = ticket else { return };
        let mut flight = InFlight { pool: Arc::clone(pool), ticket, landed: false };
        let fetch = Arc::clone(&self.fetch);
        tokio::spawn(async move {
            let brought = fetch.fetch(&flight.pool.url).await;
            flight.land(brought.map_err(|error| error.to_string()));
        });
    }
}

impl<F: Fetch> JwksLookup for JwksStore<F> {
    async fn key(
        &self,
        issuer: &str,
        kid: &str,
        now: Timestamp,
    ) -> Result<FoundKey, UnavailableError> {
        let serves = |pool: &&Arc<Pool>| pool.issuers.iter().any(|name| name == issuer);
        let Some(pool) = self.pools.iter().find(serves) else {
            return Ok(FoundKey::UNKNOWN);
        };
        let Step { launch, then } = pool.rules().lookup(kid, now);
        self.launch(pool, launch);
        match then {
            Then::Answer(answer) => answer,
            Then::Wait(mut wait) => {
                wait.landing().await;
                let again = pool.rules().again(kid, &wait);
                if let Some(Step { launch, then: Then::Wait(own) }) = again {
                    self.launch(pool, launch);
                    wait = own;
                    wait.landing().await;
                }
                pool.rules().after(kid, &wait)
            }
        }
    }

    fn take_counts(&self) -> Counts {
        self.pools.iter().map(|pool| pool.rules().take_counts()).fold(Counts::default(), |a, b| {
            Counts { fetches: a.fetches + b.fetches, failures: a.failures + b.failures }
        })
    }
}

impl Pool {
    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A flight that lands in any case: one that panics or is aborted has failed.
struct InFlight {
    pool: Arc<Pool>,
    ticket: Ticket,
    landed: bool,
}

impl InFlight {
    fn land(&mut self, brought: Result<Vec<u8>, String>) {
        self.landed = true;
        let outcome = self.pool.rules().land(&self.ticket, brought);
        if let Err(failure) = outcome {
            let issuer = self.pool.issuers.first();
            tracing::warn!(issuer, failure, "the keys could not be refreshed");
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if !self.landed {
            self.land(Err("the fetch was given up".to_owned()));
        }
    }
}

/// Shows how many pools there are: keys and the state of the rules do not belong in a log.
impl<F> fmt::Debug for JwksStore<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwksStore").field("pools", &self.pools.len()).finish_non_exhaustive()
    }
}
