//! Step 1: what is asked?
//!
//! One [`Request`] from any authorizer event of API Gateway. The reader is tolerant where AWS is
//! loose (any map may be `null`, header names come in any case) and strict where a mistake could
//! open a gate: the ARN alone says what is asked, and a header that was given twice is either the
//! same value twice or a conflict.

mod event;
mod members;
mod message;
mod method_arn;
mod pairs;
mod webhook;

use core::net::IpAddr;
use std::borrow::Cow;
use std::fmt;

pub(crate) use members::members;
pub use message::Message;
pub use method_arn::MethodArn;
pub use webhook::{Delivery, DeliveryShape, Gate, WebhookRequest};

use crate::secret::Secret;

/// Which kind of event asked. It decides where the token stands and what may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// REST API, `TOKEN` authorizer.
    RestToken,
    /// REST API, `REQUEST` authorizer.
    RestRequest,
    /// HTTP API, payload format 1.0.
    Http1,
    /// HTTP API, payload format 2.0.
    Http2,
    /// WebSocket API, `$connect`.
    WebSocket,
}

impl Shape {
    /// HTTP APIs have no gateway responses, and what a thrown error does there is unsettled: they
    /// always get an answer.
    #[must_use]
    pub const fn is_http_api(self) -> bool {
        matches!(self, Self::Http1 | Self::Http2)
    }

    /// The name in the decision log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RestToken => "rest-token",
            Self::RestRequest => "rest-request",
            Self::Http1 => "http-1.0",
            Self::Http2 => "http-2.0",
            Self::WebSocket => "websocket",
        }
    }
}

/// An event that cannot be a question to an authorizer. The sentence never quotes a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(pub(crate) Cow<'static, str>);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed event: {}", self.0)
    }
}

impl std::error::Error for Malformed {}

/// How often something was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given<T> {
    /// Not at all, or only as `null`.
    Never,
    /// Once, or more than once with the same value.
    Once(T),
    /// More than once with different values: nobody can say which one counts.
    Conflicting,
}

/// What is asked, borrowed from the event.
///
/// `Debug` shows the shape only: headers and query carry credentials.
pub struct Request<'e> {
    /// The kind of event.
    pub shape: Shape,
    /// What is asked for: API, stage, method and path.
    pub arn: MethodArn<'e>,
    /// API Gateway's id of the request, where the event has one.
    pub request_id: Option<Cow<'e, str>>,
    token: Option<Cow<'e, str>>,
    headers: pairs::Pairs<'e>,
    query: pairs::Pairs<'e>,
    domain: Option<Cow<'e, str>>,
    source: Option<Cow<'e, str>>,
}

impl<'e> Request<'e> {
    /// Reads an authorizer event of any shape.
    ///
    /// # Errors
    /// The event is not JSON, a member this function needs is missing or mistyped, a member is
    /// given twice, or the ARN is not one of `execute-api`.
    pub fn read(event: &'e [u8]) -> Result<Self, Malformed> {
        event::read(event)
    }

    /// The raw value of the `Authorization` header, wherever this shape carries it.
    #[must_use]
    pub fn authorization(&self) -> Given<Secret<&str>> {
        let given = match self.shape {
            Shape::RestToken => self.token.as_deref().map_or(Given::Never, Given::Once),
            _ => self.header("authorization"),
        };
        match given {
            Given::Once(value) => Given::Once(Secret::new(value)),
            Given::Never => Given::Never,
            Given::Conflicting => Given::Conflicting,
        }
    }

    /// The value of the header `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Given<&str> {
        self.headers.given(|key| key.eq_ignore_ascii_case(name))
    }

    /// The value of the query parameter `name`, in exactly this case.
    #[must_use]
    pub fn query(&self, name: &str) -> Given<&str> {
        self.query.given(|key| key == name)
    }

    /// The address the request came from, as API Gateway saw it. A `TOKEN` event names none.
    #[must_use]
    pub fn source(&self) -> Option<IpAddr> {
        self.source.as_deref()?.parse().ok()
    }

    /// The host that was called: API Gateway's domain name and the `Host` header, which must agree
    /// where both are there.
    #[must_use]
    pub fn host(&self) -> Given<&str> {
        host(self.domain.as_deref(), self.header("host"))
    }
}

fn host<'r>(domain: Option<&'r str>, header: Given<&'r str>) -> Given<&'r str> {
    match (domain, header) {
        (Some(domain), Given::Never) => Given::Once(domain),
        (Some(domain), Given::Once(host)) if !host.eq_ignore_ascii_case(domain) => {
            Given::Conflicting
        }
        (_, host) => host,
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("shape", &self.shape).finish_non_exhaustive()
    }
}
