//! HTTP: one request and one response, within limits of time and size.

mod bounded;
pub(crate) mod tls;

use std::error::Error;
use std::future::{pending, poll_fn};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use bounded::{Bounded, whole_limit};
use http_body_util::BodyExt as _;
pub use http_body_util::Full;
use hyper::Uri;
pub use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::HOST;
pub use hyper::{Request, header};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tls::Roots;
use tokio::time::timeout;
use tower_service::Service;

use crate::url::Url;

/// HTTP/1.1 over TLS with root certificates that are in the binary, or plain on loopback. No
/// redirect is followed, no proxy used, no request repeated, and no connection kept: Lambda freezes
/// the process between events, and a kept connection does not survive that.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    timeouts: Timeouts,
    /// `None`: those of the host.
    roots: Option<Roots>,
}

/// How long a response may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For resolving the name, connecting and TLS.
    pub connect: Duration,
    /// For everything, from resolving the name to the last byte.
    pub whole: Duration,
}

impl Default for Timeouts {
    /// One second to connect and two for all, since a caller may be waiting.
    fn default() -> Self {
        Self { connect: Duration::from_secs(1), whole: Duration::from_secs(2) }
    }
}

/// How many bytes the body of a response with this status may have; `None` if the body does not
/// matter and is not read.
pub type BodyLimit = fn(status: u16) -> Option<usize>;

/// A response.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The final status: not one of 1xx, except for 101.
    pub status: u16,
    /// The body; empty where [`BodyLimit`] is `None`.
    pub body: Vec<u8>,
}

/// Without the body, which may be a secret.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// No connection, for this reason.
    Connect(String),
    /// It took too long.
    Timeout,
    /// The body has more than this number of bytes, or all of the response has.
    TooLong(usize),
    /// The response broke off or is not HTTP, for this reason.
    Broken(String),
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(reason) => write!(f, "no connection: {reason}"),
            Self::Timeout => f.write_str("no answer in time"),
            Self::TooLong(limit) => write!(f, "answered with more than {limit} bytes"),
            Self::Broken(reason) => write!(f, "the answer broke off: {reason}"),
        }
    }
}

impl Error for HttpError {}

impl Client {
    /// A client that gives up after `timeouts`. It trusts Amazon's own certificate authorities alone
    /// where the host is one of AWS, and the public ones elsewhere. It costs nothing before the first
    /// request.
    #[must_use]
    pub const fn new(timeouts: Timeouts) -> Self {
        Self { timeouts, roots: None }
    }

    /// A client of an AWS service, which trusts Amazon's own certificate authorities alone, whatever
    /// host an operator's setting names: as the clients of the SDK do.
    #[must_use]
    pub const fn of_aws(timeouts: Timeouts) -> Self {
        Self { timeouts, roots: Some(Roots::Amazon) }
    }

    /// Sends `request` to `url`, which replaces the address and the `Host` of `request`, and
    /// returns the response, which may have 64 KiB more than the longest body that `limit` takes. The
    /// future may be dropped at any point, and leaves no connection behind.
    ///
    /// # Errors
    /// [`HttpError`], within the timeouts of this client.
    pub async fn send(
        &self,
        url: &Url,
        request: Request<Full<Bytes>>,
        limit: BodyLimit,
    ) -> Result<Response, HttpError> {
        let roots = self.roots.unwrap_or_else(|| Roots::of_host(url));
        let tls = roots.client().map_err(|error| HttpError::Connect(error.to_string()))?;
        self.send_over(tls, url, request, limit).await
    }

    async fn send_over(
        &self,
        tls: &Arc<ClientConfig>,
        url: &Url,
        mut request: Request<Full<Bytes>>,
        limit: BodyLimit,
    ) -> Result<Response, HttpError> {
        *request.uri_mut() = url.origin_form();
        request.headers_mut().insert(HOST, url.host().clone());
        let answer = async {
            let stream =
                timeout(self.timeouts.connect, self.connect(tls, url)).await.map_err(late)??;
            exchange(stream, request, limit).await
        };
        timeout(self.timeouts.whole, answer).await.map_err(late)?
    }

    async fn connect(&self, tls: &Arc<ClientConfig>, url: &Url) -> Result<Stream, HttpError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        // Divided among the addresses of a name: one that does not respond must not use up the
        // time.
        tcp.set_connect_timeout(Some(self.timeouts.connect));
        let mut connector = HttpsConnector::from((tcp, Arc::clone(tls)));
        let failed = |error: Box<dyn Error + Send + Sync>| failure(&*error, HttpError::Connect);
        poll_fn(|context| connector.poll_ready(context)).await.map_err(failed)?;
        connector.call(url.uri().clone()).await.map_err(failed)
    }
}

type Stream = <HttpsConnector<HttpConnector> as Service<Uri>>::Response;

async fn exchange(
    stream: Stream,
    request: Request<Full<Bytes>>,
    limit: BodyLimit,
) -> Result<Response, HttpError> {
    let stream = TokioIo::new(Bounded::new(TokioIo::new(stream), whole_limit(limit)));
    let (mut sender, connection) = http1::handshake(stream).await.map_err(|e| broken(&e))?;
    let answer = async {
        let answer = sender.send_request(request).await.map_err(|e| broken(&e))?;
        let status = answer.status().as_u16();
        let body = match limit(status) {
            Some(limit) => read(answer.into_body(), limit).await?,
            None => Vec::new(),
        };
        Ok(Response { status, body })
    };
    // An error of the connection ends the request too, which then reports it.
    let carry = async {
        drop(connection.await);
        pending().await
    };
    tokio::select! {
        biased;
        answer = answer => answer,
        never = carry => never,
    }
}

/// Reads the body as it comes. How much is allocated does not depend on its `Content-Length`, which
/// may be false.
async fn read(mut body: Incoming, limit: usize) -> Result<Vec<u8>, HttpError> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame.map_err(|e| broken(&e))?.into_data() else { continue };
        if bytes.len() + chunk.len() > limit {
            return Err(HttpError::TooLong(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn late<E>(_: E) -> HttpError {
    HttpError::Timeout
}

fn broken(error: &hyper::Error) -> HttpError {
    failure(error, HttpError::Broken)
}

/// The innermost cause of `error`, because the outer ones repeat the address; or the system's own
/// timeout, or the end of what may be read.
fn failure(error: &(dyn Error + 'static), why: fn(String) -> HttpError) -> HttpError {
    let mut cause = error;
    loop {
        let io = cause.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::TimedOut) {
            return HttpError::Timeout;
        }
        let inner = io.and_then(io::Error::get_ref);
        if let Some(error) = inner.and_then(|inner| inner.downcast_ref::<HttpError>()) {
            return error.clone();
        }
        match cause.source() {
            Some(inner) => cause = inner,
            None => return why(cause.to_string()),
        }
    }
}
