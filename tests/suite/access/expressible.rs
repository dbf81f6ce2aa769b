//! What globs can say and what they cannot.

use super::{everywhere, prove, table_of, table_with};

/// The policy of role `r`, `-` before what it denies, or the mistakes. What every policy with wildcards
/// denies is left out: it has no verb.
fn policy(source: &str) -> Result<Vec<String>, Vec<String>> {
    let table = prove(source)?;
    let policy = table.policy(table.role("r").unwrap(), everywhere(&table));
    let deny = policy.deny().map(|glob| format!("-{glob}"));
    let deny = deny.filter(|glob| !glob.starts_with("-*"));
    Ok(policy.allow().map(|glob| glob.to_string()).chain(deny).collect())
}

#[track_caller]
fn check_source(source: &str, expected: &[&str]) {
    assert_eq!(policy(source), Ok(expected.iter().map(ToString::to_string).collect()));
}

#[track_caller]
fn check(rules: &[&str], expected: &[&str]) {
    check_source(&table_of(rules, "open"), expected);
}

#[track_caller]
fn check_closed(rules: &[&str], expected: &[&str]) {
    check_source(&table_of(rules, "closed"), expected);
}

/// In front of an API with a resource policy that allows.
#[track_caller]
fn check_allows(rules: &[&str], expected: &[&str]) {
    check_source(&table_with(rules, "closed", "allows"), expected);
}

/// The table is refused for this, and no more.
#[track_caller]
fn check_refused(source: &str, expected: &[&str]) {
    let expected: Vec<_> = expected.iter().map(|text| format!("access.toml:{text}")).collect();
    assert_eq!(policy(source), Err(expected));
}

#[test]
fn exact_policies() {
    check(&["GET /"], &["GET/"]);
    check(&["GET /a"], &["GET/a"]);
    check(&["GET /a", "POST /a"], &["GET/a", "POST/a"]);
    check(&["GET /a/{x}"], &["GET/a/?*", "-GET/*/*/*"]);
    check(&["POST /a/{x}/b"], &["POST/a/?*/b", "-POST/*/*/*/*"]);
    check(&["GET /a/{x}", "-GET /a/export"], &["GET/a/?*", "-GET/*/*/*", "-GET/*/export"]);
    check(
        &["GET /a/{x}", "-POST /a/export"],
        &["GET/a/?*", "-GET/*/*/*", "-GET/*/export", "-POST/*"],
    );
    check(&["GET /a/{x}", "GET /a/{x}/{y}"], &["GET/a/?*", "-GET/*/*/*/*"]);
    check(&["GET /a/{x+}"], &["GET/a/?*"]);
    check(&["GET /a/{x}", "GET /a/{x+}"], &["GET/a/?*"]);
    check(&["GET /{x}/b", "GET /a/{x}"], &["GET/?*/b", "GET/a/?*", "-GET/*/*/*"]);
    check(
        &["GET /a/{x}", "PATCH /a/{x}/b"],
        &["GET/a/?*", "PATCH/a/?*/b", "-GET/*/*/*", "-PATCH/*/*/*/*"],
    );
    check(&["GET /{x}"], &["GET/?*", "-GET/*/*"]);
    check(&["GET /a", "-GET /", "-GET /b"], &["GET/a", "-GET/", "-GET/b"]);
    check(&["GET /", "-GET /a", "-GET /{x}/b"], &["GET/", "-GET/?*"]);
    check(&["GET /a", "-POST /", "-POST /b"], &["GET/a", "-POST/*"]);
    // What opens a WebSocket is in no policy: its answer says nothing else.
    check(&["CONNECT $connect", "GET /a"], &["GET/a"]);
    check(&["-CONNECT $connect", "GET /a"], &["GET/a"]);
}

#[test]
fn tenants_in_paths() {
    check(&["GET /t/{tenant}/r"], &["GET/t/{}/r"]);
    check(&["GET /t/{tenant}/{x}"], &["GET/t/{}/?*", "-GET/*/*/*/*"]);
    check(&["GET /t/{tenant}"], &["GET/t/{}"]);
    check(&["GET /t/{tenant}", "-GET /u/{tenant}"], &["GET/t/{}", "-GET/u/*"]);
}

/// What a method's route does not have, a route that ends in `{name+}` leaves to it.
#[test]
fn a_rest_beside_more_specific_routes() {
    check_closed(&["-GET /a/{x}", "GET /a/{x+}"], &["GET/a/?*/?*"]);
    check_closed(&["POST /a/{x}", "GET /a/{x+}"], &["GET/a/?*/?*", "POST/a/?*"]);
    check_closed(
        &["-GET /a/{x}/{y}", "-GET /a/{x}", "GET /a/{x+}", "GET /b"],
        &["GET/a/?*/?*/?*", "GET/b"],
    );
    check(&["-GET /{x}", "GET /a/{x+}"], &["GET/a/?*"]);
}

/// A Deny of the longest paths meets paths of a greedy route that are longer still.
#[test]
fn a_deny_that_meets_a_longer_path() {
    check(&["POST /a/a/a/{rest+}", "-POST /{x}/b/{rest+}"], &["POST/a/a/a/?*"]);
}

#[test]
fn what_no_policy_can_say() {
    const REQUEST: &str = "`policy = \"request\"`, with a TTL of 0 or with method and path among the \
                           identity sources";
    const CLOSED: &str = "`routes = \"closed\"`, if the API has exactly the methods of this table";
    const NONE: &str = "`resource_policy = \"none\"`, if the API has no resource policy";
    let comments = ["GET /a/{x}", "GET /a/{x}/comments"];
    check_refused(
        &table_of(&comments, "open"),
        &[&format!(
            "9: no policy can allow role `r` both `GET /a/{{x}}` and `GET /a/{{x}}/comments` and refuse \
             `GET /a/x/x`, since a wildcard also matches `/`: a Deny would refuse `GET /a/x/comments`, \
             too. What helps: write `/a/{{x+}}` in place of `/a/{{x}}`, if all of that may be allowed; or \
             {CLOSED}; or {REQUEST}"
        )],
    );
    let nested = ["GET /a/{x}/{y}", "-GET /a/{x}/secrets", "GET /a/b/secrets"];
    check_refused(
        &table_of(&nested, "closed"),
        &[&format!(
            "15: no policy can allow role `r` both `GET /a/{{x}}/{{y}}` and `GET /a/b/secrets` and refuse \
             `GET /a/x/secrets`, since a wildcard also matches `/`: a Deny would refuse \
             `GET /a/b/secrets`, too. What helps: {REQUEST}"
        )],
    );
    // Beside what a resource policy may allow, it must be denied by name.
    let me = ["GET /users/me", "-GET /users/{id}"];
    check_closed(&me, &["GET/users/me"]);
    check_refused(
        &table_with(&me, "closed", "allows"),
        &[&format!(
            "9: no policy can deny role `r` `GET /users/x` by name and allow `GET /users/me` of \
             `GET /users/me`, since a wildcard matches both. What helps: {NONE}; or {REQUEST}"
        )],
    );
    let own = ["GET /t/{tenant}/r"];
    check_refused(
        &table_with(&own, "closed", "allows"),
        &[&format!(
            "9: no policy can deny role `r` `GET /t/x/r` by name and allow `GET /t/{{tenant}}/r`, since \
             the tenants are not known. What helps: {NONE}; or {REQUEST}"
        )],
    );
    check_refused(
        &table_with(&["GET /a"], "open", "allows"),
        &[&format!(
            "2: with `resource_policy = \"allows\"` a policy must deny by name whatever it does not \
             allow, and an open table does not name it: `GET /x` may be a route of the API. What helps: \
             {CLOSED}; or {REQUEST}"
        )],
    );
}

/// Every problem is told, once, with all whom it concerns, and beside other mistakes.
#[test]
fn all_problems_in_one_round() {
    let rules = ["GET /a/{x}", "GET /a/{x}/c", "POST /b/{x}", "POST /b/{x}/c", "-PUT /d"];
    let source = table_of(&rules, "open")
        .replace("modules = [\"m\"]", "modules = [\"m\", \"unused\"]")
        + "[roles.s]\ngrants = [\"read:m\", \"write:m\"]\n";
    let mistakes = policy(&source).unwrap_err();
    let starts: Vec<_> =
        mistakes.iter().map(|m| m.split_once(", since").map_or(m.as_str(), |(m, _)| m)).collect();
    assert_eq!(
        starts,
        [
            "access.toml:1: module `unused` is used by no route",
            "access.toml:9: no policy can allow role `r` (and one more caller) both `GET /a/{x}` and \
             `GET /a/{x}/c` and refuse `GET /a/x/x`",
            "access.toml:15: no policy can allow role `r` (and one more caller) both `POST /b/{x}` and \
             `POST /b/{x}/c` and refuse `POST /b/x/x`",
        ]
    );
}

#[test]
fn a_closed_api_needs_no_more_than_its_own_routes() {
    check_closed(&["GET /a/{x}", "GET /a/{x}/comments"], &["GET/a/?*"]);
    check_closed(&["GET /a/{x}"], &["GET/a/?*"]);
    check_closed(&["GET /a/{x}", "-GET /a/{x}/secrets"], &["GET/a/?*", "-GET/*/*/*"]);
    check_closed(
        &["GET /a/{x}", "GET /a/{x}/b", "-GET /a/{x}/secrets"],
        &["GET/a/?*", "-GET/*/*/secrets"],
    );
    // A path that a route has with another method does not count.
    check_closed(&["GET /a/{x}", "POST /a/b"], &["GET/a/?*", "POST/a/b"]);
    check_closed(&["GET /a", "-POST /a", "-POST /b/{x}"], &["GET/a", "-POST/*"]);
}

#[test]
fn what_is_not_allowed_is_denied_by_name() {
    check_allows(&["GET /a"], &["GET/a"]);
    check_allows(&["GET /a", "-POST /a", "-GET /b"], &["GET/a", "-GET/b", "-POST/*"]);
    check_allows(&["GET /a/{x}", "-GET /a/b", "-GET /c"], &["GET/a/?*", "-GET/*/b", "-GET/c"]);
    check_allows(&["GET /", "-GET /a"], &["GET/", "-GET/?*"]);
    check_allows(&["GET /a/{x}", "-PUT /", "-PUT /a"], &["GET/a/?*", "-PUT/*"]);
}

/// A preflight needs no credential, names no tenant, and is one glob where the API is the table.
#[test]
fn preflight() {
    let rules = ["GET /t/{tenant}/r", "-GET /a/{x}", "-OPTIONS /b"];
    let with = |rules: &[&str], routes| {
        table_of(rules, routes)
            .replace("policy = \"caller\"", "policy = \"caller\"\npreflight = \"public\"")
    };
    check_source(&with(&rules[..2], "closed"), &["GET/t/{}/r", "OPTIONS/?*", "-GET/a/*"]);
    check_source(
        &with(&rules, "closed"),
        &["GET/t/{}/r", "OPTIONS/a/?*", "OPTIONS/t/?*/r", "-GET/a/*", "-OPTIONS/b"],
    );
    check_source(
        &with(&rules[..2], "open"),
        &[
            "GET/t/{}/r",
            "OPTIONS/a/?*",
            "OPTIONS/t/?*/r",
            "-GET/a/*",
            "-OPTIONS/*/*/*/*",
            "-OPTIONS/a/*/*",
        ],
    );
}

/// A wildcard matches the encoded spellings of a literal that the caller may not use.
#[test]
fn spellings_of_literals_are_denied() {
    let guards = |rules: &[&str], routes: &str| -> Vec<String> {
        let table = prove(&table_of(rules, routes)).unwrap();
        let policy = table.policy(table.role("r").unwrap(), everywhere(&table));
        let guards =
            policy.deny().map(|glob| glob.to_string()).filter(|glob| glob.starts_with('*'));
        guards.skip(13).collect()
    };
    let check = |rules: &[&str], expected: &[&str]| assert_eq!(guards(rules, "closed"), expected);
    check(&["GET /u/{x}", "GET /u/me"], &[]);
    check(&["GET /u/{x}", "-POST /u/me"], &[]);
    check(&["GET /u/{x}", "-GET /u/me"], &["*%65*", "*%6D*", "*%6d*"]);
    check(&["GET /u/{x}", "-GET /u/{x}/_k"], &["*%5F*", "*%5f*", "*%6B*", "*%6b*"]);
    check(&["GET /u/me", "-GET /u/{x}"], &[]);
    check(&["GET /u/{x}", "-GET /u/@a"], &["*%61*", "*/%40a", "*/%40a/*"]);
    check(&["GET /u/{x}", "-GET /u/a:"], &["*%61*", "*/a%3A", "*/a%3A/*", "*/a%3a", "*/a%3a/*"]);
}

#[test]
fn methods_set_paths_free() {
    check(
        &["GET /a/{x}", "POST /a/{x}/comments"],
        &["GET/a/?*", "POST/a/?*/comments", "-GET/*/*/*", "-POST/*/*/*/*"],
    );
}
