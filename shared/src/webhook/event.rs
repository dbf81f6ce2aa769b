//! A webhook's event: at the gate without a body, on delivery with one.

mod body;
mod members;
mod read;

use std::borrow::Cow;
use std::fmt;

pub(super) use members::{Members, members};

use crate::denial::{Code, Denial};
use crate::request::{EventError, MethodArn, Occurrence, Shape};
use crate::webhook::message::Message;

/// The longest resource that API Gateway takes in a policy.
const MAX_RESOURCE_BYTES: usize = 512;

/// An event for the webhook-authorizer.
#[derive(Debug)]
pub enum WebhookRequest<'e> {
    /// A `REQUEST` authorizer event of a REST or HTTP API.
    Gate(GateRequest<'e>),
    /// An event with a body.
    Delivery(Delivery<'e>),
}

/// An authorizer event about a webhook.
#[derive(Debug)]
pub struct GateRequest<'e> {
    /// [`Shape::RestRequest`], [`Shape::Http1`] or [`Shape::Http2`].
    pub shape: Shape,
    /// What is requested.
    pub arn: MethodArn<'e>,
    /// What the sender sent.
    pub message: Message<'e>,
    /// API Gateway's id of the request, where the event has one.
    pub gateway_request_id: Option<Cow<'e, str>>,
}

impl GateRequest<'_> {
    /// The requested method ARN as the resource of a policy: it matches this method and path alone.
    ///
    /// # Errors
    /// `WEBHOOK_UNKNOWN`: the path, which the sender wrote, has a character that IAM could read as
    /// syntax, or the resource would be longer than the 512 characters that a policy can have.
    pub fn exact_resource(&self) -> Result<&str, Denial> {
        let arn = self.arn.as_str();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~%:@+=,;!&/".contains(&b);
        let requested = arn.strip_prefix(self.arn.prefix()).unwrap_or_default();
        if arn.len() <= MAX_RESOURCE_BYTES && requested.bytes().all(plain) {
            return Ok(arn);
        }
        let reason = "the path cannot be named in a policy: it is too long, or has a character \
                      that could be syntax there";
        Err(Denial::new(Code::WebhookUnknown, reason))
    }
}

/// The kind of event that carries a delivery. It decides the form of the reply, and the member of
/// the forwarded event that holds the identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryShape {
    /// API Gateway proxy integration, payload format 1.0: REST and HTTP APIs.
    Proxy1,
    /// Payload format 2.0: HTTP APIs and function URLs.
    Proxy2,
    /// Application Load Balancer.
    Alb,
    /// Application Load Balancer whose target group has multi-value headers.
    AlbMultiValue,
}

impl DeliveryShape {
    /// The name in the decision log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proxy1 => "proxy-1.0",
            Self::Proxy2 => "proxy-2.0",
            Self::Alb | Self::AlbMultiValue => "alb",
        }
    }
}

/// A delivery, not yet believed.
pub struct Delivery<'e> {
    /// The kind of event.
    pub shape: DeliveryShape,
    /// What the sender sent, without the body.
    pub message: Message<'e>,
    /// API Gateway's id of the request, where the event has one.
    pub gateway_request_id: Option<Cow<'e, str>>,
    body: Option<&'e str>,
    is_base64: bool,
    /// The members of the event, from which the forwarded event is put together.
    pub(super) members: Members<'e>,
    /// The members of its `requestContext`.
    pub(super) context: Members<'e>,
}

impl<'e> WebhookRequest<'e> {
    /// Reads an event of either kind.
    ///
    /// # Errors
    /// It is no JSON object, a member this function needs is missing or mistyped, a member is
    /// given twice, or it is an authorizer event of a kind that cannot carry a signature (`TOKEN`,
    /// WebSocket).
    pub fn read(event: &'e [u8]) -> Result<Self, EventError> {
        read::read(event)
    }
}

impl<'e> Delivery<'e> {
    /// Whether it is a load balancer's health check, which names no webhook.
    #[must_use]
    pub fn is_health_check(&self) -> bool {
        matches!(self.shape, DeliveryShape::Alb | DeliveryShape::AlbMultiValue)
            && self.message.method() == "GET"
            && self.message.webhook_id() == Occurrence::Absent
    }

    /// The body as the sender sent it, with base64 and JSON's escapes undone; empty if the event
    /// has none. Borrowed from the event where there is nothing to undo.
    ///
    /// # Errors
    /// The body is no string, or is marked as base64 and is not.
    pub fn body(&self) -> Result<Cow<'e, [u8]>, EventError> {
        self.body.map_or(Ok(Cow::Borrowed(b"")), |json| body::read(json, self.is_base64))
    }
}

impl fmt::Debug for Delivery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("shape", &self.shape).finish_non_exhaustive()
    }
}
