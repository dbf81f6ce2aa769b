//! Which JWK sets are taken, and what is said of the others.

use serde_json::{Value, json};
use shared::authn::{JwksSeed, jwk};
use tests::mint::Signer;

use super::{SIGNER, base64url, jwk_set, sign};

const NOT_JSON: &str = "not a JSON object that names each member once";

/// What becomes of a set: the number of its keys, or the sentence.
#[track_caller]
fn check(set: &[u8], expected: &str) {
    let outcome = match jwk::parse(set) {
        Ok(set) => format!("{} keys", set.count()),
        Err(error) => error.to_string(),
    };
    assert_eq!(outcome, expected);
}

/// An odd number of exactly `bits` bits, which nobody can tell from a modulus.
fn modulus(bits: usize) -> Vec<u8> {
    let mut octets = vec![0xff; bits.div_ceil(8)];
    octets[0] = u8::try_from((1_usize << ((bits - 1) % 8 + 1)) - 1).unwrap();
    octets
}

/// A sound key named `a` in which the members of `changes` are others, or absent if null.
fn key(changes: &Value) -> Value {
    let mut key = json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "a", "e": "AQAB",
                          "n": base64url(&modulus(2048)) });
    for (name, value) in changes.as_object().unwrap() {
        key[name] = value.clone();
        if value.is_null() {
            key.as_object_mut().unwrap().remove(name);
        }
    }
    key
}

#[track_caller]
fn check_key(changes: Value, expected: &str) {
    check(&jwk_set(&[key(&changes)]), expected);
}

#[track_caller]
fn check_number(name: &str, octets: &[u8], expected: &str) {
    check_key(json!({ name: base64url(octets) }), expected);
}

#[test]
fn a_key_says_what_it_is_for() {
    check_key(json!({}), "1 keys");
    check_key(json!({ "use": null, "alg": null }), "1 keys");
    check_key(json!({ "key_ops": ["sign", "verify"] }), "1 keys");
    check_key(json!({ "x5c": [], "x5t": "x", "unheard-of": { "a": [1.5, null, true] } }), "1 keys");
    let no = |why: &str| format!("no usable key: key 0 {why}");
    for kty in [json!(null), json!("EC"), json!("rsa"), json!("RSA "), json!("oct"), json!(1)] {
        check_key(json!({ "kty": kty }), &no("is not of type `RSA`"));
    }
    for usage in [json!("enc"), json!("SIG"), json!(""), json!(["sig"]), json!(false)] {
        check_key(json!({ "use": usage }), &no("is not for signatures"));
    }
    for alg in [json!("RS384"), json!("PS256"), json!("none"), json!("rs256"), json!(["RS256"])] {
        check_key(json!({ "alg": alg }), &no("is not for `RS256`"));
    }
    for ops in [json!([]), json!(["sign"]), json!("verify"), json!([["verify"]]), json!(7)] {
        check_key(json!({ "key_ops": ops }), &no("is not for verifying"));
    }
    let absent = br#"{"keys":[{"kid":"a","kty":"RSA","use":null,"n":"AQAB","e":"AQAB"}]}"#;
    check(absent, &no("is not for signatures"));
}

#[test]
fn the_modulus_is_odd_and_of_2048_to_4096_bits() {
    let bits = |n| format!("no usable key: key 0 has {n} bits; 2048 to 4096 are taken");
    for taken in [2048, 2049, 3072, 4096] {
        check_number("n", &modulus(taken), "1 keys");
    }
    for refused in [1, 1024, 2047, 4097, 8192] {
        check_number("n", &modulus(refused), &bits(refused));
    }
    let mut even = modulus(2048);
    even[255] = 0xfe;
    check_number("n", &even, "no usable key: key 0 has an even modulus");
}

#[test]
fn the_exponent_is_odd_from_65537_to_32_bits() {
    for taken in [&[1, 0, 1][..], &[1, 0, 3], &[0xff, 0xff, 0xff, 0xff]] {
        check_number("e", taken, "1 keys");
    }
    for refused in [&[1][..], &[3], &[0xff, 0xff], &[1, 0, 0], &[1, 0, 0, 0, 1], &[0xff; 300]] {
        let expected = "no usable key: key 0 has an exponent that is not odd, 65537 to 2^32";
        check_number("e", refused, expected);
    }
}

#[test]
fn numbers_are_strict_base64url() {
    let sentence = "has a member `e` that is not a number in strict base64url";
    let no = format!("no usable key: key 0 {sentence}");
    // Padding, other alphabets, white space, stray bits, a leading zero, nothing, other types.
    for e in ["AQAB=", "AQA=", "AQ+B", "AQ/B", "AQ AB", "AQAB\n", "AR", "A", "AAEAAQ", "", "é"] {
        check_key(json!({ "e": e }), &no);
    }
    for e in [json!(65537), json!(["AQAB"]), json!(null)] {
        check_key(json!({ "e": e }), &no);
    }
    let mut zero = vec![0];
    zero.extend(modulus(2040));
    check_number("n", &zero, &no.replace("`e`", "`n`"));
}

#[test]
fn a_private_member_refuses_the_set() {
    let good = key(&json!({ "kid": "good" }));
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let bad = key(&json!({ name: "AQAB" }));
        let expected = format!("key 1 has the private member `{name}`");
        check(&jwk_set(&[good.clone(), bad]), &expected);
    }
    let ec = json!({ "kty": "EC", "kid": "e", "d": 0 });
    check(&jwk_set(&[good, ec]), "key 1 has the private member `d`");
    check(br#"{"keys":[{"\u0064":null}]}"#, "key 0 has the private member `d`");
}

#[test]
fn every_key_has_a_name_of_its_own() {
    let nameless = "key 0 has no `kid` of 1 to 256 bytes";
    for kid in [json!(null), json!(""), json!(1), json!(["a"]), json!("a".repeat(257))] {
        check_key(json!({ "kid": kid }), nameless);
    }
    check_key(json!({ "kid": "a".repeat(256) }), "1 keys");
    check_key(json!({ "kid": "é".repeat(129) }), nameless);
    let two =
        |first, second| jwk_set(&[key(&json!({ "kid": first })), key(&json!({ "kid": second }))]);
    check(&two("a", "b"), "2 keys");
    check(&two("a", "A"), "2 keys");
    check(&two("a", "a"), "key 1 has the `kid` of an earlier key");
    let passed_over = json!({ "kty": "EC", "kid": "a" });
    check(&jwk_set(&[passed_over, key(&json!({}))]), "key 1 has the `kid` of an earlier key");
}

#[test]
fn keys_for_others_are_passed_over() {
    let others = [
        json!({ "kty": "EC", "kid": "1", "crv": "P-256" }),
        json!({ "kty": "oct", "kid": "2" }),
        key(&json!({ "kid": "3", "use": "enc" })),
        key(&json!({ "kid": "4", "n": base64url(&modulus(1024)) })),
    ];
    check(&jwk_set(&others), "no usable key: key 0 is not of type `RSA`");
    let mut mixed = others.to_vec();
    mixed.push(key(&json!({})));
    check(&jwk_set(&mixed), "1 keys");
}

#[test]
fn a_set_is_bounded() {
    let keys = |count| {
        let named = |index: usize| key(&json!({ "kid": index.to_string() }));
        (0..count).map(named).collect::<Vec<_>>()
    };
    check(&jwk_set(&keys(32)), "32 keys");
    check(&jwk_set(&keys(33)), "more than 32 keys");
    let mut long = jwk_set(&keys(1));
    long.resize(65_536, b' ');
    check(&long, "1 keys");
    long.push(b' ');
    check(&long, "more than 65536 bytes");
    check(&b"[".repeat(65_536), NOT_JSON);
    check(&br#"{"a":"#.repeat(13_107), NOT_JSON);
}

#[test]
fn a_set_is_one_json_object_in_which_names_are_unique() {
    check(b"{\"keys\":[]}", "no keys");
    for text in ["{}", r#"{"keys":{}}"#, r#"{"keys":[[]]}"#, r#"{"KEYS":[]}"#] {
        check(text.as_bytes(), "not an object with an array `keys` of objects");
    }
    let not_one_object: [&[u8]; 15] = [
        b"",
        b" ",
        b"{",
        b"{}{}",
        b"[]",
        b"null",
        b"\"keys\"",
        b"{\"keys\":[]} x",
        b"\xef\xbb\xbf{\"keys\":[]}",
        b"{'keys':[]}",
        b"{\"keys\":[NaN]}",
        b"{\"keys\":[1e999]}",
        b"{\"keys\":[{\"kid\":\"\xff\"}]}",
        b"{\"keys\":[{\"kid\":\"\\ud800\"}]}",
        b"{\"keys\":[{\"kid\":\"\0\"}]}",
    ];
    for text in not_one_object {
        check(text, NOT_JSON);
    }
    check(br#"{"keys":[],"keys":[]}"#, NOT_JSON);
    check(br#"{"keys":[],"k\u0065ys":[]}"#, NOT_JSON);
    check(br#"{"keys":[{"kid":"a","kid":"a"}]}"#, NOT_JSON);
    check(br#"{"keys":[],"x":[{"y":{"z":1,"z":1}}]}"#, NOT_JSON);
    check(b" \r\n<!doctype html>", "an HTML or XML page, not a JWK set");
}

#[test]
fn no_bytes_make_it_panic() {
    let good = jwk_set(&[SIGNER.jwk(), key(&json!({ "kid": "b" }))]);
    let mut random = 1_u32;
    for end in 0..good.len() {
        let mut bytes = good.clone();
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes[end] = random.to_be_bytes()[0];
        drop(jwk::parse(&bytes));
        drop(jwk::parse_seed(&bytes));
        drop(jwk::parse(&good[..end]));
        drop(jwk::parse_seed(&good[end..]));
    }
}

#[test]
fn a_key_verifies_what_it_signed_and_nothing_else() {
    let other = Signer::generate("second");
    let set = jwk::parse(&jwk_set(&[SIGNER.jwk(), other.jwk()])).unwrap();
    let (first, second) = (set.get("first").unwrap(), set.get("second").unwrap());
    let signature = sign("message");
    assert!(first.verify_rs256(b"message", &signature));
    assert!(first.verify_rs256(b"message", &signature), "the key is used again");
    assert!(!second.verify_rs256(b"message", &signature));
    assert!(!first.verify_rs256(b"massage", &signature));
    assert!(!first.verify_rs256(b"message", &signature[1..]));
    assert!(!first.verify_rs256(b"message", &[0, 0].repeat(128)));
    assert!(!first.verify_rs256(b"", b""));
    assert!(set.get("third").is_none());
}

#[test]
fn a_seed_is_one_set_or_one_for_each_issuer() {
    #[track_caller]
    fn check(seed: &[u8], expected: &str) {
        let outcome = match jwk::parse_seed(seed) {
            Ok(JwksSeed::One(set)) => format!("{} keys", set.count()),
            Ok(JwksSeed::ByIssuer(sets)) => sets
                .iter()
                .map(|(issuer, set)| format!("{issuer}: {} keys", set.count()))
                .collect::<Vec<_>>()
                .join(", "),
            Err(error) => error.to_string(),
        };
        assert_eq!(outcome, expected);
    }
    let set = json!({ "keys": [key(&json!({}))] });
    let text = |json: Value| json.to_string().into_bytes();
    check(&text(set.clone()), "1 keys");
    let both = text(json!({ "https://b": set, "https://a": set }));
    check(&both, "https://a: 1 keys, https://b: 1 keys");
    check(
        &text(json!({ "https://a": set, "https://b": {} })),
        "issuer `https://b`: not an object with an array `keys` of objects",
    );
    check(&text(json!({ "https://a": { "keys": [] } })), "issuer `https://a`: no keys");
    check(&text(json!({})), "not an object with an array `keys` of objects");
    check(&text(json!([])), NOT_JSON);
    check(
        &text(json!({ "https://\n": [] })),
        "issuer `https://\\n`: not an object with an array `keys` of objects",
    );
    check(br#"{"a":{"keys":[]},"a":{"keys":[]}}"#, NOT_JSON);
    check(&b" ".repeat(1_048_577), "more than 1048576 bytes");
}

#[test]
fn debug_shows_neither_names_nor_numbers() {
    let set = jwk::parse(&jwk_set(&[SIGNER.jwk()])).unwrap();
    assert_eq!(format!("{set:?}"), "Jwks { count: 1, .. }");
    assert_eq!(format!("{:?}", set.get("first")), "Some(VerifyingKey { bits: 2048, .. })");
}
