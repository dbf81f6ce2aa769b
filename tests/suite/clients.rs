//! Services: app clients with a secret in Secrets Manager. Cognito, Secrets Manager and Lambda on MiniStack, which
//! does not know second secrets: a scripted Cognito stands in for them.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod create;
mod rotate;
