//! The shapes of an authorizer event, and how they are told apart.

/// The longest answer that a REST or an HTTP API is given, in bytes. Their limit is not documented; more
/// than this was not tried.
pub const MAX_ANSWER_BYTES: usize = 128 * 1024;
/// The longest answer that a WebSocket API takes, in bytes.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html>
const MAX_WEBSOCKET_ANSWER_BYTES: usize = 8 * 1024;

/// The kind of authorizer event. It decides where the token is and which answers are possible.
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
    /// Whether it is an HTTP API. These have no gateway responses, and what they make of a thrown
    /// error is not settled, so they always get an answer.
    #[must_use]
    pub const fn is_http_api(self) -> bool {
        matches!(self, Self::Http1 | Self::Http2)
    }

    /// The longest answer, in bytes.
    #[must_use]
    pub const fn max_answer_bytes(self) -> usize {
        match self {
            Self::WebSocket => MAX_WEBSOCKET_ANSWER_BYTES,
            Self::RestToken | Self::RestRequest | Self::Http1 | Self::Http2 => MAX_ANSWER_BYTES,
        }
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

/// What tells the shapes of an authorizer event apart.
pub(crate) struct ShapeHints<'a> {
    pub(crate) has_route_arn: bool,
    pub(crate) r#type: Option<&'a str>,
    pub(crate) is_connection: bool,
    pub(crate) version: Option<&'a str>,
}

impl ShapeHints<'_> {
    /// The shape. `version` alone does not decide it: a WebSocket event may have one as well.
    pub(crate) fn shape(&self) -> Shape {
        if self.has_route_arn {
            Shape::Http2
        } else if self.r#type == Some("TOKEN") {
            Shape::RestToken
        } else if self.is_connection {
            Shape::WebSocket
        } else if self.version == Some("1.0") {
            Shape::Http1
        } else {
            Shape::RestRequest
        }
    }
}
