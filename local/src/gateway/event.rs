//! The events that API Gateway makes of a request.

mod authorizer;
mod integration;
mod maps;
mod v1;
mod v2;
mod websocket;

pub(super) use authorizer::authorizer_event;
pub(super) use integration::{Authorized, integration_event};
