//! The webhook-authorizer as its users meet it: the real binary, and DynamoDB, Secrets Manager and
//! Lambda served by MiniStack. What each step does with each input is tested in the crates.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod delivery;
mod gate;
mod outages;
mod replays;
mod rights;
mod rows;
mod secrets;
mod stack;
mod target;
