//! What the registry says of a webhook: one row, every attribute checked.

use std::fmt;
use std::time::Duration;

use super::{Networks, Subject, TenantId, WebhookId};
use crate::credential::webhook::{Scheme, is_component};
use crate::time::Timestamp;

/// How long a delivery is remembered where the row does not say: a day.
const DEFAULT_REPLAY_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a secret's predecessor verifies where the row does not say: a day.
const DEFAULT_SECRET_OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest of either: 30 days.
const MAX_WINDOW_SECONDS: u64 = 30 * 24 * 60 * 60;
/// As many addresses, and as many components, as anybody needs.
const MAX_LIST: usize = 64;
/// What an RFC 9421 signature must cover where the row does not say.
const DEFAULT_COMPONENTS: [&str; 3] = ["@method", "@path", "content-digest"];

/// A row of the registry. Nobody has said yet that the webhook is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    pub(super) id: WebhookId,
    pub(super) user_id: Subject,
    pub(super) tenant_id: TenantId,
    pub(super) status: Status,
    pub(super) scheme: Scheme,
    pub(super) secret_id: Option<Box<str>>,
    pub(super) allowed_cidrs: Option<Networks>,
    pub(super) replay_window: Duration,
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

/// The value of an attribute, as a store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// A string.
    Text(String),
    /// A number, in digits.
    Number(String),
    /// A list or a set of strings.
    Texts(Vec<String>),
    /// Anything else.
    Other,
}

/// A row that cannot be used: an error for the operator, never an unknown webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    attribute: &'static str,
    problem: &'static str,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the webhook's attribute `{}` {}", self.attribute, self.problem)
    }
}

impl std::error::Error for BadRow {}

impl Registration {
    /// Reads the row of `id`; `attribute` finds a value by the attribute's name.
    ///
    /// Times (`created_at`, `updated_at`, `revoked_at`, `ttl`) are numbers of seconds since 1970,
    /// as DynamoDB's time to live counts them.
    ///
    /// # Errors
    /// The first attribute that is missing, mistyped or means nothing.
    pub fn read(
        id: &WebhookId,
        attribute: impl Fn(&str) -> Option<Attribute>,
    ) -> Result<Self, BadRow> {
        let row = Row(&attribute);
        if row.text("webhook_id")? != id.as_str() {
            return Err(bad("webhook_id", "is another webhook's"));
        }
        row.text("name")?;
        row.optional_time("created_at")?.ok_or(bad("created_at", MISSING))?;
        row.optional_time("updated_at")?;
        Ok(Self {
            id: id.clone(),
            user_id: Subject::parse(&row.text("user_id")?)
                .ok_or(bad("user_id", "is no user id"))?,
            tenant_id: TenantId::parse(&row.text("tenant_id")?)
                .ok_or(bad("tenant_id", "is no tenant id"))?,
            status: match row.text("status")?.as_str() {
                "active" => Status::Active,
                "revoked" => Status::Revoked,
                _ => return Err(bad("status", "is neither `active` nor `revoked`")),
            },
            scheme: Scheme::parse(&row.text("scheme")?)
                .ok_or(bad("scheme", "is no scheme that is known here"))?,
            secret_id: row.optional_secret_id()?,
            allowed_cidrs: row.optional_cidrs()?,
            replay_window: row
                .optional_seconds("replay_window_seconds")?
                .unwrap_or(DEFAULT_REPLAY_WINDOW),
            secret_overlap: row
                .optional_seconds("secret_overlap_seconds")?
                .unwrap_or(DEFAULT_SECRET_OVERLAP),
            required_components: row.components()?,
            revoked_at: row.optional_time("revoked_at")?,
            expires_at: row.optional_time("ttl")?,
        })
    }
}

const MISSING: &str = "is missing";

struct Row<'a>(&'a dyn Fn(&str) -> Option<Attribute>);

impl Row<'_> {
    fn text(&self, name: &'static str) -> Result<String, BadRow> {
        self.optional_text(name)?.ok_or(bad(name, MISSING))
    }

    fn optional_text(&self, name: &'static str) -> Result<Option<String>, BadRow> {
        match (self.0)(name) {
            None => Ok(None),
            Some(Attribute::Text(text)) if text.trim().is_empty() => Err(bad(name, "is empty")),
            Some(Attribute::Text(text)) => Ok(Some(text)),
            Some(_) => Err(bad(name, "is no string")),
        }
    }

    /// Secrets Manager takes no other characters in a name, and an ARN has none either.
    fn optional_secret_id(&self) -> Result<Option<Box<str>>, BadRow> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"/_+=.@-:!".contains(&b);
        match self.optional_text("secret_id")? {
            Some(text) if text.len() > 2048 || !text.bytes().all(plain) => {
                Err(bad("secret_id", "is no name and no ARN of a secret"))
            }
            text => Ok(text.map(String::into_boxed_str)),
        }
    }

    fn optional_whole(&self, name: &'static str) -> Result<Option<u64>, BadRow> {
        match (self.0)(name) {
            None => Ok(None),
            Some(Attribute::Number(digits)) => {
                digits.parse().map(Some).map_err(|_| bad(name, "is no whole number from 0 on"))
            }
            Some(_) => Err(bad(name, "is no number")),
        }
    }

    fn optional_seconds(&self, name: &'static str) -> Result<Option<Duration>, BadRow> {
        match self.optional_whole(name)? {
            Some(seconds) if seconds > MAX_WINDOW_SECONDS => {
                Err(bad(name, "is longer than 30 days"))
            }
            seconds => Ok(seconds.map(Duration::from_secs)),
        }
    }

    fn optional_time(&self, name: &'static str) -> Result<Option<Timestamp>, BadRow> {
        let seconds = self.optional_whole(name)?;
        Ok(seconds.map(|seconds| Timestamp::from_unix_millis(seconds.saturating_mul(1000))))
    }

    fn optional_texts(&self, name: &'static str) -> Result<Option<Vec<String>>, BadRow> {
        match (self.0)(name) {
            None => Ok(None),
            Some(Attribute::Texts(texts)) if texts.len() > MAX_LIST => {
                Err(bad(name, "has more than 64 items"))
            }
            // An empty list may mean "from nowhere" or "from anywhere": nobody can say which.
            Some(Attribute::Texts(texts)) if texts.is_empty() => Err(bad(name, "is empty")),
            Some(Attribute::Texts(texts)) => Ok(Some(texts)),
            Some(_) => Err(bad(name, "is no list of strings")),
        }
    }

    fn optional_cidrs(&self) -> Result<Option<Networks>, BadRow> {
        const NAME: &str = "allowed_cidrs";
        let Some(texts) = self.optional_texts(NAME)? else { return Ok(None) };
        Networks::parse(&texts).map(Some).ok_or(bad(NAME, "has no CIDR as an item"))
    }

    fn components(&self) -> Result<Vec<Box<str>>, BadRow> {
        const NAME: &str = "required_components";
        let texts = self
            .optional_texts(NAME)?
            .unwrap_or_else(|| DEFAULT_COMPONENTS.map(str::to_owned).to_vec());
        if !texts.iter().all(|text| is_component(text)) {
            return Err(bad(NAME, "has an item that no signature can cover"));
        }
        // Without it, everything but the body would be authenticated.
        if !texts.iter().any(|text| text == "content-digest") {
            return Err(bad(NAME, "lacks `content-digest`"));
        }
        Ok(texts.into_iter().map(String::into_boxed_str).collect())
    }
}

const fn bad(attribute: &'static str, problem: &'static str) -> BadRow {
    BadRow { attribute, problem }
}

#[cfg(test)]
impl Registration {
    /// A row that is right but for `changes`: an attribute and its value, `None` to leave it out.
    pub(crate) fn sample(changes: &[(&str, Option<Attribute>)]) -> Result<Self, BadRow> {
        let text = |text: &str| Some(Attribute::Text(text.to_owned()));
        Self::read(&WebhookId::parse("wh_1").unwrap(), |name| {
            if let Some((_, value)) = changes.iter().find(|(changed, _)| *changed == name) {
                return value.clone();
            }
            match name {
                "webhook_id" => text("wh_1"),
                "user_id" => text("7d9f5a2e-0b1c-4c1e-9a34-1d2f6a7b8c90"),
                "tenant_id" => text("acme"),
                "name" => text("Build server"),
                "status" => text("active"),
                "scheme" => text("portcullis"),
                "created_at" => Some(Attribute::Number("1700000000".to_owned())),
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Attribute, Registration, Status};
    use crate::credential::webhook::Scheme;

    fn text(text: &str) -> Option<Attribute> {
        Some(Attribute::Text(text.to_owned()))
    }

    fn number(digits: &str) -> Option<Attribute> {
        Some(Attribute::Number(digits.to_owned()))
    }

    fn texts(texts: &[&str]) -> Option<Attribute> {
        Some(Attribute::Texts(texts.iter().map(|text| (*text).to_owned()).collect()))
    }

    fn with(name: &str, value: Option<Attribute>) -> Registration {
        Registration::sample(&[(name, value)]).unwrap()
    }

    #[test]
    fn what_a_row_says() {
        let row = Registration::sample(&[]).unwrap();
        assert_eq!(row.id.as_str(), "wh_1");
        assert_eq!(row.tenant_id.as_str(), "acme");
        assert_eq!((row.status, row.scheme), (Status::Active, Scheme::Portcullis));
        assert_eq!((row.secret_id, row.allowed_cidrs), (None, None));
        assert_eq!((row.revoked_at, row.expires_at), (None, None));
        let day = Duration::from_hours(24);
        assert_eq!((row.replay_window, row.secret_overlap), (day, day));
        assert_eq!(row.required_components.concat(), "@method@pathcontent-digest");

        assert_eq!(with("status", text("revoked")).status, Status::Revoked);
        assert_eq!(with("replay_window_seconds", number("0")).replay_window, Duration::ZERO);
        let month = Duration::from_hours(24 * 30);
        assert_eq!(with("secret_overlap_seconds", number("2592000")).secret_overlap, month);
        let ttl = with("ttl", number("1800000000")).expires_at.unwrap();
        assert_eq!(ttl.unix_millis(), 1_800_000_000_000);
        assert_eq!(
            with("ttl", number("18446744073709551615")).expires_at.unwrap().unix_millis(),
            u64::MAX
        );
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:hook-AbCdEf";
        assert_eq!(with("secret_id", text(arn)).secret_id.unwrap().as_ref(), arn);
        for scheme in Scheme::ALL {
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
        fn check(name: &str, value: Option<Attribute>, problem: &str) {
            let bad = Registration::sample(&[(name, value)]).unwrap_err();
            assert_eq!(bad.to_string(), format!("the webhook's attribute `{name}` {problem}"));
        }
        let other = Some(Attribute::Other);
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
        check("scheme", text("hmac"), "is no scheme that is known here");

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
    }
}
