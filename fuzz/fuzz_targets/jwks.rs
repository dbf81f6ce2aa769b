//! Any bytes as a JWK set or seed file: no panic, no set without a key, and none with a private one.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;
use shared::authn::jwk;

type Members<'j> = BTreeMap<String, &'j RawValue>;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(set) = jwk::parse(bytes) {
        assert!((1..=jwk::MAX_KEYS).contains(&set.count()));
        assert!(bytes.len() <= jwk::MAX_SET_BYTES);
        assert!(!has_a_private_member(bytes));
    }
    let _ = jwk::parse_seed(bytes);
});

/// RFC 7518 §6.2.2, §6.3.2 and §6.4.1, read a second time.
fn has_a_private_member(set: &[u8]) -> bool {
    let set: Members<'_> = serde_json::from_slice(set).unwrap();
    let keys: Vec<Members<'_>> = serde_json::from_str(set["keys"].get()).unwrap();
    let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    keys.iter().any(|key| private.iter().any(|name| key.contains_key(*name)))
}
