//! The policy of Portcullis: who is asking, and may they?
//!
//! Five words, one module each, in the order of the flow:
//!
//! 1. [`request`]: what is asked? Read from any of the event shapes of API Gateway.
//! 2. [`credential`]: what is presented? Not yet believed.
//! 3. [`identity`]: who does it prove? Only a verifier builds one.
//! 4. [`access`] and [`decision`]: may they? A value, never a panic; [`denial`] says why not.
//! 5. [`response`]: what does API Gateway get?
//!
//! Nothing here awaits, reads a clock, a file, the network or the environment: `now` and every
//! byte come in as arguments. The functions do that part, in their `start.rs` and `io/`.

pub mod access;
pub mod credential;
pub mod decision;
pub mod decision_log;
pub mod denial;
pub mod identity;
pub mod request;
pub mod response;
pub mod secret;
mod sha256;
pub mod time;
