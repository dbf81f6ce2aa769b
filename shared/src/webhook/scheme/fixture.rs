//! What the tests of every scheme share.

use crate::record::{Field, Fields};
use crate::time::Timestamp;
use crate::webhook::hmac_keys::HmacKeys;
use crate::webhook::known::KnownWebhook;
use crate::webhook::message::Message;
use crate::webhook::record::WebhookRecord;
use crate::webhook::scheme::ToldApartBy;
use crate::webhook::signature::Signature;

/// A delivery of the registered webhook `wh_1`.
#[derive(Clone, Copy)]
pub(super) struct Sent<'c> {
    /// The name of the scheme, or a description of one as JSON.
    pub(super) scheme: &'c str,
    pub(super) secret: &'c str,
    /// The version before it, which still verifies.
    pub(super) previous: Option<&'c str>,
    /// Seconds since 1970.
    pub(super) now: u64,
    pub(super) headers: &'c [(&'c str, &'c str)],
    pub(super) body: &'c [u8],
}

pub(super) fn webhook(scheme: &str) -> KnownWebhook {
    let text = |text: &str| Some(Field::Text(text.to_owned()));
    let row = match Fields::from_json(scheme) {
        None => WebhookRecord::sample(&[("scheme", text(scheme))]),
        Some(description) => WebhookRecord::sample(&[
            ("scheme", text("hmac")),
            ("description", Some(Field::Map(description))),
        ]),
    };
    KnownWebhook::admit(row.unwrap(), None, Timestamp::default()).unwrap()
}

/// What is known of a delivery that verified.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) id: String,
    pub(super) replay_key: String,
    pub(super) sender_id: Option<String>,
    pub(super) told_apart_by: ToldApartBy,
}

impl Sent<'_> {
    /// `verified`, `no key fits`, or the denial.
    pub(super) fn verdict(self) -> String {
        match self.verify() {
            Ok(Some(_)) => "verified".to_owned(),
            Ok(None) => "no key fits".to_owned(),
            Err(denial) => denial,
        }
    }

    /// Fails unless what is signed at `now` verifies within 300 seconds of it, before and after.
    #[track_caller]
    pub(super) fn check_window(self) {
        let past = "SIGNATURE_EXPIRED: the signature was made more than 300 seconds ago";
        let future =
            "SIGNATURE_EXPIRED: the signature was made more than 300 seconds in the future";
        let check = |now, verdict| assert_eq!(Sent { now, ..self }.verdict(), verdict, "{now}");
        check(self.now + 300, "verified");
        check(self.now + 301, past);
        check(self.now - 300, "verified");
        check(self.now - 301, future);
    }

    /// What the delivery is called.
    pub(super) fn names(self) -> Names {
        self.verify().unwrap().unwrap()
    }

    fn verify(self) -> Result<Option<Names>, String> {
        let line = |denial: crate::denial::Denial| format!("{}: {}", denial.code, denial.reason);
        let now = Timestamp::from_unix_millis(self.now * 1000);
        let webhook = webhook(self.scheme);
        let message = Message::of("POST", "/hooks", Some(""), Some("example.com"), self.headers);
        let key = |secret| webhook.secret("hooks/").key(secret).unwrap();
        let keys =
            HmacKeys { current: key(self.secret), created: now, previous: self.previous.map(key) };
        let signature = Signature::read(&webhook, &message, now).map_err(line)?;
        let verified = signature.verify(&webhook, &keys, self.body, now).map_err(line)?;
        Ok(verified.map(|delivery| Names {
            id: delivery.id().as_str().to_owned(),
            replay_key: delivery.replay_key().as_str().to_owned(),
            sender_id: delivery.sender_id().map(|id| id.as_str().to_owned()),
            told_apart_by: delivery.told_apart_by(),
        }))
    }
}
