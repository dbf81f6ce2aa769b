//! Keys of other systems, which the store knows by the hash of all of them.

use aws_lc_rs::digest::{SHA256, digest};
use shared::credential::api_key::{
    HashKind, KeyEnvironment, KeyQuestion, KeyRow, KeyRules, PresentedKey,
};
use shared::secret::Secret;
use shared::time::Timestamp;
use tests::api_keys::{ENVIRONMENT, key, key_of, row};
use tests::events::{http_2, rest_request, rest_token};
use tests::gate::Gate;

use super::{NOW, PATH, asked_by_id, check, gate, invalid, reading};

const VALUE: &str = "acme.8Jq2-vT5xN0cR7mWbK4yZpLd";

fn sha256(text: &str) -> [u8; 32] {
    digest(&SHA256, text.as_bytes()).as_ref().try_into().unwrap()
}

/// The row of the imported key `value`.
fn imported(value: &str) -> KeyRow {
    let hash_kind = HashKind::Whole.as_str().to_owned();
    KeyRow { hash: sha256(value).to_vec(), hash_kind, ..row(&key(9), &["read-only"]) }
}

fn taking() -> Gate {
    gate(&[("API_KEY_IMPORTED", "on")])
}

#[test]
fn it_is_found_by_the_hash_of_the_whole() {
    let gate = taking();
    gate.api_keys.put(imported(VALUE));
    check(&gate, &reading(VALUE), "OK");
    check(&gate, &rest_token(VALUE, "GET", PATH), "OK");
    check(&gate, &http_2(&[("x-api-key", VALUE)], "GET", PATH), "OK");
    assert_eq!(gate.api_keys.take_asked(), vec![KeyQuestion::ByHash(sha256(VALUE)); 3]);
    assert_eq!(gate.api_keys.take_touched(), vec![key(9).id.as_str(); 3]);
    let answer = gate.ask(&reading(VALUE)).answer.unwrap();
    assert_eq!(answer["context"]["key_id"], key(9).id.as_str());
    check(&gate, &reading(&VALUE.to_lowercase()), &invalid("the key is unknown"));
    gate.api_keys.put(KeyRow { revoked_at: Some(0.0), ..imported(VALUE) });
    check(&gate, &reading(VALUE), &invalid("the key is revoked"));
}

#[test]
fn it_is_not_asked_for_unless_that_is_set() {
    let gate = gate(&[]);
    gate.api_keys.put(imported(VALUE));
    check(&gate, &reading(VALUE), &invalid("the key does not begin with `sfk_`"));
    assert_eq!(gate.api_keys.take_asked(), []);
}

/// Whether it may be an imported key: then it is unknown, or else it has a mistake of its own.
#[test]
fn what_may_be_one() {
    let gate = taking();
    let unknown = "the key is unknown";
    let prefix = "the key does not begin with `sfk_`";
    let check_value = |value: &str, reason: &str| {
        check(&gate, &reading(value), &invalid(reason));
        let asked = gate.api_keys.take_asked();
        match reason == unknown {
            true => assert_eq!(asked, [KeyQuestion::ByHash(sha256(value))], "{value:.80}"),
            false => assert_eq!(asked, [], "{value:.80}"),
        }
    };
    check_value(&"x".repeat(19), prefix);
    check_value(&"x".repeat(20), unknown);
    check_value(&"x".repeat(256), unknown);
    check_value(&"x".repeat(257), prefix);
    check_value(&"x".repeat(1 << 20), prefix);
    check_value("!\"#$%&'()*+-./:;<=>?@[\\]^_`{|}~", unknown);
    check_value("';DROP/**/TABLE/**/api_keys;--", unknown);
    for bad in [",", " ", "\t", "\n", "\0", "\u{7f}", "é", "\u{a0}"] {
        check_value(&format!("{bad}{VALUE}"), prefix);
        check_value(&format!("{VALUE}{bad}"), prefix);
        check_value(&format!("{VALUE}{bad}{VALUE}"), prefix);
    }
    // One of our own shape that is none of ours may be an imported one.
    let good = key(1).value;
    check_value(&key_of("dev", 1).value, unknown);
    check_value(good.strip_suffix(|_: char| true).unwrap(), unknown);
    check_value(&good.to_lowercase(), unknown);
    check_value("sfk_prod_", "the key is not 65 characters after its environment");
    check_value("sfk_x", "the key is of another environment");
    let both = [("x-api-key", VALUE), ("x-api-key", "another-1234567890-1234567890")];
    check(&gate, &http_2(&both, "GET", PATH), &invalid(prefix));
    let two = invalid("two different `x-api-key` headers");
    check(&gate, &rest_request(&both, "GET", PATH), &two);
    assert_eq!(gate.api_keys.take_asked(), []);
}

/// A key of our own shape has an id, and is looked up by it however it came into the store.
#[test]
fn one_of_our_own_shape() {
    let (good, id) = (key(1).value, key(1).id.as_str().to_owned());
    for gate in [taking(), gate(&[])] {
        gate.api_keys.put(KeyRow { id: id.clone(), ..imported(&good) });
        check(&gate, &reading(&good), "OK");
        assert_eq!(gate.api_keys.take_asked(), [asked_by_id(&key(1))]);
        // The hash of the whole under another id is not looked at.
        check(&gate, &reading(&key(2).value), &invalid("the key is unknown"));
        gate.api_keys.put(KeyRow { id: id.clone(), ..imported(&key(2).value) });
        check(&gate, &reading(&good), &invalid("the key's secret is wrong"));
        gate.api_keys.put(row(&key(1), &["read-only"]));
        check(&gate, &reading(&good), "OK");
    }
}

/// A store that answers with a row of another kind is not believed, though its hash is right.
#[test]
fn only_a_whole_is_one() {
    let rules =
        KeyRules { environment: KeyEnvironment::parse(ENVIRONMENT).unwrap(), imported: true };
    let presented = PresentedKey::read(Secret::new(VALUE), &rules).ok().unwrap();
    let check = |row: &KeyRow, reason: &str| {
        let proven = presented.verify(Some(row), None, Timestamp::from_unix_millis(NOW));
        assert_eq!(
            proven.err().map(|denial| denial.reason.into_owned()).unwrap_or_default(),
            reason
        );
    };
    check(&imported(VALUE), "");
    check(&imported("another"), "the key's secret is wrong");
    let hash_kind = HashKind::Secret.as_str().to_owned();
    check(&KeyRow { hash_kind, ..imported(VALUE) }, "the key is another one than was asked for");
    let column = "the key's column `id` cannot be understood";
    for id in ["", "short", "0123456789abcde_", "0123456789abcdef0"] {
        check(&KeyRow { id: id.to_owned(), ..imported(VALUE) }, column);
    }
    assert_eq!(presented.question(), &KeyQuestion::ByHash(sha256(VALUE)));
    assert_eq!(format!("{presented:?}"), "PresentedKey");
}
