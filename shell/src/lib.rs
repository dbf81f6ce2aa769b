//! What both functions stand in: the runtime around an event, the decision log's line, warnings,
//! settings, failures, and who asks AWS. Nothing here decides.

pub mod aws;
mod clock;
mod failure;
pub mod settings;
mod warnings;

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use shared::decision_log::Record;
use shared::time::Timestamp;

pub use clock::Clock;
pub use failure::{Failure, Misconfigured, Unavailable};

/// A function: an event in, an answer out.
pub trait Function {
    /// The name in every line of its log.
    const NAME: &'static str;

    /// Answers `event`, and fills in `record` for the decision log.
    ///
    /// # Errors
    /// There is no answer. The caller gets an error, which is never a yes and is never cached.
    fn answer(
        &self,
        event: &[u8],
        invocation: Invocation<'_>,
        record: &mut Record,
    ) -> impl Future<Output = Result<Box<RawValue>, Failure>>;
}

/// One event's turn. It begins when it is made.
#[derive(Clone, Copy, Debug)]
pub struct Invocation<'i> {
    /// Lambda's own id of it: not empty, and never the same for two events.
    pub id: &'i str,
    /// When it began.
    pub now: Timestamp,
    deadline: Timestamp,
    began: Instant,
    clock: Clock,
}

impl<'i> Invocation<'i> {
    /// The turn of the event `id`, which came at `now`. Lambda will end the function at `deadline`,
    /// answered or not; one that cannot be a deadline (an emulator's) stands for the limit of API
    /// Gateway.
    #[must_use]
    pub fn new(id: &'i str, now: Timestamp, deadline: Timestamp, clock: Clock) -> Self {
        Self { id, now, deadline, began: (clock.monotonic)(), clock }
    }

    /// How long it has taken so far.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        (self.clock.monotonic)().saturating_duration_since(self.began)
    }

    /// When Lambda will have ended it, whatever comes.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.now.after(self.whole())
    }

    /// How long a question may take from here on, so that there is still time to deal with its
    /// failure.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.whole().saturating_sub(RESERVE).saturating_sub(self.elapsed())
    }

    fn whole(&self) -> Duration {
        let whole = self.deadline.since(self.now);
        if whole.is_zero() || whole > LONGEST { API_GATEWAY_LIMIT } else { whole }
    }
}

/// The longest that Lambda lets a function run.
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// The longest that API Gateway waits for an integration.
const API_GATEWAY_LIMIT: Duration = Duration::from_secs(29);
/// What is kept for putting things in order and for the answer.
const RESERVE: Duration = Duration::from_secs(1);

/// Starts a function and serves events until Lambda ends it.
pub async fn run<F: Function>(
    clock: Clock,
    start: impl AsyncFnOnce(Timestamp) -> Result<F, Vec<String>>,
) -> ExitCode {
    let warned = tracing::subscriber::set_global_default(warnings::Warnings(F::NAME));
    debug_assert!(warned.is_ok(), "the only subscriber is set here");
    let function = match start((clock.now)()).await {
        Ok(function) => function,
        Err(mistakes) => return fail(F::NAME, "does not start", &mistakes),
    };
    let (function, clock) = (&function, &clock);
    let handler = service_fn(async move |event: LambdaEvent<Box<RawValue>>| {
        let mut record = Record::new(F::NAME, (clock.now)());
        record.request_id = Some(event.context.request_id.as_str().into());
        let deadline = Timestamp::from_unix_millis(event.context.deadline);
        let id = event.context.request_id.as_str();
        let invocation = Invocation::new(id, record.time, deadline, *clock);
        let answer =
            answer(function, event.payload.get().as_bytes(), invocation, &mut record).await;
        record.microseconds = whole_micros(invocation.elapsed());
        write_line(&record);
        answer
    });
    let served: Result<(), Error> = Runtime::new(handler).run().await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(F::NAME, "stops", &[error.to_string()]),
    }
}

/// What `function` answers to one event; the failure, if there is one, is in `record` as well.
///
/// # Errors
/// Those of [`Function::answer`].
pub async fn answer<F: Function>(
    function: &F,
    event: &[u8],
    invocation: Invocation<'_>,
    record: &mut Record,
) -> Result<Box<RawValue>, Failure> {
    let answer = function.answer(event, invocation, record).await;
    match &answer {
        // Decided, and recorded as a decision.
        Ok(_) | Err(Failure::Unauthorized) => {}
        Err(failure) => record.outcome = failure.outcome(),
    }
    answer
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
fn fail(function: &str, what: &str, sentences: &[String]) -> ExitCode {
    eprintln!("{function} {what}:");
    for sentence in sentences {
        eprintln!("  {sentence}");
    }
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, Instant};

    use shared::time::Timestamp;

    use super::{Clock, Invocation};

    static START: LazyLock<Instant> = LazyLock::new(|| (Clock::system().monotonic)());
    static SECONDS: AtomicU64 = AtomicU64::new(0);

    fn hand_driven() -> Clock {
        let monotonic = || *START + Duration::from_secs(SECONDS.load(Ordering::Relaxed));
        Clock { monotonic, ..Clock::system() }
    }

    #[test]
    fn what_is_left_is_what_lambda_will_wait_for() {
        let at = |seconds: u64| Timestamp::from_unix_millis(seconds * 1000);
        let check = |deadline: u64, spent: u64, left: u64| {
            SECONDS.store(0, Ordering::Relaxed);
            let invocation = Invocation::new("id", at(100), at(deadline), hand_driven());
            SECONDS.store(spent, Ordering::Relaxed);
            assert_eq!(invocation.time_left(), Duration::from_secs(left), "{deadline} {spent}");
        };
        check(110, 0, 9);
        check(110, 4, 5);
        check(110, 20, 0);
        check(1000, 0, 899);
        // No deadline of Lambda's.
        check(1001, 0, 28);
        check(100, 0, 28);
        check(5, 3, 25);
    }
}
