//! What a request presents, before anybody is asked.

use serde_json::{Value, json};
use tests::api_keys::{key, key_of, row};
use tests::events::{http_1, http_2, rest_request, rest_token, websocket};
use tests::mint::id_claims;
use tests::test_authorizer::TestAuthorizer;

use super::{PATH, SIGNER, authorizer, authorizer_of_all, check, invalid, lookup_by_id, reading};

/// A key of a usage plan of API Gateway.
const USAGE_PLAN: &str = "kQ7mZ2xT9vR4nB8cL1wY6pJ3sD5fG0hA7eU2iO4z";
const TWO: &str = "TOKEN_INVALID: a token and an API key at once";
const NOTHING: &str = "TOKEN_MISSING: no credential is presented";

fn with_key(authorizer: TestAuthorizer) -> TestAuthorizer {
    authorizer.api_keys.put(row(&key(1), &["read-only"]));
    authorizer
}

fn bearer() -> String {
    format!("Bearer {}", SIGNER.token(&id_claims("viewer", "acme")))
}

#[test]
fn every_shape() {
    let (keys, all) = (with_key(authorizer(&[])), with_key(authorizer_of_all(&[])));
    let value = key(1).value;
    let header = [("X-Api-Key", value.as_str())];
    for authorizer in [&keys, &all] {
        check(authorizer, &rest_request(&header, "GET", PATH), "OK");
        check(authorizer, &rest_token(&value, "GET", PATH), "OK");
        check(authorizer, &http_1(&header, "GET", PATH), "OK");
        check(authorizer, &http_2(&header, "GET", PATH), "OK");
        check(authorizer, &websocket(&header, &[]), "OK");
        assert_eq!(authorizer.api_keys.take_lookups(), vec![lookup_by_id(&key(1)); 5]);
        assert_eq!(authorizer.api_keys.take_touched(), vec![key(1).id.as_str(); 5]);
        // Elsewhere it is none.
        check(authorizer, &websocket(&[], &[("x-api-key", &value)]), NOTHING);
        check(authorizer, &rest_request(&[("Cookie", &value)], "GET", PATH), NOTHING);
    }
}

/// What cannot be a key asks nobody.
#[test]
fn junk() {
    let authorizer = with_key(authorizer(&[]));
    let good = key(1).value;
    let shorter = good.strip_suffix(|_: char| true).unwrap();
    let refuse_header = |value: &str, problem: &str| {
        check(&authorizer, &reading(value), &invalid(problem));
    };
    let refuse = |value: &str, problem: &str| {
        refuse_header(value, problem);
        check(&authorizer, &rest_token(value, "GET", PATH), &invalid(problem));
    };
    let prefix = "the key does not begin with `sfk_`";
    refuse(&good.replace("sfk_", "skf_"), prefix);
    refuse(&good.replace("sfk_", "SFK_"), prefix);
    // Only in a token's place may there be a scheme and blanks.
    refuse_header(&format!(" {}", *good), prefix);
    refuse_header(&format!("Bearer {}", *good), prefix);
    refuse(&format!("\"{}\"", *good), prefix);
    refuse(USAGE_PLAN, prefix);
    refuse("'; DROP TABLE portcullis.api_keys; --", prefix);
    refuse("\0", prefix);
    refuse(&"x".repeat(1 << 20), prefix);
    let environment = "the key is of another environment";
    refuse(&key_of("dev", 1).value, environment);
    refuse(&key_of("prod2", 1).value, environment);
    refuse(&key_of("pro", 1).value, environment);
    refuse("sfk_", environment);
    refuse("sfk__", environment);
    refuse(&good.replace("prod", "PROD"), environment);
    let length = "the key is not 65 characters after its environment";
    refuse("sfk_prod_", length);
    refuse(shorter, length);
    refuse(&format!("{}0", *good), length);
    refuse_header(&format!("{} ", *good), length);
    refuse(&format!("{}\n", *good), length);
    refuse(&format!("{},{}", *good, *good), length);
    refuse(&format!("sfk_prod_{}", "A".repeat(1 << 20)), length);
    let character = "the key has a character that is neither letter nor digit";
    for bad in ["'", "\0", "\n", "\u{7f}", "%", "_", "-", "é", "\u{202e}", "' OR 1=1 --"] {
        let mut value = good.to_string();
        value.replace_range(12..12 + bad.len(), bad);
        refuse(&value, character);
    }
    let checksum = "the key's checksum is wrong";
    let last = if good.ends_with('0') { "1" } else { "0" };
    refuse(&format!("{shorter}{last}"), checksum);
    refuse(&good.to_lowercase(), checksum);
    // The checksum covers the environment and the id.
    refuse(&key_of("dev", 1).value.replace("sfk_dev_", "sfk_prod_"), checksum);
    assert_eq!(authorizer.api_keys.take_lookups(), []);
    assert_eq!(authorizer.api_keys.take_touched(), [""; 0]);
}

#[test]
fn two_keys() {
    let authorizer = with_key(authorizer(&[]));
    let (one, other) = (key(1).value, key(2).value);
    let two = invalid("two different `x-api-key` headers");
    let both = |first: &str, second: &str| {
        rest_request(&[("x-api-key", first), ("x-api-key", second)], "GET", PATH)
    };
    check(&authorizer, &both(&one, &one), "OK");
    check(&authorizer, &both(&one, &other), &two);
    check(&authorizer, &both(&one, ""), &two);
    check(&authorizer, &both("", &one), &two);
    check(&authorizer, &both(USAGE_PLAN, &one), &two);
    let cases = rest_request(&[("x-api-key", &*one), ("X-API-Key", &*other)], "GET", PATH);
    check(&authorizer, &cases, &two);
    authorizer.api_keys.take_lookups();
    // An HTTP API joins them: that is no key, not even where both are the same.
    let length = invalid("the key is not 65 characters after its environment");
    for second in [&one, &other] {
        let event = http_2(&[("x-api-key", one.as_str()), ("x-api-key", second)], "GET", PATH);
        check(&authorizer, &event, &length);
    }
    assert_eq!(authorizer.api_keys.take_lookups(), []);
}

#[test]
fn no_key() {
    let authorizer = authorizer(&[]);
    for headers in
        [json!({}), json!({ "x-api-key": "" }), json!({ "x-api-key": null }), Value::Null]
    {
        let mut event = rest_request(&[], "GET", PATH);
        event["headers"] = headers;
        check(&authorizer, &event, NOTHING);
    }
    check(&authorizer, &rest_token("", "GET", PATH), NOTHING);
    check(&authorizer, &rest_request(&[], "GET", "/health"), "OK");
    // Also where nobody needs a credential, a bad one is refused.
    let event = rest_request(&[("x-api-key", "junk")], "GET", "/health");
    check(&authorizer, &event, &invalid("the key does not begin with `sfk_`"));
}

#[test]
fn a_token_and_a_key() {
    let (all, imported) =
        (with_key(authorizer_of_all(&[])), authorizer_of_all(&[("API_KEY_IMPORTED", "on")]));
    let (bearer, value) = (bearer(), key(1).value);
    let both = |key: &str| [("Authorization", bearer.clone()), ("x-api-key", key.to_owned())];
    let answer = |authorizer: &TestAuthorizer, key: &str, expected: &str| {
        let headers = both(key);
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        check(authorizer, &rest_request(&headers, "GET", PATH), expected);
        check(authorizer, &http_2(&headers, "GET", PATH), expected);
        check(authorizer, &websocket(&headers, &[]), expected);
    };
    answer(&all, &value, TWO);
    answer(&all, "sfk_", TWO);
    answer(&all, " sfk_x", TWO);
    answer(&all, &key_of("dev", 1).value, TWO);
    answer(&all, &format!("{}{}", *value, "x".repeat(1 << 20)), TWO);
    // A usage plan's key says nothing, unless any value may be a key.
    answer(&all, USAGE_PLAN, "OK");
    answer(&all, "", "OK");
    answer(&imported, USAGE_PLAN, TWO);
    answer(&imported, "x", TWO);
    answer(&imported, "", "OK");
    let header = [("x-api-key", value.as_str())];
    let in_query = authorizer_of_all(&[("TOKEN_SOURCES", "header:authorization,query:token")]);
    check(&in_query, &websocket(&header, &[("token", &bearer)]), TWO);
    let two_keys =
        [("Authorization", &*bearer), ("x-api-key", USAGE_PLAN), ("x-api-key", value.as_str())];
    let conflict = "TOKEN_INVALID: a token and two different `x-api-key` headers";
    check(&all, &rest_request(&two_keys, "GET", PATH), conflict);
    check(&all, &http_2(&two_keys, "GET", PATH), TWO);
    for authorizer in [&all, &imported, &in_query] {
        assert_eq!(authorizer.api_keys.take_lookups(), []);
    }
}

/// A `TOKEN` event does not say of which header its value is.
#[test]
fn token_events() {
    let all = with_key(authorizer_of_all(&[]));
    let (bearer, value) = (bearer(), key(1).value);
    check(&all, &rest_token(&bearer, "GET", PATH), "OK");
    check(&all, &rest_token(&value, "GET", PATH), "OK");
    let other = invalid("the key is of another environment");
    check(&all, &rest_token("sfk_x", "GET", PATH), &other);
    let token = "TOKEN_INVALID: the token is not three parts";
    for scheme in ["Bearer ", "bearer  ", " "] {
        check(&all, &rest_token(&format!("{scheme}{}", *value), "GET", PATH), "OK");
    }
    check(&all, &rest_token(&format!("Basic {}", *value), "GET", PATH), token);
    all.api_keys.take_lookups();
    // What is not of our shape can only be told from a token where no token is taken.
    let imported = authorizer_of_all(&[("API_KEY_IMPORTED", "on")]);
    check(&imported, &rest_token(USAGE_PLAN, "GET", PATH), token);
    assert_eq!(imported.api_keys.take_lookups(), []);
}

#[test]
fn who_takes_only_keys_takes_no_token() {
    let authorizer = with_key(authorizer(&[]));
    let (bearer, value) = (bearer(), key(1).value);
    let none = "TOKEN_INVALID: a token, and this function takes none";
    let auth = [("Authorization", bearer.as_str())];
    check(&authorizer, &rest_request(&auth, "GET", PATH), none);
    check(&authorizer, &http_2(&auth, "GET", PATH), none);
    let both = [("Authorization", bearer.as_str()), ("x-api-key", &*value)];
    check(&authorizer, &rest_request(&both, "GET", PATH), TWO);
    let begins = invalid("the key does not begin with `sfk_`");
    check(&authorizer, &rest_token(&bearer, "GET", PATH), &begins);
    assert_eq!(authorizer.api_keys.take_lookups(), []);
}

#[test]
fn who_takes_only_tokens_takes_no_key() {
    let authorizer = TestAuthorizer::new(&SIGNER, &[]);
    let (bearer, value) = (bearer(), key(1).value);
    check(&authorizer, &reading(&value), NOTHING);
    check(&authorizer, &reading(USAGE_PLAN), NOTHING);
    let two = [("x-api-key", value.as_str()), ("x-api-key", USAGE_PLAN)];
    check(&authorizer, &rest_request(&two, "GET", PATH), NOTHING);
    let both = [("Authorization", bearer.as_str()), ("x-api-key", &*value)];
    check(&authorizer, &rest_request(&both, "GET", PATH), TWO);
    let plan = [("Authorization", bearer.as_str()), ("x-api-key", USAGE_PLAN)];
    check(&authorizer, &rest_request(&plan, "GET", PATH), "OK");
    let token = "TOKEN_INVALID: the token is not three parts";
    check(&authorizer, &rest_token(&value, "GET", PATH), token);
    assert_eq!(authorizer.api_keys.take_lookups(), []);
}
