//! Step 5 at the gate of a webhook.

use serde_json::value::RawValue;

use super::text::push_members;
use super::{Form, NOBODY, WEBHOOK, policy, push_statement};
use crate::denial::Denial;
use crate::identity::Admitted;
use crate::request::{Gate, Shape};

/// The answer to `gate`, which was decided as `decided`.
///
/// An Allow is for exactly the method and path that were asked, and a Deny for the whole stage. What
/// [`Gate::exact_resource`] refuses is denied, however it was decided.
///
/// # Errors
/// What was put together is not JSON. No input is known to lead there.
pub fn webhook_gate(
    form: Form,
    gate: &Gate<'_>,
    decided: &Result<Admitted<'_>, Denial>,
) -> serde_json::Result<Box<RawValue>> {
    let exact = gate.exact_resource();
    let answer = match (decided, &exact) {
        (Ok(admitted), Ok(resource)) => Ok((admitted, *resource)),
        (Err(denial), _) | (Ok(_), Err(denial)) => Err(denial),
    };
    let is_simple = form == Form::Simple && gate.shape == Shape::Http2;
    match answer {
        Ok((admitted, _)) if is_simple => simple(true, &identity(admitted)),
        Err(denial) if is_simple => simple(false, &code(denial)),
        Ok((admitted, resource)) => policy(
            admitted.webhook().id().as_str(),
            |json| push_statement(json, "Allow", resource, [""], String::push_str),
            &identity(admitted),
        ),
        Err(denial) => policy(
            NOBODY,
            |json| push_statement(json, "Deny", gate.arn.prefix(), ["*"], String::push_str),
            &code(denial),
        ),
    }
}

fn simple(is_authorized: bool, context: &str) -> serde_json::Result<Box<RawValue>> {
    RawValue::from_string(format!(r#"{{"isAuthorized":{is_authorized},"context":{context}}}"#))
}

fn identity(admitted: &Admitted<'_>) -> String {
    let webhook = admitted.webhook();
    let mut context = String::new();
    push_members(
        &mut context,
        &[
            ("user_id", webhook.user_id().as_str()),
            ("tenant_id", webhook.tenant().as_str()),
            ("webhook_id", webhook.id().as_str()),
            ("auth_method", WEBHOOK),
            ("verified", admitted.verified()),
        ],
    );
    context
}

fn code(denial: &Denial) -> String {
    let mut context = String::new();
    push_members(&mut context, &[("code", denial.code.as_str())]);
    context
}
