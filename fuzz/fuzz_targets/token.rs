//! Any text as a token. The first byte says whether the rest is a token as it is, or a header and a
//! payload, split at the first line break, that are encoded here: base64 is hard to guess.

#![no_main]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use shared::authn::{ClaimName, CredentialKind, Issuer, Jws, TokenRules, UnverifiedToken};
use shared::secret::Secret;

fuzz_target!(|bytes: &[u8]| {
    let Some((&form, rest)) = bytes.split_first() else { return };
    if form == b'r' {
        let Ok(token) = std::str::from_utf8(rest) else { return };
        check(token);
    } else {
        let mut parts = rest.splitn(2, |&byte| byte == b'\n');
        let header = URL_SAFE_NO_PAD.encode(parts.next().unwrap_or_default());
        let payload = URL_SAFE_NO_PAD.encode(parts.next().unwrap_or_default());
        check(&format!("{header}.{payload}.AAAA"));
    }
});

fn check(token: &str) {
    let rules = TokenRules {
        kinds: vec![CredentialKind::IdToken, CredentialKind::UserToken, CredentialKind::ServiceToken],
        issuers: Issuer::of_pool("eu-central-1_A").into_iter().collect(),
        app_clients: vec!["app".to_owned()],
        audiences: Vec::new(),
        role_claim: ClaimName::custom_role(),
        tenant_claim: ClaimName::custom_tenant_id(),
        leeway_seconds: 30,
        context_claims: Vec::new(),
    };
    let Ok(jws) = Jws::decode(Secret::new(token)) else { return };
    let Ok(unverified) = UnverifiedToken::read(&jws, &rules) else { return };
    // An independent reader must see the same key and issuer, and nothing that is refused.
    let mut decoded = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let header: Value = serde_json::from_slice(&decoded.next().unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&decoded.next().unwrap()).unwrap();
    assert_eq!(header["kid"], unverified.kid());
    assert_eq!(header["alg"], "RS256");
    assert!(header.get("crit").is_none() && header.get("jku").is_none());
    assert!(unverified.issuer().is_called(claims["iss"].as_str().unwrap()));
    assert!(token.len() <= 10_240);
}
