//! `portcullis webhook …` as its users meet it: the real binary; the development pool, which says who they are;
//! DynamoDB and Secrets Manager on MiniStack; and the real webhook-authorizer, which takes what `test` sends.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod created;
mod halves;
mod lifecycle;
mod owners;
mod schemes;
mod setup;
mod terminal;
