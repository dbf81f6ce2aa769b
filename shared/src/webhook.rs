//! Webhooks: the five steps for signed deliveries, at the gate without the body and on delivery
//! with it.
//!
//! | step | file | what it holds |
//! |---|---|---|
//! | request | `event`, `message` | [`WebhookRequest`]; [`Message`], what the sender sent |
//! | credential | `scheme`, `signature` | [`Scheme`]; [`Signature`], not yet believed |
//! | identity | `record`, `known` | [`WebhookRecord`]; [`KnownWebhook`], registered and active |
//! | decision | `hmac_keys`, `verify` | [`HmacKeys`]; [`VerifiedHeaders`], [`VerifiedDelivery`] |
//! | response | `gate_response`, `forward`, `reply` | for API Gateway, the target and the sender |

mod event;
mod forward;
mod gate_response;
mod hmac_keys;
mod known;
mod message;
mod record;
mod reply;
mod scheme;
mod signature;
mod verify;

pub use event::{Delivery, DeliveryShape, GateRequest, WebhookRequest};
pub use forward::{dropped_headers, forward};
pub use gate_response::gate_response;
pub use hmac_keys::{HmacKey, HmacKeys, SecretError, SecretVersion};
pub use known::KnownWebhook;
pub use message::Message;
pub use record::WebhookRecord;
pub use reply::Reply;
pub use scheme::Scheme;
pub use signature::Signature;
pub use verify::{Admitted, ReplayKey, VerifiedDelivery, VerifiedHeaders};

/// The value of `auth_method` in a webhook's context, and of `credential` in its log lines.
pub const AUTH_METHOD: &str = "webhook";
