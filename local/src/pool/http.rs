//! Requests and responses, without a socket.

use std::fmt;

use serde_json::Value;

/// The longest body that is read, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// The longest query and the longest path that are read, in bytes.
pub const MAX_TARGET_BYTES: usize = 8 * 1024;

/// A request as it comes off the wire. It may hold passwords and tokens, so it has no `Debug`.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    /// The method, such as `GET`.
    pub method: &'r str,
    /// The path as it was sent, without the query.
    pub path: &'r str,
    /// What follows the `?`; empty without one.
    pub query: &'r str,
    /// Names in any case, and values. `host` must be among them, of HTTP/2 the `:authority`.
    pub headers: &'r [(&'r str, &'r str)],
    /// The body; empty without one.
    pub body: &'r [u8],
}

impl<'r> Request<'r> {
    /// The header `name`, which is given in lower case; `None` if it is missing or repeated.
    pub(super) fn header(&self, name: &str) -> Option<&'r str> {
        let mut found = self.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value.trim()),
            _ => None,
        }
    }

    /// The cookie `name` (RFC 6265 §5.4).
    pub(super) fn cookie(&self, name: &str) -> Option<&'r str> {
        let cookies = self.header("cookie")?.split(';');
        cookies
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(own, value)| if own == name { Some(value) } else { None })
    }

    /// Whether the body is of `media_type`, whatever its parameters.
    pub(super) fn is(&self, media_type: &str) -> bool {
        let content_type = self.header("content-type").unwrap_or_default();
        let own = content_type.split(';').next().unwrap_or_default();
        own.trim().eq_ignore_ascii_case(media_type)
    }

    /// The token after `Bearer` (RFC 6750 §2.1).
    pub(super) fn bearer(&self) -> Option<&'r str> {
        self.credentials("bearer")
    }

    /// What follows the scheme `scheme` in `Authorization` (RFC 9110 §11.4).
    pub(super) fn credentials(&self, scheme: &str) -> Option<&'r str> {
        let (own, credentials) = self.header("authorization")?.split_once(' ')?;
        own.eq_ignore_ascii_case(scheme).then(|| credentials.trim())
    }
}

/// A response. Its `Debug` shows the status alone: the rest may be tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names in lower case, and values in visible ASCII.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A response that no cache keeps and no browser takes for another type.
    pub(super) fn new(status: u16, media_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![
            ("content-type", media_type.to_owned()),
            ("cache-control", "no-store".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ];
        Self { status, headers, body }
    }

    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string().into_bytes())
    }

    pub(super) fn empty(status: u16) -> Self {
        Self::new(status, "text/plain", Vec::new())
    }

    pub(super) fn text(status: u16, sentence: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", sentence.as_bytes().to_vec())
    }

    /// `status` is 302 after a GET and 303 after a POST (RFC 9110 §15.4).
    pub(super) fn redirect(status: u16, location: String) -> Self {
        Self::empty(status).with("location", location)
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The value of the first header `name`, which is given in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}
