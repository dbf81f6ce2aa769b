//! The authorizer as a Lambda function, for API keys and tokens.

use std::process::ExitCode;

use authorizer::{build, open_api_keys};
use runtime::{Clock, process};

/// One thread: a function serves one event at a time, and a second thread would cost more than it
/// could save.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::run(Clock::system(), async |now| {
        build(&process::environment, &process::file, open_api_keys, now).await
    })
    .await
}
