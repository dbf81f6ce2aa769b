//! Where a token may stand.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tests::api_keys::{ENVIRONMENT, key, row};
use tests::events::{http_1, http_2, rest_request, rest_token, websocket};
use tests::mint::id_claims;
use tests::test_authorizer::TestAuthorizer;

use super::{PATH, SIGNER, good, outcome};

const MISSING: &str = "TOKEN_MISSING: no credential is presented";
const THREE: &str = "TOKEN_INVALID: the token is not three parts";
const PROTOCOL: &str = "Sec-WebSocket-Protocol";

/// A token of somebody else, for conflicts.
static OTHER: LazyLock<String> = LazyLock::new(|| SIGNER.token(&id_claims("super_admin", "acme")));

fn of_sources(sources: &str) -> TestAuthorizer {
    TestAuthorizer::new(&SIGNER, &[("TOKEN_SOURCES", sources)])
}

/// One that takes API keys as well, and knows one.
fn with_keys(sources: &str, imported: &str) -> TestAuthorizer {
    let authorizer = TestAuthorizer::new(
        &SIGNER,
        &[
            ("CREDENTIALS", "id-token,service-token,api-key"),
            ("TOKEN_SOURCES", sources),
            ("API_KEY_ENVIRONMENT", ENVIRONMENT),
            ("API_KEY_IMPORTED", imported),
            ("AURORA_HOST", "localhost"),
            ("AURORA_DATABASE", "keys"),
            ("AURORA_USER", "authorizer"),
            ("AURORA_AUTH", "iam"),
        ],
    );
    authorizer.api_keys.put(row(&key(1), &["read-only"]));
    authorizer
}

#[track_caller]
fn check(authorizer: &TestAuthorizer, event: &Value, expected: &str) {
    assert_eq!(outcome(&authorizer.answer(event)), expected);
}

#[test]
fn a_header_of_another_name() {
    let authorizer = of_sources("header:Access-Key");
    let token = good();
    let bearer = format!("Bearer {token}");
    for value in [&token, &bearer] {
        for name in ["access-key", "Access-Key", "ACCESS-KEY"] {
            let header = [(name, value.as_str())];
            check(&authorizer, &rest_request(&header, "GET", PATH), "OK");
            check(&authorizer, &http_1(&header, "GET", PATH), "OK");
            check(&authorizer, &http_2(&header, "GET", PATH), "OK");
            check(&authorizer, &websocket(&header, &[]), "OK");
        }
        // It does not say of which header its value is.
        check(&authorizer, &rest_token(value, "GET", PATH), "OK");
    }
    // Authorization is somebody else's.
    for authorization in ["AWS4-HMAC-SHA256 Credential=a", "Basic YTpi", &bearer, &OTHER] {
        let alone = [("Authorization", authorization)];
        check(&authorizer, &rest_request(&alone, "GET", PATH), MISSING);
        let both = [alone[0], ("access-key", &*token)];
        check(&authorizer, &rest_request(&both, "GET", PATH), "OK");
    }
    let two = [("access-key", token.as_str()), ("access-key", &**OTHER)];
    let conflict = "TOKEN_INVALID: two different `Access-Key` headers";
    check(&authorizer, &rest_request(&two, "GET", PATH), conflict);
    check(&authorizer, &http_2(&two, "GET", PATH), THREE);
    let same = [("access-key", token.as_str()), ("access-key", token.as_str())];
    check(&authorizer, &rest_request(&same, "GET", PATH), "OK");
    check(&authorizer, &rest_request(&[("access-key", "")], "GET", PATH), MISSING);
}

#[test]
fn two_sources() {
    let authorizer = of_sources("header:authorization , header:access-key");
    let token = good();
    let one = [("access-key", token.as_str())];
    check(&authorizer, &rest_request(&one, "GET", PATH), "OK");
    check(&authorizer, &rest_request(&[("Authorization", &token)], "GET", PATH), "OK");
    let at_once =
        "TOKEN_INVALID: two tokens at once, in `header:authorization` and in `header:access-key`";
    for second in [&token, &*OTHER, "x", "Basic YTpi"] {
        let both = [("Authorization", second), one[0]];
        check(&authorizer, &rest_request(&both, "GET", PATH), at_once);
        check(&authorizer, &http_2(&both, "GET", PATH), at_once);
    }
    // An empty one is none.
    for empty in ["", " ", "Bearer", "Bearer "] {
        check(&authorizer, &rest_request(&[("Authorization", empty), one[0]], "GET", PATH), "OK");
    }
}

#[test]
fn the_query_of_connect() {
    let authorizer = of_sources("header:authorization,query:token,query:t");
    let token = good();
    check(&authorizer, &websocket(&[], &[("token", &token)]), "OK");
    check(&authorizer, &websocket(&[], &[("t", &token)]), "OK");
    check(&authorizer, &websocket(&[], &[("Token", &token)]), MISSING);
    check(
        &authorizer,
        &websocket(&[("Authorization", &token)], &[("token", &token)]),
        "TOKEN_INVALID: two tokens at once, in `header:authorization` and in `query:token`",
    );
    check(
        &authorizer,
        &websocket(&[], &[("token", &token), ("t", &token)]),
        "TOKEN_INVALID: two tokens at once, in `query:token` and in `query:t`",
    );
    let mut two = websocket(&[], &[("token", &token)]);
    two["multiValueQueryStringParameters"] = json!({ "token": [*OTHER, token] });
    check(&authorizer, &two, "TOKEN_INVALID: two different tokens in the query");
    // Of `$connect` alone.
    let mut rest = rest_request(&[], "GET", PATH);
    rest["queryStringParameters"] = json!({ "token": token });
    check(&authorizer, &rest, MISSING);
    // Not a source unless the settings say so.
    check(&of_sources(""), &websocket(&[], &[("token", &token)]), MISSING);
    check(&of_sources("query:token"), &websocket(&[("Authorization", &token)], &[]), MISSING);
}

#[test]
fn the_subprotocol_of_connect() {
    let authorizer = of_sources("header:authorization,websocket-protocol");
    let token = good();
    let offered = |lines: &[&str]| {
        let mut event = websocket(&[], &[]);
        event["headers"] = json!({ PROTOCOL: lines.last() });
        event["multiValueHeaders"] = json!({ PROTOCOL: lines });
        event
    };
    let check = |lines: &[&str], expected: &str| check(&authorizer, &offered(lines), expected);
    check(&[&token], "OK");
    for with_others in [
        format!("bearer, {token}"),
        format!("{token},graphql-ws"),
        format!(" v1.chat ,\t{token} , mqtt"),
        // Names with two dots are none.
        format!("wamp.2.json, ocpp2.0.1, {token}"),
        format!("eyes.json, {token}"),
    ] {
        check(&[&with_others], "OK");
    }
    check(&["bearer", &token], "OK");
    check(&[&token, "bearer"], "OK");
    check(&[&token, &token], "OK");
    let two = "TOKEN_INVALID: two tokens among the subprotocols";
    check(&[&format!("{token}, {}", *OTHER)], two);
    check(&[&format!("{token}, {token}")], two);
    check(&[&token, &OTHER], two);
    check(&[&format!("{token},sfk_dev_x")], two);
    for none in
        ["", "bearer", "bearer, ", "graphql-ws", "wamp.2.json", "a.b.c", "eya.b", "eya.b.c.d"]
    {
        check(&[none], MISSING);
    }
    check(&["bearer, eyJ.b.c"], "TOKEN_INVALID: the header is not base64url");
    check(&["sfk_dev_x"], THREE);
    let mut both = offered(&[&token]);
    both["headers"]["Authorization"] = json!(token);
    let at_once =
        "TOKEN_INVALID: two tokens at once, in `header:authorization` and in `websocket-protocol`";
    assert_eq!(outcome(&authorizer.answer(&both)), at_once);
    // Of `$connect` alone, and only where the settings say so.
    let rest = rest_request(&[(PROTOCOL, &token)], "GET", PATH);
    assert_eq!(outcome(&authorizer.answer(&rest)), MISSING);
    assert_eq!(outcome(&of_sources("").answer(&offered(&[&token]))), MISSING);
}

/// An HTTP API says by which values it caches an answer: the token is one of them, or nothing is answered.
#[test]
fn every_source_is_an_identity_source() {
    let cached = "MISCONFIGURED: the credential stands in none of the authorizer's identity sources: one \
                  caller's answer would be cached for every other";
    let authorizer = with_keys("header:authorization,header:access-key", "off");
    let (token, value) = (good(), key(1).value);
    for name in ["authorization", "access-key", "x-api-key"] {
        for credential in [&token, &*value] {
            if name == "x-api-key" && *credential == token {
                continue;
            }
            let event = |sources: Value| {
                let mut event = http_2(&[(name, credential)], "GET", PATH);
                event["identitySource"] = sources;
                event
            };
            check(&authorizer, &event(json!([credential])), "OK");
            check(&authorizer, &event(json!(["GET", credential])), "OK");
            check(&authorizer, &event(Value::Null), "OK");
            check(&authorizer, &event(json!([])), "OK");
            check(&authorizer, &event(json!(["something else"])), cached);
            check(&authorizer, &event(json!(["Bearer x", "GET"])), cached);
            let mut joined = http_1(&[(name, credential)], "GET", PATH);
            for (sources, expected) in [
                (format!("GET,{credential}"), "OK"),
                (credential.to_owned(), "OK"),
                ("GET".to_owned(), cached),
            ] {
                joined["identitySource"] = json!(sources);
                check(&authorizer, &joined, expected);
            }
        }
    }
    // In the order of `TOKEN_SOURCES` or not: the place that holds the token counts.
    let both = [("authorization", "Bearer"), ("access-key", token.as_str())];
    let mut event = http_2(&both, "GET", PATH);
    event["identitySource"] = json!(["Bearer"]);
    check(&authorizer, &event, cached);
}

#[test]
fn api_keys_as_bearer_tokens() {
    let authorizer =
        with_keys("header:authorization,header:access-key,query:token,websocket-protocol", "off");
    let value = key(1).value;
    let bearer = format!("Bearer {}", *value);
    for text in [value.as_str(), &bearer] {
        for name in ["Authorization", "access-key"] {
            let header = [(name, text)];
            check(&authorizer, &rest_request(&header, "GET", PATH), "OK");
            check(&authorizer, &http_1(&header, "GET", PATH), "OK");
            check(&authorizer, &http_2(&header, "GET", PATH), "OK");
            check(&authorizer, &websocket(&header, &[]), "OK");
        }
        check(&authorizer, &rest_token(text, "GET", PATH), "OK");
        check(&authorizer, &websocket(&[], &[("token", text)]), "OK");
    }
    check(&authorizer, &websocket(&[(PROTOCOL, &format!("bearer, {}", *value))], &[]), "OK");
    let answer = authorizer.answer(&rest_request(&[("Authorization", &bearer)], "GET", PATH));
    assert_eq!(answer.answer.unwrap()["context"]["auth_method"], "api-key");
    let junk = [("Authorization", "Bearer sfk_x")];
    let environment = "API_KEY_INVALID: the key is of another environment";
    check(&authorizer, &rest_request(&junk, "GET", PATH), environment);
    let basic = [("Authorization", &*format!("Basic {}", *value))];
    check(&authorizer, &rest_request(&basic, "GET", PATH), THREE);
    let imported = with_keys("", "on");
    // What has another shape cannot be told from a token.
    let other = [("Authorization", "Bearer acme.8Jq2-vT5xN0cR7mWbK4yZpLd")];
    check(&imported, &rest_request(&other, "GET", PATH), THREE);
    assert_eq!(imported.api_keys.take_lookups(), []);
}

#[test]
fn a_bearer_key_beside_another_credential() {
    let (keys, imported) = (with_keys("", "off"), with_keys("", "on"));
    let (one, two) = (key(1).value, key(2).value);
    let bearer = format!("Bearer {}", *one);
    let twice = "API_KEY_INVALID: two API keys at once";
    let plan = "kQ7mZ2xT9vR4nB8cL1wY6pJ3sD5fG0hA7eU2iO4z";
    for (authorizer, second, expected) in [
        (&keys, one.as_str(), twice),
        (&keys, two.as_str(), twice),
        (&keys, "sfk_", twice),
        (&keys, plan, "OK"),
        (&keys, "", "OK"),
        (&imported, plan, twice),
    ] {
        let both = [("Authorization", bearer.as_str()), ("x-api-key", second)];
        check(authorizer, &rest_request(&both, "GET", PATH), expected);
        check(authorizer, &http_2(&both, "GET", PATH), expected);
    }
    let different = [("Authorization", bearer.as_str()), ("Authorization", two.as_str())];
    let conflict = "TOKEN_INVALID: two different `Authorization` headers";
    check(&keys, &rest_request(&different, "GET", PATH), conflict);
    let sources = with_keys("header:authorization,query:token", "off");
    let token = good();
    check(
        &sources,
        &websocket(&[("Authorization", &bearer)], &[("token", &token)]),
        "TOKEN_INVALID: two tokens at once, in `header:authorization` and in `query:token`",
    );
    // Where no keys are taken, it is a token, and a bad one.
    let none = TestAuthorizer::new(&SIGNER, &[]);
    check(&none, &rest_request(&[("Authorization", &bearer)], "GET", PATH), THREE);
    check(&none, &rest_token(&bearer, "GET", PATH), THREE);
    let both = [("Authorization", bearer.as_str()), ("x-api-key", one.as_str())];
    let at_once = "TOKEN_INVALID: a token and an API key at once";
    check(&none, &rest_request(&both, "GET", PATH), at_once);
}

/// The emulator's ARNs have words for account and id, and the one of `$connect` says `undefined`.
#[test]
fn arns_of_an_emulator() {
    let authorizer = of_sources("header:authorization,query:token");
    let token = good();
    let mut rest = rest_token(&token, "GET", PATH);
    let prefix = "arn:aws:execute-api:us-east-1:random-account-id:random-api-id/dev/";
    rest["methodArn"] = json!(format!("{prefix}GET{PATH}"));
    let answer = authorizer.answer(&rest);
    assert_eq!(answer.code(), "OK");
    let resources = answer.answer.unwrap()["policyDocument"].to_string();
    assert!(resources.contains(prefix), "{resources}");
    let mut connect = websocket(&[], &[("token", &token)]);
    connect["methodArn"] = json!("arn:aws:execute-api:us-east-1:undefined:private/local/$connect");
    check(&authorizer, &connect, "OK");
}
