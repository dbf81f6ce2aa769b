//! `local::gateway` does what API Gateway does: each case is a request with what comes of it.

mod answers;
mod caching;
mod descriptions;
mod events;
mod flows;
mod identity;
mod policies;
mod property;
mod resource_policies;
mod responses;
mod routing;

use std::cell::RefCell;
use std::task::{Context, Poll, Waker};

use local::gateway::{
    Api, ApiKind, Authorizer, AuthorizerKind, Call, Done, Gateway, Incoming, NoteKind, Outcome,
    PayloadFormat, Route,
};
use serde_json::{Value, json};
use shared::time::Timestamp;
use tests::events::PREFIX;
use tests::mint::NEW_YEAR_2026;

/// A moment, in seconds after the clock of the tests.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix_millis((NEW_YEAR_2026 + 60 + seconds) * 1000)
}

/// A request with exactly these headers.
fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Incoming {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Incoming {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        body: Vec::new(),
        source_ip: [203, 0, 113, 7].into(),
        request_id: "b1c2d3e4".to_owned(),
    }
}

/// A `GET` with a token, which is `t`.
fn get(path: &str) -> Incoming {
    request("GET", path, &[("Authorization", "t")])
}

/// An authorizer of this kind, called `auth`.
fn authorizer(kind: AuthorizerKind, sources: &[&str], ttl_seconds: u32) -> Authorizer {
    let identity_sources = sources.iter().map(|source| (*source).to_owned()).collect();
    Authorizer { name: "auth".to_owned(), kind, identity_sources, ttl_seconds }
}

fn token(ttl_seconds: u32) -> Authorizer {
    let kind = AuthorizerKind::Token { validation: None };
    authorizer(kind, &["method.request.header.Authorization"], ttl_seconds)
}

fn rest_request(sources: &[&str], ttl_seconds: u32) -> Authorizer {
    authorizer(AuthorizerKind::Request, sources, ttl_seconds)
}

fn http_2(simple: bool, ttl_seconds: u32) -> Authorizer {
    let kind = AuthorizerKind::Http { format: PayloadFormat::V2, simple };
    authorizer(kind, &["$request.header.Authorization"], ttl_seconds)
}

/// An API with these routes behind `authorizer`.
fn api(kind: ApiKind, stage: &str, authorizer: Authorizer, routes: &[&str]) -> Api {
    let mut api = Api::new(kind, stage);
    api.routes = routes.iter().map(|key| Route::new(key, Some(&authorizer.name))).collect();
    api.authorizers = vec![authorizer];
    api
}

/// A REST API with a few routes.
fn rest(authorizer: Authorizer) -> Api {
    api(ApiKind::Rest, "prod", authorizer, &["GET /a", "POST /a", "GET /b", "GET /users/{id}"])
}

/// An HTTP API with a few routes.
fn http(authorizer: Authorizer) -> Api {
    api(ApiKind::Http, "$default", authorizer, &["GET /a", "GET /b", "GET /users/{id}", "POST /a"])
}

fn websocket(sources: &[&str]) -> Api {
    api(ApiKind::WebSocket, "prod", rest_request(sources, 0), &["$connect"])
}

/// A function that answers the same to everything and remembers what it was asked.
struct Function {
    answer: RefCell<Result<String, String>>,
    calls: RefCell<Vec<Call>>,
}

impl Function {
    fn answers(answer: &Value) -> Self {
        Self::says(Ok(answer.to_string()))
    }

    fn fails(message: &str) -> Self {
        Self::says(Err(message.to_owned()))
    }

    fn says(answer: Result<String, String>) -> Self {
        Self { answer: RefCell::new(answer), calls: RefCell::default() }
    }

    /// How often it was asked, and the last event.
    fn calls(&self) -> usize {
        self.calls.borrow().len()
    }

    fn event(&self) -> Value {
        let calls = self.calls.borrow();
        serde_json::from_slice(&calls.last().expect("the function was asked").event).unwrap()
    }
}

/// Puts `incoming` through `gateway`, in front of `function`.
fn handle(gateway: &Gateway, function: &Function, incoming: &Incoming, now: Timestamp) -> Outcome {
    now_or_never(gateway.handle(incoming, now, async |call: Call| {
        function.calls.borrow_mut().push(call);
        function.answer.borrow().clone().map(String::into_bytes)
    }))
}

/// Runs a future that waits for nothing.
fn now_or_never<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the gateway waited for something"),
    }
}

/// What came of a request: the status and the body, or the route it was forwarded to.
fn seen(outcome: &Outcome) -> String {
    match &outcome.done {
        Done::Answered(response) => format!("{} {}", response.status, response.body),
        Done::Forwarded(forward) => format!("to {}", forward.route),
    }
}

/// The event of the integration.
fn forwarded(outcome: &Outcome) -> &Value {
    match &outcome.done {
        Done::Forwarded(forward) => &forward.event,
        Done::Answered(response) => panic!("answered {} {}", response.status, response.body),
    }
}

/// The value of a header of the gateway's own answer.
fn header<'o>(outcome: &'o Outcome, name: &str) -> Option<&'o str> {
    let Done::Answered(response) = &outcome.done else { return None };
    let own = response.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
    own.map(|(_, value)| value.as_str())
}

/// Whether a note of this kind says this.
fn notes(outcome: &Outcome, kind: NoteKind, text: &str) -> bool {
    outcome.trace.notes.iter().any(|note| note.kind == kind && note.text.contains(text))
}

/// An answer with a policy of these statements, each an effect and what follows the stage.
fn policy(statements: &[(&str, &str)]) -> Value {
    let statement = |(effect, tail): &(&str, &str)| {
        let resource = format!("{PREFIX}{tail}");
        json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resource })
    };
    let statements: Vec<Value> = statements.iter().map(statement).collect();
    policy_of(&json!(statements))
}

fn policy_of(statements: &Value) -> Value {
    json!({
        "principalId": "user",
        "policyDocument": { "Version": "2012-10-17", "Statement": statements },
        "context": { "tenant": "acme", "code": "INSUFFICIENT_ROLE" },
    })
}

/// Everything is allowed.
fn allow() -> Value {
    policy_of(&json!([{ "Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*" }]))
}

const EXPLICIT: &str = r#"403 {"Message":"User is not authorized to access this resource with an explicit deny in an identity-based policy"}"#;
const IMPLICIT: &str = r#"403 {"Message":"User is not authorized to access this resource because no identity-based policy allows the execute-api:Invoke action"}"#;
const UNAUTHORIZED: &str = r#"401 {"message":"Unauthorized"}"#;
const MISSING: &str = r#"403 {"message":"Missing Authentication Token"}"#;
const FAILED: &str = r#"500 {"message":null}"#;
const FORBIDDEN: &str = r#"403 {"message":"Forbidden"}"#;
const NOT_FOUND: &str = r#"404 {"message":"Not Found"}"#;
const INTERNAL: &str = r#"500 {"message":"Internal Server Error"}"#;
const UNKNOWN: &str =
    r#"500 {"message":"refused by the local gateway: what API Gateway does here is not known"}"#;
