//! This machine's clock, against the `Date` of others.

use std::time::Duration;

use oauth2::HttpResponse;
use shared::time::Timestamp;

use super::check::{Check, Group};
use crate::moment::parse_date;

/// The authorizer takes tokens that are this much of the future (LEEWAY_SECONDS).
const APART: Duration = Duration::from_secs(30);

/// What somebody said of the time, and when.
pub(super) struct Seen {
    who: &'static str,
    date: Option<Timestamp>,
    now: Timestamp,
}

impl Seen {
    /// The `Date` of `answer`, which came at `now`.
    pub(super) fn of(who: &'static str, answer: &HttpResponse, now: Timestamp) -> Self {
        let date = answer.headers().get("date").and_then(|value| value.to_str().ok());
        Self { who, date: date.and_then(parse_date), now }
    }
}

/// Whether the clocks agree.
pub(super) fn look(seen: &[Seen]) -> Check {
    let mut dated = seen.iter().filter_map(|seen| Some((seen.who, seen.date?, seen.now)));
    let Some((who, date, now)) = dated.next() else {
        let remedy = "see `api` and `keys`, or leave it out with `--skip clock`";
        return Check::unknown(Group::Clock, "nobody said what time it is", remedy);
    };
    let (apart, which) =
        if now > date { (now.since(date), "ahead of") } else { (date.since(now), "behind") };
    if apart <= APART {
        return Check::ok(
            Group::Clock,
            format!("it is less than {} s from that of {who}", APART.as_secs()),
        );
    }
    let seconds = apart.as_secs();
    Check::wrong(
        Group::Clock,
        format!("this machine's clock is {seconds} s {which} that of {who}"),
        "set the clock: tokens and signatures are refused otherwise",
    )
}

#[cfg(test)]
mod tests {
    use shared::time::Timestamp;

    use super::{Seen, look};

    #[test]
    fn clocks() {
        let check = |date: Option<u64>, expected: &str| {
            let at = |seconds: u64| Timestamp::from_unix_millis(seconds * 1000);
            let seen = Seen { who: "the API", date: date.map(at), now: at(1000) };
            let printed = look(&[seen]).to_string();
            assert_eq!(printed.lines().next(), Some(expected));
        };
        check(Some(970), "ok       clock     it is less than 30 s from that of the API");
        check(Some(1030), "ok       clock     it is less than 30 s from that of the API");
        check(
            Some(969),
            "wrong    clock     this machine's clock is 31 s ahead of that of the API",
        );
        check(Some(1031), "wrong    clock     this machine's clock is 31 s behind that of the API");
        check(None, "unknown  clock     nobody said what time it is");
    }
}
