//! The scheme `standard-webhooks`: `webhook-signature: v1,<base64>` over `<id>.<time>.<body>`.
//!
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::read;
use crate::denial::Denial;
use crate::ids::DeliveryId;
use crate::time::Timestamp;
use crate::webhook::message::Message;
use crate::webhook::signature::{Mac, Signature};

/// One for each secret during a rotation, and as many of algorithms that are ignored.
const MAX_SIGNATURES: usize = 8;

/// In lower case.
pub(super) const SIGNATURE_HEADERS: &[&str] = &["webhook-signature"];

pub(super) fn read(message: &Message<'_>, now: Timestamp) -> Result<Signature, Denial> {
    // With a dot in the id, another pair of id and time would give the same signed bytes.
    let id = DeliveryId::parse(read::header(message, "webhook-id")?)
        .filter(|id| !id.as_str().contains('.'))
        .ok_or_else(|| read::invalid("`webhook-id` is no delivery id"))?;
    let macs = signatures(read::header(message, "webhook-signature")?)?;
    let time = read::time(message, "webhook-timestamp", now)?;
    let prefix = format!("{}.{time}.", id.as_str());
    Ok(Signature { id: Some(id), id_is_signed: true, ..Signature::over_body(prefix, macs) })
}

/// The key in `secret`: `whsec_` and base64.
pub(super) fn base64_key(secret: &str) -> Result<&str, &'static str> {
    secret.strip_prefix("whsec_").ok_or("the secret lacks the prefix `whsec_` of Standard Webhooks")
}

/// Every `v1`. Other versions are of other algorithms, such as `v1a`, and are ignored.
fn signatures(header: &str) -> Result<Vec<Mac>, Denial> {
    let mut macs = Vec::new();
    for (index, item) in header.split(' ').enumerate() {
        if index == MAX_SIGNATURES {
            return Err(read::invalid("`webhook-signature` has more than 8 signatures"));
        }
        let malformed = "`webhook-signature` has an item that is no `version,signature`";
        let (version, signature) = item
            .split_once(',')
            .filter(|(version, signature)| read::is_word(version) && read::is_word(signature))
            .ok_or_else(|| read::invalid(malformed))?;
        if version == "v1" {
            macs.push(base64(signature).ok_or_else(|| {
                read::invalid("a `v1` of `webhook-signature` is not the base64 of 32 bytes")
            })?);
        }
    }
    if macs.is_empty() {
        return Err(read::invalid("`webhook-signature` has no `v1`"));
    }
    Ok(macs)
}

fn base64(text: &str) -> Option<Mac> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Sent;
    use crate::webhook::scheme::Scheme;

    /// The example of the specification's libraries.
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIME: &str = "1614265330";
    const MAC: &str = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const NOW: u64 = 1_614_265_330;

    fn sent<'c>(headers: &'c [(&'c str, &'c str)]) -> Sent<'c> {
        let scheme = Scheme::StandardWebhooks;
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = br#"{"test": 2432232314}"#;
        Sent { scheme, secret, previous: None, now: NOW, headers, body }
    }

    fn headers<'c>(id: &'c str, time: &'c str, signature: &'c str) -> [(&'c str, &'c str); 3] {
        [("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)]
    }

    fn check(id: &str, time: &str, signature: &str, verdict: &str) {
        let verified = sent(&headers(id, time, signature)).verdict();
        assert_eq!(verified, verdict, "{id} {time} {signature}");
    }

    #[test]
    fn the_published_example_verifies() {
        let signed = &format!("v1,{MAC}");
        check(ID, TIME, signed, "verified");
        check("msg_2", TIME, signed, "no key fits");
        check(ID, "1614265331", signed, "no key fits");
        let other = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
        check(ID, TIME, other, "no key fits");
        check(ID, TIME, &format!("{other} {signed}"), "verified");
        check(ID, TIME, &format!("{signed} v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw=="), "verified");
        check(ID, TIME, &format!("{other} v2,{MAC}"), "no key fits");
        let without_blank = Sent { body: br#"{"test":2432232314}"#, ..sent(&[]) };
        let headers = headers(ID, TIME, signed);
        assert_eq!(Sent { headers: &headers, ..without_blank }.verdict(), "no key fits");
    }

    #[test]
    fn the_window_is_300_seconds() {
        sent(&headers(ID, TIME, &format!("v1,{MAC}"))).check_window();
    }

    #[test]
    fn the_id_is_signed_and_tells_a_repetition() {
        let signed = format!("v1,{MAC}");
        let (name, keys) = sent(&headers(ID, TIME, &signed)).names();
        assert_eq!(name, ID);
        assert_eq!(keys, [format!("id:{ID}")]);
        let bad = "SIGNATURE_INVALID: `webhook-id` is no delivery id";
        for id in ["", "msg.1", "msg 1", "msg\n1", &"a".repeat(129)] {
            check(id, TIME, &signed, bad);
        }
        let long = "SIGNATURE_INVALID: `webhook-id` is longer than 4096 bytes";
        check(&"a".repeat(4097), TIME, &signed, long);
    }

    #[test]
    fn every_header_has_one_reading() {
        let signed = &format!("v1,{MAC}");
        let time = "SIGNATURE_INVALID: `webhook-timestamp` is no time";
        for bad in ["", "+1614265330", "01614265330", "-1", "1614265330 ", "18446744073709551616"] {
            check(ID, bad, signed, time);
        }
        let item =
            "SIGNATURE_INVALID: `webhook-signature` has an item that is no `version,signature`";
        check(ID, TIME, "", item);
        check(ID, TIME, MAC, item);
        check(ID, TIME, &format!(" {signed}"), item);
        check(ID, TIME, &format!("{signed} "), item);
        check(ID, TIME, &format!("{signed}  {signed}"), item);
        check(ID, TIME, &format!("{signed}\t{signed}"), item);
        check(ID, TIME, "v1,", item);
        let none = "SIGNATURE_INVALID: `webhook-signature` has no `v1`";
        check(ID, TIME, &format!("v1a,{MAC}"), none);
        check(ID, TIME, &format!("V1,{MAC}"), none);
        let base64 =
            "SIGNATURE_INVALID: a `v1` of `webhook-signature` is not the base64 of 32 bytes";
        check(ID, TIME, &format!("v1,{}", MAC.split_at(43).0), base64);
        check(ID, TIME, &format!("v1,{}F=", MAC.split_at(42).0), base64);
        check(ID, TIME, &format!("v1,{}", MAC.replace('+', "-")), base64);
        check(ID, TIME, &format!("v1,{MAC}AAAA"), base64);
        check(ID, TIME, &format!("v1,{MAC},{signed}"), base64);
        check(ID, TIME, "v1,AAAA", base64);
        check(ID, TIME, &format!("{signed} v1,!"), base64);
        let many = "SIGNATURE_INVALID: `webhook-signature` has more than 8 signatures";
        check(ID, TIME, &[&**signed; 8].join(" "), "verified");
        check(ID, TIME, &[&**signed; 9].join(" "), many);
        for missing in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let rest = headers(ID, TIME, signed).into_iter().filter(|(name, _)| *name != missing);
            let rest: Vec<_> = rest.collect();
            let verdict = format!("SIGNATURE_INVALID: `{missing}` is missing");
            assert_eq!(sent(&rest).verdict(), verdict);
        }
    }
}
