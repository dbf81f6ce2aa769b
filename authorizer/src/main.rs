//! The authorizer as a Lambda function. This file alone reads the clock; `start.rs` reads the
//! environment and the files beside the binary, once.

#[cfg(feature = "local")]
mod local;
mod start;
mod warnings;

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use shared::decision_log::Record;
use shared::time::Timestamp;

/// One thread: a function serves one event at a time, and a second thread would cost more than it
/// could save.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let warned = tracing::subscriber::set_global_default(warnings::Warnings);
    debug_assert!(warned.is_ok(), "the only subscriber is set here");
    let authorizer = match start::authorizer(now()) {
        Ok(authorizer) => authorizer,
        Err(mistakes) => return fail("authorizer does not start", &mistakes),
    };
    authorizer.keys.prepare(now()).await;
    let authorizer = &authorizer;
    let handler = service_fn(async move |event: LambdaEvent<Box<RawValue>>| {
        let began = began();
        let mut record = Record::new("authorizer", now());
        record.request_id = Some(event.context.request_id.as_str().into());
        let event = event.payload.get().as_bytes();
        let answer = authorizer.authorize(event, record.time, &mut record).await;
        record.microseconds = whole_micros(began.elapsed());
        write_line(&record);
        answer
    });
    let served: Result<(), Error> = Runtime::new(handler).run().await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail("authorizer stops", &[error.to_string()]),
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock is read in this file and nowhere else")]
fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_unix_millis(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}

#[expect(clippy::disallowed_methods, reason = "the clock is read in this file and nowhere else")]
fn began() -> Instant {
    Instant::now()
}

fn whole_micros(elapsed: Duration) -> u64 {
    u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)
}

/// One line, in one call: Lambda's log has no other way of knowing where a line ends.
fn write_line(record: &Record) {
    let Ok(mut line) = serde_json::to_vec(record) else { return };
    line.push(b'\n');
    // Where the log cannot be written there is nobody left to tell.
    let _ = std::io::stdout().lock().write_all(&line);
}

#[expect(clippy::print_stderr, reason = "Lambda keeps standard error; there is no decision to log")]
fn fail(what: &str, sentences: &[String]) -> ExitCode {
    eprintln!("{what}:");
    for sentence in sentences {
        eprintln!("  {sentence}");
    }
    ExitCode::FAILURE
}
