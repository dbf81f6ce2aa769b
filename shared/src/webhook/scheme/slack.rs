//! The scheme `slack`: `X-Slack-Signature: v0=<hex>` over `v0:<time>:<body>`.
//!
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack>

use super::read;
use crate::denial::Denial;
use crate::time::Timestamp;
use crate::webhook::message::Message;
use crate::webhook::signature::Signature;

/// In lower case.
pub(super) const SIGNATURE_HEADERS: &[&str] = &["x-slack-signature"];

pub(super) fn read(message: &Message<'_>, now: Timestamp) -> Result<Signature, Denial> {
    let mac = read::prefixed_mac(message, "X-Slack-Signature", "v0=")?;
    let time = read::time(message, "X-Slack-Request-Timestamp", now)?;
    Ok(Signature::over_body(format!("v0:{time}:"), vec![mac]))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Sent;
    use crate::webhook::scheme::Scheme;

    /// The example of Slack's page.
    const MAC: &str = "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    const TIME: &str = "1531420618";
    const NOW: u64 = 1_531_420_618;
    const BODY: &[u8] = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
        &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner\
        &command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands\
        %2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

    fn check(signature: &str, time: &str, now: u64, verdict: &str) {
        let headers = [("X-Slack-Signature", signature), ("X-Slack-Request-Timestamp", time)];
        let secret = "8f742231b10e8888abcd99yyyzzz85a5";
        let scheme = Scheme::Slack;
        let sent = Sent { scheme, secret, previous: None, now, headers: &headers, body: BODY };
        assert_eq!(sent.verdict(), verdict, "{signature} {time} {now}");
    }

    #[test]
    fn the_published_example_verifies_in_its_window() {
        let signed = &format!("v0={MAC}");
        check(signed, TIME, NOW, "verified");
        check(signed, TIME, NOW + 300, "verified");
        check(signed, TIME, NOW - 300, "verified");
        let past = "SIGNATURE_EXPIRED: the signature was made more than 300 seconds ago";
        let future =
            "SIGNATURE_EXPIRED: the signature was made more than 300 seconds in the future";
        check(signed, TIME, NOW + 301, past);
        check(signed, TIME, NOW - 301, future);
        check(signed, "0", NOW, past);
        check(signed, "18446744073709551615", NOW, future);
        check(signed, "1531420619", NOW, "no key fits");
    }

    #[test]
    fn signature_and_time_have_one_spelling() {
        let signed = &format!("v0={MAC}");
        let time = "SIGNATURE_INVALID: `X-Slack-Request-Timestamp` is no time";
        for bad in ["", "+1531420618", "-1", "01531420618", "1531420618 ", "18446744073709551616"] {
            check(signed, bad, NOW, time);
        }
        let prefix = "SIGNATURE_INVALID: `X-Slack-Signature` does not start with `v0=`";
        check(MAC, TIME, NOW, prefix);
        check(&format!("v1={MAC}"), TIME, NOW, prefix);
        let digits = "SIGNATURE_INVALID: `X-Slack-Signature` is not 64 lower-case hex digits";
        check(&format!("v0={MAC}0"), TIME, NOW, digits);
        check(&format!("v0={}", MAC.to_uppercase()), TIME, NOW, digits);
    }

    #[test]
    fn both_headers_are_needed() {
        let check = |headers: &[_], verdict| {
            let (scheme, secret) = (Scheme::Slack, "8f742231b10e8888abcd99yyyzzz85a5");
            let sent = Sent { scheme, secret, previous: None, now: NOW, headers, body: BODY };
            assert_eq!(sent.verdict(), verdict);
        };
        let (signature, time) =
            (("X-Slack-Signature", &*format!("v0={MAC}")), "X-Slack-Request-Timestamp");
        check(&[(time, TIME)], "SIGNATURE_INVALID: `X-Slack-Signature` is missing");
        check(&[signature], "SIGNATURE_INVALID: `X-Slack-Request-Timestamp` is missing");
        let twice = "SIGNATURE_INVALID: `X-Slack-Request-Timestamp` is given twice";
        check(&[signature, (time, TIME), (time, "1531420619")], twice);
    }
}
