//! A webhook that is registered and active.

use core::net::IpAddr;
use std::time::Duration;

use super::record::Status;
use crate::denial::{Code, Denial};
use crate::ids::{Subject, TenantId, WebhookId};
use crate::time::Timestamp;
use crate::webhook::handshake::Handshake;
use crate::webhook::hmac_key::{KeyForm, SecretReference};
use crate::webhook::record::WebhookRecord;
use crate::webhook::scheme::{Scheme, ToldApartBy};

/// A webhook that is registered, active and called from an allowed address. Nothing is proven yet
/// of the request, because the id of a webhook is no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownWebhook(WebhookRecord);

impl KnownWebhook {
    /// Admits `record` if the webhook is active at `now` and may be called from the address
    /// `source`.
    ///
    /// # Errors
    /// `WEBHOOK_UNKNOWN`. The sender gets the same code for a webhook that is unknown, revoked,
    /// expired or called from elsewhere.
    pub fn admit(
        record: WebhookRecord,
        source: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Self, Denial> {
        if record.status != Status::Active {
            return Err(unknown("the webhook is revoked"));
        }
        if record.revoked_at.is_some_and(|revoked| revoked <= now) {
            return Err(unknown("the webhook is active, but its `revoked_at` has passed"));
        }
        // DynamoDB may delete an item days after its time to live:
        // <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html>.
        if record.expires_at.is_some_and(|expires| expires <= now) {
            return Err(unknown("the webhook's `ttl` has passed"));
        }
        if let Some(networks) = &record.allowed_cidrs {
            let Some(source) = source else {
                return Err(unknown("the event names no source address"));
            };
            if !networks.contain(source) {
                return Err(unknown("the source address is none of the webhook's"));
            }
        }
        Ok(Self(record))
    }

    /// The webhook's id.
    #[must_use]
    pub const fn id(&self) -> &WebhookId {
        &self.0.id
    }

    /// The Cognito user who created it.
    #[must_use]
    pub const fn user_id(&self) -> &Subject {
        &self.0.user_id
    }

    /// The tenant of that user.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.0.tenant_id
    }

    /// The scheme in which its sender signs.
    #[must_use]
    pub const fn scheme(&self) -> &Scheme {
        &self.0.scheme
    }

    /// The secret that verifies its deliveries: the one that the record names, or else the one that
    /// is called `prefix` and the webhook's id.
    #[must_use]
    pub fn secret(&self, prefix: &str) -> SecretReference {
        self.0.secret(prefix)
    }

    /// The secret that a verify token is compared with, if the record names one.
    #[must_use]
    pub fn verify_token(&self) -> Option<SecretReference> {
        let name = self.0.verify_token_secret_id.as_deref()?.to_owned();
        Some(SecretReference { name, form: KeyForm::TEXT, field: None })
    }

    /// Whether it answers this handshake.
    #[must_use]
    pub fn shakes(&self, handshake: Handshake) -> bool {
        let has_token = self.0.verify_token_secret_id.is_some();
        self.0.handshake
            && (handshake != Handshake::VerifyToken || has_token)
            && self.0.scheme.handshakes().contains(&handshake)
    }

    /// How long a delivery is remembered, so that a repetition is not forwarded; zero: not at all.
    ///
    /// Where neither time nor id is signed, two deliveries may rightly be the same bytes, and are
    /// remembered only if the record says for how long. Where a time is signed, they are remembered
    /// at least as long as the signature counts, from one end of its window to the other. A minute
    /// is added, because an item of DynamoDB counts whole seconds and clocks differ.
    #[must_use]
    pub fn remembered_for(&self) -> Duration {
        const DEFAULT: Duration = Duration::from_secs(24 * 60 * 60);
        const CLOCKS: Duration = Duration::from_secs(60);
        let is_body = self.0.scheme.told_apart_by() == ToldApartBy::Body;
        match self.0.replay_window {
            None if is_body => Duration::ZERO,
            Some(window) if is_body || window.is_zero() => window,
            window => {
                let of_signature = self.0.scheme.window() * 2 + CLOCKS;
                window.unwrap_or(DEFAULT).max(of_signature)
            }
        }
    }

    /// How long the previous secret still verifies, counted from the creation of the current one.
    #[must_use]
    pub const fn secret_overlap(&self) -> Duration {
        self.0.secret_overlap
    }

    /// What an RFC 9421 signature must cover at least: component names in lower case.
    #[must_use]
    pub fn required_components(&self) -> &[Box<str>] {
        &self.0.required_components
    }
}

fn unknown(reason: &'static str) -> Denial {
    Denial::new(Code::WebhookUnknown, reason)
}

#[cfg(test)]
mod tests {
    use crate::record::{Field, Fields};
    use crate::time::Timestamp;
    use crate::webhook::known::KnownWebhook;
    use crate::webhook::record::WebhookRecord;

    /// When all of these webhooks are called, in seconds since 1970.
    const NOW: u64 = 1_750_000_000;

    fn number(seconds: u64) -> Option<Field> {
        Some(Field::Number(seconds.to_string()))
    }

    fn check(name: &str, value: Option<Field>, source: Option<&str>, reason: Option<&str>) {
        let row = WebhookRecord::sample(&[(name, value.clone())]).unwrap();
        let now = Timestamp::from_unix_millis(NOW * 1000);
        let known = KnownWebhook::admit(row, source.map(|text| text.parse().unwrap()), now);
        let denial = known.err();
        let given = denial.as_ref().map(|denial| (denial.code.as_str(), &*denial.reason));
        assert_eq!(given, reason.map(|reason| ("WEBHOOK_UNKNOWN", reason)), "{name} {value:?}");
    }

    #[test]
    fn only_an_active_webhook_is_known() {
        let status = |text: &str| Some(Field::Text(text.to_owned()));
        check("status", status("active"), None, None);
        check("status", status("revoked"), None, Some("the webhook is revoked"));
        let revoked = Some("the webhook is active, but its `revoked_at` has passed");
        check("revoked_at", number(NOW + 1), None, None);
        check("revoked_at", number(NOW), None, revoked);
        check("revoked_at", number(0), None, revoked);
        let expired = Some("the webhook's `ttl` has passed");
        check("ttl", number(NOW + 1), None, None);
        check("ttl", number(NOW), None, expired);
        check("ttl", number(NOW - 1), None, expired);
    }

    #[test]
    fn a_webhook_is_asked_from_its_addresses() {
        let cidrs = |text: &str| Some(Field::Texts(vec!["192.0.2.7".to_owned(), text.to_owned()]));
        let elsewhere = Some("the source address is none of the webhook's");
        let (v4, v6) = (cidrs("10.0.0.0/8"), cidrs("2001:db8::/32"));
        check("allowed_cidrs", None, None, None);
        check("allowed_cidrs", None, Some("198.51.100.1"), None);
        check("allowed_cidrs", v4.clone(), None, Some("the event names no source address"));
        check("allowed_cidrs", v4.clone(), Some("10.255.0.1"), None);
        check("allowed_cidrs", v4.clone(), Some("192.0.2.7"), None);
        check("allowed_cidrs", v4.clone(), Some("192.0.2.8"), elsewhere);
        check("allowed_cidrs", v4.clone(), Some("11.0.0.0"), elsewhere);
        check("allowed_cidrs", v4.clone(), Some("::ffff:10.1.2.3"), None);
        check("allowed_cidrs", v4.clone(), Some("::ffff:11.1.2.3"), elsewhere);
        check("allowed_cidrs", v4, Some("2001:db8::1"), elsewhere);
        check("allowed_cidrs", v6.clone(), Some("2001:db8::1"), None);
        check("allowed_cidrs", v6.clone(), Some("2001:db9::1"), elsewhere);
        check("allowed_cidrs", v6, Some("10.0.0.1"), elsewhere);
    }

    #[test]
    fn what_is_remembered_and_for_how_long() {
        let remembered = |scheme: &str, description: Option<&str>, window: Option<u64>| {
            let description = description.map(|json| Field::Map(Fields::from_json(json).unwrap()));
            let row = WebhookRecord::sample(&[
                ("scheme", Some(Field::Text(scheme.to_owned()))),
                ("description", description),
                ("replay_window_seconds", window.and_then(number)),
            ]);
            let now = Timestamp::from_unix_millis(NOW * 1000);
            KnownWebhook::admit(row.unwrap(), None, now).unwrap().remembered_for().as_secs()
        };
        let day = 86_400;
        for scheme in ["stripe", "slack", "zoom", "standard-webhooks", "gitlab", "rfc9421"] {
            assert_eq!(remembered(scheme, None, None), day, "{scheme}");
            assert_eq!(remembered(scheme, None, Some(0)), 0, "{scheme}");
            // As long as the signature counts, and a minute.
            assert_eq!(remembered(scheme, None, Some(60)), 660, "{scheme}");
            assert_eq!(remembered(scheme, None, Some(7 * day)), 7 * day, "{scheme}");
        }
        // A trigger may send the same body every day.
        for scheme in ["portcullis", "github", "shopify", "linear", "bitbucket", "jira", "meta"] {
            assert_eq!(remembered(scheme, None, None), 0, "{scheme}");
            assert_eq!(remembered(scheme, None, Some(0)), 0, "{scheme}");
            assert_eq!(remembered(scheme, None, Some(60)), 60, "{scheme}");
        }
        let described = |template: &str, window: &str| {
            format!(
                r#"{{"header": "X-S", "encoding": "hex", "template": "{template}",
                    "time_header": "X-T", "id_header": "X-I"{window}}}"#
            )
        };
        let body = described("{body}", "");
        assert_eq!(remembered("hmac", Some(&body), None), 0);
        let id = described("{id}.{body}", "");
        assert_eq!(remembered("hmac", Some(&id), None), day);
        assert_eq!(remembered("hmac", Some(&id), Some(30)), 60);
        let time = described("{time}.{body}", r#", "window_seconds": 86400"#);
        assert_eq!(remembered("hmac", Some(&time), None), 2 * day + 60);
        assert_eq!(remembered("hmac", Some(&time), Some(60)), 2 * day + 60);
    }
}
