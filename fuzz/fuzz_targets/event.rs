//! Any bytes as an authorizer event: no panic, and nothing in the ARN's prefix that a policy could
//! read as a wildcard.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use shared::authn::{Accepted, ApiKeyEnvironment, ApiKeyRules, Credential, TokenSource};
use shared::request::Request;

/// Tokens, keys or both; keys of our own shape or any.
static ACCEPTED: LazyLock<Vec<(bool, Option<ApiKeyRules>)>> = LazyLock::new(|| {
    let rules = |imported| {
        ApiKeyEnvironment::parse("prod").map(|environment| ApiKeyRules { environment, imported })
    };
    let keys = [None, rules(false), rules(true)];
    keys.into_iter().flat_map(|keys| [(true, keys.clone()), (false, keys)]).collect()
});

/// One source, and every kind of source.
static SOURCES: LazyLock<[Vec<TokenSource>; 2]> = LazyLock::new(|| {
    let all = ["header:authorization", "query:token", "websocket-protocol"];
    [&all[..1], &all[..]].map(|texts| texts.iter().flat_map(|text| TokenSource::parse(text)).collect())
});

fn with_sources((tokens, keys): &(bool, Option<ApiKeyRules>)) -> [Accepted<'_>; 2] {
    SOURCES.each_ref().map(|token_sources| Accepted {
        tokens: *tokens,
        api_keys: keys.as_ref(),
        token_sources,
    })
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(request) = Request::read(bytes) else { return };
    let prefix = request.arn.prefix();
    assert!(prefix.starts_with("arn:aws") && prefix.ends_with('/'));
    assert!(!prefix.contains(['*', '?', '"', '\\', ' ', '{', '}']) && prefix.is_ascii());
    // Members that are never looked at may hold what another reader refuses; the ARN may not.
    if let Ok(event) = serde_json::from_slice::<serde_json::Value>(bytes) {
        let arn = event["routeArn"].as_str().or(event["methodArn"].as_str()).unwrap();
        assert!(arn.starts_with(prefix) && arn.ends_with(request.arn.path()));
    }
    let _ = (request.arn.method(), request.arn.path(), request.host(), request.query("token"));
    for accepted in ACCEPTED.iter().flat_map(with_sources) {
        match Credential::presented(&request, accepted) {
            Ok(Some(Credential::Token(token))) => {
                assert!(accepted.tokens && !token.expose().is_empty());
            }
            Ok(Some(Credential::ApiKey(key))) => {
                assert!(accepted.api_keys.is_some() && !key.expose().is_empty());
            }
            Ok(None) | Err(_) => {}
        }
    }
});
