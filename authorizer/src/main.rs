//! The authorizer as a Lambda function. `start.rs` reads the environment and the files beside the
//! binary, once.

#[cfg(feature = "local")]
mod local;
mod start;

use std::process::ExitCode;

#[cfg(feature = "local")]
use local::authorizer;
use shell::Clock;
#[cfg(not(feature = "local"))]
use start::authorizer;

/// One thread: a function serves one event at a time, and a second thread would cost more than it
/// could save.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    shell::run(Clock::system(), authorizer).await
}
