//! The gateway's front: a request off the wire, through API Gateway's behaviour, to the function or the
//! upstream, and a line about it.

use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::net::IpAddr;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming as Wire;
use hyper::{Request, Response};
use local::gateway::{Api, Done, Gateway, Incoming, Outcome};
use runtime::Clock;
use serde_json::Value;

use super::api::WEBHOOK_PATH;
use super::functions::Functions;
use super::line::Report;
use super::server::Handler;
use super::upstream::{Body, Passed, Upstream, message, response};
use crate::exit::CommandError;

/// API Gateway takes no larger body.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The gateway with everything behind it.
pub(super) struct Front {
    gateway: Gateway,
    functions: Functions,
    upstream: Upstream,
    clock: Clock,
    color: bool,
    requests: Cell<u64>,
}

impl Front {
    /// A gateway for `api`.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn new(
        api: Api,
        functions: Functions,
        upstream: Upstream,
        clock: Clock,
        color: bool,
    ) -> Result<Self, CommandError> {
        let gateway = Gateway::new(api).map_err(|errors| CommandError {
            exit: crate::exit::Exit::Failed,
            sentences: errors.iter().map(ToString::to_string).collect(),
        })?;
        Ok(Self { gateway, functions, upstream, clock, color, requests: Cell::new(0) })
    }

    async fn answer(
        &self,
        request: Request<Wire>,
        source: IpAddr,
    ) -> (Response<Body>, Option<(Outcome, Option<Value>)>) {
        let (parts, body) = request.into_parts();
        let target = match parts.uri.path_and_query() {
            // An absolute form names another host, which this gateway is not.
            Some(target) if parts.uri.authority().is_none() => target.as_str().to_owned(),
            _ => return (message(400, r#"{"message": "Bad Request"}"#), None),
        };
        let path = parts.uri.path().to_owned();
        let is_webhook = path.starts_with(WEBHOOK_PATH);
        let mut body = Some(body);
        let mut bytes = Vec::new();
        if is_webhook && let Some(wire) = body.take() {
            match Limited::new(wire, MAX_BODY_BYTES).collect().await {
                Ok(collected) => bytes = collected.to_bytes().to_vec(),
                Err(_) => return (message(413, r#"{"message": "Request Too Long"}"#), None),
            }
        }
        let id = self.next_id();
        let incoming = Incoming {
            method: parts.method.as_str().to_owned(),
            path,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: headers(&parts.headers),
            body: bytes,
            source_ip: source,
            request_id: id.clone(),
        };
        let now = (self.clock.now)();
        let decision = RefCell::new(None);
        let invoke = async |call| {
            let called = self.functions.call(&call, &id).await;
            *decision.borrow_mut() = Some(called.line);
            called.answer
        };
        let outcome = self.gateway.handle(&incoming, now, invoke).await;
        let mut decision = decision.into_inner();
        let answer = match &outcome.done {
            Done::Answered(answer) => {
                response(answer.status, &answer.headers, answer.body.as_bytes())
            }
            Done::Forwarded(forward) => match body.take() {
                None => {
                    let called = self.functions.deliver(&forward.event, &id).await;
                    decision = Some(called.line);
                    delivered(called.answer)
                }
                Some(body) => {
                    let passed =
                        Passed { method: parts.method, target, headers: parts.headers, body };
                    self.upstream.send(passed, &forward.authorizer).await
                }
            },
        };
        (answer, Some((outcome, decision)))
    }

    fn next_id(&self) -> String {
        self.requests.set(self.requests.get() + 1);
        format!("dev-{:08}", self.requests.get())
    }
}

impl Handler for Front {
    async fn handle(&self, request: Request<Wire>, source: IpAddr) -> Response<Body> {
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let (answer, done) = self.answer(request, source).await;
        if let Some((outcome, decision)) = done {
            let report = Report {
                method: &method,
                path: &path,
                status: answer.status().as_u16(),
                trace: &outcome.trace,
                decision: decision.as_ref(),
                color: self.color,
            };
            say(&report.text());
        }
        answer
    }
}

/// Writes a line at once. If the terminal is gone, there is nowhere to report it.
fn say(line: &str) {
    let _ = std::io::stdout().lock().write_all(line.as_bytes());
}

fn headers(headers: &hyper::HeaderMap) -> Vec<(String, String)> {
    let text =
        |value: &hyper::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

/// What a proxy integration's answer becomes.
fn delivered(answer: Result<Vec<u8>, String>) -> Response<Body> {
    let malformed = || message(502, r#"{"message": "Internal server error"}"#);
    let Ok(bytes) = answer else { return malformed() };
    let Ok(answer) = serde_json::from_slice::<Value>(&bytes) else { return malformed() };
    let Some(status) = answer.get("statusCode").and_then(Value::as_u64) else { return malformed() };
    let Ok(status) = u16::try_from(status) else { return malformed() };
    let headers: Vec<(String, String)> = answer
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    let body = answer.get("body").and_then(Value::as_str).unwrap_or_default();
    response(status, &headers, body.as_bytes())
}
