//! The webhook-authorizer as a Lambda function. `start.rs` reads the environment, once.

#[cfg(feature = "local")]
mod local;
mod start;

use std::process::ExitCode;

/// One thread: a function serves one event at a time, and a second thread would cost more than it
/// could save.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    #[cfg(not(feature = "local"))]
    let (clock, start) = (shell::Clock::system(), start::webhook_authorizer);
    #[cfg(feature = "local")]
    let (clock, start) = (local::clock(), local::webhook_authorizer);
    shell::run(clock, start).await
}
