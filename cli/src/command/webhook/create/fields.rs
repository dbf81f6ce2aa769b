//! A new webhook's row.

use std::time::Duration;

use shared::ids::WebhookId;
use shared::record::{Field, Fields};

use super::Arguments;
use crate::command::webhook::opened::Opened;
use crate::command::webhook::scheme::Read;
use crate::env::Env;
use crate::exit::CommandError;

/// The attributes of the webhook `id`.
///
/// # Errors
/// Its owner has no tenant.
pub(super) fn of(
    arguments: &Arguments,
    read: Read,
    window: Option<Duration>,
    id: &WebhookId,
    opened: &Opened,
    env: &Env<'_>,
) -> Result<Fields, CommandError> {
    let owner = &opened.owner;
    let tenant = owner.tenant.as_ref().ok_or_else(|| {
        CommandError::refused(format!(
            "the user {} has no tenant, and a webhook needs one: set the attribute in the user pool",
            owner.shown()
        ))
    })?;
    let text = |text: &str| Some(Field::Text(text.to_owned()));
    let seconds = |duration: Duration| Field::Number(duration.as_secs().to_string());
    let now = (env.clock.now)().unix_millis() / 1000;
    let networks = (!arguments.cidr.is_empty()).then(|| Field::Texts(arguments.cidr.clone()));
    let all = [
        ("webhook_id", text(id.as_str())),
        ("user_id", text(owner.id.as_str())),
        ("tenant_id", text(tenant.as_str())),
        ("name", text(&arguments.name)),
        ("status", text("active")),
        ("scheme", text(read.scheme.as_str())),
        ("description", read.description.map(Field::Map)),
        ("handshake", arguments.handshake.then_some(Field::Flag(true))),
        ("verify_token_secret_id", arguments.verify_token_secret_id.clone().map(Field::Text)),
        ("allowed_cidrs", networks),
        ("replay_window_seconds", window.map(seconds)),
        ("secret_overlap_seconds", arguments.secret_overlap.map(seconds)),
        ("created_at", Some(Field::Number(now.to_string()))),
    ];
    let given = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(given.collect())
}
