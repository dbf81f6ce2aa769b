//! Any bytes as a JWK set or seed file: no panic, and no set without a key.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::credential::jwk;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(set) = jwk::parse(bytes) {
        assert!((1..=jwk::MAX_KEYS).contains(&set.count()));
        assert!(bytes.len() <= jwk::MAX_SET_BYTES);
        assert!(!bytes.windows(4).any(|window| window == b"\"d\":"), "a private member");
    }
    let _ = jwk::parse_seed(bytes);
});
