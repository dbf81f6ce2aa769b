//! Any text as an API key. The first byte says whether the rest is a key as it is, or what stands
//! before a checksum that is made here: a CRC is hard to guess.
//!
//! What is taken is what the published pattern and the checksum say, both read a second time.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use regex_automata::Input;
use regex_automata::dfa::Automaton;
use regex_automata::dfa::dense::DFA;
use shared::authn::api_key::PATTERN;
use shared::authn::{ApiKeyEnvironment, ApiKeyLookup, ApiKeyRules, PresentedApiKey};
use shared::secret::Secret;
use shared::time::Timestamp;

const ENVIRONMENT: &str = "prod";

static SHAPE: LazyLock<DFA<Vec<u32>>> =
    LazyLock::new(|| DFA::new(&format!("^(?:{PATTERN})$")).unwrap());

fuzz_target!(|bytes: &[u8]| {
    let Some((&form, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    if form == b'r' { check(text) } else { check(&format!("{text}{}", checksum(text))) }
});

fn check(value: &str) {
    for imported in [false, true] {
        let environment = ApiKeyEnvironment::parse(ENVIRONMENT).unwrap();
        let read =
            PresentedApiKey::read(Secret::new(value), &ApiKeyRules { environment, imported });
        let lookup = read.as_ref().ok().map(PresentedApiKey::lookup);
        match id_of(value) {
            Some(id) => {
                assert!(matches!(lookup, Some(ApiKeyLookup::ById(own)) if own.as_str() == id))
            }
            None if imported && may_be_imported(value) => {
                assert!(matches!(lookup, Some(ApiKeyLookup::ByHash(_))));
            }
            None => assert!(lookup.is_none()),
        }
        if let Ok(key) = &read {
            assert!(key.verify(None, None, Timestamp::from_unix_millis(0)).is_err());
            assert_eq!(format!("{key:?}"), "PresentedApiKey");
        }
    }
}

/// The id of `value`, if it is a key of this environment.
fn id_of(value: &str) -> Option<&str> {
    SHAPE.try_search_fwd(&Input::new(value)).unwrap()?;
    let (body, sum) = value.split_at_checked(value.len() - 6)?;
    let (_, rest) = value.strip_prefix("sfk_")?.split_once('_')?;
    (value.split('_').nth(1) == Some(ENVIRONMENT) && sum == checksum(body)).then(|| &rest[..16])
}

fn may_be_imported(value: &str) -> bool {
    let plain = |c: char| ('!'..='~').contains(&c) && c != ',';
    (20..=256).contains(&value.chars().count()) && value.chars().all(plain)
}

/// CRC-32/ISO-HDLC bit by bit, as six digits to the base 62.
fn checksum(body: &str) -> String {
    let mut crc = u32::MAX;
    for byte in body.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let digits = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect::<Vec<_>>();
    let digit = |place| digits[(!crc / 62_u32.pow(place) % 62) as usize];
    (0..6).rev().map(digit).collect()
}
