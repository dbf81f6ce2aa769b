//! The gateway's front: a request off the wire, through API Gateway's behaviour, to the function or the
//! upstream, and a line about it.

use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::net::IpAddr;
use std::rc::Rc;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body as _, Incoming as Wire};
use hyper::{Request, Response};
use local::gateway::{Api, Done, Gateway, Incoming, Outcome};
use runtime::Clock;
use serde_json::Value;

use super::functions::Functions;
use super::inspect::{Inspector, Seen, TRIED};
use super::line::Report;
use super::server::Handler;
use super::upstream::{Body, MAX_BODY_BYTES, Passed, Upstream, message, response, too_long};
use crate::command::{explain, key};
use crate::exit::CommandError;

/// The gateway with everything behind it.
pub(super) struct Front {
    gateway: Gateway,
    functions: Functions,
    upstream: Upstream,
    clock: Clock,
    color: bool,
    requests: Cell<u64>,
    inspector: Option<Rc<Inspector>>,
}

/// A request that was answered.
struct Answered {
    response: Response<Body>,
    outcome: Outcome,
    /// The line of the function that was asked last, if one was.
    decision: Option<Value>,
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
        inspector: Option<Rc<Inspector>>,
    ) -> Result<Self, CommandError> {
        let gateway = Gateway::new(api).map_err(|errors| CommandError {
            exit: crate::exit::Exit::Failed,
            sentences: errors.iter().map(ToString::to_string).collect(),
        })?;
        Ok(Self { gateway, functions, upstream, clock, color, requests: Cell::new(0), inspector })
    }

    /// The answer to `request`, and what is to be said of it.
    ///
    /// # Errors
    /// The answer to what is no request to this gateway.
    async fn answer(
        &self,
        request: Request<Wire>,
        source: IpAddr,
    ) -> Result<Answered, Response<Body>> {
        let (parts, body) = request.into_parts();
        let target = match parts.uri.path_and_query() {
            // An absolute form names another host, which this gateway is not.
            Some(target) if parts.uri.authority().is_none() => target.as_str().to_owned(),
            _ => return Err(message(400, r#"{"message": "Bad Request"}"#)),
        };
        let route = self.gateway.route(parts.method.as_str(), parts.uri.path());
        let (body, bytes) = held(self.functions.takes(route), body).await?;
        let id = self.next_id();
        let incoming = Incoming {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
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
        let response = match (&outcome.done, body) {
            (Done::Answered(answer), _) => {
                response(answer.status, &answer.headers, answer.body.as_bytes())
            }
            (Done::Forwarded(forward), None) => {
                let called = self.functions.deliver(forward, &id).await;
                decision = Some(called.line);
                delivered(called.answer)
            }
            (Done::Forwarded(forward), Some(body)) => {
                let (method, mut headers) = (parts.method, parts.headers);
                for name in self.functions.token_headers() {
                    headers.remove(name);
                }
                let passed = Passed { method, target, headers, body };
                self.upstream.send(passed, &forward.authorizer).await
            }
        };
        Ok(Answered { response, outcome, decision })
    }

    fn next_id(&self) -> String {
        self.requests.set(self.requests.get() + 1);
        format!("dev-{:08}", self.requests.get())
    }
}

impl Handler for Front {
    async fn handle(&self, mut request: Request<Wire>, source: IpAddr) -> Response<Body> {
        let (method, path) = (request.method().to_string(), shown(request.uri().path()));
        let tried = request.headers_mut().remove(TRIED);
        let answered = match self.answer(request, source).await {
            Ok(answered) => answered,
            Err(refused) => return refused,
        };
        let report = Report {
            method: &method,
            path: &path,
            status: answered.response.status().as_u16(),
            is_let_through: matches!(answered.outcome.done, Done::Forwarded(_)),
            trace: &answered.outcome.trace,
            decision: answered.decision.as_ref(),
            color: self.color,
        };
        say(&report.text());
        if let Some(inspector) = &self.inspector {
            let tried = tried.as_ref().and_then(|mark| mark.to_str().ok());
            inspector.show(&Seen { report: &report, at: (self.clock.now)(), tried });
        }
        answered.response
    }
}

/// The body as it comes, for an upstream; or its bytes, for the function that verifies a delivery.
///
/// # Errors
/// The answer to a body that is longer than API Gateway takes.
async fn held(is_delivery: bool, body: Wire) -> Result<(Option<Wire>, Vec<u8>), Response<Body>> {
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(too_long());
    }
    if !is_delivery {
        return Ok((Some(body), Vec::new()));
    }
    match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(collected) => Ok((None, collected.to_bytes().to_vec())),
        Err(_) => Err(too_long()),
    }
}

/// The path as it may be shown: a credential is never repeated, wherever a client has put it.
fn shown(path: &str) -> String {
    if explain::has_token(path) || key::has_key(path) {
        return "a path with a credential in it".to_owned();
    }
    path.to_owned()
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
