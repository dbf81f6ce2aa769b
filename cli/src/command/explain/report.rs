//! What is said of a request: the same for people and for programs.

mod answer;
mod changes;
mod parts;
mod text;

pub(super) use answer::AnswerPart;
pub(super) use changes::Change;
pub(super) use parts::{CallerPart, RoutePart};
use runtime::printable;
use serde::Serialize;
use shared::authz::{Caller, Explanation, Step, Verdict, explain};
use shared::denial::Denial;
use shared::request::Request;

use super::asked::CONNECT;
use super::table::Table;
use crate::exit::Exit;

/// The code of a request that could not be decided, as the decision log has it.
const MISCONFIGURED: &str = "MISCONFIGURED";

/// What is said of a request. The names of its members are interface.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// `null` where a line of the decision log has no route.
    pub(super) method: Option<String>,
    /// As it is requested; of a line of the decision log, the route's.
    pub(super) path: Option<String>,
    pub(crate) outcome: Outcome,
    /// As in the decision log.
    pub(crate) code: String,
    /// What the caller gets for the code.
    pub(super) status: Option<u16>,
    /// Which step settles it.
    #[serde(serialize_with = "as_word")]
    pub(super) step: Step,
    pub(crate) reason: String,
    pub(super) route: Option<RoutePart>,
    /// `null` where nobody is supposed or proven.
    pub(super) caller: Option<CallerPart>,
    /// What would have to change.
    pub(super) changes: Vec<Change>,
    /// What API Gateway gets, and caches.
    pub(super) answer: Option<AnswerPart>,
    pub(super) notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    Allow,
    Deny,
    Error,
}

impl Outcome {
    pub(crate) const fn exit(self) -> Exit {
        match self {
            Self::Allow => Exit::Done,
            Self::Deny => Exit::Refused,
            Self::Error => Exit::Failed,
        }
    }
}

impl Report {
    /// The step that settles it.
    pub(crate) const fn step(&self) -> Step {
        self.step
    }

    /// What comes of `request` for `caller`.
    pub(crate) fn of_decision(
        request: &Request<'_>,
        caller: Option<Caller<'_>>,
        table: &Table,
    ) -> Self {
        let route = table.access.route(request.arn.method(), request.arn.path());
        let said = explain(request, route, caller, &table.access);
        let answer = AnswerPart::of(&said, request, table);
        let caller = caller.map(|caller| CallerPart::of(caller, &said, table));
        let changes = said.remedies.iter().map(|remedy| Change::of(remedy, table)).collect();
        let plain = Self::about(request, said.cause.step(), said.cause.reason(), table);
        let plain = Self { caller, changes, ..plain };
        let code = answer.error_code().filter(|_| said.verdict != Verdict::Unlisted);
        if let Some(code) = code.map(str::to_owned) {
            let reason = answer.sentence.clone();
            return Self { code, reason, step: Step::Response, answer: Some(answer), ..plain };
        }
        let (outcome, code, status) = match said.verdict {
            Verdict::Allow => (Outcome::Allow, "OK", None),
            Verdict::Deny(code) => (Outcome::Deny, code.as_str(), Some(code.status())),
            Verdict::Unlisted => (Outcome::Error, MISCONFIGURED, None),
        };
        let notes = note_on_code(&said).into_iter().collect();
        Self { outcome, code: code.to_owned(), status, answer: Some(answer), notes, ..plain }
    }

    /// What comes of a request whose credential is refused in an earlier step.
    pub(super) fn of_denial(
        request: &Request<'_>,
        step: Step,
        denial: &Denial,
        table: &Table,
    ) -> Self {
        Self {
            outcome: Outcome::Deny,
            code: denial.code.as_str().to_owned(),
            status: Some(denial.code.status()),
            changes: Change::of_denial(denial, table),
            answer: Some(AnswerPart::of_denial(denial.code, request.shape, table)),
            ..Self::about(request, step, &denial.reason, table)
        }
    }

    /// An error of which only the reason is known.
    pub(super) fn about(request: &Request<'_>, step: Step, reason: &str, table: &Table) -> Self {
        let route = table.access.route(request.arn.method(), request.arn.path());
        Self {
            method: Some(printable(request.arn.method().unwrap_or(CONNECT))),
            path: Some(printable(request.arn.path())),
            outcome: Outcome::Error,
            code: MISCONFIGURED.to_owned(),
            status: None,
            step,
            reason: printable(reason),
            route: route.map(|route| RoutePart::of(&route, table)),
            caller: None,
            changes: Vec::new(),
            answer: None,
            notes: Vec::new(),
        }
    }
}

/// The code of a caller who may use no route is the same for all of them.
fn note_on_code(said: &Explanation<'_>) -> Option<String> {
    let of_cause = said.cause.code(said.holdings.is_of_somebody())?;
    let Verdict::Deny(code) = said.verdict else { return None };
    (code != of_cause).then(|| {
        format!(
            "the code is {code} and not {of_cause}: for want of its tenant this request may use no route at \
             all, and the answer is cached for every route"
        )
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn as_word<S: serde::Serializer>(step: &Step, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(step.as_str())
}
