//! What API Gateway does between a client and an integration, without HTTP around it: routes, identity
//! sources, the authorizer's event, the policy cache, policies and resource policies, gateway responses and
//! the integration's event.
//!
//! It does what AWS documents, or what was measured. Where neither is known, it refuses the request or makes
//! an assumption, and [`Trace::notes`] says which.
//!
//! ```
//! # use local::gateway::{Api, ApiKind, Done, Gateway, Incoming, Route};
//! # use shared::time::Timestamp;
//! let mut api = Api::new(ApiKind::Http, "$default");
//! api.routes.push(Route::new("GET /health", None));
//! let gateway = Gateway::new(api).unwrap();
//! let incoming = Incoming {
//!     method: "GET".to_owned(),
//!     path: "/health".to_owned(),
//!     query: String::new(),
//!     headers: vec![("Host".to_owned(), "api.example.com".to_owned())],
//!     body: Vec::new(),
//!     source_ip: [203, 0, 113, 7].into(),
//!     request_id: "1".to_owned(),
//! };
//! let now = Timestamp::from_unix_millis(1_767_225_600_000);
//! let handled = gateway.handle(&incoming, now, async |_| Err("no function".to_owned()));
//! # let mut handled = std::pin::pin!(handled);
//! # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! # let std::task::Poll::Ready(outcome) = handled.as_mut().poll(&mut context) else { panic!() };
//! assert!(matches!(outcome.done, Done::Forwarded(_)));
//! ```

mod answer;
mod api;
mod cache;
mod compiled;
mod event;
mod flow;
mod identity_source;
mod incoming;
mod json;
mod moment;
mod path;
mod policy;
mod query;
mod received;
mod resource_policy;
mod response;
mod routing;
mod trace;
mod validation;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use api::{
    Account, Api, ApiError, ApiKind, Authorizer, AuthorizerKind, Domain, PayloadFormat,
    ResourcePolicy, Route,
};
use cache::Cache;
use compiled::Compiled;
use flow::{Flow, Step};
pub use incoming::Incoming;
use path::{oddity, within_stage};
pub use response::{GatewayResponse, Response, ResponseType};
use routing::resolve;
use serde_json::{Map, Value};
use shared::time::Timestamp;
pub use trace::{Consulted, Note, NoteKind, Trace, Verdict};

/// One stage of an API, with the answers that are cached for it.
pub struct Gateway {
    compiled: Compiled,
    cache: Mutex<Cache>,
}

/// A call of an authorizer's function. `Debug` does not show the event.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The authorizer's name.
    pub authorizer: String,
    /// The event, as JSON.
    pub event: Vec<u8>,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Who answers.
    pub done: Done,
    /// What was done on the way.
    pub trace: Trace,
}

/// Who answers a request.
#[derive(Clone, Debug)]
pub enum Done {
    /// The gateway by itself.
    Answered(Response),
    /// The integration.
    Forwarded(Forward),
}

/// What goes to an integration. `Debug` does not show the event.
#[derive(Clone, PartialEq, Eq)]
pub struct Forward {
    /// The key of the route.
    pub route: String,
    /// What the authorizer said, whatever the format of the event: the context, and of a policy also
    /// `principalId`. Empty for a public route.
    pub authorizer: Map<String, Value>,
    /// The event of a Lambda proxy integration, with the authorizer's context.
    pub event: Value,
}

impl Gateway {
    /// A gateway for `api`, with an empty cache.
    ///
    /// # Errors
    /// All that is wrong with `api`.
    pub fn new(api: Api) -> Result<Self, Vec<ApiError>> {
        let compiled = Compiled::read(api)?;
        Ok(Self { compiled, cache: Mutex::default() })
    }

    /// The API.
    #[must_use]
    pub const fn api(&self) -> &Api {
        &self.compiled.api
    }

    /// Handles `incoming` at `now`. `invoke` calls an authorizer's function, at most once, and gives its answer
    /// or the message of its error. It also ends a function that takes too long, with any message: an HTTP API
    /// waits 10 seconds for an authorizer, the others 30.
    pub async fn handle(
        &self,
        incoming: &Incoming,
        now: Timestamp,
        invoke: impl AsyncFnOnce(Call) -> Result<Vec<u8>, String>,
    ) -> Outcome {
        let step = Flow::begin(&self.compiled, incoming, now, |key| self.cache().find(key, now));
        let (waiting, call) = match step {
            Step::Done(outcome) => return *outcome,
            Step::Invoke(waiting, call) => (waiting, call),
        };
        let answer = invoke(call).await;
        waiting.finish(answer, |key, answer, until| self.cache().keep(key, answer, now, until))
    }

    /// The key of the route that a request of `method` for `path` has, both as sent; `None` where there is
    /// none, or it is not known which.
    #[must_use]
    pub fn route(&self, method: &str, path: &str) -> Option<&str> {
        let Compiled { api, routes, .. } = &self.compiled;
        let within = within_stage(api, path).filter(|within| oddity(within).is_none())?;
        let matched = resolve(api.kind, routes, method, &within, &mut Vec::new())?;
        Some(&matched.route.key)
    }

    /// Forgets all cached answers, like a new deployment of the stage.
    pub fn flush_cache(&self) {
        self.cache().clear();
    }

    /// What a panic elsewhere left is complete: each entry is put in at once.
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("api", &self.compiled.api).finish_non_exhaustive()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("authorizer", &self.authorizer).finish_non_exhaustive()
    }
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward").field("route", &self.route).finish_non_exhaustive()
    }
}
