//! `portcullis key` as its users meet it: the real binary, logged in as the role of the operators
//! with a password of Secrets Manager, and a real PostgreSQL with the real migrations. What is pure
//! is tested in the crate.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod import;
mod issue;
mod list;
mod operator;
mod revoke;
mod rotate;
mod usage;
