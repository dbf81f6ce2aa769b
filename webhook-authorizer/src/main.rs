//! The webhook-authorizer as a Lambda function.

use std::process::ExitCode;

use runtime::{Clock, process};
use webhook_authorizer::{aws_stores, build};

/// One thread: a function serves one event at a time, and a second thread would cost more than it
/// could save.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::run(Clock::system(), async |_| build(&process::environment, aws_stores).await).await
}
