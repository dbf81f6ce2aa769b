//! What comes of a request, why, and in which step.

use std::fmt;

use crate::denial::Code;
use crate::request::PathError;

/// What comes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Allow,
    /// No, with this code.
    Deny(Code),
    /// An error: the closed table does not list what the API has.
    Unlisted,
}

/// A step of the way from a request to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// What is requested?
    Request,
    /// What is presented?
    Credential,
    /// Who is proven by it?
    Identity,
    /// May they?
    Decision,
    /// What does API Gateway get?
    Response,
}

impl Step {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Credential => "credential",
            Self::Identity => "identity",
            Self::Decision => "decision",
            Self::Response => "response",
        }
    }
}

/// `4. decision`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", *self as u8 + 1, self.as_str())
    }
}

/// Why a request is allowed or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The route needs no credential.
    Public,
    /// The caller holds what the route requires.
    Permitted,
    /// Nobody is proven, and the route is not public.
    NoCredential,
    /// The path is not canonical.
    Path(PathError),
    /// API Gateway matched another route of the table than the one that decides.
    AnotherRoute,
    /// No policy can name the request.
    Unnameable,
    /// No user can hold the role.
    UnknownRole,
    /// The tenant id is also a literal of a route.
    ReservedTenant,
    /// The closed table does not list the pair of method and path.
    Unlisted,
    /// The table has no such route.
    NoRoute,
    /// The caller does not hold what the route requires.
    LacksPermission,
    /// The request names another tenant.
    AnotherTenant,
    /// The request names no tenant.
    NoTenant,
}

impl Cause {
    /// The step that settles it.
    #[must_use]
    pub const fn step(self) -> Step {
        match self {
            Self::Path(_) | Self::AnotherRoute | Self::Unnameable => Step::Request,
            Self::NoCredential => Step::Credential,
            _ => Step::Decision,
        }
    }

    /// One sentence; of a denial it is that of the decision log.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Public => "the route needs no credential",
            Self::Permitted => "the caller holds what the route requires",
            Self::NoCredential => "no credential is presented",
            Self::Path(error) => error.as_str(),
            Self::AnotherRoute => "API Gateway matched another route of the access table",
            Self::Unnameable => {
                "no policy can name the request: its ARN is too long, or has a character that is not \
                 ASCII or a pattern to IAM"
            }
            Self::UnknownRole => "the role is not in the access table",
            Self::ReservedTenant => "the tenant id is also a path segment of a route",
            Self::Unlisted => {
                "the API has a route that the access table has not, although the table says \
                 `routes = \"closed\"`"
            }
            Self::NoRoute => "the route is not in the access table",
            Self::LacksPermission => "the role or the scopes lack the permission",
            Self::AnotherTenant => "the request names another tenant",
            Self::NoTenant => "the request names no tenant",
        }
    }

    /// The code that it has for this route by itself. Where the caller may use no route at all, the
    /// verdict's code may be another.
    #[must_use]
    pub const fn code(self, is_known: bool) -> Option<Code> {
        match self.verdict(is_known) {
            Verdict::Deny(code) => Some(code),
            Verdict::Allow | Verdict::Unlisted => None,
        }
    }

    /// What comes of it, unless the caller may use no route at all.
    pub(super) const fn verdict(self, is_known: bool) -> Verdict {
        match self {
            Self::Public | Self::Permitted => Verdict::Allow,
            Self::Unlisted => Verdict::Unlisted,
            _ if !is_known => Verdict::Deny(Code::TokenMissing),
            Self::ReservedTenant | Self::AnotherTenant | Self::NoTenant => {
                Verdict::Deny(Code::TenantMismatch)
            }
            _ => Verdict::Deny(Code::InsufficientRole),
        }
    }
}
