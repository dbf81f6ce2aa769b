//! The default table, spelled out: who may do what, and the policies that say so.

use std::fmt::Write as _;

use shared::authz::{AccessTable, Grants};

use super::{Sent, acme, default_table, everywhere, table_says};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Compares `actual` with a golden file; `UPDATE_GOLDEN=1` writes it.
#[expect(clippy::disallowed_methods, reason = "asks whoever runs the test, not the program")]
pub(super) fn check(name: &str, actual: &str) {
    let path = format!("{}/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(golden, actual, "{name} differs: if that is meant, run with UPDATE_GOLDEN=1");
}

fn callers(table: &AccessTable) -> Vec<(String, Grants)> {
    let mut callers = vec![("anonymous".to_owned(), table.anonymous())];
    callers.extend(table.roles().map(|(name, grants)| (name.to_owned(), grants)));
    for scope in ["stackflow/api.read", "stackflow/api.write"] {
        callers.push((scope.to_owned(), table.token_scopes([scope])));
    }
    callers
}

/// A path of the pattern, with the tenant `acme` in its place.
pub(super) fn sample(pattern: &str) -> String {
    pattern.replace("{tenant}", "acme").replace("{id}", "42").replace("{page+}", "how/to")
}

#[test]
fn matrix_of_roles_methods_and_routes() {
    let table = default_table();
    let callers = callers(&table);
    let mut text = format!("{:<42}", "");
    for (name, _) in &callers {
        write!(text, "  {name}").unwrap();
    }
    for (verb, pattern) in table.rules() {
        write!(text, "\n{:<7} {pattern:<34}", verb.unwrap_or("")).unwrap();
        let path = sample(pattern);
        let matched = table.route(verb, &path).unwrap();
        for (name, grants) in &callers {
            let may = if table.permits(*grants, &matched) { "yes" } else { "-" };
            write!(text, "  {may:<width$}", width = name.len()).unwrap();
        }
    }
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    check("access-matrix.txt", &(lines.join("\n") + "\n"));
}

#[test]
fn policies_of_the_roles() {
    let table = default_table();
    let mut text = String::new();
    for (name, grants) in callers(&table) {
        writeln!(text, "{name}").unwrap();
        let policy = table.policy(grants, everywhere(&table));
        for glob in policy.allow() {
            writeln!(text, "  allow {glob}").unwrap();
        }
        for glob in policy.deny() {
            writeln!(text, "  deny  {glob}").unwrap();
        }
    }
    check("access-policies.txt", &text);
}

/// Every role, with a tenant and without, every method, every route and every way we know to
/// miss it: two evaluators of the policy agree with the table. IAM has no way to write a control
/// character: the decision alone refuses it.
#[test]
fn policies_say_what_the_table_says() {
    let table = default_table();
    let tenant = acme();
    let mut patterns: Vec<_> = table.rules().map(|(_, pattern)| pattern).collect();
    patterns.dedup();
    for (name, grants) in callers(&table) {
        for tenant in [None, Some(&tenant)] {
            let sent = Sent::new(table.policy(grants, everywhere(&table)), tenant);
            let evaluate = sent.evaluator();
            for pattern in patterns.iter().filter(|pattern| pattern.starts_with('/')) {
                for (nth, path) in ways_to_miss(&sample(pattern)).into_iter().enumerate() {
                    for verb in METHODS {
                        let expected = table_says(&table, grants, tenant, verb, &path);
                        let tail = format!("{verb}{path}");
                        if path.contains('\n') {
                            assert!(!expected, "{name}, {tenant:?}: {tail:?}");
                            continue;
                        }
                        assert_eq!(sent.says(&tail), expected, "{name}, {tenant:?}: {tail:?}");
                        // It is slow: the path itself and the plainest ways to miss it.
                        if nth < 4 && tenant.is_some() {
                            assert_eq!(evaluate(&tail), expected, "{name}, {tenant:?}: {tail:?}");
                        }
                    }
                }
            }
            for tail in [
                "GET",
                "GET/",
                "get/health",
                "CONNECT/$connect",
                "$connect",
                "$connect/",
                "/health",
                "",
            ] {
                assert!(!sent.says(tail), "{name}: {tail}");
            }
        }
    }
}

fn ways_to_miss(path: &str) -> Vec<String> {
    let mut paths = vec![
        path.to_owned(),
        format!("{path}/"),
        format!("{path}/secrets"),
        format!("{path}/1/secrets"),
        format!("/{path}"),
        format!("{path}\n"),
        format!("{path}\nx/y"),
        format!("{path}*"),
        format!("{path}?"),
        format!("{path}%2Fsecrets"),
        format!("{path}/../secrets"),
        format!("{path}\\secrets"),
        path.to_uppercase(),
        path.replace("42", ""),
        path.replace("42", "*"),
        path.replace("42", "?"),
        path.replace("42", "é"),
        path.replace("42", "1:2"),
        path.replace("acme", "globex"),
        path.replace("acme", ""),
        path.replace("acme", "acme/x"),
    ];
    for (at, _) in path.match_indices('/') {
        let (before, after) = path.split_at(at);
        paths.push(format!("{before}/{after}"));
        paths.push(format!("{before}/x{after}"));
    }
    paths
}

#[test]
fn policies_stay_small() {
    let table = default_table();
    for (name, grants) in callers(&table) {
        let sent = Sent::new(table.policy(grants, everywhere(&table)), Some(&acme()));
        let size: usize = sent.allow.iter().chain(&sent.deny).map(|r| r.len() + 3).sum();
        assert!(size < 8192, "{name}: {size}");
    }
    assert!(table.warnings().is_empty(), "{:?}", table.warnings());
}

/// What the compiler makes of the table. The first line has the hashes of what made it.
#[test]
fn compiled_table() {
    let compiled = default_table().to_compiled();
    let (_, body) = compiled.split_once('\n').unwrap();
    check("access.toml.compiled", body);
}
