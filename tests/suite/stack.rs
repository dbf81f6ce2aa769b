//! `infra/template.yaml`, deployed on MiniStack with the packages of `make package`, and called over HTTP with the
//! real tool.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod attach;
mod callers;
mod changes;
mod deployed;
mod doctor;
mod gateway;
mod laptop;
mod outages;
mod roles;
mod template;
mod webhooks;
