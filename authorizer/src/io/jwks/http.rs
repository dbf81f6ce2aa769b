//! Fetching a JWK set: one GET, with every limit that a stranger's answer needs.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, StatusCode, Url, redirect, retry};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use shared::credential::jwk::MAX_SET_BYTES;

/// "What stands at this address now?"
pub trait Fetch: Send + Sync + 'static {
    /// At most [`MAX_SET_BYTES`] of an answer of status 200. Ends within a bounded time of its
    /// own, and may be dropped at any point.
    fn fetch(&self, url: &JwksUrl) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;
}

/// An address to take keys from: `https`, or `http` on the loopback interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksUrl(Url);

impl JwksUrl {
    /// Takes `text` if it is such an address.
    ///
    /// # Errors
    /// One sentence that says what is wanted.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let wanted = "not an `https` address, or an `http` one on loopback, without a user";
        let url = Url::parse(text).map_err(|_| wanted)?;
        let scheme = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
        let user = !url.username().is_empty() || url.password().is_some();
        if scheme && !user { Ok(Self(url)) } else { Err(wanted) }
    }
}

impl fmt::Display for JwksUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse().is_ok_and(|v4: std::net::Ipv4Addr| v4.is_loopback()),
        None => false,
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// No connection, for this reason.
    Connect(String),
    /// Not done in time.
    Timeout,
    /// This status, not 200. Redirects are not followed.
    Status(u16),
    /// More than [`MAX_SET_BYTES`].
    TooLong,
    /// The answer broke off or is not HTTP, for this reason.
    Broken(String),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(reason) => write!(f, "no connection: {reason}"),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Status(status) => write!(f, "answered with status {status}"),
            Self::TooLong => write!(f, "answered with more than {MAX_SET_BYTES} bytes"),
            Self::Broken(reason) => write!(f, "the answer broke off: {reason}"),
        }
    }
}

impl Error for FetchError {}

/// [`Fetch`] over the network. The TLS client is built by the first fetch, because an instance
/// with a seed may never need one.
#[derive(Debug)]
pub struct Http {
    client: OnceLock<Result<Client, FetchError>>,
    connect_timeout: Duration,
    timeout: Duration,
}

impl Default for Http {
    /// One second to connect and two for all, since a caller may be waiting.
    fn default() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(2))
    }
}

impl Http {
    /// With `connect_timeout` for name, connection and TLS, and `timeout` for all of a fetch.
    #[must_use]
    pub const fn new(connect_timeout: Duration, timeout: Duration) -> Self {
        Self { client: OnceLock::new(), connect_timeout, timeout }
    }

    fn client(&self) -> Result<&Client, FetchError> {
        self.client.get_or_init(|| self.build()).as_ref().map_err(Clone::clone)
    }

    fn build(&self) -> Result<Client, FetchError> {
        // The roots are in the binary: reading the system's costs 3 ms, and a function has none
        // of its own to add.
        let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| FetchError::Connect(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never())
            // A connection kept open does not survive a freeze.
            .pool_max_idle_per_host(0)
            .connect_timeout(self.connect_timeout)
            .timeout(self.timeout)
            .build()
            .map_err(FetchError::from)
    }
}

impl Fetch for Http {
    async fn fetch(&self, url: &JwksUrl) -> Result<Vec<u8>, FetchError> {
        let mut answer = self.client()?.get(url.0.clone()).send().await?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MAX_SET_BYTES {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Timeout
        } else if error.is_connect() {
            Self::Connect(root_cause(&error))
        } else {
            Self::Broken(root_cause(&error))
        }
    }
}

/// The innermost sentence of `error`: the outer ones repeat the address.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::JwksUrl;

    #[test]
    fn plain_http_stays_on_loopback() {
        fn check(text: &str, taken: bool) {
            assert_eq!(JwksUrl::parse(text).is_ok(), taken, "{text}");
        }
        check("https://cognito-idp.eu-west-1.amazonaws.com/p/.well-known/jwks.json", true);
        check("http://127.0.0.1:9229/p/.well-known/jwks.json", true);
        check("http://127.9.9.9/", true);
        check("http://localhost:9229/", true);
        check("http://[::1]:9229/", true);
        check("http://cognito-idp.eu-west-1.amazonaws.com/", false);
        check("http://127.0.0.1.example.com/", false);
        check("http://localhost.example.com/", false);
        check("http://[::2]/", false);
        check("https://user@example.com/", false);
        check("https://:password@example.com/", false);
        check("file:///etc/passwd", false);
        check("data:application/json,{}", false);
        check("https://", false);
        check("", false);
    }
}
