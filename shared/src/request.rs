//! Step 1: what is requested?
//!
//! One [`Request`] from any authorizer event of API Gateway. The reader is tolerant where AWS is
//! loose (any map may be `null`, header names come in any case) and strict where a mistake could
//! let a caller in: only the ARN says what is requested, and a header that occurs twice either has
//! the same value twice or is a conflict.

pub(crate) mod canonical;
mod error;
mod event;
mod gateway_request_id;
mod identity_sources;
mod method_arn;
mod occurrence;
mod pairs;
mod ping;
mod shape;

use core::net::IpAddr;
use std::borrow::Cow;
use std::fmt;

pub use canonical::PathError;
pub use error::EventError;
pub(crate) use gateway_request_id::gateway_request_id;
pub(crate) use identity_sources::IdentitySources;
pub use method_arn::{MAX_RESOURCE_BYTES, MethodArn};
pub use occurrence::Occurrence;
pub(crate) use pairs::Pairs;
pub use ping::is_ping;
pub(crate) use shape::ShapeHints;
pub use shape::{MAX_ANSWER_BYTES, Shape};

use crate::secret::Secret;

/// What is requested, borrowed from the event.
///
/// `Debug` shows the shape only: headers and query carry credentials.
pub struct Request<'e> {
    /// The kind of event.
    pub shape: Shape,
    /// The API, stage, method and path that are requested.
    pub arn: MethodArn<'e>,
    /// API Gateway's id of the request, where the event has one.
    pub gateway_request_id: Option<Cow<'e, str>>,
    /// REST and HTTP 1.0: the resource. HTTP 2.0: the route key.
    pub(crate) route_key: Option<Cow<'e, str>>,
    pub(crate) raw_path: Option<Cow<'e, str>>,
    pub(crate) identity_sources: IdentitySources<'e>,
    cookies: Vec<Cow<'e, str>>,
    token: Option<Cow<'e, str>>,
    headers: Pairs<'e>,
    query: Pairs<'e>,
    domain: Option<Cow<'e, str>>,
    source_ip: Option<Cow<'e, str>>,
}

impl<'e> Request<'e> {
    /// Reads an authorizer event of any shape.
    ///
    /// # Errors
    /// The event is not JSON, a member this function needs is missing or mistyped, a member is
    /// given twice, or the ARN is not one of `execute-api`.
    pub fn read(event: &'e [u8]) -> Result<Self, EventError> {
        event::read(event)
    }

    /// The value of a `TOKEN` event, which does not say from which header it is; `None` for an event of
    /// another shape.
    #[must_use]
    pub fn token(&self) -> Option<Secret<&str>> {
        let token = self.token.as_deref().filter(|_| self.shape == Shape::RestToken);
        token.map(Secret::new)
    }

    /// The value of the header `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Occurrence<&str> {
        self.headers.occurrence(|key| key.eq_ignore_ascii_case(name))
    }

    /// Every value of the header `name`, in any case, as often as the event has it.
    pub(crate) fn header_values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.values(move |key| key.eq_ignore_ascii_case(name))
    }

    /// The value of the query parameter `name`, in exactly this case.
    #[must_use]
    pub fn query(&self, name: &str) -> Occurrence<&str> {
        self.query.occurrence(|key| key == name)
    }

    /// Whether one of the identity sources has this value, which is not the caller's to choose: a
    /// header, a query parameter or a cookie may be a source, too, and then the caller chooses it.
    pub(crate) fn is_cached_by(&self, value: &str) -> bool {
        if !self.identity_sources.has(value) {
            return false;
        }
        let is_value =
            |text: &str| text == value || text.split(',').any(|part| part.trim() == value);
        let chosen = self.headers.values(|_| true).chain(self.query.values(|_| true)).any(is_value);
        let in_cookies = self.cookies.iter().any(|cookie| is_value(cookie))
            || (!self.cookies.is_empty() && self.cookies.join("; ") == value);
        !chosen && !in_cookies
    }

    /// The path of the route that API Gateway matched, as its API has it: `/users/{id}`. `None` where the
    /// event does not say, for `$default` and for a route that ends in `{name+}`, which matches whatever
    /// no other does.
    #[must_use]
    pub fn matched_path(&self) -> Option<&str> {
        let key = self.route_key.as_deref()?;
        let path = key.find('/').and_then(|slash| key.get(slash..))?;
        (!path.contains("+}")).then_some(path)
    }

    /// The address the request came from, as API Gateway saw it. A `TOKEN` event names none.
    #[must_use]
    pub fn source_ip(&self) -> Option<IpAddr> {
        self.source_ip.as_deref()?.parse().ok()
    }

    /// The requested host: API Gateway's domain name and the `Host` header, which must agree where
    /// the event has both.
    #[must_use]
    pub fn host(&self) -> Occurrence<&str> {
        host(self.domain.as_deref(), self.header("host"))
    }
}

pub(crate) fn host<'r>(
    domain: Option<&'r str>,
    header: Occurrence<&'r str>,
) -> Occurrence<&'r str> {
    match (domain, header) {
        (Some(domain), Occurrence::Absent) => Occurrence::Single(domain),
        (Some(domain), Occurrence::Single(host)) if !host.eq_ignore_ascii_case(domain) => {
            Occurrence::Conflicting
        }
        (_, host) => host,
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("shape", &self.shape).finish_non_exhaustive()
    }
}
