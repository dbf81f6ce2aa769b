//! What the schemes have in common: a header, hex, a time and its window.

use std::borrow::Cow;
use std::time::Duration;

use crate::denial::{Code, Denial};
use crate::hex;
use crate::request::Occurrence;
use crate::time::Timestamp;
use crate::webhook::message::Message;
use crate::webhook::signature::Mac;

/// How far the time of a signature may be from `now`, before and after. Stripe, Slack and Standard
/// Webhooks all recommend five minutes.
const WINDOW: Duration = Duration::from_secs(300);
/// The longest header that is read, in bytes. The longest signature of a scheme is a tenth of it.
const MAX_HEADER_BYTES: usize = 4096;

/// The header `name`, which must be there and have one value.
pub(super) fn header<'r>(message: &'r Message<'_>, name: &str) -> Result<&'r str, Denial> {
    optional_header(message, name)?.ok_or_else(|| invalid(format!("`{name}` is missing")))
}

/// The header `name`, which may not have two values.
pub(super) fn optional_header<'r>(
    message: &'r Message<'_>,
    name: &str,
) -> Result<Option<&'r str>, Denial> {
    match message.header(name) {
        Occurrence::Absent => Ok(None),
        Occurrence::Conflicting => Err(invalid(format!("`{name}` is given twice"))),
        Occurrence::Single(value) if value.len() > MAX_HEADER_BYTES => {
            Err(invalid(format!("`{name}` is longer than 4096 bytes")))
        }
        Occurrence::Single(value) => Ok(Some(value)),
    }
}

/// The MAC in the header `name`: `prefix` and 64 lower-case hex digits.
pub(super) fn prefixed_mac(message: &Message<'_>, name: &str, prefix: &str) -> Result<Mac, Denial> {
    let digits = header(message, name)?.strip_prefix(prefix);
    let digits =
        digits.ok_or_else(|| invalid(format!("`{name}` does not start with `{prefix}`")))?;
    hex::decode_lower(digits)
        .ok_or_else(|| invalid(format!("`{name}` is not 64 lower-case hex digits")))
}

/// The time in the header `name`, in seconds since 1970, which must lie in the window.
pub(super) fn time(message: &Message<'_>, name: &str, now: Timestamp) -> Result<u64, Denial> {
    let time = seconds(header(message, name)?);
    let time = time.ok_or_else(|| invalid(format!("`{name}` is no time")))?;
    inside_window(time, now)?;
    Ok(time)
}

/// Whole seconds since 1970: digits alone, without leading zeros, 64 bits at most.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let plain = canonical && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Whether `text` is one or more visible ASCII characters and nothing else.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Refuses a signature whose time, in seconds since 1970, is more than 300 seconds from `now`.
pub(super) fn inside_window(signed_at: u64, now: Timestamp) -> Result<(), Denial> {
    let signed_at = moment(signed_at);
    if now.since(signed_at) > WINDOW {
        return Err(expired("the signature was made more than 300 seconds ago"));
    }
    if signed_at.since(now) > WINDOW {
        return Err(expired("the signature was made more than 300 seconds in the future"));
    }
    Ok(())
}

/// `seconds` since 1970 as a timestamp.
pub(super) const fn moment(seconds: u64) -> Timestamp {
    Timestamp::from_unix_millis(seconds.saturating_mul(1000))
}

pub(super) fn invalid(reason: impl Into<Cow<'static, str>>) -> Denial {
    Denial::new(Code::SignatureInvalid, reason)
}

pub(super) fn expired(reason: &'static str) -> Denial {
    Denial::new(Code::SignatureExpired, reason)
}

#[cfg(test)]
mod tests {
    use super::{inside_window, seconds};
    use crate::time::Timestamp;

    #[test]
    fn a_time_has_one_spelling() {
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("1531420618"), Some(1_531_420_618));
        assert_eq!(seconds("18446744073709551615"), Some(u64::MAX));
        for bad in [
            "",
            "+1",
            "-1",
            "01",
            "00",
            " 1",
            "1 ",
            "1.0",
            "1e3",
            "0x1",
            "१",
            "18446744073709551616",
        ] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
        assert_eq!(seconds(&"9".repeat(4096)), None);
    }

    #[test]
    fn the_window_is_300_seconds_both_ways() {
        fn check(signed_at: u64, now_millis: u64, reason: Option<&str>) {
            let result = inside_window(signed_at, Timestamp::from_unix_millis(now_millis));
            let denial = result.err();
            assert_eq!(denial.as_ref().map(|denial| &*denial.reason), reason);
            assert!(denial.is_none_or(|denial| denial.code.as_str() == "SIGNATURE_EXPIRED"));
        }
        let past = Some("the signature was made more than 300 seconds ago");
        let future = Some("the signature was made more than 300 seconds in the future");
        check(1000, 1_000_000, None);
        check(1000, 1_300_000, None);
        check(1000, 1_300_001, past);
        check(1000, 700_000, None);
        check(1000, 699_999, future);
        check(0, u64::MAX, past);
        check(u64::MAX, 0, future);
        check(u64::MAX, u64::MAX, None);
    }
}
