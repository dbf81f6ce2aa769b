//! What the sender sent, as far as the event has it: everything but the body.

use core::net::IpAddr;
use std::borrow::Cow;
use std::fmt;

use crate::request::{Occurrence, Pairs, host};

/// The HTTP message behind a webhook event, at the gate or on delivery, borrowed from the event.
///
/// `Debug` shows nothing of it: headers and query carry credentials.
pub struct Message<'e> {
    pub(super) method: Cow<'e, str>,
    pub(super) path: Cow<'e, str>,
    pub(super) raw_query: Option<Cow<'e, str>>,
    pub(super) scheme: &'static str,
    pub(super) domain: Option<Cow<'e, str>>,
    pub(super) headers: Pairs<'e>,
    pub(super) multi_value_headers: Pairs<'e>,
    pub(super) query: Pairs<'e>,
    pub(super) path_parameters: Pairs<'e>,
    pub(super) source_ip: Option<IpAddr>,
}

impl Message<'_> {
    /// The method, as it was sent.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The path as the sender wrote it, as far as the event tells: with the stage, where the sender
    /// called API Gateway's own domain.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query without its `?`, as it was sent; `None` where the event has it only as a map.
    #[must_use]
    pub fn raw_query(&self) -> Option<&str> {
        self.raw_query.as_deref()
    }

    /// `https`, or `http` where the `X-Forwarded-Proto` of a load balancer says so.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The host that was called: the event's domain name and the `Host` header, which must agree
    /// where both are there.
    #[must_use]
    pub fn host(&self) -> Occurrence<&str> {
        host(self.domain.as_deref(), self.header("host"))
    }

    /// The value of the header `name`, in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Occurrence<&str> {
        let named = |key: &str| key.eq_ignore_ascii_case(name);
        Occurrence::of(self.headers.values(named).chain(self.multi_value_headers.values(named)))
    }

    /// Every value of the header `name` in any case, in the order in which they were sent.
    #[must_use]
    pub fn header_values(&self, name: &str) -> Vec<&str> {
        let named = |key: &str| key.eq_ignore_ascii_case(name);
        // Where both maps have the header, `headers` repeats the last of `multiValueHeaders`.
        let all: Vec<&str> = self.multi_value_headers.values(named).collect();
        if all.is_empty() { self.headers.values(named).collect() } else { all }
    }

    /// The value of the query parameter `name`, as far as the event decodes it.
    #[must_use]
    pub fn query(&self, name: &str) -> Occurrence<&str> {
        self.query.occurrence(|key| key == name)
    }

    /// The address the request came from, as API Gateway or the load balancer saw it.
    #[must_use]
    pub const fn source_ip(&self) -> Option<IpAddr> {
        self.source_ip
    }

    /// The webhook's id, not yet parsed: the header `X-Webhook-Id`, the path parameter `webhook_id`
    /// or the query parameter `webhook_id`, which must agree where there is more than one. A sender
    /// that cannot set a header has it in its URL.
    #[must_use]
    pub fn webhook_id(&self) -> Occurrence<&str> {
        let header = |key: &str| key.eq_ignore_ascii_case("x-webhook-id");
        let parameter = |key: &str| key == "webhook_id";
        Occurrence::of(
            (self.headers.values(header))
                .chain(self.multi_value_headers.values(header))
                .chain(self.path_parameters.values(parameter))
                .chain(self.query.values(parameter)),
        )
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").finish_non_exhaustive()
    }
}

#[cfg(test)]
impl<'e> Message<'e> {
    /// A message over `https` whose headers are `headers`.
    pub(crate) fn of(
        method: &'e str,
        path: &'e str,
        raw_query: Option<&'e str>,
        host: Option<&'e str>,
        headers: &[(&'e str, &'e str)],
    ) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            raw_query: raw_query.map(Cow::Borrowed),
            scheme: "https",
            domain: host.map(Cow::Borrowed),
            headers: headers.iter().copied().collect(),
            multi_value_headers: Pairs::default(),
            query: Pairs::default(),
            path_parameters: Pairs::default(),
            source_ip: None,
        }
    }
}
