//! The people around the gate: they configure the tool, log in, and get tokens. The real binary, the user pool
//! of `portcullis dev`, Cognito and its neighbours on MiniStack, and a scripted Cognito for what neither does.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod aws;
mod browser;
mod certificates;
mod challenges;
mod chromium;
mod configure;
mod errors;
mod files;
mod gate;
mod manners;
mod person;
mod refresh;
mod services;
mod terminal;

pub(super) const VIEWER: &str = "viewer@acme.example";
