//! Fetching a JWK set: one GET.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use shared::authn::jwk::MAX_SET_BYTES;

use crate::http::header::{ACCEPT, HeaderValue};
use crate::http::{Client, HttpError, Request, Timeouts};
use crate::url::Url;

/// Fetches the key set at a URL.
pub trait Fetch: Send + Sync + 'static {
    /// The body of a response with status 200, at most [`MAX_SET_BYTES`] long. Must end within a
    /// bounded time of its own, and may be dropped at any point.
    fn fetch(&self, url: &Url) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;
}

/// Why there is no set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// There is no response.
    Http(HttpError),
    /// This status, not 200. Redirects are not followed.
    Status(u16),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Status(status) => write!(f, "answered with status {status}"),
        }
    }
}

impl Error for FetchError {}

/// [`Fetch`] over the network.
#[derive(Debug)]
pub struct Http(Client);

impl Default for Http {
    fn default() -> Self {
        Self(Client::new(Timeouts::default()))
    }
}

impl Http {
    /// With `connect_timeout` for resolving the name, connecting and TLS, and `timeout` for all of
    /// a fetch.
    #[must_use]
    pub const fn new(connect_timeout: Duration, timeout: Duration) -> Self {
        Self(Client::new(Timeouts { connect: connect_timeout, whole: timeout }))
    }
}

impl Fetch for Http {
    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        let mut request = Request::default();
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("*/*"));
        let limit = |status| (status == 200).then_some(MAX_SET_BYTES);
        match self.0.send(url, request, limit).await {
            Ok(answer) if answer.status == 200 => Ok(answer.body),
            Ok(answer) => Err(FetchError::Status(answer.status)),
            Err(error) => Err(FetchError::Http(error)),
        }
    }
}
