//! What a request presents, before anybody is asked.

use serde_json::{Value, json};
use tests::api_keys::{key, key_of, row};
use tests::events::{http_1, http_2, rest_request, rest_token, websocket};
use tests::gate::Gate;
use tests::mint::id_claims;

use super::{PATH, SIGNER, asked_by_id, check, gate, gate_of_all, invalid, reading};

/// A key of a usage plan of API Gateway.
const USAGE_PLAN: &str = "kQ7mZ2xT9vR4nB8cL1wY6pJ3sD5fG0hA7eU2iO4z";
const TWO: &str = "TOKEN_INVALID: a token and an API key at once";
const NOTHING: &str = "TOKEN_MISSING: no credential is presented";

fn with_key(gate: Gate) -> Gate {
    gate.api_keys.put(row(&key(1), &["read-only"]));
    gate
}

fn bearer() -> String {
    format!("Bearer {}", SIGNER.token(&id_claims("viewer", "acme")))
}

#[test]
fn every_shape() {
    let (keys, all) = (with_key(gate(&[])), with_key(gate_of_all(&[])));
    let value = key(1).value;
    let header = [("X-Api-Key", value.as_str())];
    for gate in [&keys, &all] {
        check(gate, &rest_request(&header, "GET", PATH), "OK");
        check(gate, &rest_token(&value, "GET", PATH), "OK");
        check(gate, &http_1(&header, "GET", PATH), "OK");
        check(gate, &http_2(&header, "GET", PATH), "OK");
        check(gate, &websocket(&header, &[]), "OK");
        assert_eq!(gate.api_keys.take_asked(), vec![asked_by_id(&key(1)); 5]);
        assert_eq!(gate.api_keys.take_touched(), vec![key(1).id.as_str(); 5]);
        // Elsewhere it is none.
        check(gate, &websocket(&[], &[("x-api-key", &value)]), NOTHING);
        check(gate, &rest_request(&[("Cookie", &value)], "GET", PATH), NOTHING);
    }
}

/// What cannot be a key asks nobody.
#[test]
fn junk() {
    let gate = with_key(gate(&[]));
    let good = key(1).value;
    let shorter = good.strip_suffix(|_: char| true).unwrap();
    let refuse = |value: &str, problem: &str| {
        check(&gate, &reading(value), &invalid(problem));
        check(&gate, &rest_token(value, "GET", PATH), &invalid(problem));
    };
    let prefix = "the key does not begin with `sfk_`";
    refuse(&good.replace("sfk_", "skf_"), prefix);
    refuse(&good.replace("sfk_", "SFK_"), prefix);
    refuse(&format!(" {}", *good), prefix);
    refuse(&format!("Bearer {}", *good), prefix);
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
    refuse(&format!("{} ", *good), length);
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
    assert_eq!(gate.api_keys.take_asked(), []);
    assert_eq!(gate.api_keys.take_touched(), [""; 0]);
}

#[test]
fn two_keys() {
    let gate = with_key(gate(&[]));
    let (one, other) = (key(1).value, key(2).value);
    let two = invalid("two different `x-api-key` headers");
    let both = |first: &str, second: &str| {
        rest_request(&[("x-api-key", first), ("x-api-key", second)], "GET", PATH)
    };
    check(&gate, &both(&one, &one), "OK");
    check(&gate, &both(&one, &other), &two);
    check(&gate, &both(&one, ""), &two);
    check(&gate, &both("", &one), &two);
    check(&gate, &both(USAGE_PLAN, &one), &two);
    let cases = rest_request(&[("x-api-key", &*one), ("X-API-Key", &*other)], "GET", PATH);
    check(&gate, &cases, &two);
    gate.api_keys.take_asked();
    // An HTTP API joins them: that is no key, not even where both are the same.
    let length = invalid("the key is not 65 characters after its environment");
    for second in [&one, &other] {
        let event = http_2(&[("x-api-key", one.as_str()), ("x-api-key", second)], "GET", PATH);
        check(&gate, &event, &length);
    }
    assert_eq!(gate.api_keys.take_asked(), []);
}

#[test]
fn no_key() {
    let gate = gate(&[]);
    for headers in
        [json!({}), json!({ "x-api-key": "" }), json!({ "x-api-key": null }), Value::Null]
    {
        let mut event = rest_request(&[], "GET", PATH);
        event["headers"] = headers;
        check(&gate, &event, NOTHING);
    }
    check(&gate, &rest_token("", "GET", PATH), NOTHING);
    check(&gate, &rest_request(&[], "GET", "/health"), "OK");
    // Also where nobody needs a credential, a bad one is refused.
    let event = rest_request(&[("x-api-key", "junk")], "GET", "/health");
    check(&gate, &event, &invalid("the key does not begin with `sfk_`"));
}

#[test]
fn a_token_and_a_key() {
    let (all, imported) = (with_key(gate_of_all(&[])), gate_of_all(&[("API_KEY_IMPORTED", "on")]));
    let (bearer, value) = (bearer(), key(1).value);
    let both = |key: &str| [("Authorization", bearer.clone()), ("x-api-key", key.to_owned())];
    let ask = |gate: &Gate, key: &str, expected: &str| {
        let headers = both(key);
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        check(gate, &rest_request(&headers, "GET", PATH), expected);
        check(gate, &http_2(&headers, "GET", PATH), expected);
        check(gate, &websocket(&headers, &[]), expected);
    };
    ask(&all, &value, TWO);
    ask(&all, "sfk_", TWO);
    ask(&all, " sfk_x", TWO);
    ask(&all, &key_of("dev", 1).value, TWO);
    ask(&all, &format!("{}{}", *value, "x".repeat(1 << 20)), TWO);
    // A usage plan's key says nothing, unless any value may be a key.
    ask(&all, USAGE_PLAN, "OK");
    ask(&all, "", "OK");
    ask(&imported, USAGE_PLAN, TWO);
    ask(&imported, "x", TWO);
    ask(&imported, "", "OK");
    let header = [("x-api-key", value.as_str())];
    let in_query = gate_of_all(&[("WEBSOCKET_TOKEN_PARAMETER", "token")]);
    check(&in_query, &websocket(&header, &[("token", &bearer)]), TWO);
    let two_keys =
        [("Authorization", &*bearer), ("x-api-key", USAGE_PLAN), ("x-api-key", value.as_str())];
    let conflict = "TOKEN_INVALID: a token and two different `x-api-key` headers";
    check(&all, &rest_request(&two_keys, "GET", PATH), conflict);
    check(&all, &http_2(&two_keys, "GET", PATH), TWO);
    for gate in [&all, &imported, &in_query] {
        assert_eq!(gate.api_keys.take_asked(), []);
    }
}

/// A `TOKEN` event does not say of which header its value is.
#[test]
fn token_events() {
    let all = with_key(gate_of_all(&[]));
    let (bearer, value) = (bearer(), key(1).value);
    check(&all, &rest_token(&bearer, "GET", PATH), "OK");
    check(&all, &rest_token(&value, "GET", PATH), "OK");
    let other = invalid("the key is of another environment");
    check(&all, &rest_token("sfk_x", "GET", PATH), &other);
    let token = "TOKEN_INVALID: the token is not three parts";
    check(&all, &rest_token(&format!("Bearer {}", *value), "GET", PATH), token);
    check(&all, &rest_token(&format!(" {}", *value), "GET", PATH), token);
    // What is not of our shape can only be told from a token where no token is taken.
    let imported = gate_of_all(&[("API_KEY_IMPORTED", "on")]);
    check(&imported, &rest_token(USAGE_PLAN, "GET", PATH), token);
    assert_eq!(imported.api_keys.take_asked(), []);
}

#[test]
fn who_takes_only_keys_takes_no_token() {
    let gate = with_key(gate(&[]));
    let (bearer, value) = (bearer(), key(1).value);
    let none = "TOKEN_INVALID: a token, and this function takes none";
    let auth = [("Authorization", bearer.as_str())];
    check(&gate, &rest_request(&auth, "GET", PATH), none);
    check(&gate, &http_2(&auth, "GET", PATH), none);
    let both = [("Authorization", bearer.as_str()), ("x-api-key", &*value)];
    check(&gate, &rest_request(&both, "GET", PATH), TWO);
    let begins = invalid("the key does not begin with `sfk_`");
    check(&gate, &rest_token(&bearer, "GET", PATH), &begins);
    assert_eq!(gate.api_keys.take_asked(), []);
}

#[test]
fn who_takes_only_tokens_takes_no_key() {
    let gate = Gate::new(&SIGNER, &[]);
    let (bearer, value) = (bearer(), key(1).value);
    check(&gate, &reading(&value), NOTHING);
    check(&gate, &reading(USAGE_PLAN), NOTHING);
    let two = [("x-api-key", value.as_str()), ("x-api-key", USAGE_PLAN)];
    check(&gate, &rest_request(&two, "GET", PATH), NOTHING);
    let both = [("Authorization", bearer.as_str()), ("x-api-key", &*value)];
    check(&gate, &rest_request(&both, "GET", PATH), TWO);
    let plan = [("Authorization", bearer.as_str()), ("x-api-key", USAGE_PLAN)];
    check(&gate, &rest_request(&plan, "GET", PATH), "OK");
    let token = "TOKEN_INVALID: the token is not three parts";
    check(&gate, &rest_token(&value, "GET", PATH), token);
    assert_eq!(gate.api_keys.take_asked(), []);
}
