//! What the schemes have in common: a header, a window, and the two ways to refuse.

use std::borrow::Cow;
use std::time::Duration;

use crate::denial::{Code, Denial};
use crate::request::Occurrence;
use crate::time::Timestamp;
use crate::webhook::message::Message;

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

/// Whether `text` is one or more visible ASCII characters and nothing else.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Refuses a signature that was made more than `window` from `now`.
pub(super) fn inside_window(
    signed_at: Timestamp,
    window: Duration,
    now: Timestamp,
) -> Result<(), Denial> {
    let seconds = window.as_secs();
    if now.since(signed_at) > window {
        return Err(expired(format!("the signature was made more than {seconds} seconds ago")));
    }
    if signed_at.since(now) > window {
        return Err(expired(format!(
            "the signature was made more than {seconds} seconds in the future"
        )));
    }
    Ok(())
}

pub(super) fn invalid(reason: impl Into<Cow<'static, str>>) -> Denial {
    Denial::new(Code::SignatureInvalid, reason)
}

pub(super) fn expired(reason: impl Into<Cow<'static, str>>) -> Denial {
    Denial::new(Code::SignatureExpired, reason)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::inside_window;
    use crate::time::Timestamp;

    #[test]
    fn the_window_counts_both_ways() {
        fn check(signed_at: u64, now: u64, reason: Option<&str>) {
            let at = Timestamp::from_unix_millis;
            let result = inside_window(at(signed_at), Duration::from_secs(300), at(now));
            let denial = result.err();
            assert_eq!(denial.as_ref().map(|denial| &*denial.reason), reason);
            assert!(denial.is_none_or(|denial| denial.code.as_str() == "SIGNATURE_EXPIRED"));
        }
        let past = Some("the signature was made more than 300 seconds ago");
        let future = Some("the signature was made more than 300 seconds in the future");
        check(1_000_000, 1_000_000, None);
        check(1_000_000, 1_300_000, None);
        check(1_000_000, 1_300_001, past);
        check(1_000_000, 700_000, None);
        check(1_000_000, 699_999, future);
        check(0, u64::MAX, past);
        check(u64::MAX, 0, future);
        check(u64::MAX, u64::MAX, None);
    }
}
