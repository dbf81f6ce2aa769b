//! Access tokens of users: the role, and where the table has scopes of such tokens only what they grant.

use std::fmt::Write as _;

use proptest::prelude::*;
use shared::authz::AccessTable;

use super::{DEFAULT, Sent, acme, default_table, everywhere, golden, prove, table_says};

const SCOPES: [&str; 3] = ["app/read", "app/incidents", "app/all"];

/// The default table with scopes of user tokens.
fn scoped_table() -> AccessTable {
    let grants = [
        "\"read:*\"",
        "\"read:itsm\", \"write:itsm\"",
        "\"read:*\", \"write:*\", \"admin:*\", \"ai:*\"",
    ];
    let mut source = DEFAULT.to_owned();
    for (scope, grants) in SCOPES.iter().zip(grants) {
        write!(
            source,
            "\n[scopes.\"{scope}\"]\npresented_by = \"user-token\"\ngrants = [{grants}]\n"
        )
        .unwrap();
    }
    AccessTable::prove("access.toml", &source).unwrap()
}

fn subsets<'s>(all: &[&'s str]) -> Vec<Vec<&'s str>> {
    let of_bits = |bits: usize| {
        let chosen = all.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
        chosen.map(|(_, scope)| *scope).collect()
    };
    (0..1 << all.len()).map(of_bits).collect()
}

#[test]
fn grants_of_user_tokens() {
    let (table, scoped) = (default_table(), scoped_table());
    // Without scopes of their own the role counts, whatever other scopes there are.
    for scopes in [&[][..], &["openid"], &["read-only"], &["stackflow/api.read", "app/read"]] {
        for (role, grants) in table.roles() {
            assert_eq!(table.user_scopes(role, scopes.iter().copied()), Some(grants), "{role}");
        }
        for (role, _) in scoped.roles() {
            let known = scopes.contains(&"app/read");
            let expected = if known { scoped.role("viewer").unwrap() } else { scoped.anonymous() };
            assert_eq!(scoped.user_scopes(role, scopes.iter().copied()), Some(expected), "{role}");
        }
    }
    for table in [&table, &scoped] {
        for role in ["nobody", "", "service_account"] {
            assert_eq!(table.user_scopes(role, SCOPES), None, "{role}");
        }
    }
    assert_eq!(scoped.user_scopes("itsm_manager", SCOPES), scoped.role("itsm_manager"));
    // Scopes of one credential grant another nothing.
    assert_eq!(scoped.token_scopes(SCOPES), scoped.anonymous());
    assert_eq!(scoped.key_scopes("super_admin", SCOPES), Some(scoped.anonymous()));
    assert!(!prove(&super::table_of(&["GET /a"], "open")).unwrap().has_service_scopes());
}

/// What one role may do by each set of scopes.
#[test]
fn matrix_of_user_tokens() {
    const ROLE: &str = "itsm_manager";
    let table = scoped_table();
    let caller = |scopes: Vec<&str>| {
        (scopes.join("+"), table.user_scopes(ROLE, scopes.iter().copied()).unwrap())
    };
    let callers: Vec<_> = subsets(&SCOPES).into_iter().map(caller).collect();
    let mut text = format!("{ROLE:<42}");
    for (name, _) in &callers {
        write!(text, "  {name:<4}").unwrap();
    }
    for (verb, pattern) in table.rules() {
        write!(text, "\n{:<7} {pattern:<34}", verb.unwrap_or("")).unwrap();
        let path = golden::sample(pattern);
        let matched = table.route(verb, &path).unwrap();
        for (name, grants) in &callers {
            let may = if table.permits(*grants, &matched) { "yes" } else { "-" };
            write!(text, "  {may:<width$}", width = name.len().max(4)).unwrap();
        }
    }
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    golden::check("access-user-tokens.txt", &(lines.join("\n") + "\n"));
}

/// The compiled table has every set that such a caller can hold.
#[test]
fn the_compiled_table_knows_them() {
    let source = format!(
        "{DEFAULT}\n[scopes.\"app/read\"]\npresented_by = \"user-token\"\ngrants = [\"read:itsm\"]\n"
    );
    let table = AccessTable::prove("access.toml", &source).unwrap();
    let compiled = table.to_compiled();
    let read = AccessTable::from_compiled(source.as_bytes(), compiled.as_bytes()).unwrap();
    for (role, _) in table.roles() {
        let grants = read.user_scopes(role, ["app/read"]);
        assert!(grants.is_some() && grants == table.user_scopes(role, ["app/read"]), "{role}");
    }
}

/// A resource server has the same scopes for services and for users.
#[test]
fn a_scope_of_several_credentials() {
    let both = "presented_by = [\"service-token\", \"user-token\"]\n";
    let source = DEFAULT.replacen("presented_by = \"service-token\"\n", both, 1);
    let proven = AccessTable::prove("access.toml", &source).unwrap();
    let compiled = proven.to_compiled();
    let read = AccessTable::from_compiled(source.as_bytes(), compiled.as_bytes()).unwrap();
    for table in [&proven, &read] {
        let viewer = table.role("viewer").unwrap();
        assert_eq!(table.token_scopes(["stackflow/api.read"]), viewer);
        for (role, _) in table.roles() {
            assert_eq!(table.user_scopes(role, ["stackflow/api.read"]), Some(viewer), "{role}");
            let none = table.user_scopes(role, ["stackflow/api.write"]);
            assert_eq!(none, Some(table.anonymous()), "{role}");
        }
        let key = table.key_scopes("super_admin", ["stackflow/api.read"]);
        assert_eq!(key, Some(table.anonymous()));
    }
}

/// Actions on modules, as bits.
const PERMISSIONS: [&str; 6] = ["read:a", "write:a", "read:b", "write:b", "read:c", "write:c"];

fn grants(bits: usize) -> String {
    let chosen = PERMISSIONS.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
    chosen.map(|(_, permission)| format!("\"{permission}\"")).collect::<Vec<_>>().join(", ")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever roles and scopes grant: every set of scopes has a proven policy, which says role and scopes.
    #[test]
    fn role_and_scopes_both_grant(
        roles in prop::collection::vec(1..64_usize, 1..4),
        scopes in prop::collection::vec((1..64_usize, 0..3_usize), 0..5),
    ) {
        let mut source = "modules = [\"a\", \"b\", \"c\"]\n[gateway]\nroutes = \"closed\"\n\
                          resource_policy = \"none\"\npolicy = \"caller\"\n".to_owned();
        for (at, bits) in roles.iter().enumerate() {
            write!(source, "[roles.r{at}]\ngrants = [{}]\n", grants(*bits)).unwrap();
        }
        for (at, (bits, kind)) in scopes.iter().enumerate() {
            let kind = ["user-token", "user-token", "api-key"][*kind];
            write!(source, "[scopes.s{at}]\npresented_by = \"{kind}\"\ngrants = [{}]\n", grants(*bits)).unwrap();
        }
        for permission in PERMISSIONS {
            let path = permission.replace(':', "/");
            write!(source, "[[routes]]\npath = \"/{path}/{{id}}\"\nGET = \"{permission}\"\n").unwrap();
        }
        let table = prove(&source).map_err(|mistakes| TestCaseError::fail(mistakes.join("\n")))?;
        let of_users: Vec<(String, usize)> = scopes.iter().enumerate()
            .filter(|(_, (_, kind))| *kind < 2)
            .map(|(at, (bits, _))| (format!("s{at}"), *bits))
            .collect();
        let names: Vec<String> = (0..scopes.len()).map(|at| format!("s{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for (at, role) in roles.iter().enumerate() {
            for presented in subsets(&names) {
                let held = of_users.iter().filter(|(name, _)| presented.contains(&name.as_str()));
                let scoped = held.fold(0, |all, (_, bits)| all | bits);
                let expected = if of_users.is_empty() { *role } else { role & scoped };
                let found = table.user_scopes(&format!("r{at}"), presented.iter().copied());
                let Some(grants) = found else { return Err(TestCaseError::fail("no policy")) };
                let tenant = acme();
                let sent = Sent::new(table.policy(grants, everywhere(&table)), Some(&tenant));
                for (bit, permission) in PERMISSIONS.iter().enumerate() {
                    let path = format!("/{}/1", permission.replace(':', "/"));
                    let may = expected >> bit & 1 == 1;
                    prop_assert_eq!(table_says(&table, grants, Some(&tenant), "GET", &path), may);
                    prop_assert!(sent.is_empty() || sent.says(&format!("GET{path}")) == may, "{}", path);
                    prop_assert!(!sent.is_empty() || expected == 0, "{}", path);
                }
            }
        }
    }
}
