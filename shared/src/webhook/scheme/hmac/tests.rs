use super::super::description::ToldApartBy;
use super::super::fixture::{Names, Sent};

const SECRET: &str = "correct horse battery staple";
const BODY: &[u8] = br#"{"hello": "world"}"#;
const MAC: &str = "6e1ad38780fd1a2b078b8d7f1b23b3a782200733403dabf5126b988d3ec2742b";
const BASE64: &str = "bhrTh4D9GisHi41/GyOzp4IgBzNAPav1EmuYjT7CdCs=";
const OTHER: &str = "101408a980bd2fd8511425e0f883ff9d6f7ee1b2d1248f78d8b9f39e0ccdb432";
/// SHA-256 of `BODY`, by Python's `hashlib`.
const DIGEST: &str = "5f8f04f6a3a892aaabbddb6cf273894493773960d4a325b105fee46eef4304f1";
const NOW: u64 = 1_700_000_000;

fn sent<'c>(scheme: &'c str, headers: &'c [(&'c str, &'c str)]) -> Sent<'c> {
    Sent { scheme, secret: SECRET, previous: None, now: NOW, headers, body: BODY }
}

#[track_caller]
fn check(scheme: &str, headers: &[(&str, &str)], verdict: &str) {
    assert_eq!(sent(scheme, headers).verdict(), verdict, "{headers:?}");
}

/// One signature after a prefix.
#[test]
fn a_signature_has_one_spelling() {
    let check = |value: &str, verdict: &str| {
        check("portcullis", &[("x-webhook-signature", value)], verdict);
    };
    let prefix = "SIGNATURE_INVALID: `X-Webhook-Signature` does not start with `sha256=`";
    let digits = "SIGNATURE_INVALID: `X-Webhook-Signature` is not 64 lower-case hex digits";
    check(&format!("sha256={MAC}"), "verified");
    check(&format!("sha256={}", "0".repeat(64)), "no key fits");
    check("", prefix);
    check(MAC, prefix);
    check(&format!("SHA256={MAC}"), prefix);
    check(&format!("sha1={MAC}"), prefix);
    check(&format!(" sha256={MAC}"), prefix);
    check(&format!("sha256:{MAC}"), prefix);
    check("sha256=", digits);
    check(&format!("sha256={MAC}0"), digits);
    check(&format!("sha256={MAC}00"), digits);
    check(&format!("sha256={MAC} "), digits);
    check(&format!("sha256={MAC}\n"), digits);
    check(&format!("sha256={MAC},sha256={MAC}"), digits);
    check(&format!("sha256= {MAC}"), digits);
    check(&format!("sha256={}", MAC.split_at(1).1), digits);
    check(&format!("sha256={}", MAC.to_uppercase()), digits);
    check(&format!("sha256=0x{}", MAC.split_at(2).1), digits);
    let long = "SIGNATURE_INVALID: `X-Webhook-Signature` is longer than 4096 bytes";
    check(&"0".repeat(4097), long);
}

#[test]
fn base64_has_one_spelling() {
    let check = |value: &str, verdict: &str| {
        check("shopify", &[("X-Shopify-Hmac-Sha256", value)], verdict);
    };
    let base64 = "SIGNATURE_INVALID: `X-Shopify-Hmac-Sha256` is not the base64 of 32 bytes";
    check(BASE64, "verified");
    for bad in [
        "",
        "AAAA",
        MAC,
        BASE64.trim_end_matches('='),
        &BASE64.replace('/', "_"),
        // A stray bit of the last character.
        &BASE64.replace("Cs=", "Ct="),
        &format!("{BASE64}AAAA"),
        &format!(" {BASE64}"),
        &format!("{BASE64}\n"),
    ] {
        check(bad, base64);
    }
}

#[test]
fn there_is_one_signature_and_it_is_in_one_header() {
    let (good, bad) = (&*format!("sha256={MAC}"), &*format!("sha256={OTHER}"));
    let missing = "SIGNATURE_INVALID: `X-Webhook-Signature` is missing";
    let twice = "SIGNATURE_INVALID: `X-Webhook-Signature` is given twice";
    let name = "X-Webhook-Signature";
    check("portcullis", &[], missing);
    check("portcullis", &[("X-Hub-Signature-256", good)], missing);
    check("portcullis", &[(name, good), (name, bad)], twice);
    check("portcullis", &[(name, bad), ("x-webhook-signature", good)], twice);
    check("portcullis", &[(name, good), (name, good)], "verified");
    // GitHub's older header with SHA-1 is not read.
    let sha1 = ("X-Hub-Signature", "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59");
    check("github", &[("X-Hub-Signature-256", good), sha1], "verified");
    check("github", &[sha1], "SIGNATURE_INVALID: `X-Hub-Signature-256` is missing");
}

/// `key=value` by commas: Stripe's. The MACs are computed by Python's `hmac`.
#[test]
fn signatures_as_pairs() {
    const NEW: &str = "7de945b08fc688381b06fc6e929d19f6436c64e2cccf2aa2eb2cf60d28f4cf52";
    let check = |value: &str, verdict: &str| {
        check("stripe", &[("Stripe-Signature", value)], verdict);
    };
    let t = "t=1700000000";
    check(&format!("{t},v1={NEW}"), "verified");
    check(&format!("v1={NEW},{t}"), "verified");
    check(&format!("{t},v1={OTHER}"), "no key fits");
    check(&format!("t=1700000001,v1={NEW}"), "no key fits");
    check(&format!("{t},v1={OTHER},v1={NEW}"), "verified");
    check(&format!("{t},v1={NEW},v1={NEW}"), "verified");
    check(&format!("{t},v1={NEW},v0={OTHER}"), "verified");
    check(&format!("{t},v1={OTHER},v0={NEW}"), "no key fits");
    check(&format!("{t},v1={NEW},later=not-hex"), "verified");
    let no_time = "SIGNATURE_INVALID: `Stripe-Signature` has no `t`";
    check(&format!("v1={NEW}"), no_time);
    check(&format!("T=1700000000,v1={NEW}"), no_time);
    let times = "SIGNATURE_INVALID: `Stripe-Signature` has two times";
    check(&format!("{t},{t},v1={NEW}"), times);
    let no_signature = "SIGNATURE_INVALID: `Stripe-Signature` has no `v1`";
    check(t, no_signature);
    check(&format!("{t},v0={NEW}"), no_signature);
    check(&format!("{t},V1={NEW}"), no_signature);
    let empty = "SIGNATURE_INVALID: `Stripe-Signature` has an item that is empty or has a blank";
    check("", empty);
    check(&format!("{t},,v1={NEW}"), empty);
    check(&format!("{t},v1={NEW},"), empty);
    check(&format!("{t}, v1={NEW}"), empty);
    check(&format!("{t},v1={NEW} "), empty);
    let item = "SIGNATURE_INVALID: `Stripe-Signature` has an item that is no `key=value`";
    check(NEW, item);
    check(&format!("{t},v1={NEW},v0="), item);
    check(&format!("{t},v1={NEW},=x"), item);
    let digits = "SIGNATURE_INVALID: `Stripe-Signature` is not 64 lower-case hex digits";
    check(&format!("{t},v1={NEW}0"), digits);
    check(&format!("{t},v1={}", NEW.to_uppercase()), digits);
    check(&format!("{t},v1={NEW},v1=0"), digits);
    let time = "SIGNATURE_INVALID: the `t` of `Stripe-Signature` is no time";
    for bad in ["+1700000000", "01700000000", "-1", "1700000000.0", "18446744073709551616"] {
        check(&format!("t={bad},v1={NEW}"), time);
    }
    let many = "SIGNATURE_INVALID: `Stripe-Signature` has more than 8 signatures";
    check(&format!("{t}{}", format!(",v1={NEW}").repeat(8)), "verified");
    check(&format!("{t}{}", format!(",v1={NEW}").repeat(9)), many);
    let items = "SIGNATURE_INVALID: `Stripe-Signature` has more than 16 items";
    check(&format!("{t},v1={NEW}{}", ",v0=1".repeat(14)), "verified");
    check(&format!("{t},v1={NEW}{}", ",v0=1".repeat(15)), items);
    let long = "SIGNATURE_INVALID: `Stripe-Signature` is longer than 4096 bytes";
    check(&format!("{t},v1={NEW},v0={}", "0".repeat(4096)), long);
}

const ID: &str = "msg_1";
const STANDARD: &str = "v1,kEXyrT9LAABZcEXm9wcIlJYp/zlEEMgJFTzOyoSP3QE=";

/// Several by blanks: Standard Webhooks.
#[test]
fn signatures_as_a_list() {
    let check = |id: &str, time: &str, signature: &str, verdict: &str| {
        let headers =
            [("webhook-id", id), ("webhook-timestamp", time), ("webhook-signature", signature)];
        let secret = "whsec_Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ==";
        let sent = Sent { secret, ..sent("standard-webhooks", &headers) };
        assert_eq!(sent.verdict(), verdict, "{id} {time} {signature}");
    };
    let time = "1700000000";
    let signed = &*format!("v1,{}", "HT0orZEqvF7xpPclZxR459fLXvYWgqMJT2uUd9uKW5E=");
    let other = STANDARD;
    check(ID, time, signed, "verified");
    check("msg_2", time, signed, "no key fits");
    check(ID, "1700000001", signed, "no key fits");
    check(ID, time, other, "no key fits");
    check(ID, time, &format!("{other} {signed}"), "verified");
    check(ID, time, &format!("{signed} v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw=="), "verified");
    check(ID, time, &format!("{other} {}", signed.replace("v1,", "v2,")), "no key fits");
    let bad = "SIGNATURE_INVALID: `webhook-id` is no delivery id";
    for id in ["", "msg.1", "msg 1", "msg\n1", &"a".repeat(129)] {
        check(id, time, signed, bad);
    }
    check(
        &"a".repeat(4097),
        time,
        signed,
        "SIGNATURE_INVALID: `webhook-id` is longer than 4096 bytes",
    );
    let empty = "SIGNATURE_INVALID: `webhook-signature` has an item that is empty or has a blank";
    check(ID, time, "", empty);
    check(ID, time, &format!(" {signed}"), empty);
    check(ID, time, &format!("{signed} "), empty);
    check(ID, time, &format!("{signed}  {signed}"), empty);
    check(ID, time, &format!("{signed}\t{signed}"), empty);
    let none = "SIGNATURE_INVALID: `webhook-signature` has no `v1,`";
    check(ID, time, signed.trim_start_matches("v1,"), none);
    check(ID, time, &signed.replace("v1,", "v1a,"), none);
    check(ID, time, &signed.replace("v1,", "V1,"), none);
    let base64 = "SIGNATURE_INVALID: `webhook-signature` is not the base64 of 32 bytes";
    check(ID, time, "v1,", base64);
    check(ID, time, "v1,AAAA", base64);
    check(ID, time, &format!("{signed} v1,!"), base64);
    check(ID, time, &format!("{signed},{signed}"), base64);
    let many = "SIGNATURE_INVALID: `webhook-signature` has more than 8 signatures";
    check(ID, time, &[signed; 8].join(" "), "verified");
    check(ID, time, &[signed; 9].join(" "), many);
    let no_time = "SIGNATURE_INVALID: `webhook-timestamp` is no time";
    for bad in ["", "+1700000000", "01700000000", "-1", "1700000000 "] {
        check(ID, bad, signed, no_time);
    }
    let future = "SIGNATURE_EXPIRED: the signature was made more than 300 seconds in the future";
    let millis = format!("{future}: `webhook-timestamp` is in milliseconds");
    check(ID, "1700000000000", signed, &millis);
    check(ID, "1800000000000", signed, future);
}

#[test]
fn two_forms_are_never_mixed() {
    let signed = "v1,HT0orZEqvF7xpPclZxR459fLXvYWgqMJT2uUd9uKW5E=";
    let secret = "whsec_Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ==";
    let mixed = "SIGNATURE_INVALID: the headers are those of two forms of the scheme";
    let svix = [("svix-id", ID), ("svix-timestamp", "1700000000"), ("svix-signature", signed)];
    let check = |headers: &[(&str, &str)], verdict: &str| {
        let sent = Sent { secret, ..sent("standard-webhooks", headers) };
        assert_eq!(sent.verdict(), verdict, "{headers:?}");
    };
    check(&svix, "verified");
    for (name, value) in svix {
        let other = name.replace("svix", "webhook");
        check(&[&svix[..], &[(&*other, value)]].concat(), mixed);
        let renamed: Vec<_> = svix
            .into_iter()
            .map(|header| if header.0 == name { (&*other, value) } else { header })
            .collect();
        check(&renamed, mixed);
    }
    // GitLab's scheme has one form: `svix-id` means nothing there.
    let names = svix.map(|(name, value)| (name.replace("svix", "webhook"), value));
    let mut gitlab: Vec<_> = names.iter().map(|(name, value)| (&**name, *value)).collect();
    gitlab.extend([("svix-id", ID), ("X-Gitlab-Token", "in plain")]);
    assert_eq!(Sent { secret, ..self::sent("gitlab", &gitlab) }.verdict(), "verified");
}

#[test]
fn described_schemes() {
    let zendesk = r#"{"header": "X-Zendesk-Webhook-Signature", "encoding": "base64",
        "template": "{time}{body}", "time_unit": "rfc3339",
        "time_header": "X-Zendesk-Webhook-Signature-Timestamp"}"#;
    let time = "X-Zendesk-Webhook-Signature-Timestamp";
    let signed = ("X-Zendesk-Webhook-Signature", "ztQoncXWLyIAeOAsaxb6SOPiunVip2oKsb8DbHjd2nk=");
    check(zendesk, &[signed, (time, "2023-11-14T22:13:20Z")], "verified");
    check(zendesk, &[signed, (time, "2023-11-14T22:13:21Z")], "no key fits");
    let no_time = "SIGNATURE_INVALID: `X-Zendesk-Webhook-Signature-Timestamp` is no time like \
                   `2026-01-01T00:00:00Z`";
    check(zendesk, &[signed, (time, "1700000000")], no_time);

    let sanity = r#"{"header": "sanity-webhook-signature", "encoding": "base64url",
        "signatures": "pairs", "signature_key": "v1", "time_key": "t",
        "time_unit": "milliseconds", "template": "{time}.{body}"}"#;
    let value = "t=1700000000000,v1=otJ7PR8kPaUuCbuEgCiEJRZT2B6F5wS7GdmZWdVabTA";
    check(sanity, &[("sanity-webhook-signature", value)], "verified");
    let padded = format!("{value}=");
    let base64url =
        "SIGNATURE_INVALID: `sanity-webhook-signature` is not the base64url of 32 bytes";
    check(sanity, &[("sanity-webhook-signature", &padded)], base64url);

    let grafana = r#"{"header": "X-Grafana-Alerting-Signature", "encoding": "hex",
        "template": "{time}:{body}", "time_header": "X-Grafana-Time", "window_seconds": 60}"#;
    let mac = "e5100b3ae05d063e44adab3440d040ffbc42752294909501f73f537f99618a48";
    let headers = [("X-Grafana-Alerting-Signature", mac), ("X-Grafana-Time", "1700000000")];
    let sent = sent(grafana, &headers);
    let verdict = |now| Sent { now, ..sent }.verdict();
    assert_eq!(verdict(NOW + 60), "verified");
    let past = "SIGNATURE_EXPIRED: the signature was made more than 60 seconds ago";
    assert_eq!(verdict(NOW + 61), past);

    let glued = r#"{"header": "X-Sig", "encoding": "hex", "template": "{time}{body}",
        "time_header": "X-Time"}"#;
    let mac = "d91f7543f54e8cfabcbe5aab6ede0e2a993e27d3703fa63e25873cde7d073dfe";
    check(glued, &[("X-Sig", mac), ("X-Time", "1700000000")], "verified");
    // The same bytes, with a digit of the body in the time.
    let no_time = "SIGNATURE_INVALID: `X-Time` is no time";
    for time in ["170000000", "17000000001", "1700000000000"] {
        check(glued, &[("X-Sig", mac), ("X-Time", time)], no_time);
    }

    let with_id = r#"{"header": "X-Sig", "encoding": "hex", "template": "{id}.{body}",
        "id_header": "X-Id", "prefix": "v1=", "signatures": "list"}"#;
    let mac = "v1=aab4754527f4dfc896595ab15c8b8863511af5bce4d6c3b9750ec05e6fa9cee1";
    check(with_id, &[("X-Sig", mac), ("X-Id", "msg_1")], "verified");
    check(
        with_id,
        &[("X-Sig", mac), ("X-Id", "msg_1.x")],
        "SIGNATURE_INVALID: `X-Id` is no delivery id",
    );
    check(with_id, &[("X-Sig", mac)], "SIGNATURE_INVALID: `X-Id` is missing");
}

/// Whoever repeats a delivery can write what he likes into a header that is not signed.
#[test]
fn a_delivery_has_one_authenticated_name() {
    let names = |scheme: &str, headers: &[(&str, &str)]| sent(scheme, headers).names();
    let (signature, id) = (
        ("X-Hub-Signature-256", &*format!("sha256={MAC}")),
        ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
    );
    let by_body = |sender_id: Option<&str>| Names {
        id: DIGEST.to_owned(),
        replay_key: format!("sha256:{DIGEST}"),
        sender_id: sender_id.map(str::to_owned),
        told_apart_by: ToldApartBy::Body,
    };
    assert_eq!(names("github", &[signature, id]), by_body(Some(id.1)));
    assert_eq!(names("github", &[signature]), by_body(None));
    let malformed = "SIGNATURE_INVALID: `X-GitHub-Delivery` is no delivery id";
    for bad in ["", "a b", "a\nb", &"a".repeat(129)] {
        check("github", &[signature, (id.0, bad)], malformed);
    }
    let twice = "SIGNATURE_INVALID: `X-GitHub-Delivery` is given twice";
    check("github", &[signature, id, (id.0, "a")], twice);

    let headers = [
        ("webhook-id", ID),
        ("webhook-timestamp", "1700000000"),
        ("webhook-signature", "v1,HT0orZEqvF7xpPclZxR459fLXvYWgqMJT2uUd9uKW5E="),
    ];
    let secret = "whsec_Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ==";
    let by_id = Sent { secret, ..sent("standard-webhooks", &headers) }.names();
    assert_eq!((by_id.id.as_str(), by_id.replay_key.as_str()), (ID, "id:msg_1"));
    assert_eq!(by_id.told_apart_by, ToldApartBy::Id);
}

/// A sender that rotates its secret signs with both. Whichever of the signatures is left out,
/// and whichever secret is known here, it is the same delivery.
#[test]
fn a_delivery_has_one_name_whatever_secret_signed_it() {
    const NEW: &str = "6a30160056906061f3e38b5a21959b0dce495112d58ad24429d21c0bf4b6b0ee";
    const OLD: &str = "00a8de9c4ddf8ec46c66faa4621de9701ec1da31645af081754fbb427ab7e0bf";
    let (new, old) = ("whsec_test_secret_0123456789", "whsec_former_secret_98765432");
    let names = |secret, previous, macs: &[&str]| {
        let value = format!("t=1492774577,v1={}", macs.join(",v1="));
        let headers = [("Stripe-Signature", &*value)];
        let body = br#"{"id":"evt_1"}"#;
        let sent = Sent {
            scheme: "stripe",
            secret,
            previous,
            now: 1_492_774_577,
            headers: &headers,
            body,
        };
        sent.names()
    };
    let name = names(new, Some(old), &[NEW]);
    // SHA-256 of `1492774577.{"id":"evt_1"}`, by Python's `hashlib`.
    assert_eq!(name.id, "3f4ba115b7c5d8fcb3c09a694a332cace607c5881666c79f97e5c221fac6869a");
    assert_eq!(name.told_apart_by, ToldApartBy::Time);
    for macs in [&[OLD][..], &[NEW, OLD], &[OLD, NEW], &[OLD, OLD, NEW]] {
        assert_eq!(names(new, Some(old), macs), name);
    }
    assert_eq!(names(old, None, &[NEW, OLD]), name);
    assert_eq!(names(new, None, &[OLD, NEW]), name);
}
