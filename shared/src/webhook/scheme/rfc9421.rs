//! The scheme `rfc9421`: HTTP Message Signatures (RFC 9421) with `hmac-sha256` (§3.3.3), which
//! cover a `Content-Digest` (RFC 9530) in place of the body.
//!
//! The RFC leaves it to the application to say what a signature must cover (§1.4). What is not
//! covered can be changed on the way, and the signature still fits (§7.2.1). So a webhook's record
//! lists the required components, `content-digest` always among them.
//!
//! Stricter than the RFCs where they pick one of several readings: what is given twice is refused,
//! and so is every component and parameter that is not known here.

mod base;
mod component;
mod digest;
mod fields;
mod input;
mod sign;

pub(in crate::webhook) use component::is_component;
use fields::{Member, Value};
use input::Input;
use sfv::BareItemFromInput;
pub(super) use sign::sign;

use super::description::ToldApartBy;
use super::read;
use crate::denial::Denial;
use crate::ids::WebhookId;
use crate::time::Timestamp;
use crate::webhook::message::Message;
use crate::webhook::signature::{Mac, Signature, SignedBody};

/// The most signatures that a request may have: the sender's, and those that proxies add (§4.3).
const MAX_LABELS: usize = 4;

/// In lower case.
pub(super) const SIGNATURE_HEADERS: &[&str] = &["signature", "signature-input"];

pub(super) fn read(
    webhook: &WebhookId,
    required: &[Box<str>],
    message: &Message<'_>,
    now: Timestamp,
) -> Result<Signature, Denial> {
    let inputs = fields::text(message, "Signature-Input")?;
    let inputs = fields::dictionary("Signature-Input", inputs, MAX_LABELS)?;
    let input = Input::choose(&inputs, webhook)?;
    let signatures = fields::text(message, "Signature")?;
    let signatures = fields::dictionary("Signature", signatures, MAX_LABELS)?;
    let mac = mac(&signatures, input.label)?;
    input.must_cover(required)?;
    input.must_be_current(now)?;
    let digest = digest::read(fields::text(message, "Content-Digest")?)?;
    Ok(Signature {
        prefix: base::write(message, &input)?,
        body: SignedBody::Digest(digest),
        macs: vec![mac],
        // `created` is always signed.
        told_apart_by: if input.nonce.is_some() { ToldApartBy::Id } else { ToldApartBy::Time },
        signed_id: input.nonce,
        sender_id: None,
    })
}

/// The MAC that `Signature` has under `label`.
fn mac(signatures: &[Member<'_>], label: &str) -> Result<Mac, Denial> {
    let own = signatures.iter().find(|member| member.key.as_str() == label);
    let own =
        own.ok_or_else(|| read::invalid("`Signature` lacks the label of `Signature-Input`"))?;
    match &own.value {
        Value::Item(BareItemFromInput::ByteSequence(bytes)) if own.parameters.is_empty() => {
            bytes.as_slice().try_into().ok()
        }
        _ => None,
    }
    .ok_or_else(|| read::invalid("the signature is not a byte sequence of 32 bytes"))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::hmac;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::super::description::ToldApartBy;
    use super::super::fixture::{Sent, webhook};
    use crate::time::Timestamp;
    use crate::webhook::hmac_keys::HmacKeys;
    use crate::webhook::message::Message;
    use crate::webhook::signature::Signature;

    const SECRET: &str = "correct horse battery staple";
    const NOW: u64 = 1_618_884_473;
    const BODY: &[u8] = br#"{"hello": "world"}"#;
    const DIGEST: &str = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
    const COMPONENTS: &str = r#"("@method" "@path" "content-digest")"#;
    const CREATED: &str = ";created=1618884473";

    /// The signature over what is required, described by `params`.
    fn sign(params: &str) -> String {
        let base = format!(
            "\"@method\": POST\n\"@path\": /hooks\n\"content-digest\": {DIGEST}\n\
             \"@signature-params\": {params}"
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        format!(":{}:", STANDARD.encode(hmac::sign(&key, base.as_bytes())))
    }

    fn headers<'c>(input: &'c str, signature: &'c str) -> [(&'c str, &'c str); 3] {
        [("Signature-Input", input), ("Signature", signature), ("Content-Digest", DIGEST)]
    }

    fn sent<'c>(headers: &'c [(&'c str, &'c str)]) -> Sent<'c> {
        Sent { scheme: "rfc9421", secret: SECRET, previous: None, now: NOW, headers, body: BODY }
    }

    fn check(input: &str, signature: &str, verdict: &str) {
        assert_eq!(sent(&headers(input, signature)).verdict(), verdict, "{input} {signature}");
    }

    /// Checks the verdict on `COMPONENTS` with `parameters`, signed as they are written.
    fn check_parameters(parameters: &str, verdict: &str) {
        let params = format!("{COMPONENTS}{parameters}");
        check(&format!("sig={params}"), &format!("sig={}", sign(&params)), verdict);
    }

    /// Checks the verdict on covering `components`, which is reached before any key is used.
    fn check_components(components: &str, verdict: &str) {
        check(&format!("sig=({components}){CREATED}"), &format!("sig={}", sign("")), verdict);
    }

    #[test]
    fn parameters() {
        check_parameters(CREATED, "verified");
        check_parameters(";created=1618884473;keyid=\"any\";tag=\"t\"", "verified");
        check_parameters(";alg=\"hmac-sha256\";created=1618884473", "verified");
        let alg = "SIGNATURE_INVALID: `alg` is not the key's";
        check_parameters(&format!("{CREATED};alg=\"rsa-v1_5-sha256\""), alg);
        check_parameters(&format!("{CREATED};alg=\"HMAC-SHA256\""), alg);
        check_parameters(&format!("{CREATED};alg=\"\""), alg);
        check_parameters(&format!("{CREATED};alg=hmac-sha256"), alg);
        check_parameters("", "SIGNATURE_INVALID: `created` is missing");
        check_parameters(";expires=1618884474", "SIGNATURE_INVALID: `created` is missing");
        let created = "SIGNATURE_INVALID: `created` is no time";
        for value in ["=-1", "=1618884473.0", "=\"1618884473\"", "=?1", ""] {
            check_parameters(&format!(";created{value}"), created);
        }
        check_parameters(
            &format!("{CREATED};expires=-1"),
            "SIGNATURE_INVALID: `expires` is no time",
        );
        check_parameters(
            &format!("{CREATED};nonce=1"),
            "SIGNATURE_INVALID: `nonce` is no delivery id",
        );
        check_parameters(
            &format!("{CREATED};nonce=\"a b\""),
            "SIGNATURE_INVALID: `nonce` is no delivery id",
        );
        check_parameters(
            &format!("{CREATED};nonce=\"\""),
            "SIGNATURE_INVALID: `nonce` is no delivery id",
        );
        check_parameters(&format!("{CREATED};keyid=1"), "SIGNATURE_INVALID: `keyid` is no string");
        check_parameters(&format!("{CREATED};tag=t"), "SIGNATURE_INVALID: `tag` is no string");
        let unknown = "SIGNATURE_INVALID: the signature has a parameter that is not known here";
        check_parameters(&format!("{CREATED};x=1"), unknown);
        let twice = "SIGNATURE_INVALID: a parameter of the signature is given twice";
        check_parameters(&format!("{CREATED}{CREATED}"), twice);
        check_parameters(&format!("{CREATED};nonce=\"a\";nonce=\"a\""), twice);
        let malformed =
            "SIGNATURE_INVALID: `Signature-Input` is no dictionary of structured fields";
        for value in ["+1", "1618884473x", "1618884473000000", "18446744073709551616", "@1", ""] {
            check_parameters(&format!(";created={value}"), malformed);
        }
        check_parameters(";Created=1618884473", malformed);
    }

    #[test]
    fn times() {
        let past = "SIGNATURE_EXPIRED: the signature was made more than 300 seconds ago";
        let future =
            "SIGNATURE_EXPIRED: the signature was made more than 300 seconds in the future";
        let over = "SIGNATURE_EXPIRED: the signature's `expires` has passed";
        let order = "SIGNATURE_INVALID: `expires` is not after `created`";
        let at = |created, expires: Option<u64>, verdict| {
            let expires = expires.map_or(String::new(), |expires| format!(";expires={expires}"));
            check_parameters(&format!(";created={created}{expires}"), verdict);
        };
        at(NOW - 300, None, "verified");
        at(NOW - 301, None, past);
        at(NOW + 300, None, "verified");
        at(NOW + 301, None, future);
        at(0, None, past);
        at(999_999_999_999_999, None, future);
        at(NOW - 10, Some(NOW + 1), "verified");
        at(NOW - 10, Some(NOW), over);
        at(NOW - 10, Some(NOW - 1), over);
        at(NOW - 10, Some(NOW - 10), order);
        at(NOW - 301, Some(NOW + 1), past);
        at(NOW, Some(999_999_999_999_999), "verified");
    }

    #[test]
    fn components_that_are_covered() {
        let lacks = |name| format!("SIGNATURE_INVALID: the signature does not cover `{name}`");
        check_components("", &lacks("@method"));
        check_components(r#""@method" "content-digest""#, &lacks("@path"));
        check_components(r#""@method" "@path""#, &lacks("content-digest"));
        let twice = |name| format!("SIGNATURE_INVALID: the signature covers `{name}` twice");
        check_components(r#""@method" "@path" "content-digest" "@path""#, &twice("@path"));
        check_components(r#""content-digest" "content-digest""#, &twice("content-digest"));
        let parameter = "SIGNATURE_INVALID: a covered component has a parameter";
        for parameters in [";sf", ";bs", ";req", ";tr", ";key=\"sha-256\"", ";req=?0"] {
            check_components(&format!("\"@method\" \"content-digest\"{parameters}"), parameter);
        }
        check_components(r#""@query-param";name="a""#, parameter);
        let unknown = "SIGNATURE_INVALID: a covered component is not known here";
        let names =
            ["Content-Digest", "@Method", "@status", "@request-target", "@signature-params"];
        for name in names.into_iter().chain(["", "a b", "a:", "ä", &"a".repeat(65)]) {
            let verdict = if name.is_ascii() {
                unknown
            } else {
                "SIGNATURE_INVALID: `Signature-Input` is no dictionary of structured fields"
            };
            check_components(&format!("\"{name}\""), verdict);
        }
        check_components("content-digest", unknown);
        check_components(":AAAA:", unknown);
        check_components("1", unknown);
        let many: Vec<String> = (0..33).map(|index| format!("\"h{index}\"")).collect();
        let verdict = "SIGNATURE_INVALID: the signature covers more than 32 components";
        check_components(&many.join(" "), verdict);
        check_components(&many[..32].join(" "), &lacks("@method"));
        let missing = "SIGNATURE_INVALID: the covered header `date` is missing";
        check_components(r#""@method" "@path" "content-digest" "date""#, missing);
    }

    #[test]
    fn the_order_is_signed_and_blanks_are_not() {
        let params = format!("{COMPONENTS}{CREATED};keyid=\"k\"");
        let signature = &format!("sig={}", sign(&params));
        check(&format!("sig={params}"), signature, "verified");
        check(
            &format!("sig={}", params.replace(';', ";   ").replace("\" \"", "\"  \"")),
            signature,
            "verified",
        );
        check(&format!("sig={COMPONENTS};keyid=\"k\"{CREATED}"), signature, "no key fits");
        check(
            &format!("sig=(\"@path\" \"@method\" \"content-digest\"){CREATED};keyid=\"k\""),
            signature,
            "no key fits",
        );
        check(&format!("sig={COMPONENTS}{CREATED}"), signature, "no key fits");
    }

    #[test]
    fn labels() {
        let own = &format!("{COMPONENTS}{CREATED};keyid=\"wh_1\"");
        let other = r#"("@status";req "x";sf);created=1;alg="ed25519";keyid="proxy""#;
        let (signed, forged) = (sign(own), sign("another"));
        check(&format!("a={own}, b={other}"), &format!("a={signed}, b=:AAAA:"), "verified");
        check(&format!("b={other}, a={own}"), &format!("b=:AAAA:, a={signed}"), "verified");
        check(&format!("a={own}, b={other}"), &format!("a={forged}, b={signed}"), "no key fits");
        let none = "SIGNATURE_INVALID: no `keyid` of `Signature-Input` is the webhook's id";
        check("", "", none);
        check(&format!("a={other}, b={COMPONENTS}{CREATED}"), &format!("b={signed}"), none);
        let two =
            "SIGNATURE_INVALID: more than one `keyid` of `Signature-Input` is the webhook's id";
        check(&format!("a={own}, b={own}"), &format!("a={signed}, b={signed}"), two);
        let many = |name| format!("SIGNATURE_INVALID: `{name}` has more than 4 members");
        check(&format!("a={own}, b, c, d"), &format!("a={signed}"), "verified");
        check(&format!("a={own}, b, c, d, e"), &format!("a={signed}"), &many("Signature-Input"));
        check(&format!("a={own}"), &format!("a={signed}, b, c, d, e"), &many("Signature"));
        let twice = |name| format!("SIGNATURE_INVALID: `{name}` has a member twice");
        check(&format!("a={own}, a={own}"), &format!("a={signed}"), &twice("Signature-Input"));
        check(&format!("a={own}"), &format!("a={forged}, a={signed}"), &twice("Signature"));
        check(
            "a",
            &format!("a={signed}"),
            "SIGNATURE_INVALID: `Signature-Input` has no list of components",
        );
    }

    #[test]
    fn signatures() {
        let params = &format!("{COMPONENTS}{CREATED}");
        let (input, signed) = (&format!("sig={params}"), sign(params));
        let label = "SIGNATURE_INVALID: `Signature` lacks the label of `Signature-Input`";
        check(input, "", label);
        check(input, &format!("sig1={signed}"), label);
        let bytes = "SIGNATURE_INVALID: the signature is not a byte sequence of 32 bytes";
        check(input, "sig=::", bytes);
        check(input, "sig=:AAAA:", bytes);
        check(input, "sig", bytes);
        check(input, "sig=()", bytes);
        check(input, &format!("sig=\"{}\"", signed.trim_matches(':')), bytes);
        check(input, &format!("sig={signed};x"), bytes);
        check(input, &format!("sig=:{}:", STANDARD.encode([0; 33])), bytes);
        let malformed = "SIGNATURE_INVALID: `Signature` is no dictionary of structured fields";
        check(input, &format!("sig={}", signed.trim_end_matches(':')), malformed);
        check(input, &format!("sig={signed}x"), malformed);
        check(input, &format!("sig={signed},"), malformed);
        check(input, &format!("sig={signed}\n"), malformed);
        check(input, &format!("sig=:!{}", signed.split_at(2).1), malformed);
    }

    #[test]
    fn headers_that_are_missing_given_twice_or_long() {
        let params = &format!("{COMPONENTS}{CREATED}");
        let (input, signature) = (&format!("sig={params}"), &format!("sig={}", sign(params)));
        let all = headers(input, signature);
        for (missing, _) in all {
            let rest: Vec<_> = all.into_iter().filter(|(name, _)| *name != missing).collect();
            let verdict = format!("SIGNATURE_INVALID: `{missing}` is missing");
            assert_eq!(sent(&rest).verdict(), verdict);
        }
        for twice in all {
            let more = [&all[..], &[twice]].concat();
            let verdict =
                format!("SIGNATURE_INVALID: `{}` is given in more than one line", twice.0);
            assert_eq!(sent(&more).verdict(), verdict);
        }
        let long = "a".repeat(8 * 1024 + 1);
        for (index, (name, _)) in all.into_iter().enumerate() {
            let mut headers = all;
            headers[index] = (name, &long);
            let verdict = format!("SIGNATURE_INVALID: `{name}` is longer than 8 KiB");
            assert_eq!(sent(&headers).verdict(), verdict);
        }
    }

    #[test]
    fn the_digest_stands_for_the_body() {
        let params = &format!("{COMPONENTS}{CREATED}");
        let (input, signature) = (&format!("sig={params}"), &format!("sig={}", sign(params)));
        let headers = headers(input, signature);
        let other = "SIGNATURE_INVALID: the body is not the one of its `Content-Digest`";
        for body in [&b""[..], br#"{"hello":"world"}"#, b"{\"hello\": \"world\"}\n"] {
            assert_eq!(Sent { body, ..sent(&headers) }.verdict(), other);
        }
        let mut changed = headers;
        changed[2].1 = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:";
        assert_eq!(Sent { body: b"", ..sent(&changed) }.verdict(), "no key fits");
        let secret = "another secret of theirs";
        assert_eq!(Sent { secret, ..sent(&headers) }.verdict(), "no key fits");
        let previous = Some(SECRET);
        assert_eq!(Sent { secret, previous, ..sent(&headers) }.verdict(), "verified");
    }

    #[test]
    fn a_nonce_is_signed_and_tells_a_repetition() {
        let names = |parameters: &str| {
            let params = format!("{COMPONENTS}{parameters}");
            let (input, signature) = (format!("sig={params}"), format!("sig={}", sign(&params)));
            sent(&headers(&input, &signature)).names()
        };
        let by_id = names(&format!("{CREATED};nonce=\"n-1\""));
        assert_eq!((&*by_id.id, &*by_id.replay_key), ("n-1", "id:n-1"));
        assert_eq!(by_id.told_apart_by, ToldApartBy::Id);
        let by_time = names(CREATED);
        assert_eq!(by_time.replay_key, format!("sha256:{}", by_time.id));
        assert_eq!(by_time.told_apart_by, ToldApartBy::Time);
    }

    #[test]
    fn the_gate_verifies_headers_alone() {
        let params = &format!("{COMPONENTS}{CREATED}");
        let (input, signature) = (&format!("sig={params}"), &format!("sig={}", sign(params)));
        let hmac = ("X-Webhook-Signature", &*format!("sha256={}", "0".repeat(64)));
        let headers = [&headers(input, signature)[..], &[hmac]].concat();
        let now = Timestamp::from_unix_millis(NOW * 1000);
        let verify = |scheme, secret| {
            let (webhook, message) =
                (webhook(scheme), Message::of("POST", "/hooks", None, None, &headers));
            let current = webhook.secret("").key(secret).unwrap();
            let keys = HmacKeys { current, created: now, previous: None };
            let signature = Signature::read(&webhook, &message, now).unwrap();
            let verified = signature.verify_headers(&webhook, &keys, now);
            verified.map(|headers| headers.secret_version().as_str())
        };
        assert_eq!(verify("rfc9421", SECRET), Some("current"));
        assert_eq!(verify("rfc9421", "another secret of theirs"), None);
        assert_eq!(verify("portcullis", SECRET), None);
    }
}
