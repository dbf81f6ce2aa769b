//! A clock that stands still, so that the signatures of the samples do not expire.

use std::sync::LazyLock;

use runtime::{Clock, process};
use shared::time::Timestamp;

use crate::webhook_authorizer_setting;

/// A clock that stands still at `LOCAL_NOW` (seconds since 1970); the machine's clock where that
/// setting is empty.
#[must_use]
pub fn clock() -> Clock {
    match *STANDS_STILL_AT {
        Some(_) => Clock { now: || STANDS_STILL_AT.unwrap_or(NEVER), ..Clock::system() },
        None => Clock::system(),
    }
}

const NEVER: Timestamp = Timestamp::from_unix_millis(0);

static STANDS_STILL_AT: LazyLock<Option<Timestamp>> = LazyLock::new(|| {
    let setting = webhook_authorizer_setting("LOCAL_NOW", process::environment("LOCAL_NOW"));
    let setting = setting.filter(|text| !text.trim().is_empty())?;
    // A time that cannot be read becomes 1970, when no sample was signed.
    Some(seconds(setting.trim().parse().unwrap_or_default()))
});

pub(crate) const fn seconds(since_1970: u64) -> Timestamp {
    Timestamp::from_unix_millis(since_1970.saturating_mul(1000))
}
