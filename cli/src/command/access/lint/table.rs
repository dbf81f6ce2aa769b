//! The table alone: what `access build` says, and what else looks wrong.

use shared::authz::{AccessTable, TableError, TableFindingKind, lint};

use super::Table;
use super::finding::{Code, Findings};

/// What separates a mistake from its remedy in the sentences of the proof.
const HELPS: &str = ". What helps: ";

/// The table, or `None` if it has mistakes that make it unreadable. A table that no policy can express is
/// compared all the same.
pub(super) fn read<'t>(
    file: &'t str,
    source: &str,
    has_template: bool,
    findings: &mut Findings,
) -> Option<Table<'t>> {
    match AccessTable::prove(file, source) {
        Ok(proven) => proven.warnings().iter().for_each(|warning| warn(warning, findings)),
        Err(errors) => errors.iter().for_each(|error| refuse(error, findings)),
    }
    let access = AccessTable::without_policies(file, source).ok()?;
    let linted = lint(source);
    for found in &linted.findings {
        if let Some((code, remedy)) = code(found.kind, has_template) {
            findings.add(code, (file, found.line), &found.text, remedy);
        }
    }
    Some(Table { file, access, linted })
}

fn refuse(error: &TableError, findings: &mut Findings) {
    let (sentence, remedy) = error
        .text
        .split_once(HELPS)
        .unwrap_or((&error.text, "correct it: no function starts with this table"));
    findings.add(Code::PL101, (&error.file, error.line), sentence, remedy);
}

fn warn(warning: &TableError, findings: &mut Findings) {
    let (sentence, remedy) = warning
        .text
        .split_once(HELPS)
        .unwrap_or((&warning.text, "change it, unless it is meant; `access build` says it, too"));
    findings.add(Code::PL102, (&warning.file, warning.line), sentence, remedy);
}

fn code(kind: TableFindingKind, has_template: bool) -> Option<(Code, &'static str)> {
    Some(match kind {
        TableFindingKind::EmptyScope => {
            (Code::PL103, "remove the scope, or add the route that it is for")
        }
        TableFindingKind::UselessScope => (Code::PL104, "grant it to a role, or remove the scope"),
        TableFindingKind::EqualRoles => {
            (Code::PL105, "make one role of the two, or say what tells them apart")
        }
        TableFindingKind::PublicOverlap => (
            Code::PL106,
            "list the paths that both match as a route of their own, protected, or choose paths \
             that do not overlap",
        ),
        // A template says whether the answer is cached at all.
        TableFindingKind::TenantOutsidePath if has_template => return None,
        TableFindingKind::TenantOutsidePath => (
            Code::PL107,
            "set the TTL of the authorizer to 0, and check it with `--template`; or put the tenant \
             into the path",
        ),
        TableFindingKind::UnheldPermission => {
            (Code::PL108, "grant it to a role, or remove the method from the route")
        }
    })
}
