//! A webhook's item in DynamoDB, read strictly: every attribute is checked.

use std::sync::Arc;
use std::time::Duration;

use super::scheme::{HMAC, is_component};
use crate::ids::{Subject, TenantId, WebhookId};
use crate::network::Networks;
use crate::record::{Fields, Reader, RecordError};
use crate::time::Timestamp;
use crate::webhook::handshake::Handshake;
use crate::webhook::hmac_key::SecretReference;
use crate::webhook::scheme::{Description, Scheme};

/// How long the previous secret verifies where the item does not say: a day.
const DEFAULT_SECRET_OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest of either: 30 days.
const MAX_WINDOW_SECONDS: u64 = 30 * 24 * 60 * 60;
/// 2200-01-01T00:00:00Z in seconds since 1970. A later time was most probably written in milliseconds.
/// It is tens of thousands of years away, so a `ttl` or a `revoked_at` would never take effect.
const LATEST_SECONDS: u64 = 7_258_118_400;
/// The most networks, and the most components, that a list may have.
const MAX_LIST: usize = 64;
/// What an RFC 9421 signature must cover where the item does not say. The RFC leaves the minimum to
/// the application (§1.4), because what a signature does not cover can be changed on the way
/// (§7.2.1). Method and path bind it to the request, the digest to the body.
const DEFAULT_COMPONENTS: [&str; 3] = ["@method", "@path", "content-digest"];

/// A webhook's item, well-formed. Whether the webhook is active is not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRecord {
    pub(super) id: WebhookId,
    pub(super) user_id: Subject,
    pub(super) tenant_id: TenantId,
    pub(super) status: Status,
    pub(super) scheme: Scheme,
    pub(super) secret_id: Option<Box<str>>,
    pub(super) secret_field: Option<Box<str>>,
    pub(super) handshake: bool,
    pub(super) verify_token_secret_id: Option<Box<str>>,
    pub(super) allowed_cidrs: Option<Networks>,
    /// How long a delivery is remembered, where the item says so.
    pub(super) replay_window: Option<Duration>,
    pub(super) secret_overlap: Duration,
    pub(super) required_components: Vec<Box<str>>,
    pub(super) revoked_at: Option<Timestamp>,
    pub(super) expires_at: Option<Timestamp>,
}

/// Whether a webhook may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Active,
    Revoked,
}

/// The attributes that a record may have.
const ATTRIBUTES: [&str; 19] = [
    "webhook_id",
    "user_id",
    "tenant_id",
    "name",
    "status",
    "scheme",
    "description",
    "handshake",
    "verify_token_secret_id",
    "secret_id",
    "secret_field",
    "allowed_cidrs",
    "replay_window_seconds",
    "secret_overlap_seconds",
    "required_components",
    "created_at",
    "updated_at",
    "revoked_at",
    "ttl",
];

impl WebhookRecord {
    /// Reads the record of `id`.
    ///
    /// Times (`created_at`, `updated_at`, `revoked_at`, `ttl`) are numbers of seconds since 1970,
    /// as DynamoDB's time to live counts them, and none is later than 2200.
    ///
    /// # Errors
    /// The first attribute that is missing, mistyped, invalid or not known here.
    pub fn read(id: &WebhookId, attributes: &Fields) -> Result<Self, RecordError> {
        let row = Row(Reader { fields: attributes, field_of: "the webhook's attribute" });
        row.0.has_only(&ATTRIBUTES)?;
        if row.0.text("webhook_id")? != id.as_str() {
            return Err(row.error("webhook_id", "is another webhook's"));
        }
        row.0.text("name")?;
        row.optional_time("created_at")?.ok_or_else(|| row.error("created_at", "is missing"))?;
        row.optional_time("updated_at")?;
        let scheme = row.scheme()?;
        row.check_handshake(&scheme)?;
        Ok(Self {
            id: id.clone(),
            user_id: Subject::parse(row.0.text("user_id")?)
                .ok_or_else(|| row.error("user_id", "is no user id"))?,
            tenant_id: TenantId::parse(row.0.text("tenant_id")?)
                .ok_or_else(|| row.error("tenant_id", "is no tenant id"))?,
            status: row.status()?,
            scheme,
            secret_id: row.optional_secret_id("secret_id")?,
            secret_field: row.0.optional_text("secret_field")?.map(Into::into),
            handshake: row.0.flag("handshake")?,
            verify_token_secret_id: row.optional_secret_id("verify_token_secret_id")?,
            allowed_cidrs: row.optional_cidrs()?,
            replay_window: row.optional_seconds("replay_window_seconds")?,
            secret_overlap: row
                .optional_seconds("secret_overlap_seconds")?
                .unwrap_or(DEFAULT_SECRET_OVERLAP),
            required_components: row.components()?,
            revoked_at: row.optional_time("revoked_at")?,
            expires_at: row.optional_time("ttl")?,
        })
    }
}

impl WebhookRecord {
    /// The Cognito user who created it.
    #[must_use]
    pub const fn user_id(&self) -> &Subject {
        &self.user_id
    }

    /// The scheme in which its sender signs.
    #[must_use]
    pub const fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The secret that verifies its deliveries: the one that the record names, or else the one that
    /// is called `prefix` and the webhook's id.
    #[must_use]
    pub fn secret(&self, prefix: &str) -> SecretReference {
        let by_id = || format!("{prefix}{}", self.id);
        SecretReference {
            name: self.secret_id.as_deref().map_or_else(by_id, str::to_owned),
            form: self.scheme.key_form(),
            field: self.secret_field.clone(),
        }
    }

    /// How long the previous secret still verifies, counted from the creation of the current one.
    #[must_use]
    pub const fn secret_overlap(&self) -> Duration {
        self.secret_overlap
    }
}

struct Row<'r>(Reader<'r>);

impl<'r> Row<'r> {
    fn error(&self, name: &str, problem: &'static str) -> RecordError {
        self.0.error(name, problem)
    }

    fn status(&self) -> Result<Status, RecordError> {
        match self.0.text("status")? {
            "active" => Ok(Status::Active),
            "revoked" => Ok(Status::Revoked),
            _ => Err(self.error("status", "is neither `active` nor `revoked`")),
        }
    }

    fn scheme(&self) -> Result<Scheme, RecordError> {
        let name = self.0.text("scheme")?;
        let description = self.0.optional_map("description")?;
        match (name, description) {
            (HMAC, Some(fields)) => Ok(Scheme::Hmac(Arc::new(Description::read(fields)?))),
            (HMAC, None) => Err(self.error("description", "is missing: the scheme is `hmac`")),
            (_, Some(_)) => Err(self.error("description", "is of the scheme `hmac` alone")),
            (name, None) => Scheme::parse(name)
                .ok_or_else(|| self.error("scheme", "is no scheme that is known here")),
        }
    }

    /// A handshake that could never be answered is a mistake, and so is a verify token that nobody
    /// would compare.
    fn check_handshake(&self, scheme: &Scheme) -> Result<(), RecordError> {
        const TOKEN: &str = "verify_token_secret_id";
        let token = self.0.optional_text(TOKEN)?;
        let handshakes = scheme.handshakes();
        if !self.0.flag("handshake")? {
            return match token {
                Some(_) => Err(self.error(TOKEN, "has no effect: `handshake` is not true")),
                None => Ok(()),
            };
        }
        if handshakes.is_empty() {
            return Err(self.error("handshake", "is true, but the scheme has none"));
        }
        let takes_token = handshakes.contains(&Handshake::VerifyToken);
        match token {
            Some(_) if !takes_token => Err(self.error(TOKEN, "is not of this scheme")),
            None if handshakes == [Handshake::VerifyToken] => {
                Err(self.error(TOKEN, "is missing: the handshake compares it"))
            }
            Some(token) if self.0.optional_text("secret_id")? == Some(token) => {
                Err(self.error(TOKEN, "is also the secret of the signatures: make one of its own"))
            }
            _ => Ok(()),
        }
    }

    /// A secret's name or ARN. Secrets Manager allows no other characters in a name, and an ARN has
    /// no others either.
    fn optional_secret_id(&self, name: &str) -> Result<Option<Box<str>>, RecordError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"/_+=.@-:!".contains(&b);
        match self.0.optional_text(name)? {
            Some(text) if text.len() > 2048 || !text.bytes().all(plain) => {
                Err(self.error(name, "is no name and no ARN of a secret"))
            }
            text => Ok(text.map(Into::into)),
        }
    }

    fn optional_whole(&self, name: &str) -> Result<Option<u64>, RecordError> {
        let digits = self.0.optional_number(name)?;
        let whole = digits.map(str::parse).transpose();
        whole.map_err(|_| self.error(name, "is no whole number from 0 on"))
    }

    fn optional_seconds(&self, name: &str) -> Result<Option<Duration>, RecordError> {
        match self.optional_whole(name)? {
            Some(seconds) if seconds > MAX_WINDOW_SECONDS => {
                Err(self.error(name, "is longer than 30 days"))
            }
            seconds => Ok(seconds.map(Duration::from_secs)),
        }
    }

    fn optional_time(&self, name: &str) -> Result<Option<Timestamp>, RecordError> {
        match self.optional_whole(name)? {
            Some(seconds) if seconds > LATEST_SECONDS => {
                Err(self.error(name, "is not a time in seconds"))
            }
            seconds => Ok(seconds.map(|seconds| Timestamp::from_unix_millis(seconds * 1000))),
        }
    }

    fn optional_texts(&self, name: &str) -> Result<Option<&'r [String]>, RecordError> {
        match self.0.optional_texts(name, MAX_LIST, "has more than 64 items")? {
            // An empty list could mean "from nowhere" or "from anywhere", so it is refused.
            Some([]) => Err(self.error(name, "is empty")),
            texts => Ok(texts),
        }
    }

    fn optional_cidrs(&self) -> Result<Option<Networks>, RecordError> {
        const NAME: &str = "allowed_cidrs";
        let Some(texts) = self.optional_texts(NAME)? else { return Ok(None) };
        let networks = Networks::parse(texts);
        networks.map(Some).ok_or_else(|| self.error(NAME, "has no CIDR as an item"))
    }

    fn components(&self) -> Result<Vec<Box<str>>, RecordError> {
        const NAME: &str = "required_components";
        let Some(texts) = self.optional_texts(NAME)? else {
            return Ok(DEFAULT_COMPONENTS.map(Into::into).to_vec());
        };
        if !texts.iter().all(|text| is_component(text)) {
            return Err(self.error(NAME, "has an item that no signature can cover"));
        }
        // Without it the body would not be authenticated: RFC 9421 signs no content, only the
        // digest of it (§7.2.8).
        if !texts.iter().any(|text| text == "content-digest") {
            return Err(self.error(NAME, "lacks `content-digest`"));
        }
        Ok(texts.iter().map(|text| text.as_str().into()).collect())
    }
}

#[cfg(test)]
use {crate::record::Field, std::collections::HashMap};

#[cfg(test)]
impl WebhookRecord {
    /// A valid item with `changes`: an attribute and its value, `None` to leave it out.
    pub(crate) fn sample(changes: &[(&str, Option<Field>)]) -> Result<Self, RecordError> {
        let text = |text: &str| Field::Text(text.to_owned());
        let mut fields: HashMap<String, Field> = [
            ("webhook_id", text("wh_1")),
            ("user_id", text("7d9f5a2e-0b1c-4c1e-9a34-1d2f6a7b8c90")),
            ("tenant_id", text("acme")),
            ("name", text("Build server")),
            ("status", text("active")),
            ("scheme", text("portcullis")),
            ("created_at", Field::Number("1700000000".to_owned())),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        for (name, value) in changes {
            match value {
                Some(value) => fields.insert((*name).to_owned(), value.clone()),
                None => fields.remove(*name),
            };
        }
        Self::read(&WebhookId::parse("wh_1").unwrap(), &fields.into_iter().collect())
    }
}

#[cfg(test)]
mod tests;
