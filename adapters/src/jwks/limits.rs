//! The limits of the key store.

use std::time::Duration;

/// How long keys are held and how often they are fetched. Every limit is per issuer and per
/// instance of the function.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Keys older than this are refreshed in the background while they are still used: where that did
    /// not land by the next event, that event waits. Cognito publishes a new key long before it signs
    /// with it.
    pub refresh_after: Duration,
    /// The same for keys from a seed file that does not say when they were fetched, counted from the
    /// start of the instance.
    pub refresh_seed_after: Duration,
    /// Keys older than this are used only after a fetch was tried. They become that old when an
    /// instance was frozen, or its fetches have failed, for long.
    pub max_age: Duration,
    /// While fetches fail, keys are used for this long beyond `max_age` and then no more: with the
    /// default, an instance stops using a key that its issuer has withdrawn after a day at the
    /// latest.
    pub outage_grace: Duration,
    /// The wait after a failed fetch, counted from when that fetch began; it doubles with each
    /// further failure. As long as one fetch may take.
    pub backoff_first: Duration,
    /// The longest wait after a failed fetch.
    pub backoff_most: Duration,
    /// How many fetches unknown `kid`s may cause in one `unknown_window`.
    pub unknown_fetches: u32,
    /// The window of `unknown_fetches`; it opens with the first of them. Also how recent the last
    /// successful fetch must be to say that a `kid` does not exist.
    pub unknown_window: Duration,
    /// One further fetch that a flood of unknown `kid`s cannot use up: it is free whenever no fetch
    /// began for this long. A real rotation is thus seen this long after any fetch at the latest.
    pub unknown_interval: Duration,
    /// How long the store remembers that an issuer has no key of a certain `kid`.
    pub absent_for: Duration,
    /// How many such `kid`s it remembers; when full, it drops the oldest.
    pub absent_most: usize,
    /// A fetch that has not ended after this long is taken to be frozen. A new one takes its place,
    /// and if the frozen one ends after all, its keys count from when it began.
    pub flight_patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        const HOUR: Duration = Duration::from_secs(3600);
        Self {
            refresh_after: HOUR,
            refresh_seed_after: MINUTE,
            max_age: 6 * HOUR,
            outage_grace: 18 * HOUR,
            backoff_first: Duration::from_secs(2),
            backoff_most: MINUTE,
            unknown_fetches: 4,
            unknown_window: 5 * MINUTE,
            unknown_interval: MINUTE,
            absent_for: MINUTE,
            absent_most: 256,
            flight_patience: Duration::from_secs(5),
        }
    }
}
