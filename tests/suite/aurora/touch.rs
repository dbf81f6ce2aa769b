//! The last use of a key is written down beside the decision, never before it.

use super::{Stack, check};

const LAST_USED: &str = "SELECT coalesce(last_used_at::text, 'never') FROM portcullis.api_keys";

#[test]
fn a_use_is_written_down_once_a_minute() {
    let stack = Stack::shared();
    let mut authorizer = stack.authorizer();
    assert_eq!(stack.value(&authorizer, LAST_USED), "never");
    check(&authorizer, &stack.key, "OK");
    while stack.value(&authorizer, LAST_USED) == "never" {}
    // The clock of the server counts here: the authorizer's is in the past, and sees no minute pass.
    stack.change_key("last_used_at = now() - interval '61 seconds'");
    authorizer.now =
        shared::time::Timestamp::from_unix_millis(tests::runtime_api::now_seconds() * 1000);
    let before = stack.value(&authorizer, LAST_USED);
    check(&authorizer, &stack.key, "OK");
    while stack.value(&authorizer, LAST_USED) == before {}
    let after = stack.value(&authorizer, LAST_USED);
    check(&authorizer, &stack.key, "OK");
    assert_eq!(stack.value(&authorizer, LAST_USED), after);
    // Nor does the database itself let it happen more often.
    stack.database.execute(&format!("SELECT portcullis.touch_api_key('{}')", stack.key.id));
    assert_eq!(stack.value(&authorizer, LAST_USED), after);
}

#[test]
fn what_was_refused_was_not_used() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    stack.change_key("expires_at = '2000-01-01'");
    check(&authorizer, &stack.key, "API_KEY_INVALID: the key has expired");
    assert_eq!(stack.value(&authorizer, LAST_USED), "never");
}

#[test]
fn a_row_that_somebody_holds_is_left_alone() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    let admin = authorizer.block_on(async {
        let admin = stack.database.admin().await;
        admin.batch_execute("BEGIN; SELECT 1 FROM portcullis.api_keys FOR UPDATE").await.unwrap();
        admin
    });
    for _ in 0..3 {
        check(&authorizer, &stack.key, "OK");
    }
    authorizer.block_on(async { admin.batch_execute("ROLLBACK").await.unwrap() });
    assert_eq!(stack.connections(&authorizer), "1");
}

#[test]
fn a_database_that_cannot_be_written_still_decides() {
    let stack = Stack::shared();
    stack.database.execute(&format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        stack.database.name()
    ));
    let authorizer = stack.authorizer();
    for _ in 0..3 {
        check(&authorizer, &stack.key, "OK");
    }
    assert_eq!(stack.value(&authorizer, LAST_USED), "never");
    assert_eq!(stack.connections(&authorizer), "1");
}

/// An index is built, for example. The next decision comes over the same connection.
#[test]
fn a_table_that_somebody_holds_is_left_alone() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    check(&authorizer, &stack.key, "OK");
    while stack.value(&authorizer, LAST_USED) == "never" {}
    stack.change_key("last_used_at = NULL");
    let admin = authorizer.block_on(async {
        let admin = stack.database.admin().await;
        let hold = "BEGIN; LOCK TABLE portcullis.api_keys IN SHARE MODE";
        admin.batch_execute(hold).await.unwrap();
        admin
    });
    for _ in 0..3 {
        check(&authorizer, &stack.key, "OK");
    }
    assert_eq!(stack.value(&authorizer, LAST_USED), "never");
    authorizer.block_on(async { admin.batch_execute("ROLLBACK").await.unwrap() });
    assert_eq!(stack.connections(&authorizer), "1");
}
