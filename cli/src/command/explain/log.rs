//! `--log`: a line of the decision log, of this version or an older one.
//!
//! A line has no path, no header and no query: the pattern of the route stands for them, and what they must
//! have said follows from the outcome.

use runtime::printable;
use serde_json::Value;
use shared::authn::SERVICE_ROLE;
use shared::authz::{Matched, Step, TenantLocation};
use shared::denial::{Code, Denial};

use super::asked::{Asked, CONNECT};
use super::caller::{Parts, Supposed};
use super::read;
use super::report::{Change, Outcome, Report};
use super::table::Table;
use crate::exit::CommandError;

/// What of a line counts here; what else it has is passed over.
struct Line<'l> {
    outcome: Outcome,
    code: &'l str,
    reason: &'l str,
    method: Option<&'l str>,
    route: Option<&'l str>,
    parts: Parts<'l>,
    missing: Vec<&'static str>,
}

/// What comes of the request of the line `text`, by `table`.
///
/// # Errors
/// It is no line of an authorizer's decision log.
pub(crate) fn explain(text: &str, table: &Table) -> Result<Report, CommandError> {
    let value = parse(text)?;
    let line = Line::of(&value)?;
    let supposed = Supposed::read(&line.parts).map_err(CommandError::failed)?;
    let asked = line.asked(table);
    let event = asked.event(table.is_simple);
    let request = read(&event)?;
    let by_table = Report::of_decision(&request, supposed.as_ref().map(Supposed::as_caller), table);
    let mut report = line.report(by_table, table);
    let method = line.method.or(line.is_connect().then_some(CONNECT));
    report.method = method.map(printable);
    report.path = line.route.map(printable);
    report.answer = report.answer.filter(|_| line.route.is_some());
    if let Some(caller) = &mut report.caller {
        caller.verified = Some(true);
    }
    if !line.missing.is_empty() {
        report.notes.push(format!("the line has no {}", line.missing.join(", no ")));
    }
    Ok(report)
}

fn parse(text: &str) -> Result<Value, CommandError> {
    let failed = |sentence: &str| CommandError::failed(sentence);
    if text.lines().filter(|line| !line.trim().is_empty()).count() > 1 {
        return Err(failed("that is more than one line of the decision log: give one"));
    }
    // A log service may have put a time before it.
    let json = text.find('{').and_then(|start| text.get(start..)).unwrap_or_default();
    let value: Option<Value> = serde_json::from_str(json).ok();
    value
        .filter(Value::is_object)
        .ok_or_else(|| failed("that is no line of the decision log: it is no JSON object"))
}

impl<'l> Line<'l> {
    fn of(value: &'l Value) -> Result<Self, CommandError> {
        let field = |name: &str| value.get(name).and_then(Value::as_str);
        if field("function").is_some_and(|function| function != "authorizer") {
            return Err(CommandError::failed(
                "that is a line of another function than the authorizer",
            ));
        }
        let outcome = match field("outcome") {
            Some("allow") => Outcome::Allow,
            Some("deny") => Outcome::Deny,
            Some("error") => Outcome::Error,
            Some("ping") => {
                return Err(CommandError::failed("that is a ping: nobody asked for anything"));
            }
            _ => {
                let text = "that is no line of the decision log: it has no `outcome`";
                return Err(CommandError::failed(text));
            }
        };
        let role = field("role");
        let credential = field("credential").or_else(|| match role {
            Some(SERVICE_ROLE) => Some("service-token"),
            Some(_) if field("scopes").is_some() => Some("api-key"),
            _ => None,
        });
        let parts = Parts {
            role: role.filter(|role| *role != SERVICE_ROLE),
            scopes: field("scopes").unwrap_or_default().split_whitespace().collect(),
            credential: credential.filter(|_| role.is_some()),
            tenant: field("tenant").filter(|_| role.is_some()),
        };
        let of_caller = ["credential", "tenant"].into_iter().filter(|_| role.is_some());
        let of_deny = ["reason"].into_iter().filter(|_| outcome != Outcome::Allow);
        let always = ["code"].into_iter();
        let missing = always.chain(of_deny).chain(of_caller).filter(|name| field(name).is_none());
        Ok(Self {
            outcome,
            code: field("code").unwrap_or_default(),
            reason: field("reason").unwrap_or_default(),
            method: field("method"),
            route: field("route"),
            parts,
            missing: missing.collect(),
        })
    }

    fn is_connect(&self) -> bool {
        self.route == Some("$connect")
    }

    /// A request of the line's route. It names the caller's tenant, unless that was the reason.
    fn asked(&self, table: &Table) -> Asked {
        let method = self.method.map(str::to_owned).filter(|_| !self.is_connect());
        let pattern = self.route.unwrap_or("/");
        let own = self.parts.tenant.unwrap_or("tenant");
        let is_mismatch = self.code == Code::TenantMismatch.as_str();
        let another = if own == "another" { "other" } else { "another" };
        let named = if is_mismatch { another } else { own };
        let of_table = table
            .access
            .routes()
            .find(|route| route.pattern() == pattern && route.method() == method.as_deref());
        let Some(route) = of_table else { return Asked::new(method, &sample(pattern, None, "")) };
        let tenant_segment = match route.tenant() {
            TenantLocation::Path(segment) => Some(segment),
            _ => None,
        };
        let mut asked = Asked::new(method, &sample(pattern, tenant_segment, named));
        if !self.reason.contains("names no tenant") {
            name_tenant(&mut asked, &route, named);
        }
        asked
    }

    /// The line's outcome, with what the table says of it; where the two differ, that is said.
    fn report(&self, by_table: Report, table: &Table) -> Report {
        let step = self.step();
        // What an earlier step refuses, or a path that is not in the line, the table cannot tell.
        if self.outcome == by_table.outcome
            && self.code == by_table.code
            && self.is_reason(&by_table)
        {
            return by_table;
        }
        let is_of_table =
            step == Step::Decision && self.parts.role.is_some() || self.outcome == Outcome::Allow;
        let mut notes = Vec::new();
        if is_of_table && self.outcome != Outcome::Error && self.route.is_some() {
            let now = &by_table.code;
            notes.push(format!(
                "by {} it is {now} now: the table has changed, or the request said more than the line",
                table.file
            ));
        }
        let code = Code::ALL.into_iter().find(|code| code.as_str() == self.code);
        Report {
            outcome: self.outcome,
            code: printable(self.code),
            status: code.map(Code::status),
            step,
            reason: printable(match self.reason {
                "" if self.outcome == Outcome::Allow => "the request was let in",
                "" => "the line does not say why",
                reason => reason,
            }),
            changes: self.changes(code, table),
            answer: None,
            notes,
            route: by_table.route.filter(|_| self.route.is_some()),
            ..by_table
        }
    }

    fn is_reason(&self, report: &Report) -> bool {
        self.reason.is_empty() || self.outcome == Outcome::Allow || self.reason == report.reason
    }

    fn step(&self) -> Step {
        let is_of_path = self.reason.starts_with("the path ");
        let is_of_credentials =
            self.reason.contains("at once") || self.reason.contains("two different");
        match self.outcome {
            _ if is_of_path || self.reason.starts_with("API Gateway matched") => Step::Request,
            Outcome::Error => step_of_error(self.code, self.reason),
            Outcome::Deny if self.parts.credential.is_some() => Step::Decision,
            Outcome::Deny if is_of_credentials || self.code == Code::TokenMissing.as_str() => {
                Step::Credential
            }
            Outcome::Deny => Step::Identity,
            Outcome::Allow => Step::Decision,
        }
    }

    fn changes(&self, code: Option<Code>, table: &Table) -> Vec<Change> {
        match (code, self.step()) {
            (None, _) => Vec::new(),
            (_, Step::Request) => vec![Change::spelling()],
            (Some(code), Step::Identity | Step::Credential) if code != Code::TokenMissing => {
                Change::of_denial(&Denial::new(code, self.reason.to_owned()), table)
            }
            _ => Vec::new(),
        }
    }
}

/// A lookup stands before the identity; what is found to be misconfigured shows in the answer, unless its
/// sentence says more.
fn step_of_error(code: &str, reason: &str) -> Step {
    match code {
        "MALFORMED" => Step::Request,
        "UNAVAILABLE" => Step::Identity,
        "MISCONFIGURED" if reason.contains("identity sources: one") => Step::Credential,
        "MISCONFIGURED" if reason.contains("the access table has not") => Step::Decision,
        _ => Step::Response,
    }
}

fn name_tenant(asked: &mut Asked, route: &Matched<'_>, named: &str) {
    match route.tenant() {
        TenantLocation::None | TenantLocation::Path(_) => {}
        TenantLocation::Header(name) => asked.add_header(name, named),
        TenantLocation::Query(name) => asked.add_query(name, named),
        TenantLocation::Host { prefix, suffix } => {
            asked.add_header("host", &format!("{prefix}{named}{suffix}"));
        }
    }
}

/// A path of the route `pattern`, with values that are no literal of a table, and `tenant` in place of the
/// parameter that stands for it.
fn sample(pattern: &str, tenant_parameter: Option<&str>, tenant: &str) -> String {
    let value = |segment: &str| match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
        Some(_) if tenant_parameter == Some(segment) => tenant.to_owned(),
        Some(rest) if rest.ends_with('+') => "~/~".to_owned(),
        Some(_) => "~".to_owned(),
        None => segment.to_owned(),
    };
    pattern.split('/').map(value).collect::<Vec<_>>().join("/")
}
