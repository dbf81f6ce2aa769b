//! Step 5 at the gate: what API Gateway gets.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::AUTH_METHOD;
use crate::denial::Denial;
use crate::request::Shape;
use crate::response::{ANONYMOUS, ResponseFormat, policy, push_statement};
use crate::webhook::event::GateRequest;
use crate::webhook::verify::Admitted;

/// The answer to the event `gate`, on which `decided` is the decision.
///
/// An Allow is for exactly the method and path that were requested, and a Deny for the whole stage.
/// A request that [`GateRequest::exact_resource`] refuses is denied, whatever `decided` is.
///
/// # Errors
/// The answer cannot be written as JSON. No input is known to cause that.
pub fn gate_response(
    format: ResponseFormat,
    gate: &GateRequest<'_>,
    decided: Result<&Admitted, &Denial>,
) -> serde_json::Result<Box<RawValue>> {
    let exact = gate.exact_resource();
    let answer = match (decided, &exact) {
        (Ok(admitted), Ok(resource)) => Ok((admitted, *resource)),
        (Err(denial), _) | (Ok(_), Err(denial)) => Err(denial),
    };
    let is_simple = format == ResponseFormat::Simple && gate.shape == Shape::Http2;
    match answer {
        Ok((admitted, _)) if is_simple => simple(true, Context::identity(admitted)),
        Err(denial) if is_simple => simple(false, Context::code(denial)),
        Ok((admitted, resource)) => policy(
            admitted.webhook().id().as_str(),
            |json| push_statement(json, "Allow", resource, [""], String::push_str),
            &serde_json::to_string(&Context::identity(admitted))?,
        ),
        Err(denial) => policy(
            ANONYMOUS,
            |json| push_statement(json, "Deny", gate.arn.prefix(), ["*"], String::push_str),
            &serde_json::to_string(&Context::code(denial))?,
        ),
    }
}

fn simple(is_authorized: bool, context: Context<'_>) -> serde_json::Result<Box<RawValue>> {
    to_raw_value(&Simple { is_authorized, context })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Simple<'a> {
    is_authorized: bool,
    context: Context<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Context<'a> {
    Identity {
        user_id: &'a str,
        tenant_id: &'a str,
        webhook_id: &'a str,
        auth_method: &'static str,
        verified: &'static str,
    },
    Code {
        code: &'static str,
    },
}

impl<'a> Context<'a> {
    fn identity(admitted: &'a Admitted) -> Self {
        let webhook = admitted.webhook();
        Self::Identity {
            user_id: webhook.user_id().as_str(),
            tenant_id: webhook.tenant().as_str(),
            webhook_id: webhook.id().as_str(),
            auth_method: AUTH_METHOD,
            verified: admitted.verified(),
        }
    }

    fn code(denial: &Denial) -> Self {
        Self::Code { code: denial.code.as_str() }
    }
}
