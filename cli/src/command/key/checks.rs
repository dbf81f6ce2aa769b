//! What a key may have, within the bounds of the schema: each check gives a sentence or nothing.

use std::time::Duration;

use runtime::printable;
use shared::authn::api_key::MAX_SCOPES;
use shared::authz::{AccessTable, ApiKeyScopeError};
use shared::network::is_network;

use crate::command::key::store::Account;

const MAX_NAME_CHARS: usize = 100;
const MAX_CIDRS: usize = 64;
const DAY: Duration = Duration::from_hours(24);
/// Ten years of 365.25 days.
const MAX_LIFETIME: Duration = Duration::from_hours(87_660);
const MAX_GRACE: Duration = Duration::from_hours(30 * 24);

/// How long the old key still works by default.
pub(super) const DEFAULT_GRACE: Duration = DAY;

/// A key's name.
pub(super) fn name(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("a name has no control characters".to_owned());
    }
    if text.is_empty() || text.chars().count() > MAX_NAME_CHARS {
        return Err(format!("a name has 1 to {MAX_NAME_CHARS} characters"));
    }
    Ok(text.to_owned())
}

/// A network.
pub(super) fn cidr(text: &str) -> Result<String, String> {
    if is_network(text) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "`{}` is no network such as `10.0.0.0/8` or `2001:db8::/32`, with no bit set behind the \
         prefix",
        printable(text)
    ))
}

/// How long a key lives.
pub(super) fn lifetime(text: &str) -> Result<Duration, String> {
    let lifetime = duration(text, "90d")?;
    if lifetime.is_zero() || lifetime > MAX_LIFETIME {
        return Err("it must be more than nothing and at most 10 years".to_owned());
    }
    Ok(lifetime)
}

/// How long a key that was replaced still works.
pub(super) fn grace(text: &str) -> Result<Duration, String> {
    let grace = duration(text, "24h")?;
    if grace > MAX_GRACE {
        return Err("it must be at most 30 days".to_owned());
    }
    Ok(grace)
}

fn duration(text: &str, example: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| format!("it must be a number with its unit, such as `{example}`"))
}

/// How many scopes there are, and that each is there once.
pub(super) fn scopes(scopes: &[String]) -> Option<String> {
    if scopes.is_empty() || scopes.len() > MAX_SCOPES {
        return Some(format!("a key has 1 to {MAX_SCOPES} scopes"));
    }
    let repeated = scopes
        .iter()
        .enumerate()
        .find(|(index, scope)| scopes.iter().take(*index).any(|earlier| earlier == *scope));
    repeated.map(|(_, scope)| format!("the scope `{}` is there twice", printable(scope)))
}

/// How many networks there are.
pub(super) fn cidrs(cidrs: &[String]) -> Option<String> {
    let problem = || format!("a key has 1 to {MAX_CIDRS} networks, or none are given at all");
    (!(1..=MAX_CIDRS).contains(&cidrs.len())).then(problem)
}

/// Every reason why `user`, whose account is `account`, may not own a new key with `scopes`.
pub(super) fn owner<'s>(
    user: &str,
    account: Option<&Account>,
    scopes: impl IntoIterator<Item = &'s String>,
    table: &AccessTable,
) -> Vec<String> {
    let Some(account) = account else {
        return vec![format!("there is no account of `{}`", printable(user))];
    };
    if account.suspended {
        return vec![format!("the owner `{}` is suspended", printable(user))];
    }
    let mut problems: Vec<String> =
        scopes.into_iter().filter_map(|scope| scope_problem(account, scope, table)).collect();
    // The sentence about a role is the same for every scope.
    problems.dedup();
    problems
}

fn scope_problem(account: &Account, scope: &str, table: &AccessTable) -> Option<String> {
    let role = printable(&account.role);
    let problem = table.key_scope_problem(&account.role, scope)?;
    let scope = printable(scope);
    Some(match problem {
        ApiKeyScopeError::UnknownScope => {
            let known: Vec<_> = table.key_scope_names().map(|name| format!("`{name}`")).collect();
            let known = known.join(", ");
            format!("the access table has no scope `{scope}`; those of API keys are {known}")
        }
        ApiKeyScopeError::OfUserTokens => {
            format!("the scope `{scope}` is one of user tokens, not of API keys")
        }
        ApiKeyScopeError::OfServiceTokens => {
            format!("the scope `{scope}` is one of service tokens, not of API keys")
        }
        ApiKeyScopeError::UnknownRole => {
            format!("the owner's role `{role}` is no role of the access table that people have")
        }
        ApiKeyScopeError::Beyond(permission) => {
            format!(
                "the scope `{scope}` grants `{permission}`, which the owner's role `{role}` does not"
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use shared::authz::AccessTable;

    use super::{cidr, cidrs, grace, lifetime, name, owner, scopes};
    use crate::command::key::store::Account;

    const TABLE: &str = include_str!("../../../../infra/access.toml");

    #[test]
    fn names() {
        let check = |text: &str, problem: &str| {
            assert_eq!(name(text).err().unwrap_or_default(), problem, "{text}");
        };
        check("a", "");
        check(&"ü".repeat(100), "");
        check("", "a name has 1 to 100 characters");
        check(&"ü".repeat(101), "a name has 1 to 100 characters");
        check("a\nb", "a name has no control characters");
        check("\0", "a name has no control characters");
    }

    #[test]
    fn networks() {
        for good in ["10.0.0.0/8", "192.0.2.1", "192.0.2.1/32", "0.0.0.0/0", "2001:db8::/32"] {
            assert_eq!(cidr(good).as_deref(), Ok(good));
        }
        for bad in ["", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0", "2001:db8::1/32", "a"] {
            let problem = cidr(bad).unwrap_err();
            assert_eq!(
                problem,
                format!(
                    "`{bad}` is no network such as `10.0.0.0/8` or `2001:db8::/32`, with no bit set \
                     behind the prefix"
                )
            );
        }
        let many = |count| vec!["10.0.0.0/8".to_owned(); count];
        assert_eq!(cidrs(&many(64)), None);
        let problem = "a key has 1 to 64 networks, or none are given at all";
        assert_eq!(cidrs(&many(0)).as_deref(), Some(problem));
        assert_eq!(cidrs(&many(65)).as_deref(), Some(problem));
    }

    #[test]
    fn durations() {
        let lives = |text: &str, expected: Result<u64, &str>| {
            let lifetime = lifetime(text).map(|lifetime| lifetime.as_secs());
            assert_eq!(lifetime, expected.map_err(str::to_owned), "{text}");
        };
        lives("90d", Ok(90 * 86_400));
        lives("1h 30m", Ok(5400));
        lives("10years", Ok(315_576_000));
        let bounds = Err("it must be more than nothing and at most 10 years");
        lives("0s", bounds);
        lives("10years 1s", bounds);
        let shape = Err("it must be a number with its unit, such as `90d`");
        for bad in ["", "90", "-1d", "d", "forever", "99999999999999999999y"] {
            lives(bad, shape);
        }
        let lasts = |text: &str, expected: Result<u64, &str>| {
            let grace = grace(text).map(|grace| grace.as_secs());
            assert_eq!(grace, expected.map_err(str::to_owned), "{text}");
        };
        lasts("0s", Ok(0));
        lasts("30d", Ok(2_592_000));
        lasts("30d 1s", Err("it must be at most 30 days"));
        lasts("soon", Err("it must be a number with its unit, such as `24h`"));
    }

    #[test]
    fn numbers_of_scopes() {
        let check = |names: &[&str], problem: Option<&str>| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(scopes(&names).as_deref(), problem);
        };
        check(&["read-only"], None);
        check(&["read-only", "admin"], None);
        check(&[], Some("a key has 1 to 32 scopes"));
        check(&["a"; 33], Some("a key has 1 to 32 scopes"));
        check(&["a", "b", "a"], Some("the scope `a` is there twice"));
    }

    #[test]
    fn owners() {
        let table = AccessTable::prove("access.toml", TABLE).unwrap();
        let check = |role: &str, scopes: &[&str], expected: &[&str]| {
            let account =
                Account { user_id: "alice".to_owned(), role: role.to_owned(), suspended: false };
            let scopes: Vec<_> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            assert_eq!(owner("alice", Some(&account), &scopes, &table), expected);
            let suspended = Account { suspended: true, ..account };
            let problem = ["the owner `alice` is suspended"];
            assert_eq!(owner("alice", Some(&suspended), &scopes, &table), problem);
            let problem = ["there is no account of `al\\u{0}ice`"];
            assert_eq!(owner("al\0ice", None, &scopes, &table), problem);
        };
        check("viewer", &["read-only"], &[]);
        check("super_admin", &["read-only", "itsm-write", "admin"], &[]);
        check(
            "viewer",
            &["read-only", "itsm-write", "admin"],
            &[
                "the scope `itsm-write` grants `write:itsm`, which the owner's role `viewer` does \
                 not",
                "the scope `admin` grants `write:itsm`, which the owner's role `viewer` does not",
            ],
        );
        check(
            "viewer",
            &["write", "stackflow/api.read"],
            &[
                "the access table has no scope `write`; those of API keys are \
                 `read-only`, `itsm-write`, `admin`",
                "the scope `stackflow/api.read` is one of service tokens, not of API keys",
            ],
        );
        let unknown = "is no role of the access table that people have";
        let problem = format!("the owner's role `gone` {unknown}");
        check("gone", &["read-only", "admin"], &[&problem]);
        let problem = format!("the owner's role `service_account` {unknown}");
        check("service_account", &["read-only"], &[&problem]);
    }
}
