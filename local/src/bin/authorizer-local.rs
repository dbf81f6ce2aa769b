//! The authorizer on the files of `events/`, for `cargo lambda`.

use std::process::ExitCode;

use local::{authorizer_setting, open_api_keys};
use runtime::{Clock, process};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::run(Clock::system(), async |now| {
        let lookup = |name: &str| authorizer_setting(name, process::environment(name));
        authorizer::build(&lookup, &process::file, open_api_keys, now).await
    })
    .await
}
