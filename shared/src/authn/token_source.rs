//! Where a request may have its token.

use std::borrow::Cow;
use std::fmt;

use crate::denial::Denial;
use crate::request::{Occurrence, Request, Shape};
use crate::secret::Secret;

/// The longest name of a header or a query parameter, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// A place of a request where its token may stand.
///
/// API Gateway caches an answer by the authorizer's identity sources. So each place must be one of
/// them, or the TTL must be 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// The header of this name, in any case.
    Header(Box<str>),
    /// The query parameter of this name, in exactly this case, at `$connect` alone.
    Query(Box<str>),
    /// One of the subprotocols that `$connect` offers (RFC 6455 §4.1): the only header whose content a
    /// browser lets a script choose when it opens a WebSocket.
    WebSocketProtocol,
}

/// Why a text is no [`TokenSource`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSourceError {
    /// No source is of this kind.
    Kind,
    /// It is a cookie.
    Cookie,
    /// It is no name of a header.
    HeaderName,
    /// The header is that of API keys.
    ApiKeyHeader,
    /// The header is that of the subprotocols, which are a source of their own.
    ProtocolHeader,
    /// HTTP or API Gateway gives the header another meaning.
    OtherHeader,
    /// It is no name of a query parameter.
    QueryName,
}

impl fmt::Display for TokenSourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind => "it is none of `header:<name>`, `query:<name>` and `websocket-protocol`",
            Self::Cookie => {
                "a browser sends its cookies with forged requests as well, and a gate cannot tell \
                 which requests are forged"
            }
            Self::HeaderName => "it is no name of a header",
            Self::ApiKeyHeader => "this header is for API keys",
            Self::ProtocolHeader => "write `websocket-protocol`",
            Self::OtherHeader => "this header has another meaning",
            Self::QueryName => {
                "the name of a parameter is 1 to 64 letters, digits, `-`, `.`, `_` and `~`"
            }
        })
    }
}

impl std::error::Error for TokenSourceError {}

/// Headers whose meaning HTTP, the browser or API Gateway determines.
const OTHER_HEADERS: [&str; 28] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "date",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "origin",
    "range",
    "referer",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-version",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-forwarded-proto",
];

impl TokenSource {
    /// The source that is used unless the settings say otherwise.
    #[must_use]
    pub fn authorization() -> Self {
        Self::Header("Authorization".into())
    }

    /// Reads `header:<name>`, `query:<name>` or `websocket-protocol`.
    ///
    /// # Errors
    /// It is none of these, or a place where no token should stand.
    pub fn parse(text: &str) -> Result<Self, TokenSourceError> {
        match text.split_once(':') {
            None if text == "websocket-protocol" => Ok(Self::WebSocketProtocol),
            Some(("header", name)) => header(name),
            Some(("query", name)) if is_parameter(name) => Ok(Self::Query(name.into())),
            Some(("query", _)) => Err(TokenSourceError::QueryName),
            Some(("cookie", _)) => Err(TokenSourceError::Cookie),
            None if text == "cookie" => Err(TokenSourceError::Cookie),
            _ => Err(TokenSourceError::Kind),
        }
    }

    /// Whether `other` is the same place: names of headers ignore case.
    #[must_use]
    pub fn is_place_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Header(own), Self::Header(other)) => own.eq_ignore_ascii_case(other),
            (own, other) => own == other,
        }
    }

    /// What `request` has there.
    ///
    /// # Errors
    /// `TOKEN_INVALID`: two different values.
    pub(super) fn value<'r>(
        &self,
        request: &'r Request<'_>,
    ) -> Result<Option<Secret<&'r str>>, Denial> {
        let value = match self {
            Self::Header(name) => {
                single(request.header(name), || format!("two different `{name}` headers").into())
            }
            Self::Query(_) | Self::WebSocketProtocol if request.shape != Shape::WebSocket => {
                Ok(None)
            }
            Self::Query(name) => {
                single(request.query(name), || "two different tokens in the query".into())
            }
            Self::WebSocketProtocol => token_of_subprotocols(request),
        };
        value.map(|value| value.map(Secret::new))
    }
}

/// As `TOKEN_SOURCES` writes it.
impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Query(name) => write!(f, "query:{name}"),
            Self::WebSocketProtocol => f.write_str("websocket-protocol"),
        }
    }
}

fn header(name: &str) -> Result<TokenSource, TokenSourceError> {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if !is_header(name) {
        return Err(TokenSourceError::HeaderName);
    }
    match () {
        () if is("cookie") => Err(TokenSourceError::Cookie),
        () if is("x-api-key") => Err(TokenSourceError::ApiKeyHeader),
        () if is("sec-websocket-protocol") => Err(TokenSourceError::ProtocolHeader),
        () if OTHER_HEADERS.into_iter().any(is) => Err(TokenSourceError::OtherHeader),
        () => Ok(TokenSource::Header(name.into())),
    }
}

/// `token` of RFC 9110 §5.6.2.
fn is_header(name: &str) -> bool {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_token)
}

fn is_parameter(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(plain)
}

/// The one subprotocol that looks like a credential; the others are the backend's. An event has each
/// line of the header in two maps.
fn token_of_subprotocols<'r>(request: &'r Request<'_>) -> Result<Option<&'r str>, Denial> {
    let mut found = None;
    for line in request.header_values("sec-websocket-protocol") {
        let offered = line.split(',').map(|one| one.trim_matches([' ', '\t']));
        let mut tokens = offered.filter(|one| looks_like_credential(one));
        let Some(token) = tokens.next() else { continue };
        if tokens.next().is_some() || found.is_some_and(|first| first != token) {
            return Err(Denial::token_invalid("two tokens among the subprotocols"));
        }
        found = Some(token);
    }
    Ok(found)
}

/// Whether it is an API key of ours, or three parts of which the first begins like a JSON object in
/// base64url: `{"` is `ey`, and `{` before a line break `ew`. Names of subprotocols such as `wamp.2.json`
/// have three parts, too.
fn looks_like_credential(subprotocol: &str) -> bool {
    let begins_like_a_header = subprotocol.starts_with("ey") || subprotocol.starts_with("ew");
    subprotocol.starts_with(super::api_key::PREFIX)
        || begins_like_a_header && subprotocol.split('.').count() == 3
}

fn single(
    occurrence: Occurrence<&str>,
    conflict: impl FnOnce() -> Cow<'static, str>,
) -> Result<Option<&str>, Denial> {
    match occurrence {
        Occurrence::Absent => Ok(None),
        Occurrence::Single(value) => Ok(Some(value)),
        Occurrence::Conflicting => Err(Denial::token_invalid(conflict())),
    }
}
