//! What globs can say and what they cannot.

use super::{everywhere, prove, table_of};

/// The policy of role `r`, `-` before what it denies, or the mistakes.
fn policy(rules: &[&str], gateway: &str) -> Result<Vec<String>, Vec<String>> {
    let table = prove(&table_of(rules, gateway))?;
    let policy = table.policy(table.role("r").unwrap(), everywhere(&table));
    let deny = policy.deny().map(|glob| format!("-{glob}"));
    Ok(policy.allow().map(ToString::to_string).chain(deny).collect())
}

#[track_caller]
fn check(rules: &[&str], expected: &[&str]) {
    assert_eq!(policy(rules, "open"), Ok(expected.iter().map(ToString::to_string).collect()));
}

#[track_caller]
fn check_closed(rules: &[&str], expected: &[&str]) {
    assert_eq!(policy(rules, "closed"), Ok(expected.iter().map(ToString::to_string).collect()));
}

/// The table is refused, and the message has this in it.
#[track_caller]
fn check_refused(rules: &[&str], gateway: &str, sentence: &str) {
    let mistakes = policy(rules, gateway).unwrap_err();
    assert!(mistakes.iter().any(|m| m.contains(sentence)), "{mistakes:#?}");
}

#[test]
fn exact_policies() {
    check(&["GET /"], &["GET/"]);
    check(&["GET /a"], &["GET/a"]);
    check(&["GET /a", "POST /a"], &["GET/a", "POST/a"]);
    check(&["GET /a/{x}"], &["GET/a/?*", "-GET/a/*/*"]);
    check(&["POST /a/{x}/b"], &["POST/a/?*/b", "-POST/a/*/*/b"]);
    check(&["GET /a/{x}", "-GET /a/export"], &["GET/a/?*", "-GET/a/*/*", "-GET/a/export"]);
    check(&["GET /a/{x}", "-POST /a/export"], &["GET/a/?*", "-GET/a/*/*", "-GET/a/export"]);
    check(
        &["GET /a/{x}", "GET /a/{x}/{y}"],
        &["GET/a/?*", "-GET/a/*/", "-GET/a/*/*/*", "-GET/a//*"],
    );
    check(&["GET /a/{x+}"], &["GET/a/?*"]);
    check(&["GET /a/{x}", "GET /a/{x+}"], &["GET/a/?*"]);
    check(&["GET /{x}/b", "GET /a/{x}"], &["GET/?*/b", "GET/a/?*", "-GET/*/*/*"]);
    check(
        &["GET /a/{x}", "PATCH /a/{x}/b"],
        &["GET/a/?*", "PATCH/a/?*/b", "-GET/a/*/*", "-PATCH/a/*/*/b"],
    );
    check(&["GET /{x}"], &["GET/?*", "-GET/*/*"]);
    check(&["CONNECT $connect"], &["$connect"]);
    check(&["-CONNECT $connect", "GET /a"], &["GET/a"]);
}

#[test]
fn tenants_in_paths() {
    check(&["GET /t/{tenant}/r"], &["GET/t/{}/r"]);
    check(&["GET /t/{tenant}/{x}"], &["GET/t/{}/?*", "-GET/t/*/*/*"]);
    check(&["GET /t/{tenant}"], &["GET/t/{}"]);
}

#[test]
fn what_no_policy_can_say() {
    let comments = ["GET /a/{x}", "GET /a/{x}/comments"];
    check_refused(
        &comments,
        "open",
        "access.toml:7: no policy can allow role `r` both `GET /a/{x}` and \
         `GET /a/{x}/comments` and refuse `GET /a/x/x`, since a wildcard also matches `/`; give \
         them different methods, rename one of the paths, or let a `{name+}` take all that \
         follows; or, if the API has exactly the table's resources and no catch-all, write \
         `routes = \"closed\"` under `[gateway]`",
    );
    let rest = ["-GET /a/{x}", "GET /a/{x+}"];
    check_refused(&rest, "open", "can allow role `r` `GET /a/{x+}` and refuse `GET /a/x`, since");
    let nested = ["GET /a/{x}/{y}", "-GET /a/{x}/secrets", "GET /a/b/secrets"];
    check_refused(&nested, "closed", "and refuse `GET /a/x/secrets`");
}

#[test]
fn a_closed_api_needs_no_more_than_its_own_routes() {
    check_closed(&["GET /a/{x}", "GET /a/{x}/comments"], &["GET/a/?*"]);
    check_closed(&["GET /a/{x}"], &["GET/a/?*"]);
    check_closed(&["GET /a/{x}", "-GET /a/{x}/secrets"], &["GET/a/?*", "-GET/a/*/secrets"]);
    check_closed(
        &["GET /a/{x}", "GET /a/{x}/b", "-GET /a/{x}/secrets"],
        &["GET/a/?*", "-GET/a/*/secrets"],
    );
}

#[test]
fn methods_set_paths_free() {
    check(
        &["GET /a/{x}", "POST /a/{x}/comments"],
        &["GET/a/?*", "POST/a/?*/comments", "-GET/a/*/*", "-POST/a/*/*/comments"],
    );
}
