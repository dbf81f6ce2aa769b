//! A report for people: a line for each thing there is to know.

use shared::authz::Step;

use super::parts::{CallerPart, RoutePart, ScopePart};
use super::{Outcome, Report};
use crate::command::explain::asked::CONNECT;
use crate::command::explain::table::Table;

impl Report {
    pub(in super::super) fn text(&self, table: &Table) -> String {
        let outcome = match (self.outcome, self.status) {
            (Outcome::Allow, _) if self.is_unverified() => {
                "allowed, if the token is genuine".to_owned()
            }
            (Outcome::Allow, _) => "allowed".to_owned(),
            (Outcome::Deny, Some(status)) => format!("denied, {} ({status})", self.code),
            (Outcome::Deny, None) => format!("denied, {}", self.code),
            (Outcome::Error, _) => format!("cannot be decided, {} (5xx)", self.code),
        };
        let mut lines = vec![format!("{}: {outcome}", self.name())];
        let mut line = |head: &str, text: &str| lines.push(format!("{head:<8}{text}"));
        line("step", &format!("{}: {}", self.step, self.reason));
        line("rule", &self.rule().unwrap_or_else(|| "none in the access table".to_owned()));
        match &self.caller {
            None if self.is_credential_refused() => {}
            None => line("caller", "nobody: no credential is presented"),
            Some(caller) => {
                line("caller", &who(caller, table));
                line("holds", &holds(caller));
            }
        }
        for change in &self.changes {
            line("change", &change.sentence);
        }
        if let Some(answer) = &self.answer {
            line("answer", &answer.sentence);
        }
        for note in &self.notes {
            line("note", note);
        }
        lines.join("\n") + "\n"
    }

    fn name(&self) -> String {
        match (&self.method, &self.path) {
            (Some(method), Some(path)) => name(method, path),
            _ => "a request that has no route in the table".to_owned(),
        }
    }

    /// The rule that decides, if the table has one.
    pub(crate) fn rule(&self) -> Option<String> {
        self.route.as_ref().map(rule)
    }

    fn is_unverified(&self) -> bool {
        self.caller.as_ref().is_some_and(|caller| caller.verified == Some(false))
    }

    /// Whether a credential was presented that proves nobody.
    fn is_credential_refused(&self) -> bool {
        matches!(self.step, Step::Credential | Step::Identity) && self.code != "TOKEN_MISSING"
    }
}

/// `GET /api/incidents`, or `$connect`.
fn name(method: &str, path: &str) -> String {
    if method == CONNECT { path.to_owned() } else { format!("{method} {path}") }
}

fn rule(route: &RoutePart) -> String {
    let RoutePart { method, path, requires, tenant, file, line } = route;
    let at = line.map_or_else(|| file.clone(), |line| format!("{file}:{line}"));
    let tenant = tenant.as_ref().map_or(String::new(), |at| format!(", of the tenant in {at}"));
    let name = name(method, path);
    match requires.as_str() {
        "public" => format!("{name} is public ({at})"),
        permission => format!("{name} requires {permission}{tenant} ({at})"),
    }
}

fn who(caller: &CallerPart, table: &Table) -> String {
    let mut parts = Vec::new();
    if let Some(role) = &caller.role {
        let at = role.line.map_or("not in the table".to_owned(), |line| table.at(Some(line)));
        parts.push(format!("role {} ({at})", role.name));
    }
    parts.extend(caller.scopes.iter().map(|scope| of_scope(scope, table)));
    parts.push(match (&caller.tenant, caller.tenant_is_supposed) {
        (Some(tenant), false) => format!("tenant {tenant}"),
        (Some(tenant), true) => format!("tenant {tenant}, as the request names it"),
        (None, _) => "any tenant".to_owned(),
    });
    let proof = match caller.verified {
        None => "supposed",
        Some(true) => "verified",
        Some(false) => "not verified",
    };
    format!("{}; {}, {proof}", parts.join(", "), caller.credential)
}

fn of_scope(scope: &ScopePart, table: &Table) -> String {
    let name = &scope.name;
    match (scope.counts, scope.presented_by) {
        (true, _) => format!("scope {name} ({})", table.at(scope.line)),
        (false, Some(other)) => format!("scope {name} (counts for `{other}` alone)"),
        (false, None) => format!("scope {name} (not in the table)"),
    }
}

fn holds(caller: &CallerPart) -> String {
    if caller.permissions.is_empty() { "nothing".to_owned() } else { caller.permissions.join(", ") }
}
