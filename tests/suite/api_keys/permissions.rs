//! A key never does more than its owner: every role, every set of scopes, every method of every route.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shared::authz::AccessTable;
use tests::api_keys::{key, row};
use tests::events::{PREFIX, rest_request};
use tests::test_authorizer::TABLE;

use super::authorizer;
use crate::access::glob;

/// Rules such as `GET /api/incidents`.
type Rules = BTreeSet<String>;

/// What every caller may do, by the golden matrix, which is made without any key.
fn matrix() -> BTreeMap<String, Rules> {
    let golden = include_str!("../../golden/access-matrix.txt");
    let (head, lines) = golden.split_once('\n').unwrap();
    let callers: Vec<&str> = head.split_whitespace().collect();
    let mut found: BTreeMap<String, Rules> = BTreeMap::new();
    for line in lines.lines() {
        let (rule, cells) = line.split_at(42);
        let rule = rule.split_whitespace().collect::<Vec<_>>().join(" ");
        for (caller, cell) in callers.iter().zip(cells.split_whitespace()) {
            let may = found.entry((*caller).to_owned()).or_default();
            if cell == "yes" {
                may.insert(rule.clone());
            }
        }
    }
    found
}

/// What a scope of keys permits, said a second time.
fn scope_permits(scope: &str, permission: &str) -> bool {
    match scope {
        "read-only" => permission.starts_with("read:"),
        "itsm-write" => matches!(permission, "read:itsm" | "write:itsm"),
        "admin" => true,
        _ => false,
    }
}

/// Every set of scopes that keys have, and a scope that they do not have.
fn sets_of_scopes() -> Vec<Vec<&'static str>> {
    let all = ["read-only", "itsm-write", "admin"];
    let set = |bits: usize| {
        all.iter().enumerate().filter(move |(at, _)| bits >> at & 1 == 1).map(|(_, scope)| *scope)
    };
    let sets = (0..8).map(|bits| set(bits).collect());
    sets.chain([vec!["stackflow/api.write"]]).collect()
}

/// A request for `pattern` in the tenant `acme`, with the key.
fn request(verb: &str, pattern: &str) -> Value {
    let path =
        pattern.replace("{tenant}", "acme").replace("{id}", "42").replace("{page+}", "how/to");
    let value = key(1).value;
    let headers = [("x-api-key", value.as_str()), ("x-tenant-id", "acme")];
    let mut event = rest_request(&headers, verb, &path);
    if path == "$connect" {
        event["methodArn"] = format!("{PREFIX}$connect").into();
    }
    event
}

/// Whether a policy permits what `event` asks for.
fn policy_permits(answer: &Value, event: &Value) -> bool {
    let arn = event["methodArn"].as_str().unwrap();
    let matches = |effect: &str| {
        let statements = answer["policyDocument"]["Statement"].as_array().unwrap().iter();
        statements.filter(|statement| statement["Effect"] == effect).any(|statement| {
            let resources = statement["Resource"].as_array().unwrap().iter();
            resources.filter_map(Value::as_str).any(|one| glob(one.as_bytes(), arn.as_bytes()))
        })
    };
    matches("Allow") && !matches("Deny")
}

#[test]
fn a_key_does_what_its_owner_and_its_scopes_both_may() {
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let table = AccessTable::prove("access.toml", TABLE).unwrap();
    let matrix = matrix();
    let patterns: BTreeSet<&str> = table.rules().map(|(_, pattern)| pattern).collect();
    let rules: Vec<(&str, &str)> =
        patterns.iter().flat_map(|pattern| METHODS.map(|verb| (verb, *pattern))).collect();
    let mut permitted = 0;
    let authorizer = authorizer(&[]);
    for (role, _) in table.roles() {
        let owner = &matrix[role];
        for scopes in sets_of_scopes() {
            let mut row = row(&key(1), &scopes);
            row.owner.role = role.to_owned();
            authorizer.api_keys.put(row);
            // The policy is the same whichever route was asked, so it counts for all of them.
            let policy = authorizer.answer(&request("GET", "/health")).answer.unwrap();
            for (verb, pattern) in &rules {
                let route = match *pattern {
                    "$connect" => table.route(None, "$connect"),
                    _ => table.route(Some(verb), pattern),
                };
                let rule = match *pattern {
                    "$connect" => "$connect".to_owned(),
                    _ => format!("{verb} {pattern}"),
                };
                let in_scope = route.is_some_and(|route| match route.permission() {
                    None => true,
                    Some(permission) => {
                        let permission = permission.to_string();
                        scopes.iter().any(|scope| scope_permits(scope, &permission))
                    }
                });
                let expected = owner.contains(&rule) && in_scope;
                let event = request(verb, pattern);
                // The answer to the opening of a WebSocket says nothing else.
                let own =
                    (*pattern == "$connect").then(|| authorizer.answer(&event).answer.unwrap());
                let says = policy_permits(own.as_ref().unwrap_or(&policy), &event);
                assert_eq!(says, expected, "policy: {role}, {scopes:?}: {rule}");
                let answer = authorizer.answer(&event);
                let said = answer.code() == "OK";
                assert_eq!(said, expected, "decision: {role}, {scopes:?}: {rule}");
                assert!(!said || owner.contains(&rule), "{role} may not {rule}");
                permitted += usize::from(said);
            }
        }
    }
    assert!(permitted > 900, "hardly anything is permitted: {permitted}");
}

/// What a key does without its scopes: what everybody may.
#[test]
fn no_scope_is_no_permission() {
    let authorizer = authorizer(&[]);
    authorizer.api_keys.put(row(&key(1), &[]));
    let answer = authorizer.answer(&request("GET", "/health")).answer.unwrap();
    for (verb, pattern) in
        [("GET", "/api/incidents"), ("GET", "$connect"), ("PUT", "/api/admin/itsm")]
    {
        assert!(!policy_permits(&answer, &request(verb, pattern)), "{verb} {pattern}");
    }
    assert!(policy_permits(&answer, &request("GET", "/health")));
}
