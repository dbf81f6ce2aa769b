//! Any bytes as a webhook's event, in every scheme: no panic, nothing verified without the secret,
//! and what would be handed over is JSON without a credential in its headers.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use shared::credential::webhook::{Scheme, Signature, SigningKey, SigningKeys};
use shared::identity::{Attribute, KnownWebhook, Registration, WebhookId};
use shared::request::{Message, WebhookRequest};
use shared::time::Timestamp;

/// The moment that the timestamps of the seeds are inside the window of.
const NOW: Timestamp = Timestamp::from_unix_millis(1_767_225_600_000);

static WEBHOOKS: LazyLock<Vec<(KnownWebhook, SigningKeys)>> = LazyLock::new(|| {
    let id = WebhookId::parse("wh_1").unwrap();
    let webhook = |scheme: Scheme| {
        let text = |text: &str| Some(Attribute::Text(text.to_owned()));
        let row = Registration::read(&id, |name| match name {
            "webhook_id" => text("wh_1"),
            "user_id" | "tenant_id" | "name" => text("acme"),
            "status" => text("active"),
            "scheme" => text(scheme.as_str()),
            "created_at" => Some(Attribute::Number("0".to_owned())),
            _ => None,
        });
        let secret = match scheme {
            Scheme::StandardWebhooks => "whsec_bm9ib2R5IGNhbiBndWVzcyB0aGlz",
            _ => "nobody can guess this",
        };
        let key = SigningKey::new(scheme, secret).unwrap();
        let keys = SigningKeys { current: key, created: NOW, previous: None };
        (KnownWebhook::admit(row.unwrap(), None, NOW).unwrap(), keys)
    };
    Scheme::ALL.map(webhook).into()
});

fuzz_target!(|bytes: &[u8]| {
    match WebhookRequest::read(bytes) {
        Err(_) => {}
        Ok(WebhookRequest::Gate(gate)) => read_all(&gate.message, None),
        Ok(WebhookRequest::Delivery(delivery)) => {
            let body = delivery.body().ok();
            read_all(&delivery.message, body.as_deref());
        }
    }
});

fn read_all(message: &Message<'_>, body: Option<&[u8]>) {
    let _ = (message.webhook_id(), message.host(), message.source(), message.raw_query());
    for (webhook, keys) in WEBHOOKS.iter() {
        let Ok(signature) = Signature::read(webhook, message, NOW) else { continue };
        assert!(signature.verify_headers(webhook, keys, NOW).is_none());
        if let Some(body) = body {
            assert!(!matches!(signature.verify(webhook, keys, body, NOW), Ok(Some(_))));
        }
    }
}
