//! Keys of other systems, which the store knows by the hash of all of them.

use aws_lc_rs::digest::{SHA256, digest};
use shared::authn::{ApiKeyEnvironment, ApiKeyLookup, ApiKeyRules, PresentedApiKey};
use shared::secret::Secret;
use shared::time::Timestamp;
use tests::api_keys::{ENVIRONMENT, Row, key, key_of, row};
use tests::events::{http_2, rest_request, rest_token};
use tests::test_authorizer::TestAuthorizer;

use super::{NOW, PATH, authorizer, check, invalid, lookup_by_id, reading};

const VALUE: &str = "acme.8Jq2-vT5xN0cR7mWbK4yZpLd";

fn sha256(text: &str) -> [u8; 32] {
    digest(&SHA256, text.as_bytes()).as_ref().try_into().unwrap()
}

/// The row of the imported key `value`.
fn imported(value: &str) -> Row {
    let hash_kind = "whole".to_owned();
    Row { hash: sha256(value).to_vec(), hash_kind, ..row(&key(9), &["read-only"]) }
}

fn taking() -> TestAuthorizer {
    authorizer(&[("API_KEY_IMPORTED", "on")])
}

#[test]
fn it_is_found_by_the_hash_of_the_whole() {
    let authorizer = taking();
    authorizer.api_keys.put(imported(VALUE));
    check(&authorizer, &reading(VALUE), "OK");
    check(&authorizer, &rest_token(VALUE, "GET", PATH), "OK");
    check(&authorizer, &http_2(&[("x-api-key", VALUE)], "GET", PATH), "OK");
    assert_eq!(authorizer.api_keys.take_lookups(), vec![ApiKeyLookup::ByHash(sha256(VALUE)); 3]);
    assert_eq!(authorizer.api_keys.take_touched(), vec![key(9).id.as_str(); 3]);
    let answer = authorizer.answer(&reading(VALUE)).answer.unwrap();
    assert_eq!(answer["context"]["key_id"], key(9).id.as_str());
    check(&authorizer, &reading(&VALUE.to_lowercase()), &invalid("the key is unknown"));
    authorizer.api_keys.put(Row { revoked_at: Some(0.0), ..imported(VALUE) });
    check(&authorizer, &reading(VALUE), &invalid("the key is revoked"));
}

#[test]
fn it_is_not_asked_for_unless_that_is_set() {
    let authorizer = authorizer(&[]);
    authorizer.api_keys.put(imported(VALUE));
    check(&authorizer, &reading(VALUE), &invalid("the key does not begin with `sfk_`"));
    assert_eq!(authorizer.api_keys.take_lookups(), []);
}

/// Whether it may be an imported key: then it is unknown, or else it has a mistake of its own.
#[test]
fn what_may_be_one() {
    let authorizer = taking();
    let unknown = "the key is unknown";
    let prefix = "the key does not begin with `sfk_`";
    let check_value = |value: &str, reason: &str| {
        check(&authorizer, &reading(value), &invalid(reason));
        let asked = authorizer.api_keys.take_lookups();
        match reason == unknown {
            true => assert_eq!(asked, [ApiKeyLookup::ByHash(sha256(value))], "{value:.80}"),
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
    check(&authorizer, &http_2(&both, "GET", PATH), &invalid(prefix));
    let two = invalid("two different `x-api-key` headers");
    check(&authorizer, &rest_request(&both, "GET", PATH), &two);
    assert_eq!(authorizer.api_keys.take_lookups(), []);
}

/// A key of our own shape has an id, and is looked up by it however it came into the store.
#[test]
fn one_of_our_own_shape() {
    let (good, id) = (key(1).value, key(1).id.as_str().to_owned());
    for authorizer in [taking(), authorizer(&[])] {
        authorizer.api_keys.put(Row { id: id.clone(), ..imported(&good) });
        check(&authorizer, &reading(&good), "OK");
        assert_eq!(authorizer.api_keys.take_lookups(), [lookup_by_id(&key(1))]);
        // The hash of the whole under another id is not looked at.
        check(&authorizer, &reading(&key(2).value), &invalid("the key is unknown"));
        authorizer.api_keys.put(Row { id: id.clone(), ..imported(&key(2).value) });
        check(&authorizer, &reading(&good), &invalid("the key's secret is wrong"));
        authorizer.api_keys.put(row(&key(1), &["read-only"]));
        check(&authorizer, &reading(&good), "OK");
    }
}

/// A store that answers with a row of another kind is not believed, though its hash is right.
#[test]
fn only_a_whole_is_one() {
    let rules =
        ApiKeyRules { environment: ApiKeyEnvironment::parse(ENVIRONMENT).unwrap(), imported: true };
    let presented = PresentedApiKey::read(Secret::new(VALUE), &rules).ok().unwrap();
    let check = |row: &Row, reason: &str| {
        let proven =
            presented.verify(Some(&row.record().unwrap()), None, Timestamp::from_unix_millis(NOW));
        assert_eq!(
            proven.err().map(|denial| denial.reason.into_owned()).unwrap_or_default(),
            reason
        );
    };
    check(&imported(VALUE), "");
    check(&imported("another"), "the key's secret is wrong");
    let hash_kind = "secret".to_owned();
    check(&Row { hash_kind, ..imported(VALUE) }, "the record is that of another key");
    for (id, problem) in [
        ("", "is empty"),
        ("short", "is no key id"),
        ("0123456789abcde_", "is no key id"),
        ("0123456789abcdef0", "is no key id"),
    ] {
        let error = Row { id: id.to_owned(), ..imported(VALUE) }.record().unwrap_err();
        assert_eq!(error.to_string(), format!("the key's column `id` {problem}"));
    }
    assert_eq!(presented.lookup(), &ApiKeyLookup::ByHash(sha256(VALUE)));
    assert_eq!(format!("{presented:?}"), "PresentedApiKey");
}
