//! `portcullis dev` as its users meet it: the real binary, a real HTTP client, a real upstream.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod bad_input;
pub(crate) mod cases;
mod inspector;
pub(crate) mod running;
mod template;
mod upstream;
