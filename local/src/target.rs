//! A target that responds according to its name.

use std::time::Duration;

use adapters::lambda::{Forwarded, Target, TargetMode, TargetResponse};
use runtime::{Failure, UnavailableError};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// The target in `TARGET_FUNCTION`: `echo` responds with what it gets besides the body, `failing`
/// fails, any other is out of reach.
#[derive(Debug)]
pub struct LocalTarget {
    name: String,
    mode: TargetMode,
}

impl LocalTarget {
    /// The target called `name`.
    #[must_use]
    pub const fn new(name: String, mode: TargetMode) -> Self {
        Self { name, mode }
    }
}

impl Target for LocalTarget {
    async fn forward(&self, event: Vec<u8>, _: Duration) -> Result<Forwarded, Failure> {
        match (self.name.as_str(), self.mode) {
            ("echo", TargetMode::Async) => Ok(Forwarded::Queued),
            ("echo", TargetMode::Sync) => {
                TargetResponse::read(echo(&event)?).map(Forwarded::Answered)
            }
            ("failing", _) => Err(Failure::TargetFailed("the target failed".to_owned())),
            _ => Err(UnavailableError::new("the target is out of reach").into()),
        }
    }
}

/// A response whose body shows what the target gets besides the body of the delivery: the identity,
/// and the names of the headers.
fn echo(event: &[u8]) -> Result<Box<RawValue>, Failure> {
    let failed = |error: serde_json::Error| Failure::TargetFailed(error.to_string());
    let event: Map<String, Value> = serde_json::from_slice(event).map_err(failed)?;
    let headers =
        ["headers", "multiValueHeaders"].iter().find_map(|name| event.get(*name)?.as_object());
    let headers: Vec<&String> = headers.into_iter().flat_map(Map::keys).collect();
    let context = event.get("requestContext");
    let authorizer = context.and_then(|context| context.get("authorizer"));
    let body = json!({ "authorizer": authorizer, "headers": headers }).to_string();
    let answer = json!({
        "statusCode": 200,
        "headers": { "content-type": "application/json" },
        "body": body,
    });
    serde_json::value::to_raw_value(&answer).map_err(failed)
}
