//! What is behind a route.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-integration-types.html>

use super::intrinsic::{Resolved, resolve};
use crate::yaml::Node;

/// What is behind a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Integration {
    /// A function, which gets the request as an event. The format of the event, of HTTP APIs, if it is said.
    Function(Option<String>),
    /// A server, which gets the request as it is.
    Http,
    /// API Gateway itself.
    Mock,
    /// Something that gets what mapping templates or parameters make of the request.
    Mapped,
    Unknown,
}

impl Integration {
    /// Reads the type `kind` and the `format` of a function's event.
    pub(super) fn read(kind: Option<&Node>, format: Option<&Node>) -> Self {
        let Some(Resolved::Text(kind)) = kind.map(resolve) else { return Self::Unknown };
        match kind.to_ascii_uppercase().as_str() {
            "AWS_PROXY" => Self::of_function(format),
            "HTTP_PROXY" => Self::Http,
            "MOCK" => Self::Mock,
            "AWS" | "HTTP" => Self::Mapped,
            _ => Self::Unknown,
        }
    }

    /// A function that gets an event of this `format`.
    pub(super) fn of_function(format: Option<&Node>) -> Self {
        match format.map(resolve) {
            Some(Resolved::Text(format)) => Self::Function(Some(format)),
            _ => Self::Function(None),
        }
    }
}
