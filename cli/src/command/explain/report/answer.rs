//! What API Gateway gets, and what it makes of that for as long as it caches it.

use serde::Serialize;
use shared::authz::{Answer, Explanation, Policy, Verdict};
use shared::denial::Code;
use shared::request::{Request, Shape};
use shared::response::{Evaluation, denied_spelling, evaluate};

use super::super::table::Table;
use super::MISCONFIGURED;

/// What API Gateway gets.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct AnswerPart {
    /// What the answer is about: `caller`, `request`, `stage`, `simple`, or `none` for an error.
    pub(super) policy: &'static str,
    /// What it says of this request: `allow`, `explicit-deny`, `no-match` or `error`.
    pub(super) says: &'static str,
    pub(super) sentence: String,
}

const ALLOW: &str = "allow";
const EXPLICIT_DENY: &str = "explicit-deny";
const ERROR: &str = "error";

impl AnswerPart {
    pub(super) fn of(said: &Explanation<'_>, request: &Request<'_>, table: &Table) -> Self {
        let allows = said.verdict == Verdict::Allow;
        let is_thrown = |code: Code| code.status() == 401;
        match said.answer {
            Answer::Error => {
                Self::new("none", ERROR, "an error (5xx), which API Gateway does not cache")
            }
            _ if is_simple(request.shape, table) => simple(said),
            Answer::Stage => match said.verdict {
                Verdict::Deny(code) if is_thrown(code) => Self::unproven(request.shape),
                _ => Self::stage(),
            },
            Answer::Request => match said.verdict {
                Verdict::Deny(code) if is_thrown(code) => Self::unproven(request.shape),
                _ => of_request(allows),
            },
            Answer::Caller(policy) => of_policy(policy, said, request, table),
            Answer::Unproven => {
                let sentence = "`RESPONSE` is `simple`, this API takes policies, and the access table has none \
                                that are proven: the answer is an error, which is not cached";
                Self::new("none", ERROR, sentence)
            }
        }
    }

    /// The answer to a caller whose credential is refused.
    pub(super) fn of_denial(code: Code, shape: Shape, table: &Table) -> Self {
        match code.status() {
            _ if is_simple(shape, table) => Self::new("simple", EXPLICIT_DENY, IS_NOT_AUTHORIZED),
            401 => Self::unproven(shape),
            _ => Self::stage(),
        }
    }

    /// The code of an answer that is an error, as the decision log has it; `None` of any other.
    pub(super) fn error_code(&self) -> Option<&'static str> {
        match (self.says, self.policy) {
            // The policy is there, and says something else than the decision.
            (ERROR, "caller") => Some("ANSWER_DISAGREES"),
            (ERROR, _) => Some(MISCONFIGURED),
            _ => None,
        }
    }

    fn new(policy: &'static str, says: &'static str, sentence: impl Into<String>) -> Self {
        Self { policy, says, sentence: sentence.into() }
    }

    fn stage() -> Self {
        Self::new("stage", EXPLICIT_DENY, "an explicit Deny of every route")
    }

    /// Nobody is proven. What HTTP APIs make of a thrown error is not settled, so they get a Deny.
    fn unproven(shape: Shape) -> Self {
        if shape.is_http_api() {
            return Self::stage();
        }
        let sentence = "the error `Unauthorized` (401), which is not cached; from an HTTP API, and with \
                        `ON_UNAUTHENTICATED=deny`, an explicit Deny of every route";
        Self::new("stage", EXPLICIT_DENY, sentence)
    }
}

const IS_NOT_AUTHORIZED: &str = "`isAuthorized` is false";

/// No other kind of API takes simple answers.
fn is_simple(shape: Shape, table: &Table) -> bool {
    table.is_simple && shape == Shape::Http2
}

fn simple(said: &Explanation<'_>) -> AnswerPart {
    if said.verdict != Verdict::Allow {
        return AnswerPart::new("simple", EXPLICIT_DENY, IS_NOT_AUTHORIZED);
    }
    if !said.is_cached_by_route {
        let sentence = "the answer would be cached for other routes: make method and path identity \
                        sources, or have none and a TTL of 0";
        return AnswerPart::new("simple", ERROR, sentence);
    }
    let sentence = "`isAuthorized` is true, for every route with the same identity sources: right with a TTL \
                    of 0, or with method and path among them";
    AnswerPart::new("simple", ALLOW, sentence)
}

fn of_request(allows: bool) -> AnswerPart {
    let (says, word) =
        if allows { (ALLOW, "an Allow") } else { (EXPLICIT_DENY, "an explicit Deny") };
    let sentence = format!(
        "{word} of this method and path alone: right with a TTL of 0, or with method and path among the \
         identity sources"
    );
    AnswerPart::new("request", says, sentence)
}

/// As the authorizer itself evaluates its answer before it gives it.
fn of_policy(
    policy: Policy<'_>,
    said: &Explanation<'_>,
    request: &Request<'_>,
    table: &Table,
) -> AnswerPart {
    const POLICY: &str = "the caller's policy, the same for every route";
    let arn = &request.arn;
    let tail = format!("{}{}", arn.method().unwrap_or_default(), arn.path());
    let evaluation = evaluate(policy, said.tenant.as_ref(), &tail);
    let allows = said.verdict == Verdict::Allow;
    let error = |what: &str| {
        AnswerPart::new(
            "caller",
            ERROR,
            format!("{what}: the answer is an error, which is not cached"),
        )
    };
    let explicit = |sentence: String| AnswerPart::new("caller", EXPLICIT_DENY, sentence);
    match evaluation {
        Evaluation::Allow if allows => {
            AnswerPart::new("caller", ALLOW, format!("{POLICY}: it allows this request"))
        }
        _ if allows => error("the policy does not allow what was permitted"),
        Evaluation::ExplicitDeny => {
            explicit(format!("{POLICY}: it denies this request explicitly"))
        }
        Evaluation::NoMatch if !table.access.resource_policy_allows() => {
            let sentence = format!(
                "{POLICY}: no statement matches this request, which is a no where the API has no resource \
                 policy"
            );
            AnswerPart::new("caller", "no-match", sentence)
        }
        Evaluation::Allow | Evaluation::NoMatch => match denied_spelling(arn.path()) {
            Some(spelling) => explicit(format!(
                "the caller's policy, and an explicit Deny of every path with `{spelling}`"
            )),
            None if evaluation == Evaluation::Allow => error("the policy allows what was denied"),
            None => error("the policy does not deny what a resource policy may allow"),
        },
    }
}
