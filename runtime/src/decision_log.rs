//! The decision log: one line of JSON per decision, which is a CloudWatch metric at the same time.
//!
//! The line is in embedded metric format, so CloudWatch takes its metrics from it without a call:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>.
//! A tenant is never a dimension: there may be thousands, and each would be a paid metric.
//!
//! What is never in it: a credential or part of one, the requested path, a header, a query
//! parameter, a `kid` or an API key's id that is not the name of a key that was found.

mod metrics;

use metrics::Metadata;
pub use metrics::MetricsNamespace;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use shared::authn::Identity;
use shared::authz::Matched;
use shared::denial::Denial;
use shared::ids::{DeliveryId, Subject, TenantId};
use shared::request::Request;
use shared::time::Timestamp;
use shared::webhook::{AUTH_METHOD, KnownWebhook, SecretVersion};

use crate::failure::Failure;

/// What a function did with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It said yes.
    Allow,
    /// It said yes to a delivery that was forwarded before, and is not forwarded again.
    Duplicate,
    /// It answered a sender that wanted to see whether the address is ours.
    Handshake,
    /// Nobody asked for anything: a health check, or a schedule that keeps the function warm.
    Ping,
    /// It said no.
    Deny(Denial),
    /// It could not decide, and a sentence says why.
    Error(ErrorCode, String),
}

impl From<&Failure> for Outcome {
    fn from(failure: &Failure) -> Self {
        let code = match failure {
            Failure::Unauthorized | Failure::Unavailable(_) => ErrorCode::Unavailable,
            Failure::Malformed(_) => ErrorCode::Malformed,
            Failure::Misconfigured(_) => ErrorCode::Misconfigured,
            Failure::AnswerDisagrees(_) => ErrorCode::AnswerDisagrees,
            Failure::TargetFailed(_) => ErrorCode::TargetFailed,
            Failure::TooLarge(_) => ErrorCode::TooLarge,
        };
        Self::Error(code, failure.to_string())
    }
}

/// Why a function could not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// The event cannot be read, or is not for this function.
    Malformed,
    /// A lookup, or the call of the target, failed.
    Unavailable,
    /// A setting, a record or a secret of the operator cannot be used.
    Misconfigured,
    /// The answer that was made does not say what was decided.
    AnswerDisagrees,
    /// The target took a delivery and failed.
    TargetFailed,
    /// An answer or an event would be longer than AWS takes.
    TooLarge,
}

impl Outcome {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Allow | Self::Duplicate | Self::Handshake => "allow",
            Self::Ping => "ping",
            Self::Deny(_) => "deny",
            Self::Error(..) => "error",
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Allow => "OK",
            Self::Duplicate => "DUPLICATE",
            Self::Handshake => "HANDSHAKE",
            Self::Ping => "PING",
            Self::Deny(denial) => denial.code.as_str(),
            Self::Error(ErrorCode::Malformed, _) => "MALFORMED",
            Self::Error(ErrorCode::Unavailable, _) => "UNAVAILABLE",
            Self::Error(ErrorCode::Misconfigured, _) => "MISCONFIGURED",
            Self::Error(ErrorCode::AnswerDisagrees, _) => "ANSWER_DISAGREES",
            Self::Error(ErrorCode::TargetFailed, _) => "TARGET_FAILED",
            Self::Error(ErrorCode::TooLarge, _) => "TOO_LARGE",
        }
    }

    /// Whether the caller or sender was let in; `None` where nobody asked.
    const fn allowed(&self) -> Option<bool> {
        match self {
            Self::Allow | Self::Duplicate | Self::Handshake => Some(true),
            Self::Deny(_) | Self::Error(..) => Some(false),
            Self::Ping => None,
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Allow | Self::Duplicate | Self::Handshake | Self::Ping => None,
            Self::Deny(denial) => Some(&denial.reason),
            Self::Error(_, sentence) => Some(sentence),
        }
    }
}

/// What was done with one request, and what is known of it. What is not known is left out of the
/// line.
#[derive(Clone, Debug)]
pub struct Record {
    /// API Gateway's id of the request, where the event has one.
    pub gateway_request_id: Option<Box<str>>,
    /// The shape of the event.
    pub event: Option<&'static str>,
    /// The route of the access table, never the requested path.
    pub route: Option<Route>,
    /// What the steps have found out.
    pub known: Known,
    /// What was done.
    pub outcome: Outcome,
    /// Key sets that were fetched since the last line.
    pub jwks_refreshes: u64,
    /// Fetches of key sets that failed since the last line.
    pub jwks_failures: u64,
}

/// A route of the access table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The HTTP method, if the route has it.
    pub method: Option<&'static str>,
    /// The path as the table has it.
    pub path: Box<str>,
    /// The permission that the route requires, or `public`.
    pub permission: Box<str>,
}

/// What the steps have found out about a request, also where it was ended early.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Who was proven.
    pub identity: Option<Identity>,
    /// Which webhook it is, registered and active.
    pub webhook: Option<KnownWebhook>,
    /// The delivery's id, once it is verified.
    pub delivery: Option<DeliveryId>,
    /// The sender's own id of the delivery, which is not signed.
    pub sender_id: Option<DeliveryId>,
    /// Which version of the webhook's secret verified it.
    pub secret_version: Option<SecretVersion>,
    /// The signing key of a token, once it is known to be one of the issuer's.
    pub kid: Option<Box<str>>,
    /// The public part of an API key that the store knows.
    pub api_key_id: Option<Box<str>>,
    /// Where the signing key came from.
    pub jwks_cache: Option<&'static str>,
}

impl Record {
    /// A record of an event that cannot be read: nothing is known of it.
    #[must_use]
    pub fn unread(failure: &Failure) -> Self {
        Self::of_nothing(failure.into())
    }

    /// A record of a ping.
    #[must_use]
    pub fn ping() -> Self {
        Self::of_nothing(Outcome::Ping)
    }

    fn of_nothing(outcome: Outcome) -> Self {
        Self {
            gateway_request_id: None,
            event: None,
            route: None,
            known: Known::default(),
            outcome,
            jwks_refreshes: 0,
            jwks_failures: 0,
        }
    }

    /// A record of `request`, whose route is `route`, and of what came of it.
    #[must_use]
    pub fn of_request(
        request: &Request<'_>,
        route: Option<&Matched<'_>>,
        known: Known,
        outcome: Outcome,
    ) -> Self {
        let route = route.map(Route::from);
        let gateway_request_id = request.gateway_request_id.as_deref();
        Self { route, ..Self::of_event(request.shape.as_str(), gateway_request_id, known, outcome) }
    }

    /// A record of an event without a route, and of what came of it.
    #[must_use]
    pub fn of_event(
        event: &'static str,
        gateway_request_id: Option<&str>,
        known: Known,
        outcome: Outcome,
    ) -> Self {
        Self {
            gateway_request_id: gateway_request_id.map(Into::into),
            event: Some(event),
            route: None,
            known,
            outcome,
            jwks_refreshes: 0,
            jwks_failures: 0,
        }
    }

    fn subject(&self) -> Option<&Subject> {
        let webhook = self.known.webhook.as_ref().map(KnownWebhook::user_id);
        self.known.identity.as_ref().map(Identity::subject).or(webhook)
    }

    fn tenant(&self) -> Option<&TenantId> {
        let webhook = self.known.webhook.as_ref().map(KnownWebhook::tenant);
        self.known.identity.as_ref().map(Identity::tenant).or(webhook)
    }

    fn credential(&self) -> Option<&'static str> {
        let webhook = self.known.webhook.as_ref().map(|_| AUTH_METHOD);
        self.known.identity.as_ref().map(|identity| identity.kind().as_str()).or(webhook)
    }

    const fn has_jwks_news(&self) -> bool {
        self.jwks_refreshes > 0 || self.jwks_failures > 0
    }

    const fn is_duplicate(&self) -> bool {
        matches!(self.outcome, Outcome::Duplicate)
    }

    const fn disagrees(&self) -> bool {
        matches!(self.outcome, Outcome::Error(ErrorCode::AnswerDisagrees, _))
    }
}

impl From<&Matched<'_>> for Route {
    fn from(route: &Matched<'_>) -> Self {
        Self {
            method: route.method(),
            path: route.pattern().into(),
            permission: match route.permission() {
                Some(permission) => permission.to_string().into(),
                None => "public".into(),
            },
        }
    }
}

/// One line of the log: a record, and the invocation that it belongs to.
#[derive(Clone, Debug)]
pub struct Line<'r> {
    /// Which function decided; the first dimension of every metric.
    pub function: &'static str,
    /// Where its metrics go.
    pub namespace: &'r MetricsNamespace,
    /// When the invocation began.
    pub time: Timestamp,
    /// Lambda's id of the invocation, by which its own log lines call the request.
    pub request_id: &'r str,
    /// How long the decision took.
    pub microseconds: u64,
    /// What was done.
    pub record: &'r Record,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Record { known, route, outcome, .. } = self.record;
        let identity = known.identity.as_ref();
        let webhook = known.webhook.as_ref();
        let mut line = serializer.serialize_struct("Line", 32)?;
        line.serialize_field("_aws", &Metadata(self))?;
        line.serialize_field("function", self.function)?;
        line.serialize_field("outcome", outcome.as_str())?;
        if let Some(allowed) = outcome.allowed() {
            line.serialize_field("allowed", &allowed)?;
        }
        line.serialize_field("code", outcome.code())?;
        macro_rules! optional {
            ($($name:literal: $value:expr),* $(,)?) => {
                $(if let Some(value) = $value { line.serialize_field($name, value)?; })*
            };
        }
        optional! {
            "reason": outcome.reason(),
            "subject": self.record.subject().map(Subject::as_str),
            "tenant": self.record.tenant().map(TenantId::as_str),
            "role": identity.map(Identity::role),
            "scopes": identity.map(Identity::scopes).filter(|text| !text.is_empty()),
            "credential": self.record.credential(),
            "webhook": webhook.map(|webhook| webhook.id().as_str()),
            "scheme": webhook.map(|webhook| webhook.scheme().as_str()),
            "delivery": known.delivery.as_ref().map(DeliveryId::as_str),
            "sender_id": known.sender_id.as_ref().map(DeliveryId::as_str),
            "secret_version": known.secret_version.map(SecretVersion::as_str),
            "event": self.record.event,
            "method": route.as_ref().and_then(|route| route.method),
            "route": route.as_ref().map(|route| &*route.path),
            "permission": route.as_ref().map(|route| &*route.permission),
            "kid": known.kid.as_deref(),
            "api_key_id": known.api_key_id.as_deref(),
            "jwks_cache": known.jwks_cache,
        }
        line.serialize_field("request_id", self.request_id)?;
        optional! { "gateway_request_id": self.record.gateway_request_id.as_deref() }
        line.serialize_field("microseconds", &self.microseconds)?;
        if *outcome != Outcome::Ping {
            line.serialize_field("Decisions", &1)?;
            line.serialize_field("Latency", &self.microseconds)?;
        }
        if self.record.is_duplicate() {
            line.serialize_field("Duplicate", &1)?;
        }
        if self.record.disagrees() {
            line.serialize_field("AnswerDisagrees", &1)?;
        }
        if self.record.has_jwks_news() {
            line.serialize_field("JwksRefreshes", &self.record.jwks_refreshes)?;
            line.serialize_field("JwksFailures", &self.record.jwks_failures)?;
        }
        line.end()
    }
}
