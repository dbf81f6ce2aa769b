//! Any bytes as an authorizer event: no panic, and nothing in the ARN's prefix that a policy could
//! read as a wildcard.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::credential::Credential;
use shared::request::Request;

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
    for parameter in [None, Some("token")] {
        if let Ok(Some(Credential::Token(token))) = Credential::presented(&request, parameter) {
            assert!(!token.expose().is_empty());
        }
    }
});
