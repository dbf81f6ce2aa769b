//! Step 5 on delivery: what the sender gets, where the target's own answer is not passed through.

use serde_json::value::RawValue;

use super::text::{push_members, push_name, push_string};
use crate::credential::webhook::DeliveryId;
use crate::denial::Denial;
use crate::request::DeliveryShape;

/// Of every answer, but the last, which is for those that it helps to ask again; in seconds.
const HEADERS: [(&str, &str); 3] =
    [("content-type", "application/json"), ("cache-control", "no-store"), ("retry-after", "30")];

/// An HTTP answer to the sender of a delivery. Its body is JSON with the code, or the delivery's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    /// 202: it is handed over, and will be worked on.
    Accepted(&'a DeliveryId),
    /// The denial's status and code.
    Denied(&'a Denial),
    /// 413 `TOO_LARGE`: larger than a target can take. Sending it again does not help.
    TooLarge,
    /// 500 `MISCONFIGURED`: an operator has to mend something. Sending it again does not help.
    Misconfigured,
    /// 502 `TARGET_FAILED` with `Retry-After`: the target took it and failed.
    TargetFailed,
    /// 503 `UNAVAILABLE` with `Retry-After`: something that had to be asked could not be asked.
    Unavailable,
}

impl Reply<'_> {
    /// The answer as an event of `shape` wants it.
    ///
    /// # Errors
    /// What was put together is not JSON. No input is known to lead there.
    pub fn to_json(&self, shape: DeliveryShape) -> serde_json::Result<Box<RawValue>> {
        let status = self.status();
        let mut json = format!(r#"{{"statusCode":{status}"#);
        let is_multi_value = shape == DeliveryShape::AlbMultiValue;
        if is_multi_value || shape == DeliveryShape::Alb {
            json.push_str(&format!(r#","statusDescription":"{status} {}""#, phrase(status)));
        }
        json.push_str(if is_multi_value { r#","multiValueHeaders":{"# } else { r#","headers":{"# });
        for (name, value) in self.headers() {
            push_name(&mut json, name);
            json.push_str(if is_multi_value { "[" } else { "" });
            push_string(&mut json, value);
            json.push_str(if is_multi_value { "]" } else { "" });
        }
        json.push_str(r#"},"body":"#);
        push_string(&mut json, &self.body());
        json.push_str(r#","isBase64Encoded":false}"#);
        RawValue::from_string(json)
    }

    const fn status(&self) -> u16 {
        match self {
            Self::Accepted(_) => 202,
            Self::Denied(denial) => denial.code.status(),
            Self::TooLarge => 413,
            Self::Misconfigured => 500,
            Self::TargetFailed => 502,
            Self::Unavailable => 503,
        }
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::TargetFailed | Self::Unavailable => &HEADERS,
            _ => HEADERS.split_last().map_or(&[], |(_retry_after, others)| others),
        }
    }

    fn body(&self) -> String {
        let member = match self {
            Self::Accepted(id) => ("delivery_id", id.as_str()),
            Self::Denied(denial) => ("code", denial.code.as_str()),
            Self::TooLarge => ("code", "TOO_LARGE"),
            Self::Misconfigured => ("code", "MISCONFIGURED"),
            Self::TargetFailed => ("code", "TARGET_FAILED"),
            Self::Unavailable => ("code", "UNAVAILABLE"),
        };
        let mut body = String::new();
        push_members(&mut body, &[member]);
        body
    }
}

/// RFC 9110 §15.
const fn phrase(status: u16) -> &'static str {
    match status {
        202 => "Accepted",
        401 => "Unauthorized",
        403 => "Forbidden",
        413 => "Content Too Large",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
