//! What stands in the database counts from the next request on.

use serde_json::json;
use tests::api_keys::{key, key_of};
use tests::events::rest_request;
use tests::test_key_authorizer::{insert_account, insert_key};

use super::{Stack, check, said};

const NOW: &str = "to_timestamp(1767225660)";

#[test]
fn a_key_says_whose_it_is() {
    let stack = Stack::shared();
    let answer = stack.authorizer().read(&stack.key.value);
    assert_eq!(
        answer.answer.unwrap()["context"],
        json!({
            "user_id": "u-1",
            "role": "super_admin",
            "tenant_id": "acme",
            "auth_method": "api-key",
            "key_id": stack.key.id.as_str(),
            "scopes": "read-only",
            "code": "INSUFFICIENT_ROLE",
        })
    );
}

#[test]
fn a_change_counts_from_the_next_request_on() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    let changed = |change: &str, expected: &str, back: &str| {
        check(&authorizer, &stack.key, "OK");
        stack.change_key(change);
        check(&authorizer, &stack.key, expected);
        stack.change_key(back);
    };
    let revoked = "API_KEY_INVALID: the key is revoked";
    changed("revoked_at = now()", revoked, "revoked_at = NULL");
    changed("revoked_at = 'infinity'", revoked, "revoked_at = NULL");
    let expired = "API_KEY_INVALID: the key has expired";
    changed(&format!("expires_at = {NOW}"), expired, "expires_at = NULL");
    changed(
        "replaced_by = id, grace_until = to_timestamp(1767225660)",
        "API_KEY_INVALID: the key was replaced and its grace is over",
        "replaced_by = NULL, grace_until = NULL",
    );
    let elsewhere = "API_KEY_INVALID: the source address is none of the key's";
    changed("allowed_cidrs = '{192.0.2.0/24,::1}'", elsewhere, "allowed_cidrs = NULL");
    let wrong = "API_KEY_INVALID: the key's secret is wrong";
    let hash: String = stack.key.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    changed("hash = sha256('')", wrong, &format!("hash = '\\x{hash}'"));
    changed(
        "scopes = '{no-such-scope}'",
        "INSUFFICIENT_ROLE: the role or the scopes lack the permission",
        "scopes = '{read-only}'",
    );
    check(&authorizer, &stack.key, "OK");
}

#[test]
fn what_ends_later_is_still_good() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    for change in [
        "expires_at = to_timestamp(1767225660.001)",
        "expires_at = '294276-01-01'",
        "replaced_by = id, grace_until = to_timestamp(1767225660.001)",
        "allowed_cidrs = '{203.0.113.7}'",
        "allowed_cidrs = '{2001:db8::/32,203.0.113.0/24}'",
    ] {
        stack.change_key(change);
        check(&authorizer, &stack.key, "OK");
    }
}

#[test]
fn an_owner_is_asked_for_as_well() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    stack.change_key("scopes = '{admin}'");
    let write = |expected: &str| {
        let event = rest_request(&[("x-api-key", &stack.key.value)], "POST", "/api/incidents");
        assert_eq!(said(&authorizer.answer(&event)), expected);
    };
    write("OK");
    stack.change_owner("role = 'viewer'");
    write("INSUFFICIENT_ROLE: the role or the scopes lack the permission");
    check(&authorizer, &stack.key, "OK");
    stack.change_owner("role = 'nobody'");
    write("INSUFFICIENT_ROLE: the role is not in the access table");
    stack.change_owner("role = 'super_admin'");
    write("OK");
    stack.change_owner("status = 'suspended'");
    write("API_KEY_INVALID: the key's owner is suspended");
}

/// The schema lets none of these in: here it is told to.
#[test]
fn a_moment_that_is_none_refuses() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    stack
        .database
        .execute("ALTER TABLE portcullis.api_keys DROP CONSTRAINT api_keys_expires_at_check");
    for moment in ["infinity", "-infinity", "1969-12-31 23:59:59+00", "4713-01-01 BC"] {
        stack.change_key(&format!("expires_at = '{moment}'"));
        let expected = "MISCONFIGURED: the key's column `expires_at` is not a time";
        check(&authorizer, &stack.key, expected);
    }
}

#[test]
fn nothing_else_is_a_key() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    check(&authorizer, &key(2), "API_KEY_INVALID: the key is unknown");
    check(&authorizer, &key_of("dev", 1), "API_KEY_INVALID: the key is of another environment");
    // Another's secret behind this one's id.
    insert_account(&stack.database, "u-2", "viewer");
    insert_key(&stack.database, &key(3), "u-2");
    let (own, other) = (&stack.key, key(3));
    stack.database.execute(&format!(
        "UPDATE portcullis.api_keys SET hash = (SELECT hash FROM portcullis.api_keys \
         WHERE id = '{}') WHERE id = '{}'",
        own.id, other.id
    ));
    check(&authorizer, own, "OK");
    check(&authorizer, &other, "API_KEY_INVALID: the key's secret is wrong");
}

#[test]
fn an_imported_key_is_known_by_the_hash_of_the_whole() {
    let stack = Stack::shared();
    let value = "legacy_0123456789abcdef0123456789abcdef";
    stack.change_key(&format!("hash = sha256('{value}'), hash_kind = 'whole'"));
    let read = |imported: &str, value: &str, expected: &str| {
        let authorizer = stack.gate_with(&[("API_KEY_IMPORTED", imported)]);
        assert_eq!(said(&authorizer.read(value)), expected);
    };
    read("on", value, "OK");
    read("off", value, "API_KEY_INVALID: the key does not begin with `sfk_`");
    read("on", "legacy_0123456789abcdef0123456789abcdeF", "API_KEY_INVALID: the key is unknown");
    // A row that does not say that its hash is of the whole is not found by it.
    stack.change_key("hash_kind = 'secret'");
    read("on", value, "API_KEY_INVALID: the key is unknown");
}
