//! The people of a user pool: an administrator invites them, gives them roles, and ends their access. The real
//! binary, Cognito, DynamoDB and Secrets Manager on MiniStack, a real PostgreSQL, the user pool of `portcullis dev`,
//! and a scripted Cognito for what none of them refuses.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

pub(crate) mod administrator;
mod deletes;
mod errors;
mod gate;
mod invites;
mod page;
mod passwords;
mod roles;
mod terminal;
