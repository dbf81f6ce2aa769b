//! What is shown of a decision: nothing that came with the request but its method and its path.

use local::gateway::{Consulted, Trace, Verdict};
use runtime::printable_within;
use serde::Serialize;
use serde_json::Value;
use shared::time::Timestamp;

use super::super::line::Report;
use super::steps::{Step, steps};
use crate::command::explain;

/// The longest path that is shown, in characters.
const MAX_PATH: usize = 400;
/// The most statements of a policy that are shown; those of a large table are thousands.
const MAX_STATEMENTS: usize = 200;

/// A request that was answered.
pub(in super::super) struct Seen<'s> {
    pub(in super::super) report: &'s Report<'s>,
    pub(in super::super) at: Timestamp,
    /// The mark of the page's own attempt, if it is one.
    pub(in super::super) tried: Option<&'s str>,
}

/// The names of its members are the page's.
#[derive(Serialize)]
struct Decision<'d> {
    id: u64,
    at: u64,
    tried: Option<String>,
    method: String,
    path: String,
    status: u16,
    outcome: &'static str,
    code: Option<&'d str>,
    reason: Option<String>,
    who: Option<String>,
    route: Option<&'d str>,
    authorizer: Option<&'d str>,
    /// `nobody`, `function` or `cache`.
    consulted: &'static str,
    cached_until: Option<u64>,
    microseconds: Option<u64>,
    steps: [Step; 5],
    explained: Option<explain::Report>,
    rule: Option<String>,
    policy: Option<Policy<'d>>,
    notes: Vec<String>,
    /// The line of the decision log.
    line: Option<&'d Value>,
}

/// The authorizer's policy as the gateway evaluates it.
#[derive(Serialize)]
struct Policy<'d> {
    /// `allow`, `explicit-deny` or `no-match`.
    says: &'static str,
    /// The statement that says so, counted from 0.
    by: Option<usize>,
    statements: Vec<&'d Value>,
    /// How many more there are.
    left_out: usize,
}

/// The decision as one line of JSON.
pub(super) fn json(id: u64, seen: &Seen<'_>, table: &explain::Table) -> String {
    let Seen { report, at, tried } = seen;
    let trace = report.trace;
    let is_of_authorizer = report.text_of("function") == Some("authorizer");
    let line = report.decision.filter(|_| is_of_authorizer);
    let explained = line.and_then(|line| explain::of_line(&line.to_string(), table).ok());
    let decision = Decision {
        id,
        at: at.unix_millis(),
        tried: tried.map(|mark| printable_within(mark, 40)),
        method: printable_within(report.method, 20),
        path: printable_within(report.path, MAX_PATH),
        status: report.status,
        outcome: report.outcome(),
        code: report.text_of("code"),
        reason: report.reason(),
        who: report.who(),
        route: trace.route.as_deref(),
        authorizer: trace.authorizer.as_deref(),
        consulted: match trace.consulted {
            Consulted::Nobody => "nobody",
            Consulted::Function => "function",
            Consulted::Cache => "cache",
        },
        cached_until: trace.cached_until.map(Timestamp::unix_millis),
        microseconds: report.microseconds(),
        steps: steps(report, explained.as_ref()),
        rule: explained.as_ref().and_then(explain::Report::rule),
        explained,
        policy: policy(trace),
        notes: trace.notes.iter().map(ToString::to_string).collect(),
        line: report.decision,
    };
    // Every member is text, a number or JSON: there is nothing to fail.
    serde_json::to_string(&decision).unwrap_or_default()
}

fn policy(trace: &Trace) -> Option<Policy<'_>> {
    let (says, by) = match trace.verdict? {
        Verdict::Allow { statement } => ("allow", Some(statement)),
        Verdict::ExplicitDeny { statement } => ("explicit-deny", Some(statement)),
        Verdict::ImplicitDeny => ("no-match", None),
    };
    let all: Vec<&Value> = match trace.policy.as_ref()?.get("Statement")? {
        Value::Array(statements) => statements.iter().collect(),
        one => vec![one],
    };
    let left_out = all.len().saturating_sub(MAX_STATEMENTS);
    let statements = all.into_iter().take(MAX_STATEMENTS).collect();
    Some(Policy { says, by, statements, left_out })
}
