//! The signing keys: which are admitted, how the store keeps them, how they are fetched.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod admission;
mod frozen;
mod rules;
mod transport;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tests::mint::Signer;

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate("first"));

/// The signature of [`SIGNER`] alone.
fn sign(message: &str) -> Vec<u8> {
    let signed = SIGNER.sign(message);
    URL_SAFE_NO_PAD.decode(&signed[message.len() + 1..]).unwrap()
}

fn jwk_set(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
