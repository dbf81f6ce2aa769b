//! What every function is built on: the runtime around an event, the decision log, warnings,
//! settings, failures, the clock, text that can be shown. Nothing here decides.

mod clock;
pub mod decision_log;
mod failure;
mod invocation;
pub mod process;
pub mod settings;
mod stop;
mod text;
mod warnings;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

pub use clock::Clock;
use decision_log::{Line, MetricsNamespace, Record};
pub use failure::{Failure, MisconfiguredError, UnavailableError};
pub use invocation::Invocation;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::value::{RawValue, to_raw_value};
use settings::SettingsError;
use shared::request::is_ping;
use shared::time::Timestamp;
pub use stop::Stop;
pub use text::{printable, printable_within};

/// A function: an event in, an answer out.
pub trait Function {
    /// The name in every line of its log.
    const NAME: &'static str;

    /// Where the metrics of its log go.
    fn metrics_namespace(&self) -> &MetricsNamespace;

    /// Answers `event`.
    fn answer(&self, event: &[u8], invocation: Invocation<'_>) -> impl Future<Output = Answered>;
}

/// What came of an event.
#[derive(Debug)]
pub struct Answered {
    /// The answer, or a failure: then API Gateway gets an error, which is never a yes and never
    /// cached.
    pub answer: Result<Box<RawValue>, Failure>,
    /// For the decision log.
    pub record: Record,
}

impl Answered {
    /// `event` cannot be read, or is not for this function. A ping gets an empty object: to API
    /// Gateway, which never sends one, that would be no answer.
    #[must_use]
    pub fn unread(event: &[u8], failure: Failure) -> Self {
        if is_ping(event) {
            let answer = to_raw_value(&serde_json::json!({}));
            return Self { record: Record::ping(), answer: answer.map_err(|_| failure) };
        }
        Self { record: Record::unread(&failure), answer: Err(failure) }
    }
}

/// Starts a function and serves events until Lambda ends it.
pub async fn run<F: Function>(
    clock: Clock,
    start: impl AsyncFnOnce(Timestamp) -> Result<F, SettingsError>,
) -> ExitCode {
    let warned = tracing::subscriber::set_global_default(warnings::Warnings(F::NAME));
    debug_assert!(warned.is_ok(), "the only subscriber is set here");
    let function = match start((clock.now)()).await {
        Ok(function) => function,
        Err(error) => return fail(F::NAME, "does not start", &error.0),
    };
    let (function, clock) = (&function, &clock);
    let handler = service_fn(async move |event: LambdaEvent<Box<RawValue>>| {
        let (id, now) = (event.context.request_id.as_str(), (clock.now)());
        let deadline = Timestamp::from_unix_millis(event.context.deadline);
        let invocation = Invocation::new(id, now, deadline, *clock);
        let Answered { answer, record } =
            function.answer(event.payload.get().as_bytes(), invocation).await;
        write_line(&Line {
            function: F::NAME,
            namespace: function.metrics_namespace(),
            time: now,
            request_id: id,
            microseconds: whole_micros(invocation.elapsed()),
            record: &record,
        });
        answer
    });
    let served: Result<(), Error> = Runtime::new(handler).run().await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(F::NAME, "stops", &[error.to_string()]),
    }
}

fn whole_micros(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
}

/// Writes a line in one call, so that Lambda's log takes it as one event.
fn write_line(line: &Line<'_>) {
    let Ok(mut line) = serde_json::to_vec(line) else { return };
    line.push(b'\n');
    // If the log cannot be written, there is nowhere to report it.
    let _ = std::io::stdout().lock().write_all(&line);
}

#[expect(clippy::print_stderr, reason = "Lambda keeps standard error; there is no decision to log")]
fn fail(function: &str, what: &str, sentences: &[String]) -> ExitCode {
    eprintln!("{function} {what}:");
    for sentence in sentences {
        eprintln!("  {sentence}");
    }
    ExitCode::FAILURE
}
