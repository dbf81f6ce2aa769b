//! The scheme `portcullis`: `X-Webhook-Signature: sha256=<hex>` over the body.

use super::read;
use crate::denial::Denial;
use crate::webhook::message::Message;
use crate::webhook::signature::Signature;

/// In lower case.
pub(super) const SIGNATURE_HEADERS: &[&str] = &["x-webhook-signature"];

pub(super) fn read(message: &Message<'_>) -> Result<Signature, Denial> {
    let mac = read::prefixed_mac(message, "X-Webhook-Signature", "sha256=")?;
    Ok(Signature::over_body(String::new(), vec![mac]))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Sent;
    use crate::webhook::scheme::Scheme;

    const BODY: &[u8] = br#"{"hello": "world"}"#;
    const MAC: &str = "6e1ad38780fd1a2b078b8d7f1b23b3a782200733403dabf5126b988d3ec2742b";
    const MAC_OF_NOTHING: &str = "101408a980bd2fd8511425e0f883ff9d6f7ee1b2d1248f78d8b9f39e0ccdb432";

    fn sent<'c>(headers: &'c [(&'c str, &'c str)], body: &'c [u8]) -> Sent<'c> {
        let secret = "correct horse battery staple";
        Sent { scheme: Scheme::Portcullis, secret, previous: None, now: 0, headers, body }
    }

    fn check(value: &str, body: &[u8], verdict: &str) {
        assert_eq!(sent(&[("x-webhook-signature", value)], body).verdict(), verdict, "{value}");
    }

    /// The MACs are computed by Python's `hmac`.
    #[test]
    fn the_body_is_signed() {
        let (signed, of_nothing) = (&format!("sha256={MAC}"), &format!("sha256={MAC_OF_NOTHING}"));
        check(signed, BODY, "verified");
        check(signed, b"", "no key fits");
        check(signed, br#"{"hello":"world"}"#, "no key fits");
        check(signed, b"eyJoZWxsbyI6ICJ3b3JsZCJ9", "no key fits");
        check(of_nothing, b"", "verified");
        check(of_nothing, BODY, "no key fits");
        check(&format!("sha256={}", "0".repeat(64)), BODY, "no key fits");
    }

    #[test]
    fn a_signature_has_one_spelling() {
        let prefix = "SIGNATURE_INVALID: `X-Webhook-Signature` does not start with `sha256=`";
        let digits = "SIGNATURE_INVALID: `X-Webhook-Signature` is not 64 lower-case hex digits";
        check("", BODY, prefix);
        check(MAC, BODY, prefix);
        check(&format!("SHA256={MAC}"), BODY, prefix);
        check(&format!("sha1={MAC}"), BODY, prefix);
        check(&format!(" sha256={MAC}"), BODY, prefix);
        check(&format!("sha256:{MAC}"), BODY, prefix);
        check("sha256=", BODY, digits);
        check(&format!("sha256={MAC}0"), BODY, digits);
        check(&format!("sha256={MAC}00"), BODY, digits);
        check(&format!("sha256={MAC} "), BODY, digits);
        check(&format!("sha256={MAC}\n"), BODY, digits);
        check(&format!("sha256={MAC},sha256={MAC}"), BODY, digits);
        check(&format!("sha256= {MAC}"), BODY, digits);
        check(&format!("sha256={}", MAC.split_at(1).1), BODY, digits);
        check(&format!("sha256={}", MAC.to_uppercase()), BODY, digits);
        check(&format!("sha256=0x{}", MAC.split_at(2).1), BODY, digits);
        let long = "SIGNATURE_INVALID: `X-Webhook-Signature` is longer than 4096 bytes";
        check(&"0".repeat(4097), BODY, long);
    }

    #[test]
    fn there_is_one_signature() {
        let (good, bad) = (&format!("sha256={MAC}"), &format!("sha256={MAC_OF_NOTHING}"));
        let missing = "SIGNATURE_INVALID: `X-Webhook-Signature` is missing";
        let twice = "SIGNATURE_INVALID: `X-Webhook-Signature` is given twice";
        let name = "X-Webhook-Signature";
        assert_eq!(sent(&[], BODY).verdict(), missing);
        assert_eq!(sent(&[("X-Hub-Signature-256", good)], BODY).verdict(), missing);
        assert_eq!(sent(&[(name, good), (name, bad)], BODY).verdict(), twice);
        assert_eq!(sent(&[(name, bad), ("x-webhook-signature", good)], BODY).verdict(), twice);
        assert_eq!(sent(&[(name, good), (name, good)], BODY).verdict(), "verified");
    }

    #[test]
    fn either_version_of_the_secret_verifies() {
        let headers = [("X-Webhook-Signature", &*format!("sha256={MAC}"))];
        let now = sent(&headers, BODY);
        let renewed =
            Sent { secret: "another secret of theirs", previous: Some(now.secret), ..now };
        assert_eq!(renewed.verdict(), "verified");
        assert_eq!(Sent { previous: None, ..renewed }.verdict(), "no key fits");
        // SHA-256 of the MAC, by Python's `hashlib`.
        let digest = "ea8e885dd47e243da8a65cc3de511a0de566b1c4cb2d42821ec8b8ab868aecea";
        let names = (digest.to_owned(), vec![format!("mac:{digest}")]);
        assert_eq!(now.names(), names);
        assert_eq!(renewed.names(), names);
        assert_eq!(Sent { previous: Some(now.secret), ..now }.names(), names);
    }
}
