//! What was done with a request, for logs and an inspector.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;
use shared::time::Timestamp;

/// What was done with one request, and what is not known of it. It holds no header, credential or body.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The key of the route that matched.
    pub route: Option<String>,
    /// The name of the route's authorizer.
    pub authorizer: Option<String>,
    /// Where the authorizer's answer came from.
    pub consulted: Consulted,
    /// Until when the answer is cached, if it is.
    pub cached_until: Option<Timestamp>,
    /// The policy document of the authorizer's answer.
    pub policy: Option<Value>,
    /// What that document says of the request.
    pub verdict: Option<Verdict>,
    /// What a simple answer says.
    pub simple: Option<bool>,
    /// What the API's resource policy says of the request.
    pub resource_policy: Option<Verdict>,
    /// Why the gateway answered by itself: one sentence.
    pub reason: Option<Cow<'static, str>>,
    /// Where the gateway refused or assumed something because AWS does not say what it does.
    pub notes: Vec<Note>,
}

/// Where an authorizer's answer came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consulted {
    /// There is no answer: the request was decided before, or the route has no authorizer.
    #[default]
    Nobody,
    /// The authorizer's function was invoked.
    Function,
    /// An earlier answer was used again.
    Cache,
}

/// What a policy says of one request. An explicit Deny outweighs an Allow.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This statement allows it, counted from 0, and none denies it.
    Allow {
        /// The first that does.
        statement: usize,
    },
    /// This statement denies it, counted from 0.
    ExplicitDeny {
        /// The first that does.
        statement: usize,
    },
    /// No statement matches it.
    ImplicitDeny,
}

/// Something that AWS neither documents nor was measured to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What the gateway made of it.
    pub kind: NoteKind,
    /// One sentence.
    pub text: Cow<'static, str>,
}

/// What the gateway makes of something that is not known of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// It lets nothing through.
    Refused,
    /// It goes on with the likely reading, which opens nothing that another reading would close.
    Assumed,
}

impl Note {
    pub(super) fn refused(text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: NoteKind::Refused, text: text.into() }
    }

    pub(super) fn assumed(text: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: NoteKind::Assumed, text: text.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            NoteKind::Refused => "refused",
            NoteKind::Assumed => "assumed",
        };
        write!(f, "{kind}: {}", self.text)
    }
}
