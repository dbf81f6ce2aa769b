//! The times that senders write.

use super::description::TimeUnit;
use crate::time::Timestamp;

/// The moment that `text` is in `unit`; `None` if it is not written in the unit's one spelling.
/// Where its length `is_fixed`, seconds have ten digits and milliseconds thirteen: those of the
/// years 2001 to 2286.
pub(super) fn read(text: &str, unit: TimeUnit, is_fixed: bool) -> Option<Timestamp> {
    let has_length = |length| !is_fixed || text.len() == length;
    match unit {
        TimeUnit::Seconds if has_length(10) => Some(moment(whole(text)?)),
        TimeUnit::Milliseconds if has_length(13) => Some(Timestamp::from_unix_millis(whole(text)?)),
        TimeUnit::Rfc3339 => rfc3339(text),
        TimeUnit::Seconds | TimeUnit::Milliseconds => None,
    }
}

/// `moment` as [`read`] takes it in `unit`.
pub(super) fn write(moment: Timestamp, unit: TimeUnit) -> String {
    let seconds = moment.unix_millis() / 1000;
    match unit {
        TimeUnit::Seconds => seconds.to_string(),
        TimeUnit::Milliseconds => moment.unix_millis().to_string(),
        TimeUnit::Rfc3339 => in_utc(seconds),
    }
}

fn in_utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // No year is longer than 366 days: the first guess is never too late.
    let first = 1970 + days / 366;
    let year = (first..).find(|year| days_before(year + 1, 1) > days).unwrap_or(first);
    let month = (1..12).find(|month| days_before(year, month + 1) > days).unwrap_or(12);
    let day = days - days_before(year, month) + 1;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `seconds` since 1970 as a timestamp.
pub(super) const fn moment(seconds: u64) -> Timestamp {
    Timestamp::from_unix_millis(seconds.saturating_mul(1000))
}

/// A whole number: digits alone, without leading zeros, 64 bits at most.
fn whole(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let plain = canonical && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// `2026-01-01T00:00:00Z`: of RFC 3339 the form in UTC without a fraction, which has one spelling.
fn rfc3339(text: &str) -> Option<Timestamp> {
    const FORM: &[u8] = b"0000-00-00T00:00:00Z";
    let is_of_form = text.len() == FORM.len()
        && text.bytes().zip(FORM).all(|(b, form)| match form {
            b'0' => b.is_ascii_digit(),
            form => b == *form,
        });
    if !is_of_form {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let is_one = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_of(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let days = is_one.then(|| days_before(year, month) + day - 1)?;
    Some(moment(((days * 24 + hour) * 60 + minute) * 60 + second))
}

/// The days from 1970 to the first of `month`.
fn days_before(year: u64, month: u64) -> u64 {
    let before = year - 1;
    // Those from the year 1 on, less those before 1970.
    let years = before * 365 + before / 4 - before / 100 + before / 400 - 719_162;
    (1..month).map(|month| days_of(year, month)).sum::<u64>() + years
}

const fn days_of(year: u64, month: u64) -> u64 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl TimeUnit {
    /// What follows "is no time", where the unit is a form that the sender has to know.
    pub(super) const fn hint(self) -> &'static str {
        match self {
            Self::Seconds => "",
            Self::Milliseconds => " in milliseconds",
            Self::Rfc3339 => " like `2026-01-01T00:00:00Z`",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TimeUnit, read, write};
    use crate::time::Timestamp;

    #[track_caller]
    fn check(text: &str, unit: TimeUnit, is_fixed: bool, millis: Option<u64>) {
        let time = read(text, unit, is_fixed).map(|time| time.unix_millis());
        assert_eq!(time, millis, "{text} {unit:?}");
    }

    #[test]
    fn a_number_has_one_spelling() {
        let seconds = |text, millis| check(text, TimeUnit::Seconds, false, millis);
        seconds("0", Some(0));
        seconds("1531420618", Some(1_531_420_618_000));
        seconds("18446744073709551615", Some(u64::MAX));
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
            seconds(bad, None);
            check(bad, TimeUnit::Milliseconds, false, None);
        }
        seconds(&"9".repeat(4096), None);
        check("1531420618000", TimeUnit::Milliseconds, false, Some(1_531_420_618_000));
    }

    #[test]
    fn a_length_may_be_fixed() {
        check("1531420618", TimeUnit::Seconds, true, Some(1_531_420_618_000));
        check("153142061", TimeUnit::Seconds, true, None);
        check("15314206180", TimeUnit::Seconds, true, None);
        check("1531420618000", TimeUnit::Milliseconds, true, Some(1_531_420_618_000));
        check("153142061800", TimeUnit::Milliseconds, true, None);
        check("1531420618", TimeUnit::Milliseconds, true, None);
    }

    /// Against Python's `datetime`.
    #[test]
    fn rfc_3339_in_utc() {
        let check = |text, seconds: Option<u64>| {
            check(text, TimeUnit::Rfc3339, true, seconds.map(|seconds| seconds * 1000));
            if let Some(seconds) = seconds {
                let moment = Timestamp::from_unix_millis(seconds * 1000 + 999);
                assert_eq!(write(moment, TimeUnit::Rfc3339), text);
            }
        };
        check("1970-01-01T00:00:00Z", Some(0));
        check("2021-03-25T05:09:27Z", Some(1_616_648_967));
        check("2024-02-29T23:59:59Z", Some(1_709_251_199));
        check("2100-03-01T00:00:00Z", Some(4_107_542_400));
        check("2023-12-31T23:59:59Z", Some(1_704_067_199));
        check("2024-12-31T00:00:00Z", Some(1_735_603_200));
        check("9999-12-31T23:59:59Z", Some(253_402_300_799));
        for bad in [
            "",
            "2021-03-25",
            "2021-03-25t05:09:27z",
            "2021-03-25 05:09:27Z",
            "2021-03-25T05:09:27+00:00",
            "2021-03-25T05:09:27.0Z",
            "2021-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2021-13-01T00:00:00Z",
            "2021-00-01T00:00:00Z",
            "2021-01-00T00:00:00Z",
            "2021-01-01T24:00:00Z",
            "2021-01-01T00:60:00Z",
            "2021-01-01T00:00:60Z",
            "1969-12-31T23:59:59Z",
            "२०21-01-01T00:00Z",
        ] {
            check(bad, None);
        }
    }
}
