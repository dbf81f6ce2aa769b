//! The scheme `github`: `X-Hub-Signature-256: sha256=<hex>` over the body.
//!
//! <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>

use super::read;
use crate::denial::Denial;
use crate::ids::DeliveryId;
use crate::webhook::message::Message;
use crate::webhook::signature::Signature;

/// GitHub also sends the older `X-Hub-Signature`, an HMAC with SHA-1, which is ignored.
const SIGNATURE: &str = "X-Hub-Signature-256";
const DELIVERY: &str = "X-GitHub-Delivery";
const MALFORMED: &str = "`X-GitHub-Delivery` is no delivery id";

/// In lower case. The older one, with SHA-1, is not forwarded either.
pub(super) const SIGNATURE_HEADERS: &[&str] = &["x-hub-signature-256", "x-hub-signature"];

pub(super) fn read(message: &Message<'_>) -> Result<Signature, Denial> {
    let mac = read::prefixed_mac(message, SIGNATURE, "sha256=")?;
    // Not signed: it may name the delivery in the log, but no repetition can be recognised by it.
    let id = read::optional_header(message, DELIVERY)?
        .map(|id| DeliveryId::parse(id).ok_or_else(|| read::invalid(MALFORMED)))
        .transpose()?;
    Ok(Signature { id, ..Signature::over_body(String::new(), vec![mac]) })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Sent;
    use crate::webhook::scheme::Scheme;

    /// The example of GitHub's page.
    const SIGNATURE: (&str, &str) = (
        "X-Hub-Signature-256",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
    );

    fn sent<'c>(headers: &'c [(&'c str, &'c str)], body: &'c [u8]) -> Sent<'c> {
        let secret = "It's a Secret to Everybody";
        Sent { scheme: Scheme::GitHub, secret, previous: None, now: 0, headers, body }
    }

    fn check(headers: &[(&str, &str)], body: &[u8], verdict: &str) {
        assert_eq!(sent(headers, body).verdict(), verdict, "{headers:?}");
    }

    #[test]
    fn the_published_example_verifies() {
        check(&[SIGNATURE], b"Hello, World!", "verified");
        check(&[SIGNATURE], b"Hello, World", "no key fits");
        check(&[SIGNATURE], b"", "no key fits");
        let missing = "SIGNATURE_INVALID: `X-Hub-Signature-256` is missing";
        let sha1 = ("X-Hub-Signature", "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59");
        check(&[], b"Hello, World!", missing);
        check(&[sha1], b"Hello, World!", missing);
        check(&[SIGNATURE, sha1], b"Hello, World!", "verified");
        let (name, value) = SIGNATURE;
        let upper = "SIGNATURE_INVALID: `X-Hub-Signature-256` is not 64 lower-case hex digits";
        check(&[(name, &value.to_uppercase().replacen("SHA", "sha", 1))], b"", upper);
        let prefix = "SIGNATURE_INVALID: `X-Hub-Signature-256` does not start with `sha256=`";
        check(&[(name, value.split_at(7).1)], b"", prefix);
        let other =
            Sent { secret: "It's a Secret to Nobody", ..sent(&[SIGNATURE], b"Hello, World!") };
        assert_eq!(other.verdict(), "no key fits");
    }

    #[test]
    fn the_id_is_a_name_and_proves_nothing() {
        let id = ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958");
        let (name, keys) = sent(&[SIGNATURE, id], b"Hello, World!").names();
        let (digest, same_keys) = sent(&[SIGNATURE], b"Hello, World!").names();
        assert_eq!(name, id.1);
        assert_eq!(keys, same_keys);
        assert_eq!(keys, [format!("mac:{digest}")]);
        let malformed = "SIGNATURE_INVALID: `X-GitHub-Delivery` is no delivery id";
        check(&[SIGNATURE, (id.0, "")], b"", malformed);
        check(&[SIGNATURE, (id.0, "a b")], b"", malformed);
        check(&[SIGNATURE, (id.0, "a\nb")], b"", malformed);
        check(&[SIGNATURE, (id.0, &"a".repeat(129))], b"", malformed);
        let twice = "SIGNATURE_INVALID: `X-GitHub-Delivery` is given twice";
        check(&[SIGNATURE, id, (id.0, "a")], b"", twice);
    }
}
