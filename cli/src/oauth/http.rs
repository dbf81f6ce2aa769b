//! Requests of a person's command, over reqwest: the system's certificates, and a proxy.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use oauth2::http::Response;
use oauth2::{HttpRequest, HttpResponse};

use crate::exit::CommandError;
use crate::proxy::{Proxy, unconnected};

/// The longest answer that is read, in bytes.
const MAX_BYTES: usize = 256 * 1024;
const CONNECT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(20);

/// A client that follows no redirect: a code or a secret goes where it was meant to go, or nowhere.
pub(crate) struct Http(reqwest::Client);

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HttpError {
    host: String,
    why: &'static str,
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` did not answer: {}", self.host, self.why)
    }
}

impl Error for HttpError {}

impl From<HttpError> for CommandError {
    fn from(error: HttpError) -> Self {
        Self::failed(error.to_string())
    }
}

impl Http {
    /// Prepares a client. Nothing is connected yet.
    ///
    /// # Errors
    /// The proxy or the system's certificates cannot be used.
    pub(crate) fn new(proxy: &Proxy) -> Result<Self, CommandError> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(PATIENCE);
        proxy.on(client)?.build().map(Self).map_err(|_| {
            CommandError::failed("no connection can be prepared: look at the system's certificates")
        })
    }

    /// Sends `request`, and reads the answer.
    ///
    /// # Errors
    /// There is none, or it is too long.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        let failed = |why| HttpError { host: host.clone(), why };
        let request = request.try_into().map_err(|_| failed("the request cannot be built"))?;
        let answer = self.0.execute(request).await.map_err(|error| failed(cause(&error)))?;
        read(answer).await.map_err(failed)
    }
}

async fn read(mut answer: reqwest::Response) -> Result<HttpResponse, &'static str> {
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|error| cause(&error))? {
        if body.len() + part.len() > MAX_BYTES {
            return Err("its answer is too long");
        }
        body.extend_from_slice(&part);
    }
    response.body(body).map_err(|_| "its answer cannot be read")
}

fn cause(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        return "it took too long";
    }
    if error.is_connect() {
        return unconnected(error);
    }
    "its answer cannot be read"
}
