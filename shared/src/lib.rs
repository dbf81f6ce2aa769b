//! The policy of Portcullis: who is the caller, and what may they do?
//!
//! The rooms are in the order of the flow, and none uses a later one:
//!
//! 1. [`request`]: what is requested? Read from any of the event shapes of API Gateway.
//! 2. [`authn`]: what credential is presented, and what identity does it prove? Only a verifier
//!    builds an identity.
//! 3. [`authz`]: may they? The access table, the policies compiled from it, and the decision: a
//!    value, never a panic.
//! 4. [`response`]: what does API Gateway get?
//! 5. [`webhook`]: the same five steps for signed deliveries.
//!
//! All of them use [`ids`], [`denial`], [`time`], [`secret`], [`network`], [`record`] and [`hex`].
//!
//! Nothing here awaits or reads a clock, a file, the network or the environment: `now` and every
//! byte come in as arguments.

pub mod authn;
pub mod authz;
pub mod denial;
pub mod hex;
pub mod ids;
pub mod network;
pub mod record;
pub mod request;
pub mod response;
pub mod secret;
mod sha256;
mod text;
pub mod time;
pub mod webhook;
