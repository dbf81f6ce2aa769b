//! What the roles of `infra/migrations/` may do, and what not.

use tests::postgres::Database;

use super::Stack;

/// Whether `role` may do `sql`.
#[track_caller]
fn check(database: &Database, role: &str, sql: &str, allowed: bool) {
    let tried = format!("SET ROLE {role}; BEGIN; {sql}; ROLLBACK");
    let outcome = database.try_execute(&tried);
    let outcome = outcome.map_err(|error| error.as_db_error().map(|e| e.message().to_owned()));
    match outcome {
        Ok(()) => assert!(allowed, "{role}: {sql}"),
        Err(Some(message)) => {
            assert!(!allowed && message.contains("permission denied"), "{role}: {sql}: {message}");
        }
        Err(None) => panic!("{role}: {sql}: no answer"),
    }
}

#[test]
fn the_authorizer_calls_three_functions() {
    let stack = Stack::shared();
    let check = |sql: &str, allowed: bool| {
        check(&stack.database, "portcullis_authorizer", sql, allowed);
    };
    check("SELECT * FROM portcullis.find_api_key('a')", true);
    check("SELECT * FROM portcullis.find_imported_api_key('a')", true);
    check("SELECT portcullis.touch_api_key('a')", true);
    for sql in [
        "SELECT id FROM portcullis.api_keys",
        "SELECT user_id FROM portcullis.accounts",
        "UPDATE portcullis.api_keys SET last_used_at = now()",
        "UPDATE portcullis.api_keys SET revoked_at = NULL",
        "INSERT INTO portcullis.accounts (user_id, tenant_id, role) VALUES ('x', 'x', 'x')",
        "DELETE FROM portcullis.api_keys",
        "TRUNCATE portcullis.api_keys",
        "CREATE TABLE portcullis.mine (id text)",
    ] {
        check(sql, false);
    }
}

#[test]
fn the_operator_adds_keys_and_ends_them() {
    let stack = Stack::shared();
    let check = |sql: &str, allowed: bool| {
        check(&stack.database, "portcullis_operator", sql, allowed);
    };
    check("SELECT * FROM portcullis.accounts, portcullis.api_keys", true);
    check(
        "INSERT INTO portcullis.api_keys (id, hash, owner, name, scopes) \
         VALUES ('0123456789abcdef', sha256(''), 'u-1', 'n', '{read-only}')",
        true,
    );
    check("UPDATE portcullis.api_keys SET revoked_at = now()", true);
    check("UPDATE portcullis.api_keys SET replaced_by = id, grace_until = now()", true);
    for sql in [
        "UPDATE portcullis.api_keys SET hash = sha256('')",
        "UPDATE portcullis.api_keys SET scopes = '{admin}'",
        "UPDATE portcullis.api_keys SET owner = 'u-1'",
        "UPDATE portcullis.api_keys SET expires_at = NULL",
        "UPDATE portcullis.api_keys SET last_used_at = NULL",
        "DELETE FROM portcullis.api_keys",
        "UPDATE portcullis.accounts SET role = 'super_admin'",
        "DELETE FROM portcullis.accounts",
        "SELECT * FROM portcullis.find_api_key('a')",
    ] {
        check(sql, false);
    }
}

#[test]
fn the_administrator_writes_accounts() {
    let stack = Stack::shared();
    let check = |sql: &str, allowed: bool| {
        check(&stack.database, "portcullis_administrator", sql, allowed);
    };
    check("SELECT * FROM portcullis.accounts", true);
    check(
        "INSERT INTO portcullis.accounts (user_id, tenant_id, role) VALUES ('x', 'x', 'x')",
        true,
    );
    check("UPDATE portcullis.accounts SET role = 'viewer', status = 'suspended'", true);
    for sql in [
        "UPDATE portcullis.accounts SET user_id = 'x'",
        "UPDATE portcullis.accounts SET tenant_id = 'x'",
        "DELETE FROM portcullis.accounts",
        "SELECT id FROM portcullis.api_keys",
        "UPDATE portcullis.api_keys SET revoked_at = now()",
        "SELECT * FROM portcullis.find_api_key('a')",
    ] {
        check(sql, false);
    }
}

#[test]
fn an_end_stays_an_end() {
    let stack = Stack::shared();
    let update = |change: &str| {
        let sql = format!("UPDATE portcullis.api_keys SET {change}");
        let outcome = stack.database.try_execute(&sql);
        outcome.map_err(|error| error.as_db_error().unwrap().message().to_owned())
    };
    let stays = Err(format!("the key {} has ended, and stays so", stack.key.id));
    let first = "replaced_by = id, grace_until = '2026-01-02'";
    assert_eq!(update(first), Ok(()));
    assert_eq!(update("grace_until = '2026-01-03'"), stays);
    assert_eq!(update("replaced_by = NULL, grace_until = NULL"), stays);
    assert_eq!(update("grace_until = '2026-01-01'"), Ok(()));
    assert_eq!(update("revoked_at = '2026-01-01'"), Ok(()));
    assert_eq!(update("revoked_at = NULL"), stays);
    assert_eq!(update("revoked_at = '2026-01-02'"), stays);
}
