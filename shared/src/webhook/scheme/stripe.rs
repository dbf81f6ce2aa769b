//! The scheme `stripe`: `Stripe-Signature: t=<time>,v1=<hex>` over `<time>.<body>`.
//!
//! <https://docs.stripe.com/webhooks/signature>

use super::read;
use crate::denial::Denial;
use crate::hex;
use crate::time::Timestamp;
use crate::webhook::message::Message;
use crate::webhook::signature::{Mac, Signature};

/// One for each secret during a rotation, and room for schemes that are ignored.
const MAX_ITEMS: usize = 16;
const MAX_SIGNATURES: usize = 4;

/// In lower case.
pub(super) const SIGNATURE_HEADERS: &[&str] = &["stripe-signature"];

pub(super) fn read(message: &Message<'_>, now: Timestamp) -> Result<Signature, Denial> {
    let (time, macs) = items(read::header(message, "Stripe-Signature")?)?;
    let signed_at = read::seconds(time)
        .ok_or_else(|| read::invalid("the `t` of `Stripe-Signature` is no time"))?;
    read::inside_window(signed_at, now)?;
    Ok(Signature::over_body(format!("{time}."), macs))
}

/// The one `t` and every `v1`. Stripe's page says to ignore all other schemes: `v0` is of test
/// events.
fn items(header: &str) -> Result<(&str, Vec<Mac>), Denial> {
    let mut time = None;
    let mut macs = Vec::new();
    for (index, item) in header.split(',').enumerate() {
        if index == MAX_ITEMS {
            return Err(read::invalid("`Stripe-Signature` has more than 16 items"));
        }
        let malformed = "`Stripe-Signature` has an item that is no `key=value`";
        let (key, value) = item
            .split_once('=')
            .filter(|(key, value)| read::is_word(key) && read::is_word(value))
            .ok_or_else(|| read::invalid(malformed))?;
        match key {
            "t" if time.is_some() => {
                return Err(read::invalid("`Stripe-Signature` has two times"));
            }
            "t" => time = Some(value),
            "v1" if macs.len() == MAX_SIGNATURES => {
                return Err(read::invalid("`Stripe-Signature` has more than 4 signatures"));
            }
            "v1" => macs.push(hex::decode_lower(value).ok_or_else(|| {
                read::invalid("a `v1` of `Stripe-Signature` is not 64 lower-case hex digits")
            })?),
            _ => {}
        }
    }
    if macs.is_empty() {
        return Err(read::invalid("`Stripe-Signature` has no `v1`"));
    }
    Ok((time.ok_or_else(|| read::invalid("`Stripe-Signature` has no `t`"))?, macs))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Sent;
    use crate::webhook::scheme::Scheme;

    // Stripe publishes no example with its secret: these MACs are computed by Python's `hmac`.
    const NEW: &str = "6a30160056906061f3e38b5a21959b0dce495112d58ad24429d21c0bf4b6b0ee";
    const OLD: &str = "00a8de9c4ddf8ec46c66faa4621de9701ec1da31645af081754fbb427ab7e0bf";
    const NOW: u64 = 1_492_774_577;

    fn sent<'c>(headers: &'c [(&'c str, &'c str)]) -> Sent<'c> {
        let (scheme, secret) = (Scheme::Stripe, "whsec_test_secret_0123456789");
        let body = br#"{"id":"evt_1"}"#;
        Sent { scheme, secret, previous: None, now: NOW, headers, body }
    }

    fn check(value: &str, verdict: &str) {
        assert_eq!(sent(&[("Stripe-Signature", value)]).verdict(), verdict, "{value}");
    }

    #[test]
    fn time_and_body_are_signed() {
        check(&format!("t=1492774577,v1={NEW}"), "verified");
        check(&format!("v1={NEW},t=1492774577"), "verified");
        check(&format!("t=1492774577,v1={OLD}"), "no key fits");
        check(&format!("t=1492774578,v1={NEW}"), "no key fits");
        check(&format!("t=1492774577,v1={OLD},v1={NEW}"), "verified");
        check(&format!("t=1492774577,v1={NEW},v1={NEW}"), "verified");
        check(&format!("t=1492774577,v1={OLD},v1={OLD},v1={OLD},v1={NEW}"), "verified");
        check(&format!("t=1492774577,v1={NEW},v0={OLD}"), "verified");
        check(&format!("t=1492774577,v1={OLD},v0={NEW}"), "no key fits");
        check(&format!("t=1492774577,v1={NEW},later=not-hex"), "verified");
    }

    #[test]
    fn the_window_is_300_seconds() {
        sent(&[("Stripe-Signature", &*format!("t=1492774577,v1={NEW}"))]).check_window();
    }

    #[test]
    fn a_header_has_one_reading() {
        let missing = "SIGNATURE_INVALID: `Stripe-Signature` is missing";
        assert_eq!(sent(&[]).verdict(), missing);
        let no_time = "SIGNATURE_INVALID: `Stripe-Signature` has no `t`";
        check(&format!("v1={NEW}"), no_time);
        check(&format!("T=1492774577,v1={NEW}"), no_time);
        let times = "SIGNATURE_INVALID: `Stripe-Signature` has two times";
        check(&format!("t=1492774577,t=1492774577,v1={NEW}"), times);
        let no_signature = "SIGNATURE_INVALID: `Stripe-Signature` has no `v1`";
        check("t=1492774577", no_signature);
        check(&format!("t=1492774577,v0={NEW}"), no_signature);
        check(&format!("t=1492774577,V1={NEW}"), no_signature);
        let item = "SIGNATURE_INVALID: `Stripe-Signature` has an item that is no `key=value`";
        check("", item);
        check(NEW, item);
        check(&format!("t=1492774577,,v1={NEW}"), item);
        check(&format!("t=1492774577,v1={NEW},"), item);
        check(&format!("t=1492774577, v1={NEW}"), item);
        check(&format!("t=1492774577,v1={NEW} "), item);
        check(&format!("t=1492774577,v1={NEW},v0="), item);
        check(&format!("t=1492774577,v1={NEW},=x"), item);
        let digits =
            "SIGNATURE_INVALID: a `v1` of `Stripe-Signature` is not 64 lower-case hex digits";
        check(&format!("t=1492774577,v1={NEW}0"), digits);
        check(&format!("t=1492774577,v1={}", NEW.to_uppercase()), digits);
        check(&format!("t=1492774577,v1={NEW},v1=0"), digits);
        let time = "SIGNATURE_INVALID: the `t` of `Stripe-Signature` is no time";
        for bad in ["+1492774577", "01492774577", "-1", "1492774577.0", "18446744073709551616"] {
            check(&format!("t={bad},v1={NEW}"), time);
        }
        let many = "SIGNATURE_INVALID: `Stripe-Signature` has more than 4 signatures";
        check(&format!("t=1492774577{}", format!(",v1={NEW}").repeat(5)), many);
        let items = "SIGNATURE_INVALID: `Stripe-Signature` has more than 16 items";
        check(&format!("t=1492774577,v1={NEW}{}", ",v0=1".repeat(14)), "verified");
        check(&format!("t=1492774577,v1={NEW}{}", ",v0=1".repeat(15)), items);
        let long = "SIGNATURE_INVALID: `Stripe-Signature` is longer than 4096 bytes";
        check(&format!("t=1492774577,v1={NEW},v0={}", "0".repeat(4096)), long);
    }

    /// An attacker who leaves one of two signatures out must not make a new delivery of an old one.
    #[test]
    fn each_signature_tells_a_repetition() {
        let keys_with = |previous, value: &str| {
            let headers = [("Stripe-Signature", value)];
            Sent { previous, ..sent(&headers) }.names().1
        };
        let keys = |value: &str| keys_with(Some("whsec_former_secret_98765432"), value);
        let new = keys(&format!("t=1492774577,v1={NEW}"));
        let old = keys(&format!("t=1492774577,v1={OLD}"));
        assert_ne!(new, old);
        let both = [new.clone(), old].concat();
        assert_eq!(keys(&format!("t=1492774577,v1={NEW},v1={OLD}")), both);
        assert_eq!(keys(&format!("t=1492774577,v1={OLD},v1={NEW}")), both);
        assert_eq!(keys(&format!("t=1492774577,v1={NEW},v1={NEW}")), new);
        // Which of them fits depends on what is known of the secret.
        assert_eq!(keys_with(None, &format!("t=1492774577,v1={OLD},v1={NEW},v1={OLD}")), both);
    }
}
