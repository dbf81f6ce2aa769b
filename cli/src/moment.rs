//! Moments as people and other programs write them: RFC 3339.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use shared::time::Timestamp;

/// `moment` in UTC, in whole seconds: `2027-01-31T12:00:00Z`.
pub(crate) fn rfc3339(moment: Timestamp) -> String {
    let mut text = String::new();
    let at = UNIX_EPOCH.checked_add(Duration::from_millis(moment.unix_millis()));
    let written = at.map(|at| write!(text, "{}", humantime::format_rfc3339_seconds(at)));
    if matches!(written, Some(Ok(()))) { text } else { "after the year 9999".to_owned() }
}

/// The moment that `text` names, which may be in another zone than UTC; `None` if it is no moment
/// between 1970 and 9999.
pub(crate) fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let (utc, offset_seconds) = without_offset(text)?;
    // It would panic within a character.
    let parsed = utc.is_ascii().then(|| humantime::parse_rfc3339(&utc).ok())??;
    let millis = parsed.duration_since(UNIX_EPOCH).ok()?.as_millis();
    let millis = i64::try_from(millis).ok()?.checked_sub(offset_seconds * 1000)?;
    u64::try_from(millis).ok().map(Timestamp::from_unix_millis)
}

/// `text` with `Z` in place of its offset, and the offset in seconds.
fn without_offset(text: &str) -> Option<(String, i64)> {
    if text.ends_with('Z') {
        return Some((text.to_owned(), 0));
    }
    let (local, offset) = text.split_at_checked(text.len().checked_sub("+00:00".len())?)?;
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    let number = |text: &str, below: i64| -> Option<i64> {
        let shaped = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|number| shaped && *number < below)
    };
    let seconds = number(hours, 24)? * 3600 + number(minutes, 60)? * 60;
    Some((format!("{local}Z"), sign * seconds))
}

#[cfg(test)]
mod tests {
    use shared::time::Timestamp;

    use super::{parse_rfc3339, rfc3339};

    #[test]
    fn moments() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(parse_rfc3339(text).map(rfc3339).as_deref(), expected, "{text}");
        };
        check("2027-01-31T12:00:00Z", Some("2027-01-31T12:00:00Z"));
        check("2027-01-31T12:00:00.999Z", Some("2027-01-31T12:00:00Z"));
        check("2027-01-31T12:00:00+00:00", Some("2027-01-31T12:00:00Z"));
        check("2027-01-31T12:00:00+02:00", Some("2027-01-31T10:00:00Z"));
        check("2027-01-31T23:00:00.5-05:30", Some("2027-02-01T04:30:00Z"));
        check("1970-01-01T00:00:00Z", Some("1970-01-01T00:00:00Z"));
        for bad in [
            "",
            "Z",
            "2027-01-31",
            "2027-01-31T12:00:00",
            "2027-01-31 12:00:00Z",
            "2027-02-30T12:00:00Z",
            "2027-01-31T12:00:00+0200",
            "2027-01-31T12:00:00+24:00",
            "2027-01-31T12:00:00+02:60",
            "2027-01-31T12:00:00++2:00",
            "1970-01-01T00:00:00+00:01",
            "2027-01-31T12:00:0é+00:00",
            "ééééééééééééééZ",
            "infinity",
            "1801400000",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn what_has_no_date_is_said_to_be_late() {
        assert_eq!(rfc3339(Timestamp::from_unix_millis(u64::MAX)), "after the year 9999");
    }
}
