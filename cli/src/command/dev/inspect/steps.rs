//! The five steps of a decision, as far as it came.

use local::gateway::{Consulted, Verdict};
use serde::Serialize;
use shared::authz;

use super::super::line::Report;
use crate::command::explain;

const NAMES: [&str; 5] = ["request", "credential", "identity", "decision", "response"];

/// One step.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Step {
    name: &'static str,
    state: State,
    says: String,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// It was gone through.
    Passed,
    /// It settled what comes of the request.
    Settled,
    /// An earlier request went through it, and API Gateway kept the answer.
    Cached,
    /// It was not come to.
    Skipped,
}

/// The steps of the request that `report` is about; `explained` is what the access table says of it.
pub(super) fn steps(report: &Report<'_>, explained: Option<&explain::Report>) -> [Step; 5] {
    let trace = report.trace;
    match trace.consulted {
        Consulted::Cache => {
            let says = ["the answer to an earlier request with the same identity sources"; 3];
            let [credential, identity, decision] = says.map(str::to_owned);
            filled([
                (State::Passed, request(report)),
                (State::Cached, credential),
                (State::Cached, identity),
                (State::Cached, decision),
                (State::Settled, response(report)),
            ])
        }
        Consulted::Nobody => {
            let says = report.reason().unwrap_or_else(|| "the route has no authorizer".to_owned());
            let nothing = || (State::Skipped, String::new());
            let says = (State::Settled, format!("{}; {says}", request(report)));
            filled([says, nothing(), nothing(), nothing(), nothing()])
        }
        Consulted::Function => asked(report, settled(report, explained)),
    }
}

/// The steps of a request about which the function was asked. `settled` is the place of the step that decided.
fn asked(report: &Report<'_>, settled: usize) -> [Step; 5] {
    let texts =
        [request(report), credential(report), identity(report), decision(report), response(report)];
    let mut at = 0;
    filled(texts.map(|says| {
        let step = at;
        at += 1;
        match step {
            // Whatever was decided, API Gateway got an answer.
            _ if step == settled => (State::Settled, with_reason(step, &says, report)),
            4 => (State::Passed, says),
            // The log does not say of a refused credential what it was.
            1 if step < settled && says.is_empty() => (State::Passed, "presented".to_owned()),
            _ if step < settled => (State::Passed, says),
            _ => (State::Skipped, String::new()),
        }
    }))
}

fn filled(steps: [(State, String); 5]) -> [Step; 5] {
    let mut names = NAMES.into_iter();
    steps.map(|(state, says)| Step { name: names.next().unwrap_or_default(), state, says })
}

/// The place of the step that settled what the function answered; the last, where the gateway made
/// something else of the answer.
fn settled(report: &Report<'_>, explained: Option<&explain::Report>) -> usize {
    let function = report.text_of("outcome");
    let gateway = if report.is_let_through { "allow" } else { "deny" };
    if function == Some("allow") && gateway != "allow" {
        return 4;
    }
    if let Some(explained) = explained {
        return place(explained.step());
    }
    place(match report.text_of("code").unwrap_or_default() {
        "MALFORMED" | "TOO_LARGE" => authz::Step::Request,
        "OK" | "DUPLICATE" | "HANDSHAKE" => authz::Step::Decision,
        "TARGET_FAILED" | "ANSWER_DISAGREES" => authz::Step::Response,
        _ => authz::Step::Identity,
    })
}

const fn place(step: authz::Step) -> usize {
    step as usize
}

fn with_reason(step: usize, says: &str, report: &Report<'_>) -> String {
    let Some(reason) = report.reason().filter(|_| step != 4) else { return says.to_owned() };
    if says.is_empty() { reason } else { format!("{says}; {reason}") }
}

fn request(report: &Report<'_>) -> String {
    match &report.trace.route {
        Some(route) => format!("route {route}"),
        None => "no route of the API".to_owned(),
    }
}

fn credential(report: &Report<'_>) -> String {
    let presented = report.text_of("credential").or(report.text_of("webhook").map(|_| "webhook"));
    presented.unwrap_or_default().to_owned()
}

fn identity(report: &Report<'_>) -> String {
    report.who().unwrap_or_default()
}

fn decision(report: &Report<'_>) -> String {
    let is_allowed = report.text_of("outcome") == Some("allow");
    match (report.text_of("permission"), report.text_of("code")) {
        (Some("public"), _) => "the route is public".to_owned(),
        (Some(permission), _) if is_allowed => {
            format!("needs {permission}, which the caller holds")
        }
        (Some(permission), _) => format!("needs {permission}"),
        (None, Some("OK")) => "the delivery is verified".to_owned(),
        (None, Some("DUPLICATE")) => "the delivery was forwarded before".to_owned(),
        (None, Some("HANDSHAKE")) => "the sender saw that the address is ours".to_owned(),
        (None, _) => String::new(),
    }
}

/// What API Gateway got, and made of it.
fn response(report: &Report<'_>) -> String {
    let trace = report.trace;
    let number = |statement: usize| statement + 1;
    let said = match (trace.verdict, trace.simple) {
        (Some(Verdict::Allow { statement }), _) => {
            format!("statement {} of the policy allows the request", number(statement))
        }
        (Some(Verdict::ExplicitDeny { statement }), _) => {
            format!("statement {} of the policy denies the request", number(statement))
        }
        (Some(Verdict::ImplicitDeny), _) => {
            "no statement of the policy matches the request".to_owned()
        }
        (None, Some(true)) => "the simple answer is yes".to_owned(),
        (None, Some(false)) => "the simple answer is no".to_owned(),
        (None, None) => trace.reason.clone().unwrap_or_default().into_owned(),
    };
    format!("{said}; the client got {}", report.status)
}

#[cfg(test)]
mod tests {
    use local::gateway::{Consulted, Trace, Verdict};
    use serde_json::{Value, json};

    use super::{State, steps};
    use crate::command::dev::line::Report;

    #[track_caller]
    fn check(
        trace: &Trace,
        line: Option<&Value>,
        is_let_through: bool,
        expected: [(State, &str); 5],
    ) {
        let report = Report {
            method: "GET",
            path: "/a",
            status: if is_let_through { 200 } else { 403 },
            is_let_through,
            trace,
            decision: line,
            color: false,
        };
        let steps = steps(&report, None);
        let said = steps.each_ref().map(|step| (step.state, step.says.as_str()));
        assert_eq!(said, expected);
    }

    fn trace(consulted: Consulted) -> Trace {
        Trace { route: Some("GET /a".to_owned()), consulted, ..Trace::default() }
    }

    const SKIPPED: (State, &str) = (State::Skipped, "");

    #[test]
    fn a_request_that_nobody_is_asked_about() {
        let open = (State::Settled, "route GET /a; the route has no authorizer");
        check(&trace(Consulted::Nobody), None, true, [open, SKIPPED, SKIPPED, SKIPPED, SKIPPED]);
        let unknown =
            Trace { reason: Some("the API has no such route".into()), ..Trace::default() };
        let settled = (State::Settled, "no route of the API; the API has no such route");
        check(&unknown, None, false, [settled, SKIPPED, SKIPPED, SKIPPED, SKIPPED]);
    }

    #[test]
    fn an_answer_that_is_cached() {
        let verdict = Some(Verdict::Allow { statement: 0 });
        let cached =
            (State::Cached, "the answer to an earlier request with the same identity sources");
        let settled = "statement 1 of the policy allows the request; the client got 200";
        check(
            &Trace { verdict, ..trace(Consulted::Cache) },
            None,
            true,
            [(State::Passed, "route GET /a"), cached, cached, cached, (State::Settled, settled)],
        );
    }

    #[test]
    fn a_credential_that_is_refused() {
        let reason = "the authorizer failed with the error `Unauthorized`";
        let trace = Trace { reason: Some(reason.into()), ..trace(Consulted::Function) };
        let said = "the authorizer failed with the error `Unauthorized`; the client got 403";
        let line = |code: &str, reason: &str| json!({ "function": "authorizer", "outcome": "deny", "code": code, "reason": reason });
        check(
            &trace,
            Some(&line("TOKEN_EXPIRED", "claim `exp` has passed")),
            false,
            [
                (State::Passed, "route GET /a"),
                (State::Passed, "presented"),
                (State::Settled, "claim `exp` has passed"),
                SKIPPED,
                (State::Passed, said),
            ],
        );
    }

    #[test]
    fn a_delivery() {
        let verdict = Some(Verdict::ExplicitDeny { statement: 1 });
        let line = json!({
            "function": "webhook-authorizer",
            "outcome": "deny",
            "code": "SIGNATURE_INVALID",
            "reason": "the signature is wrong",
            "webhook": "wh_1",
        });
        check(
            &Trace { verdict, ..trace(Consulted::Function) },
            Some(&line),
            false,
            [
                (State::Passed, "route GET /a"),
                (State::Passed, "webhook"),
                (State::Settled, "the signature is wrong"),
                SKIPPED,
                (State::Passed, "statement 2 of the policy denies the request; the client got 403"),
            ],
        );
    }

    #[test]
    fn an_allow_that_the_gateway_does_not_take() {
        let line = json!({
            "function": "authorizer", "outcome": "allow", "code": "OK", "credential": "id-token",
            "subject": "ada", "role": "viewer", "tenant": "acme", "permission": "read:itsm",
        });
        let reason = "no statement of the authorizer's policy matches the request";
        let verdict = Some(Verdict::ImplicitDeny);
        let trace = Trace { verdict, reason: Some(reason.into()), ..trace(Consulted::Function) };
        check(
            &trace,
            Some(&line),
            false,
            [
                (State::Passed, "route GET /a"),
                (State::Passed, "id-token"),
                (State::Passed, "ada (viewer of acme)"),
                (State::Passed, "needs read:itsm, which the caller holds"),
                (
                    State::Settled,
                    "no statement of the policy matches the request; the client got 403",
                ),
            ],
        );
    }
}
