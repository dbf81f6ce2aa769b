//! Moments as people and other programs write them: RFC 3339.

use jiff::Timestamp as Moment;
use shared::time::Timestamp;

/// `moment` in UTC, in whole seconds: `2027-01-31T12:00:00Z`.
pub(crate) fn rfc3339(moment: Timestamp) -> String {
    let seconds = i64::try_from(moment.unix_millis() / 1000).ok();
    let moment = seconds.and_then(|seconds| Moment::from_second(seconds).ok());
    moment.map_or_else(|| "after the year 9999".to_owned(), |moment| moment.to_string())
}

/// The moment that `text` names, which may be in another zone than UTC; `None` if it is no moment
/// between 1970 and 9999.
pub(crate) fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    if !has_shape(text.as_bytes()) {
        return None;
    }
    let moment: Moment = text.parse().ok()?;
    u64::try_from(moment.as_millisecond()).ok().map(Timestamp::from_unix_millis)
}

/// The moment in a `Date` header (RFC 9110 §5.6.7): `Thu, 26 Nov 2026 16:00:00 GMT`.
pub(crate) fn parse_date(text: &str) -> Option<Timestamp> {
    let moment = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    u64::try_from(moment.as_millisecond()).ok().map(Timestamp::from_unix_millis)
}

/// Whether `text` has the form of RFC 3339. `jiff` also reads other forms of ISO 8601, such as a
/// blank for the `T`, an offset without colon or one of a day and more.
fn has_shape(text: &[u8]) -> bool {
    let has_offset = match text {
        [.., b'Z'] => true,
        [.., b'+' | b'-', tens, ones, b':', _, _] => [*tens, *ones] < *b"24",
        _ => false,
    };
    text.get(10) == Some(&b'T') && has_offset
}

#[cfg(test)]
mod tests {
    use shared::time::Timestamp;

    use super::{parse_date, parse_rfc3339, rfc3339};

    #[test]
    fn dates_of_headers() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(parse_date(text).map(rfc3339).as_deref(), expected, "{text}");
        };
        check("Thu, 26 Nov 2026 16:00:00 GMT", Some("2026-11-26T16:00:00Z"));
        check("2026-11-26T16:00:00Z", None);
        check("", None);
    }

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
