//! Step 5 on delivery: the reply to the sender, where the target's response is not passed through.

use serde::Serialize;
use serde::ser::Serializer;
use serde_json::value::{RawValue, to_raw_value};

use crate::denial::Denial;
use crate::ids::DeliveryId;
use crate::webhook::event::DeliveryShape;
use crate::webhook::handshake::HandshakeAnswer;
use crate::webhook::scheme::ToldApartBy;

/// A name and its value.
type Pair = (&'static str, &'static str);

/// When to send again, where that helps.
const RETRY_AFTER_SECONDS: &str = "30";

/// An HTTP response to the sender of a delivery. Its body is JSON with the code, or the delivery's
/// id; to a handshake it is what the sender wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// 200: the load balancer's health check is answered.
    Healthy,
    /// 200: the handshake's answer.
    Handshake(&'a HandshakeAnswer),
    /// 200: the delivery is verified and was forwarded before. To a sender anything but a success
    /// would be a failure, to be retried for days.
    Duplicate(&'a DeliveryId, ToldApartBy),
    /// 202: Lambda has queued the delivery for the target.
    Accepted(&'a DeliveryId),
    /// The denial's status and code.
    Denied(&'a Denial),
    /// 413 `TOO_LARGE`: larger than a target can take. Sending it again does not help.
    TooLarge,
    /// 500 `MISCONFIGURED`: the operator has to correct something. Sending it again does not help.
    Misconfigured,
    /// 502 `TARGET_FAILED` with `Retry-After`: the target took the delivery and failed.
    TargetFailed,
    /// 503 `UNAVAILABLE` with `Retry-After`: a lookup or the call of the target failed.
    Unavailable,
}

impl Reply<'_> {
    /// The reply in the form that an event of `shape` requires.
    ///
    /// # Errors
    /// The reply cannot be written as JSON. No input is known to cause that.
    pub fn to_json(&self, shape: DeliveryShape) -> serde_json::Result<Box<RawValue>> {
        let status = self.status();
        let is_multi_value = shape == DeliveryShape::AlbMultiValue;
        let is_alb = is_multi_value || shape == DeliveryShape::Alb;
        to_raw_value(&Http {
            status_code: status,
            status_description: is_alb.then(|| format!("{status} {}", phrase(status))),
            headers: (!is_multi_value).then_some(Headers(self.headers())),
            multi_value_headers: is_multi_value.then_some(MultiValueHeaders(self.headers())),
            body: match self {
                Self::Handshake(answer) => answer.body.clone(),
                _ => serde_json::to_string(&self.body())?,
            },
            is_base64_encoded: false,
        })
    }

    const fn status(&self) -> u16 {
        match self {
            Self::Healthy | Self::Handshake(_) | Self::Duplicate(..) => 200,
            Self::Accepted(_) => 202,
            Self::Denied(denial) => denial.code.status(),
            Self::TooLarge => 413,
            Self::Misconfigured => 500,
            Self::TargetFailed => 502,
            Self::Unavailable => 503,
        }
    }

    fn headers(&self) -> Vec<Pair> {
        let mut headers =
            vec![("content-type", self.content_type()), ("cache-control", "no-store")];
        if let Self::Handshake(_) = self {
            // A browser that is led here must not take the challenge for a page.
            headers.push(("x-content-type-options", "nosniff"));
        }
        if let Self::TargetFailed | Self::Unavailable = self {
            headers.push(("retry-after", RETRY_AFTER_SECONDS));
        }
        headers
    }

    const fn content_type(&self) -> &'static str {
        match self {
            Self::Handshake(answer) => answer.content_type,
            _ => "application/json",
        }
    }

    fn body(&self) -> Body<'_> {
        match self {
            Self::Healthy | Self::Handshake(_) => Body::Healthy { healthy: true },
            Self::Duplicate(id, told_apart_by) => Body::Duplicate {
                duplicate: true,
                delivery_id: id.as_str(),
                told_apart_by: told_apart_by.as_str(),
            },
            Self::Accepted(id) => Body::Accepted { delivery_id: id.as_str() },
            Self::Denied(denial) => Body::Refused { code: denial.code.as_str() },
            Self::TooLarge => Body::Refused { code: "TOO_LARGE" },
            Self::Misconfigured => Body::Refused { code: "MISCONFIGURED" },
            Self::TargetFailed => Body::Refused { code: "TARGET_FAILED" },
            Self::Unavailable => Body::Refused { code: "UNAVAILABLE" },
        }
    }
}

/// What a proxy integration, a function URL or a load balancer turns into an HTTP response.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http {
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Headers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<MultiValueHeaders>,
    body: String,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Healthy { healthy: bool },
    Duplicate { duplicate: bool, delivery_id: &'a str, told_apart_by: &'static str },
    Accepted { delivery_id: &'a str },
    Refused { code: &'static str },
}

struct Headers(Vec<Pair>);

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

struct MultiValueHeaders(Vec<Pair>);

impl Serialize for MultiValueHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, [value])))
    }
}

/// The reason phrase of `status` (RFC 9110 §15).
const fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        202 => "Accepted",
        401 => "Unauthorized",
        403 => "Forbidden",
        413 => "Content Too Large",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
