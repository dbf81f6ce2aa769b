//! An emulator of the Lambda Runtime API: starts a function's binary and puts events through it.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>. One function, one event at a
//! time, everything on the caller's thread, so that what is measured is the function.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::http::{HttpRequest, response};
use crate::process::Process;
pub use crate::process::{Output, Usage};
use crate::samples::Settings;
use crate::server::{LOOK_ROUND, Server};

/// How long a function may take to start or to answer before the emulator gives up on it.
pub const TIMEOUT: Duration = Duration::from_secs(10);

const NEXT: &str = "/2018-06-01/runtime/invocation/next";
const INIT_ERROR: &str = "/2018-06-01/runtime/init/error";
const INVOCATION: &str = "/2018-06-01/runtime/invocation/";

/// A running function. Dropping it ends the process.
#[derive(Debug)]
pub struct Function {
    process: Process,
    server: Server,
    /// The function has asked for its next event and waits for it.
    waits: bool,
    invocations: u64,
    /// How long an event may take, as the function is told.
    time: Duration,
}

/// What came of one event.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The bytes the function answered with.
    Response(Vec<u8>),
    /// The error the function reported.
    Error(FunctionError),
}

/// An error as the Runtime API receives it.
#[derive(Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// `errorType`.
    pub kind: String,
    /// `errorMessage`: what API Gateway compares with `Unauthorized`.
    pub message: String,
}

/// An answer, and how long it took from handing out the event to the last byte of the answer.
#[derive(Debug)]
pub struct Reply {
    /// What came of the event.
    pub answer: Answer,
    /// The round trip over the loopback connection.
    pub latency: Duration,
}

/// A function that ended before it asked for an event.
#[derive(Debug)]
pub struct Refusal {
    /// What it reported as its init error, when it did.
    pub init_error: Option<FunctionError>,
    /// What it left behind.
    pub output: Output,
}

impl Function {
    /// Starts `program` in the root of the repository, with `environment` and what Lambda sets,
    /// and nothing of our own. Returns at once: the first [`invoke`](Self::invoke) waits for it.
    pub fn start(program: &Path, environment: &Settings) -> io::Result<Self> {
        let server = Server::bind()?;
        let address = server.address()?.to_string();
        let lambda = [
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_NAME", "function"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_RUNTIME_API", &address),
            ("AWS_REGION", "eu-central-1"),
        ];
        let settings = environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let process = Process::start(program, lambda.into_iter().chain(settings))?;
        Ok(Self { process, server, waits: false, invocations: 0, time: TIMEOUT })
    }

    /// Tells the function with each event that it has `time` to answer.
    #[must_use]
    pub const fn with_time(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// Hands `event` to the function and waits for its answer. A function that ends, hangs or
    /// reports an init error is an `Err`, with what it wrote to standard error in the message.
    pub fn invoke(&mut self, event: &[u8]) -> io::Result<Reply> {
        self.try_invoke(event).map_err(|error| {
            let log = self.process.stderr().unwrap_or_default();
            io::Error::new(error.kind(), format!("{error}; its log:\n{log}"))
        })
    }

    /// Waits until the function asks for an event.
    pub fn wait(&mut self) -> io::Result<()> {
        if self.waits {
            return Ok(());
        }
        let request = self.request()?;
        self.expect_next(&request)
    }

    fn try_invoke(&mut self, event: &[u8]) -> io::Result<Reply> {
        self.wait()?;
        self.invocations += 1;
        // As on Lambda, no two events have the same id, whichever function they are for.
        let id = format!("{:08x}-0000-4000-8000-{:012}", self.process.id(), self.invocations);
        let handed_out = now();
        self.hand_out(&id, event)?;
        let request = self.request()?;
        let latency = handed_out.elapsed();
        self.server.send(&response("202 Accepted", &[], b""))?;
        let answer = match request.path.strip_prefix(INVOCATION).and_then(|p| p.split_once('/')) {
            Some((of, "response")) if of == id => Answer::Response(request.body),
            Some((of, "error")) if of == id => Answer::Error(function_error(&request.body)?),
            _ => return Err(unexpected(&request)),
        };
        Ok(Reply { answer, latency })
    }

    /// Waits for a function that is expected to refuse to start.
    pub fn refusal(mut self) -> io::Result<Refusal> {
        let init_error = match self.request() {
            Ok(request) if request.path == INIT_ERROR => {
                self.server.send(&response("202 Accepted", &[], b""))?;
                Some(function_error(&request.body)?)
            }
            Ok(request) if request.path == NEXT => {
                return Err(io::Error::other("the function started"));
            }
            Ok(request) => return Err(unexpected(&request)),
            Err(_) if self.process.has_ended()? => None,
            Err(error) => return Err(error),
        };
        let deadline = now() + TIMEOUT;
        while !self.process.has_ended()? && now() < deadline {
            std::thread::sleep(LOOK_ROUND);
        }
        Ok(Refusal { init_error, output: self.process.stop()? })
    }

    /// Stops the process, as Lambda does between events, wherever it is.
    pub fn freeze(&self) -> io::Result<()> {
        self.process.signal("STOP")
    }

    /// Lets a frozen process go on.
    pub fn thaw(&self) -> io::Result<()> {
        self.process.signal("CONT")
    }

    /// What the function has used so far.
    pub fn usage(&self) -> io::Result<Usage> {
        self.process.usage()
    }

    /// What the function has written so far: to standard output and to standard error.
    pub fn written(&self) -> io::Result<(String, String)> {
        Ok((self.process.stdout()?, self.process.stderr()?))
    }

    /// Ends the function and returns what it wrote.
    pub fn stop(self) -> io::Result<Output> {
        self.process.stop()
    }

    fn expect_next(&mut self, request: &HttpRequest) -> io::Result<()> {
        match request.path.as_str() {
            NEXT if request.method == "GET" => {
                self.waits = true;
                Ok(())
            }
            INIT_ERROR => {
                let error = function_error(&request.body)?;
                Err(io::Error::other(format!("the function did not start: {}", error.message)))
            }
            _ => Err(unexpected(request)),
        }
    }

    fn hand_out(&mut self, id: &str, event: &[u8]) -> io::Result<()> {
        let deadline = (wall_clock() + self.time).as_millis().to_string();
        let headers = [
            ("content-type", "application/json"),
            ("lambda-runtime-aws-request-id", id),
            ("lambda-runtime-deadline-ms", &deadline),
            (
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-central-1:123456789012:function:function",
            ),
            ("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0"),
        ];
        self.waits = false;
        self.server.send(&response("200 OK", &headers, event))
    }

    fn request(&mut self) -> io::Result<HttpRequest> {
        let deadline = now() + TIMEOUT;
        loop {
            if let Some(request) = self.server.request()? {
                return Ok(request);
            }
            if self.process.has_ended()? {
                return Err(io::Error::other("the function ended without an answer"));
            }
            if now() > deadline {
                let silence = format!("the function was silent for {} s", TIMEOUT.as_secs());
                return Err(io::Error::new(io::ErrorKind::TimedOut, silence));
            }
        }
    }
}

fn function_error(body: &[u8]) -> io::Result<FunctionError> {
    let error: Value = serde_json::from_slice(body)?;
    let member = |name| error.get(name).and_then(Value::as_str).map(str::to_owned);
    match (member("errorType"), member("errorMessage")) {
        (Some(kind), Some(message)) => Ok(FunctionError { kind, message }),
        _ => Err(io::Error::other("an error without `errorType` or `errorMessage`")),
    }
}

fn unexpected(request: &HttpRequest) -> io::Error {
    io::Error::other(format!("unexpected request `{} {}`", request.method, request.path))
}

#[expect(clippy::disallowed_methods, reason = "the emulator times the function")]
fn now() -> Instant {
    Instant::now()
}

/// Seconds since 1970 by the clock that the functions read.
#[must_use]
pub fn now_seconds() -> u64 {
    wall_clock().as_secs()
}

#[expect(clippy::disallowed_methods, reason = "the Runtime API states deadlines as epochs")]
fn wall_clock() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
