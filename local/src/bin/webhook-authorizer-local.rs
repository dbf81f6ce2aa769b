//! The webhook-authorizer on the files of `events/`, for `cargo lambda`.

use std::process::ExitCode;

use local::{clock, open_stores, webhook_authorizer_setting};
use runtime::process;
use webhook_authorizer::config::Config;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    runtime::run(clock(), async |_| {
        let lookup = |name: &str| webhook_authorizer_setting(name, process::environment(name));
        let stores = |_: runtime::settings::Lookup<'_>| {
            Ok(async |config: &Config| open_stores(config, &process::file))
        };
        webhook_authorizer::build(&lookup, stores).await
    })
    .await
}
