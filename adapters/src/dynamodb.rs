//! DynamoDB: the webhooks that are registered, and the deliveries that were seen.

pub mod replays;
pub mod webhooks;

pub use replays::{Claim, ReplayStore, ReplayTable};
pub use webhooks::{WebhookRegistry, WebhookTable, fields};
