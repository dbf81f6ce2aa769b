//! The decision log: one line of JSON per decision, which is a CloudWatch metric at the same time.
//!
//! The line is in embedded metric format, so CloudWatch takes `Decisions` and `Latency` from it
//! without a call: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
//! A tenant is never a dimension: there may be thousands, and each would be a paid metric.
//!
//! What never stands in it: a credential or part of one, the requested path, a header, a query
//! parameter, a `kid` or an API key's id that is not the name of a key that was found.

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::access::Matched;
use crate::credential::webhook::{DeliveryId, SecretVersion};
use crate::decision::Decision;
use crate::denial::Denial;
use crate::identity::{Identity, KnownWebhook, Subject, TenantId};
use crate::request::Request;
use crate::time::Timestamp;

/// The CloudWatch namespace of every metric.
const NAMESPACE: &str = "Portcullis";

/// What a function did with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It said yes.
    Allow,
    /// It said no.
    Deny(Denial),
    /// It could not tell, and a sentence says why.
    Error(ErrorCode, String),
}

/// Why a function could not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The event is not a question to this function.
    Malformed,
    /// Something that had to be asked could not be asked.
    Unavailable,
    /// What an operator wrote down cannot be used.
    Misconfigured,
    /// The function that a delivery goes to took it and failed.
    TargetFailed,
    /// The answer would be longer than API Gateway takes.
    TooLarge,
}

impl Outcome {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny(_) => "deny",
            Self::Error(..) => "error",
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Allow => "OK",
            Self::Deny(denial) => denial.code.as_str(),
            Self::Error(ErrorCode::Malformed, _) => "MALFORMED",
            Self::Error(ErrorCode::Unavailable, _) => "UNAVAILABLE",
            Self::Error(ErrorCode::Misconfigured, _) => "MISCONFIGURED",
            Self::Error(ErrorCode::TargetFailed, _) => "TARGET_FAILED",
            Self::Error(ErrorCode::TooLarge, _) => "TOO_LARGE",
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Allow => None,
            Self::Deny(denial) => Some(&denial.reason),
            Self::Error(_, sentence) => Some(sentence),
        }
    }
}

/// One decision, filled in step by step. What is not known is left out of the line.
#[derive(Clone, Debug)]
pub struct Record {
    /// Which function decided; the first dimension of every metric.
    pub function: &'static str,
    /// When the request came.
    pub time: Timestamp,
    /// API Gateway's id of the request, or Lambda's where the event has none.
    pub request_id: Option<Box<str>>,
    /// The shape of the event.
    pub event: Option<&'static str>,
    /// The HTTP method, if the route has it.
    pub method: Option<&'static str>,
    /// The route of the access table, never the requested path.
    pub route: Option<Box<str>>,
    /// The permission that the route asks for.
    pub rule: Option<Box<str>>,
    /// Who was proven.
    pub identity: Option<Identity>,
    /// Which webhook it is, registered and active.
    pub webhook: Option<KnownWebhook>,
    /// The delivery's id, once it is verified.
    pub delivery: Option<DeliveryId>,
    /// Which version of the webhook's secret verified it.
    pub secret: Option<SecretVersion>,
    /// The signing key, once it is known to be one of the issuer's, or the public part of an API key
    /// that the store knows.
    pub key_id: Option<Box<str>>,
    /// Where the key came from.
    pub cache: Option<&'static str>,
    /// What was done.
    pub outcome: Outcome,
    /// Key sets that were fetched since the last line.
    pub jwks_refreshes: u64,
    /// Fetches of key sets that failed since the last line.
    pub jwks_failures: u64,
    /// How long the decision took.
    pub microseconds: u64,
}

impl Record {
    /// A record of nothing yet. Until something is decided it stands for an error, so that no
    /// forgotten path looks like a yes.
    #[must_use]
    pub fn new(function: &'static str, time: Timestamp) -> Self {
        Self {
            function,
            time,
            request_id: None,
            event: None,
            method: None,
            route: None,
            rule: None,
            identity: None,
            webhook: None,
            delivery: None,
            secret: None,
            key_id: None,
            cache: None,
            outcome: Outcome::Error(ErrorCode::Unavailable, "nothing was decided".to_owned()),
            jwks_refreshes: 0,
            jwks_failures: 0,
            microseconds: 0,
        }
    }

    /// Step 1 is known: what is asked.
    pub fn asked(&mut self, request: &Request<'_>, route: Option<&Matched<'_>>) {
        self.event = Some(request.shape.as_str());
        if let Some(id) = &request.request_id {
            self.request_id = Some(id.as_ref().into());
        }
        if let Some(route) = route {
            self.method = route.method();
            self.route = Some(route.pattern().into());
            self.rule = Some(match route.permission() {
                Some(permission) => permission.to_string().into(),
                None => "public".into(),
            });
        }
    }

    /// Step 4 is known: what is decided, and for whom.
    pub fn decided(&mut self, decision: Decision<'_>, identity: Option<Identity>) {
        self.identity = identity;
        self.outcome = match decision {
            Decision::Allow(_) => Outcome::Allow,
            Decision::Deny(denial, _) => Outcome::Deny(denial),
        };
    }

    /// Step 1 of a webhook is known: what kind of event it is.
    pub fn asked_by(&mut self, event: &'static str, request_id: Option<&str>) {
        self.event = Some(event);
        if let Some(id) = request_id {
            self.request_id = Some(id.into());
        }
    }

    /// It is a no to a webhook.
    pub fn denied(&mut self, denial: &Denial) {
        self.outcome = Outcome::Deny(denial.clone());
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_struct("Record", 28)?;
        line.serialize_field("_aws", &Metadata(self))?;
        line.serialize_field("function", self.function)?;
        line.serialize_field("outcome", self.outcome.as_str())?;
        line.serialize_field("allowed", &(self.outcome == Outcome::Allow))?;
        line.serialize_field("code", self.outcome.code())?;
        macro_rules! optional {
            ($($name:literal: $value:expr),* $(,)?) => {
                $(if let Some(value) = $value { line.serialize_field($name, value)?; })*
            };
        }
        optional! {
            "reason": self.outcome.reason(),
            "subject": self.subject().map(Subject::as_str),
            "tenant": self.tenant().map(TenantId::as_str),
            "role": self.identity.as_ref().map(Identity::role),
            "scopes": self.identity.as_ref().map(Identity::scopes).filter(|text| !text.is_empty()),
            "credential": self.credential(),
            "webhook": self.webhook.as_ref().map(|webhook| webhook.id().as_str()),
            "scheme": self.webhook.as_ref().map(|webhook| webhook.scheme().as_str()),
            "delivery": self.delivery.as_ref().map(DeliveryId::as_str),
            "secret": self.secret.map(SecretVersion::as_str),
            "event": self.event,
            "method": self.method,
            "route": self.route.as_deref(),
            "rule": self.rule.as_deref(),
            "key_id": self.key_id.as_deref(),
            "cache": self.cache,
            "request_id": self.request_id.as_deref(),
        }
        line.serialize_field("microseconds", &self.microseconds)?;
        line.serialize_field("Decisions", &1)?;
        line.serialize_field("Latency", &self.microseconds)?;
        if self.has_jwks_news() {
            line.serialize_field("JwksRefreshes", &self.jwks_refreshes)?;
            line.serialize_field("JwksFailures", &self.jwks_failures)?;
        }
        line.end()
    }
}

impl Record {
    fn subject(&self) -> Option<&Subject> {
        let webhook = self.webhook.as_ref().map(KnownWebhook::user_id);
        self.identity.as_ref().map(Identity::subject).or(webhook)
    }

    fn tenant(&self) -> Option<&TenantId> {
        let webhook = self.webhook.as_ref().map(KnownWebhook::tenant);
        self.identity.as_ref().map(Identity::tenant).or(webhook)
    }

    fn credential(&self) -> Option<&'static str> {
        let webhook = self.webhook.as_ref().map(|_| "webhook");
        self.identity.as_ref().map(|identity| identity.kind().as_str()).or(webhook)
    }

    const fn has_jwks_news(&self) -> bool {
        self.jwks_refreshes > 0 || self.jwks_failures > 0
    }
}

/// The part that CloudWatch reads: which members of the line are metrics.
struct Metadata<'a>(&'a Record);

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const DECISION: Directive = Directive {
            namespace: NAMESPACE,
            dimensions: [&["function", "outcome", "code"]],
            metrics: &[
                Metric { name: "Decisions", unit: "Count" },
                Metric { name: "Latency", unit: "Microseconds" },
            ],
        };
        const JWKS: Directive = Directive {
            namespace: NAMESPACE,
            dimensions: [&["function"]],
            metrics: &[
                Metric { name: "JwksRefreshes", unit: "Count" },
                Metric { name: "JwksFailures", unit: "Count" },
            ],
        };
        let directives: &[Directive] =
            if self.0.has_jwks_news() { &[DECISION, JWKS] } else { &[DECISION] };
        let mut metadata = serializer.serialize_struct("Metadata", 2)?;
        metadata.serialize_field("Timestamp", &self.0.time.unix_millis())?;
        metadata.serialize_field("CloudWatchMetrics", directives)?;
        metadata.end()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 1],
    metrics: &'static [Metric],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}
