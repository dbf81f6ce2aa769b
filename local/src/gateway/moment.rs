//! Moments as API Gateway and IAM write them.

use jiff::Timestamp as Moment;
use shared::time::Timestamp;

/// `09/Apr/2026:12:34:56 +0000`, the form of web servers' logs.
pub(super) fn common_log(at: Timestamp) -> String {
    let millis = i64::try_from(at.unix_millis()).unwrap_or(i64::MAX);
    let moment = Moment::from_millisecond(millis).unwrap_or(Moment::MAX);
    moment.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}

/// A moment of a policy's condition: ISO 8601 with its time zone, or seconds since 1970.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds: u64 = text.parse().ok()?;
        return seconds.checked_mul(1000).map(Timestamp::from_unix_millis);
    }
    let moment: Moment = text.parse().ok()?;
    u64::try_from(moment.as_millisecond()).ok().map(Timestamp::from_unix_millis)
}

#[cfg(test)]
mod tests {
    use shared::time::Timestamp;

    use super::{common_log, parse};

    #[test]
    fn both_forms() {
        let at = Timestamp::from_unix_millis(1_767_225_600_500);
        assert_eq!(common_log(at), "01/Jan/2026:00:00:00 +0000");
        let check = |text: &str, millis: Option<u64>| {
            assert_eq!(parse(text).map(Timestamp::unix_millis), millis, "{text}");
        };
        check("2026-01-01T00:00:00Z", Some(1_767_225_600_000));
        check("2026-01-01T01:00:00+01:00", Some(1_767_225_600_000));
        check("1767225600", Some(1_767_225_600_000));
        check("2026-01-01", None);
        check("1960-01-01T00:00:00Z", None);
        check("", None);
        check("soon", None);
        check("99999999999999999999", None);
    }
}
