//! The table against an OpenAPI document: the same routes, methods and public routes.

use super::super::import;
use super::Table;
use super::finding::{Code, Findings};
use crate::deployed::paths::{sample, shape};
use crate::openapi::Operation;
use crate::yaml::Node;

pub(super) fn lint(
    file: &str,
    document: &Node,
    operations: &[Operation],
    table: &Table<'_>,
    findings: &mut Findings,
) {
    // A document that says nothing of security does not say that everything is public.
    let has_security =
        document.get("security").is_some() || operations.iter().any(|one| one.says_security);
    for operation in operations {
        let path = import::path(&operation.path);
        let Some(is_public) = needs_none(table, operation, &path, file, findings) else { continue };
        if has_security {
            compare(file, operation, is_public, findings);
        }
    }
    for rule in &table.linted.rules {
        let Some(method) = rule.method else { continue };
        let is_it = |operation: &&Operation| {
            operation.method == method && shape(&import::path(&operation.path)) == shape(&rule.path)
        };
        if !operations.iter().any(|operation| is_it(&operation)) {
            let path = &rule.path;
            findings.add(
                Code::PL202,
                (table.file, rule.line),
                format!("{file} has no operation `{method} {path}`"),
                "remove the method from the table, or add the operation to the document",
            );
        }
    }
}

/// Whether the rule of `operation` is public; `None`, and a finding, if there is no rule.
fn needs_none(
    table: &Table<'_>,
    operation: &Operation,
    path: &str,
    file: &str,
    findings: &mut Findings,
) -> Option<bool> {
    let requested = sample(path);
    let method = operation.method.as_str();
    if let Some(route) = table.access.route(Some(method), &requested) {
        return Some(route.is_public());
    }
    // A preflight is answered by whoever answers CORS.
    if method == "OPTIONS" {
        return None;
    }
    let has_path = table.access.rules().any(|(_, own)| shape(own) == shape(path));
    let (at, path) = ((file, operation.line), &operation.path);
    match has_path {
        true => findings.add(
            Code::PL203,
            at,
            format!("the table does not list `{method}` at `{path}`: every request is refused"),
            "add the method to the route, with the permission that it requires",
        ),
        false => findings.add(
            Code::PL201,
            at,
            format!("the table has no rule for `{method} {path}`: every request is refused"),
            "add a route to the table, with the permission that it requires or `public`",
        ),
    }
    None
}

fn compare(file: &str, operation: &Operation, is_public: bool, findings: &mut Findings) {
    let (at, method, path) = ((file, operation.line), &operation.method, &operation.path);
    match (operation.is_public, is_public) {
        (true, false) => findings.add(
            Code::PL204,
            at,
            format!("`{method} {path}` is public here, and the table requires a permission for it"),
            "write its `security` into the document, or `public` into the table",
        ),
        (false, true) => findings.add(
            Code::PL205,
            at,
            format!("`{method} {path}` is protected here, and public in the table"),
            "write the permission that it requires into the table, or `security: []` into the \
             document",
        ),
        _ => {}
    }
}
