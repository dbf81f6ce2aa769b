//! Step 3 for webhooks: registered and active, and then authenticated. Two types, never one with a
//! flag: a [`KnownWebhook`] is what the registry says, a [`VerifiedDelivery`] is what a secret
//! proves of the bytes that came.

use core::net::IpAddr;
use std::time::Duration;

use super::registration::{Registration, Status};
use super::{Subject, TenantId, WebhookId};
use crate::credential::webhook::{DeliveryId, ReplayKey, Scheme, SecretVersion};
use crate::denial::{Code, Denial};
use crate::time::Timestamp;

/// A webhook that is registered and active, asked from an address it may be asked from. Nothing is
/// proven yet: everybody may know its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownWebhook(Registration);

impl KnownWebhook {
    /// Takes what the registry says, if the webhook is active at `now` and `source` is one of its
    /// addresses.
    ///
    /// # Errors
    /// `WEBHOOK_UNKNOWN`. From outside, a webhook that is unknown, revoked or called from elsewhere
    /// looks the same.
    pub fn admit(
        registration: Registration,
        source: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Self, Denial> {
        if registration.status != Status::Active {
            return Err(unknown("the webhook is revoked"));
        }
        if registration.revoked_at.is_some_and(|revoked| revoked <= now) {
            return Err(unknown("the webhook is active, but its `revoked_at` has passed"));
        }
        // DynamoDB deletes a row up to days after its time to live.
        if registration.expires_at.is_some_and(|expires| expires <= now) {
            return Err(unknown("the webhook's `ttl` has passed"));
        }
        if let Some(networks) = &registration.allowed_cidrs {
            let Some(source) = source else {
                return Err(unknown("the event names no source address"));
            };
            if !networks.contain(source) {
                return Err(unknown("the source address is none of the webhook's"));
            }
        }
        Ok(Self(registration))
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

    /// How it signs.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.0.scheme
    }

    /// The secret's name in Secrets Manager, if it is not the one that follows from the id.
    #[must_use]
    pub fn secret_id(&self) -> Option<&str> {
        self.0.secret_id.as_deref()
    }

    /// How long a delivery is remembered, so that it cannot come again; zero: not at all.
    #[must_use]
    pub const fn replay_window(&self) -> Duration {
        self.0.replay_window
    }

    /// How long a secret's predecessor still verifies, from the creation of the current one on.
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

/// Headers that are authenticated: an RFC 9421 signature, verified. What they say of the body (its
/// `Content-Digest`) is believed, but nobody has compared it yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedHeaders<'w> {
    pub(crate) webhook: &'w KnownWebhook,
    pub(crate) secret: SecretVersion,
}

impl VerifiedHeaders<'_> {
    /// Which version of the secret verified them.
    #[must_use]
    pub const fn secret(&self) -> SecretVersion {
        self.secret
    }
}

/// A delivery whose every byte is authenticated. Only [`crate::credential::webhook`] builds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedDelivery<'w> {
    pub(crate) webhook: &'w KnownWebhook,
    pub(crate) id: DeliveryId,
    pub(crate) replay_keys: Vec<ReplayKey>,
    pub(crate) secret: SecretVersion,
}

impl VerifiedDelivery<'_> {
    /// Whose it is.
    #[must_use]
    pub const fn webhook(&self) -> &KnownWebhook {
        self.webhook
    }

    /// What the sender, the log and the target call it.
    #[must_use]
    pub const fn id(&self) -> &DeliveryId {
        &self.id
    }

    /// What must not have been seen before; at least one, and the first is made of authenticated
    /// bytes: an id in a header that is not signed could be changed at every repetition. Others are
    /// the signatures that stood beside the one that fitted.
    #[must_use]
    pub fn replay_keys(&self) -> &[ReplayKey] {
        &self.replay_keys
    }

    /// Which version of the secret verified it.
    #[must_use]
    pub const fn secret(&self) -> SecretVersion {
        self.secret
    }
}

/// Whom the gate lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted<'w> {
    /// Registered, active, with a well-formed signature in its window that only the body can
    /// verify: `verified=pending`.
    Pending(&'w KnownWebhook),
    /// With a signature over the headers, verified: `verified=headers`.
    Headers(VerifiedHeaders<'w>),
}

impl Admitted<'_> {
    /// Which webhook it is.
    #[must_use]
    pub const fn webhook(&self) -> &KnownWebhook {
        match self {
            Self::Pending(webhook) => webhook,
            Self::Headers(headers) => headers.webhook,
        }
    }

    /// What the context's `verified` says.
    #[must_use]
    pub const fn verified(&self) -> &'static str {
        match self {
            Self::Pending(_) => "pending",
            Self::Headers(_) => "headers",
        }
    }
}

fn unknown(reason: &'static str) -> Denial {
    Denial::new(Code::WebhookUnknown, reason)
}

#[cfg(test)]
mod tests {
    use super::{KnownWebhook, Registration};
    use crate::identity::Attribute;
    use crate::time::Timestamp;

    /// When all of these webhooks are asked for, in seconds since 1970.
    const NOW: u64 = 1_750_000_000;

    fn number(seconds: u64) -> Option<Attribute> {
        Some(Attribute::Number(seconds.to_string()))
    }

    fn check(name: &str, value: Option<Attribute>, source: Option<&str>, reason: Option<&str>) {
        let row = Registration::sample(&[(name, value.clone())]).unwrap();
        let now = Timestamp::from_unix_millis(NOW * 1000);
        let known = KnownWebhook::admit(row, source.map(|text| text.parse().unwrap()), now);
        let denial = known.err();
        let given = denial.as_ref().map(|denial| (denial.code.as_str(), &*denial.reason));
        assert_eq!(given, reason.map(|reason| ("WEBHOOK_UNKNOWN", reason)), "{name} {value:?}");
    }

    #[test]
    fn only_an_active_webhook_is_known() {
        let status = |text: &str| Some(Attribute::Text(text.to_owned()));
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
        let cidrs =
            |text: &str| Some(Attribute::Texts(vec!["192.0.2.7".to_owned(), text.to_owned()]));
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
