//! Step 3: who does the credential prove?

mod networks;
mod registration;
mod webhook;

use std::fmt;

pub(crate) use networks::Networks;
pub use networks::is_network;
pub use registration::{Attribute, BadRow, Registration};
pub use webhook::{Admitted, KnownWebhook, VerifiedDelivery, VerifiedHeaders};

use crate::credential::Kind;
use crate::credential::api_key::KeyId;

/// Who is asking, proven. Only the verifiers under [`crate::credential`] build one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    subject: Subject,
    tenant: TenantId,
    standing: Standing,
    claims: Vec<(String, String)>,
}

/// What an identity's permissions come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A person: the role claim, as it stands in the token.
    Role(Box<str>),
    /// A service: the scopes of its token, as they stand there, separated by blanks.
    Scopes(Box<str>),
    /// A script: what the key and its owner both may do.
    Key(Box<KeyStanding>),
}

/// What an API key's permissions come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStanding {
    /// Which key it is.
    pub key: KeyId,
    /// The role that its owner has now.
    pub role: Box<str>,
    /// The key's scopes, separated by blanks.
    pub scopes: Box<str>,
}

/// The role of every service in context and log. No person may hold it.
pub const SERVICE_ROLE: &str = "service_account";

impl Identity {
    pub(crate) fn of_person(
        subject: Subject,
        role: &str,
        tenant: TenantId,
        claims: Vec<(String, String)>,
    ) -> Self {
        Self { subject, tenant, standing: Standing::Role(role.into()), claims }
    }

    pub(crate) fn of_service(subject: Subject, tenant: TenantId, scopes: &str) -> Self {
        Self { subject, tenant, standing: Standing::Scopes(scopes.into()), claims: Vec::new() }
    }

    pub(crate) fn of_key(owner: Subject, tenant: TenantId, standing: KeyStanding) -> Self {
        let standing = Standing::Key(Box::new(standing));
        Self { subject: owner, tenant, standing, claims: Vec::new() }
    }

    /// The user's `sub`, also where a key of theirs was presented, or the service's client id.
    #[must_use]
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The tenant the identity belongs to.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// What the permissions come from.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Which kind of credential proved it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self.standing {
            Standing::Role(_) => Kind::IdToken,
            Standing::Scopes(_) => Kind::ServiceToken,
            Standing::Key(_) => Kind::ApiKey,
        }
    }

    /// The role: for a key its owner's, for a service `service_account`.
    #[must_use]
    pub fn role(&self) -> &str {
        match &self.standing {
            Standing::Role(role) => role,
            Standing::Scopes(_) => SERVICE_ROLE,
            Standing::Key(key) => &key.role,
        }
    }

    /// The scopes, separated by blanks; empty for a person.
    #[must_use]
    pub fn scopes(&self) -> &str {
        match &self.standing {
            Standing::Role(_) => "",
            Standing::Scopes(scopes) => scopes,
            Standing::Key(key) => &key.scopes,
        }
    }

    /// The public part of the API key that proved it, if one did.
    #[must_use]
    pub const fn key(&self) -> Option<&KeyId> {
        match &self.standing {
            Standing::Key(key) => Some(&key.key),
            Standing::Role(_) | Standing::Scopes(_) => None,
        }
    }

    /// The further claims that the configuration asks for, name and value.
    pub fn claims(&self) -> impl Iterator<Item = (&str, &str)> {
        self.claims.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Who a credential speaks for: 1 to 128 of `A–Z a–z 0–9 - . _ : @ + = /`. It is the answer's
/// `principalId`, so it is never empty, and nothing in it is syntax to a gateway template.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject(Box<str>);

impl Subject {
    /// Takes `text` if it is a subject.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:@+=/".contains(&b);
        let shaped = (1..=128).contains(&text.len()) && text.bytes().all(plain);
        shaped.then(|| Self(text.into()))
    }

    /// The subject as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A tenant's id: 1 to 64 of `A–Z a–z 0–9 . _ -`, and not `.` or `..`. It is pasted into policy
/// ARNs and into gateway templates, so nothing that either could read as syntax gets in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TenantId(Box<str>);

impl TenantId {
    /// Takes `text` if it is a tenant id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            && !matches!(text, "." | "..");
        shaped.then(|| Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A webhook's id: 1 to 64 of `A–Z a–z 0–9 _ -`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WebhookId(Box<str>);

impl WebhookId {
    /// Takes `text` if it is a webhook's id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let shaped = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        shaped.then(|| Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
