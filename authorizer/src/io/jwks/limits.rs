//! The numbers of the key store.

use std::time::Duration;

/// How long keys are held and how often their issuer is asked. Every number is per issuer and per
/// instance of the function.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Keys older than this are refreshed in the background while they are still used. Cognito
    /// publishes a new key long before it signs with it.
    pub refresh_after: Duration,
    /// The same for keys from the seed file, counted from the start of the instance: their age is
    /// unknown, but the first events shall not pay for finding out.
    pub refresh_seed_after: Duration,
    /// Keys older than this are not used before their issuer was asked again. It counts when an
    /// instance was frozen for long, or when refreshing has failed for long.
    pub max_age: Duration,
    /// While asking fails, keys are used for this long beyond `max_age`, and then no more: with
    /// the default, a key that its issuer has withdrawn is gone after a day, whatever happens.
    pub outage_grace: Duration,
    /// The wait after a failed fetch, counted from when that began; it doubles with each further
    /// failure. As long as one fetch may take.
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
    /// How many such `kid`s it remembers; the oldest makes room.
    pub absent_most: usize,
    /// A fetch that has not ended after this long was frozen with the process. A new one takes its
    /// place, and a late answer counts by when it was asked for.
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
