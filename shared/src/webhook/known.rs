//! A webhook that is registered and active.

use core::net::IpAddr;
use std::time::Duration;

use super::record::Status;
use crate::denial::{Code, Denial};
use crate::ids::{Subject, TenantId, WebhookId};
use crate::time::Timestamp;
use crate::webhook::record::WebhookRecord;
use crate::webhook::scheme::Scheme;

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
    pub const fn scheme(&self) -> Scheme {
        self.0.scheme
    }

    /// The secret's name or ARN in Secrets Manager, if the record has one; else its name is
    /// `SECRET_PREFIX` and the webhook's id.
    #[must_use]
    pub fn secret_id(&self) -> Option<&str> {
        self.0.secret_id.as_deref()
    }

    /// How long a delivery is remembered, so that a repetition is refused; zero: not at all.
    #[must_use]
    pub const fn replay_window(&self) -> Duration {
        self.0.replay_window
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
    use crate::record::Field;
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
}
