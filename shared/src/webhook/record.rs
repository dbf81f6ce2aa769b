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
mod tests {
    use std::time::Duration;

    use super::Status;
    use crate::record::{Field, Fields};
    use crate::webhook::record::WebhookRecord;
    use crate::webhook::scheme::Scheme;

    fn text(text: &str) -> Option<Field> {
        Some(Field::Text(text.to_owned()))
    }

    fn number(digits: &str) -> Option<Field> {
        Some(Field::Number(digits.to_owned()))
    }

    fn texts(texts: &[&str]) -> Option<Field> {
        Some(Field::Texts(texts.iter().map(|text| (*text).to_owned()).collect()))
    }

    fn with(name: &str, value: Option<Field>) -> WebhookRecord {
        WebhookRecord::sample(&[(name, value)]).unwrap()
    }

    #[test]
    fn what_a_row_says() {
        let row = WebhookRecord::sample(&[]).unwrap();
        assert_eq!(row.id.as_str(), "wh_1");
        assert_eq!(row.tenant_id.as_str(), "acme");
        assert_eq!((row.status, row.scheme.as_str()), (Status::Active, "portcullis"));
        assert_eq!(
            (row.secret_field, row.handshake, row.verify_token_secret_id),
            (None, false, None)
        );
        assert_eq!((row.secret_id, row.allowed_cidrs), (None, None));
        assert_eq!((row.revoked_at, row.expires_at), (None, None));
        let day = Duration::from_hours(24);
        assert_eq!((row.replay_window, row.secret_overlap), (None, day));
        assert_eq!(row.required_components.concat(), "@method@pathcontent-digest");

        assert_eq!(with("status", text("revoked")).status, Status::Revoked);
        let window = with("replay_window_seconds", number("0")).replay_window;
        assert_eq!(window, Some(Duration::ZERO));
        let month = Duration::from_hours(24 * 30);
        assert_eq!(with("secret_overlap_seconds", number("2592000")).secret_overlap, month);
        let ttl = with("ttl", number("1800000000")).expires_at.unwrap();
        assert_eq!(ttl.unix_millis(), 1_800_000_000_000);
        let last = with("ttl", number("7258118400")).expires_at.unwrap();
        assert_eq!(last.unix_millis(), 7_258_118_400_000);
        let revoked = with("revoked_at", number("0")).revoked_at.unwrap();
        assert_eq!(revoked.unix_millis(), 0);
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:hook-AbCdEf";
        assert_eq!(with("secret_id", text(arn)).secret_id.unwrap().as_ref(), arn);
        for scheme in Scheme::all() {
            assert_eq!(with("scheme", text(scheme.as_str())).scheme, scheme);
        }
        let cidrs = texts(&["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
        let networks = with("allowed_cidrs", cidrs).allowed_cidrs.unwrap();
        assert!(networks.contain("192.0.2.7".parse().unwrap()));
        let components = texts(&["content-digest", "@target-uri", "x-amz-content-sha256"]);
        assert_eq!(with("required_components", components).required_components.len(), 3);
    }

    #[test]
    fn what_a_row_may_not_say() {
        fn check(name: &str, value: Option<Field>, problem: &str) {
            let bad = WebhookRecord::sample(&[(name, value)]).unwrap_err();
            assert_eq!(bad.to_string(), format!("the webhook's attribute `{name}` {problem}"));
        }
        let other = Some(Field::Other);
        for name in ["webhook_id", "user_id", "tenant_id", "name", "status", "scheme"] {
            check(name, None, "is missing");
            check(name, text(""), "is empty");
            check(name, text(" \n"), "is empty");
            check(name, number("1"), "is no string");
            check(name, other.clone(), "is no string");
        }
        check("webhook_id", text("wh_2"), "is another webhook's");
        check("user_id", text("a b"), "is no user id");
        check("tenant_id", text("acme/evil"), "is no tenant id");
        check("status", text("ACTIVE"), "is neither `active` nor `revoked`");
        check("status", text("active "), "is neither `active` nor `revoked`");
        check("scheme", text("GitHub"), "is no scheme that is known here");

        check("created_at", None, "is missing");
        for name in [
            "created_at",
            "updated_at",
            "revoked_at",
            "ttl",
            "replay_window_seconds",
            "secret_overlap_seconds",
        ] {
            check(name, text("1700000000"), "is no number");
            check(name, texts(&["1"]), "is no number");
            check(name, other.clone(), "is no number");
            check(name, number(""), "is no whole number from 0 on");
            check(name, number("-1"), "is no whole number from 0 on");
            check(name, number("1.5"), "is no whole number from 0 on");
            check(name, number("18446744073709551616"), "is no whole number from 0 on");
        }
        for name in ["created_at", "updated_at", "revoked_at", "ttl"] {
            check(name, number("7258118401"), "is not a time in seconds");
            // 2026 in milliseconds, in microseconds, and the end of the numbers.
            check(name, number("1767225600000"), "is not a time in seconds");
            check(name, number("1767225600000000"), "is not a time in seconds");
            check(name, number("18446744073709551615"), "is not a time in seconds");
        }
        check("replay_window_seconds", number("2592001"), "is longer than 30 days");
        check("secret_overlap_seconds", number("2592001"), "is longer than 30 days");

        check("secret_id", text(""), "is empty");
        check("secret_id", number("1"), "is no string");
        check("secret_id", text("two words"), "is no name and no ARN of a secret");
        check("secret_id", text(&"a".repeat(2049)), "is no name and no ARN of a secret");

        for name in ["allowed_cidrs", "required_components"] {
            check(name, text("10.0.0.0/8"), "is no list of strings");
            check(name, other.clone(), "is no list of strings");
            check(name, texts(&[]), "is empty");
            check(name, texts(&["content-digest"; 65]), "has more than 64 items");
        }
        for cidr in [
            "10.0.0.1/8",
            "10.0.0.0/33",
            "10.0.0",
            "",
            " 10.0.0.0/8",
            "2001:db8::1/32",
            "::ffff:10.0.0.0/104",
            "*",
        ] {
            check("allowed_cidrs", texts(&["192.0.2.0/24", cidr]), "has no CIDR as an item");
        }
        for component in ["Content-Type", "@request-target", "@signature-params", "", "a\"b", "a b"]
        {
            let components = texts(&["content-digest", component]);
            check("required_components", components, "has an item that no signature can cover");
        }
        check("required_components", texts(&["@method"]), "lacks `content-digest`");
        check("secret", text("s"), "is not known here");
        check("Status", text("active"), "is not known here");
    }

    fn described(json: &str) -> Option<Field> {
        Some(Field::Map(Fields::from_json(json).unwrap()))
    }

    #[test]
    fn a_description_is_of_the_scheme_hmac() {
        let check = |scheme: &str, description: Option<Field>, outcome: Result<&str, &str>| {
            let row =
                WebhookRecord::sample(&[("scheme", text(scheme)), ("description", description)]);
            let row = row.map(|row| row.scheme.as_str().to_owned()).map_err(|bad| bad.to_string());
            assert_eq!(row, outcome.map(str::to_owned).map_err(str::to_owned), "{scheme}");
        };
        let right = r#"{"header": "X-Sig", "encoding": "hex", "template": "{body}"}"#;
        check("hmac", described(right), Ok("hmac"));
        let missing = "the webhook's attribute `description` is missing: the scheme is `hmac`";
        check("hmac", None, Err(missing));
        let alone = "the webhook's attribute `description` is of the scheme `hmac` alone";
        check("github", described(right), Err(alone));
        check("rfc9421", described(right), Err(alone));
        check("hmac", text(right), Err("the webhook's attribute `description` is no map"));
        let member = "the description's member `header` is missing";
        check("hmac", described("{}"), Err(member));
    }

    #[test]
    fn handshakes() {
        let check = |attributes: &[(&str, Option<Field>)], outcome: Result<(), (&str, &str)>| {
            let row = WebhookRecord::sample(attributes);
            let outcome = outcome
                .map_err(|(name, problem)| format!("the webhook's attribute `{name}` {problem}"));
            assert_eq!(row.map(|_| ()).map_err(|bad| bad.to_string()), outcome, "{attributes:?}");
        };
        let (yes, token) = (Some(Field::Flag(true)), "verify_token_secret_id");
        let scheme = |name| ("scheme", text(name));
        let handshake = ("handshake", yes);
        let verify = (token, text("acme/meta/verify"));
        for name in ["slack", "zoom"] {
            check(&[scheme(name), handshake.clone()], Ok(()));
            let not = Err((token, "is not of this scheme"));
            check(&[scheme(name), handshake.clone(), verify.clone()], not);
        }
        check(&[scheme("meta"), handshake.clone(), verify.clone()], Ok(()));
        check(&[scheme("meta")], Ok(()));
        check(
            &[scheme("meta"), handshake.clone()],
            Err((token, "is missing: the handshake compares it")),
        );
        let effect = Err((token, "has no effect: `handshake` is not true"));
        check(&[scheme("meta"), verify.clone()], effect);
        check(&[scheme("meta"), verify.clone(), ("handshake", Some(Field::Flag(false)))], effect);
        check(
            &[scheme("meta"), handshake.clone(), verify, ("secret_id", text("acme/meta/verify"))],
            Err((token, "is also the secret of the signatures: make one of its own")),
        );
        for name in ["portcullis", "github", "stripe", "standard-webhooks", "rfc9421"] {
            let none = Err(("handshake", "is true, but the scheme has none"));
            check(&[scheme(name), handshake.clone()], none);
        }
        check(&[("handshake", text("true"))], Err(("handshake", "is neither true nor false")));
        check(&[("handshake", number("1"))], Err(("handshake", "is neither true nor false")));
        check(&[("secret_field", text(" "))], Err(("secret_field", "is empty")));
        check(&[("secret_field", text("signing"))], Ok(()));
    }
}
