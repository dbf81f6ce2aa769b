//! Webhooks: the five steps for signed deliveries, at the gate without the body and on delivery
//! with it.
//!
//! | step | file | what it holds |
//! |---|---|---|
//! | request | `event`, `message` | [`WebhookRequest`]; [`Message`], what the sender sent |
//! | credential | `scheme`, `signature` | [`Scheme`]; [`Signature`], not yet believed |
//! | identity | `record`, `known` | [`WebhookRecord`]; [`KnownWebhook`], registered and active |
//! | decision | `hmac_key`, `hmac_keys`, `verify`, `handshake` | [`HmacKeys`]; [`VerifiedHeaders`], [`VerifiedDelivery`] |
//! | response | `gate_response`, `replay_key`, `forward`, `reply` | for API Gateway, the target and the sender |

mod event;
mod forward;
mod gate_response;
mod handshake;
mod hmac_key;
mod hmac_keys;
mod known;
mod message;
mod record;
mod replay_key;
mod reply;
mod scheme;
mod sign;
mod signature;
mod verify;

pub use event::{Delivery, DeliveryShape, GateRequest, WebhookRequest};
pub use forward::{forward, is_dropped_header};
pub use gate_response::gate_response;
pub use handshake::{
    Challenge, Handshake, HandshakeAnswer, PlainToken, SignedChallenge, VerifyToken,
};
pub use hmac_key::{HmacKey, KeyForm, SecretError, SecretReference};
pub use hmac_keys::{HmacKeys, SecretVersion};
pub use known::KnownWebhook;
pub use message::Message;
pub use record::WebhookRecord;
pub use replay_key::ReplayKey;
pub use reply::Reply;
pub use scheme::{Description, NamedScheme, Scheme, ToldApartBy};
pub use sign::{Outgoing, SignError};
pub use signature::Signature;
pub use verify::{Admitted, VerifiedDelivery, VerifiedHeaders};

/// The value of `auth_method` in a webhook's context, and of `credential` in its log lines.
pub const AUTH_METHOD: &str = "webhook";
