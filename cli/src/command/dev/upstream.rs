//! Where allowed requests go: the team's own server, or an echo.

use std::convert::Infallible;
use std::error::Error as _;
use std::time::Duration;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::http::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Response};
use serde_json::{Map, Value, json};

use super::identity;
use crate::exit::CommandError;

/// The longest body that API Gateway takes: what comes in chunks says its length only at its end.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
pub(super) const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// A body that is passed on as it comes.
pub(super) type Body = UnsyncBoxBody<Bytes, reqwest::Error>;

/// Where allowed requests go.
pub(super) enum Upstream {
    /// Nowhere: the answer says what an upstream would get.
    Echo,
    /// To an address.
    Http(Http),
}

/// An upstream that speaks HTTP.
pub(super) struct Http {
    client: reqwest::Client,
    /// Its address, without a `/` at the end.
    base: String,
    /// How long it may take until its answer begins.
    patience: Duration,
}

/// A request that was let through.
pub(super) struct Passed {
    pub(super) method: Method,
    /// Path and query, as the client sent them.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Incoming,
}

impl Upstream {
    /// The upstream at `url`, which gets `patience` to begin an answer; or the echo.
    ///
    /// # Errors
    /// It is no address of HTTP.
    pub(super) fn new(url: Option<&str>, patience: Duration) -> Result<Self, CommandError> {
        let Some(url) = url else { return Ok(Self::Echo) };
        let wrong = |problem: &str| {
            CommandError::usage(format!("`--upstream`: {problem}, such as `http://127.0.0.1:3000`"))
        };
        let parsed = reqwest::Url::parse(url).map_err(|_| wrong("it is no address"))?;
        if parsed.scheme() != "http" {
            return Err(wrong("it is an address that begins with `http://`"));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() || !parsed.username().is_empty()
        {
            return Err(wrong("it is an address without a user, a query or a fragment"));
        }
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build();
        let client = client.map_err(|error| CommandError::failed(format!("no client: {error}")))?;
        let base = url.trim_end_matches('/').to_owned();
        Ok(Self::Http(Http { client, base, patience }))
    }

    /// Sends `passed` on, with who was proven by the authorizer's `context`.
    pub(super) async fn send(
        &self,
        passed: Passed,
        context: &Map<String, Value>,
    ) -> Response<Body> {
        let listed: Vec<String> = passed
            .headers
            .get_all("connection")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(|name| name.trim().to_ascii_lowercase())
            .collect();
        let mut headers = HeaderMap::new();
        for (name, value) in &passed.headers {
            if identity::passes(name.as_str(), &listed) {
                headers.append(name.clone(), value.clone());
            }
        }
        for (name, value) in identity::headers(context) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        match self {
            Self::Echo => echo(&passed, &headers),
            Self::Http(http) => http.send(passed, headers).await,
        }
    }
}

impl Http {
    async fn send(&self, passed: Passed, headers: HeaderMap) -> Response<Body> {
        let request = self
            .client
            .request(passed.method, format!("{}{}", self.base, passed.target))
            .headers(headers)
            .body(reqwest::Body::wrap(Limited::new(passed.body, MAX_BODY_BYTES)));
        // API Gateway's own words for an integration that takes too long, or cannot be reached.
        let response = match tokio::time::timeout(self.patience, request.send()).await {
            Err(_) => return message(504, r#"{"message": "Endpoint request timed out"}"#),
            Ok(Err(error)) if is_too_long(&error) => return too_long(),
            Ok(Err(_)) => return message(502, r#"{"message": "Internal server error"}"#),
            Ok(Ok(response)) => response,
        };
        let mut answer = Response::new(empty());
        *answer.status_mut() = response.status();
        for (name, value) in response.headers() {
            if identity::returns(name.as_str()) {
                answer.headers_mut().append(name.clone(), value.clone());
            }
        }
        let body: reqwest::Body = response.into();
        *answer.body_mut() = body.boxed_unsync();
        answer
    }
}

/// Whether the request's own body was what ended it.
fn is_too_long(error: &reqwest::Error) -> bool {
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.any(|cause| cause.is::<LengthLimitError>())
}

/// What API Gateway says of a body that is longer than it takes.
pub(super) fn too_long() -> Response<Body> {
    message(413, r#"{"message": "Request Too Long"}"#)
}

/// What an upstream gets.
fn echo(passed: &Passed, headers: &HeaderMap) -> Response<Body> {
    let shown: Map<String, Value> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()))
        .collect();
    let body = json!({
        "method": passed.method.as_str(),
        "target": passed.target,
        "headers": shown,
    });
    message(200, &format!("{body:#}\n"))
}

/// A response of JSON.
pub(super) fn message(status: u16, body: &str) -> Response<Body> {
    response(status, &[("content-type".to_owned(), "application/json".to_owned())], body.as_bytes())
}

/// A response of these bytes. A header that HTTP cannot have is left out.
pub(super) fn response(status: u16, headers: &[(String, String)], body: &[u8]) -> Response<Body> {
    let mut response = Response::new(full(Bytes::copy_from_slice(body)));
    *response.status_mut() =
        hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::BAD_GATEWAY);
    for (name, value) in headers {
        let (Ok(name), Ok(value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value))
        else {
            continue;
        };
        response.headers_mut().append(name, value);
    }
    response
}

fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never: Infallible| match never {}).boxed_unsync()
}

fn empty() -> Body {
    full(Bytes::new())
}
