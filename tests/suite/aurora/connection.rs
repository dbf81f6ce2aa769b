//! One connection, and everything that can happen to it.

use std::net::TcpListener;
use std::time::Duration;

use tests::api_keys::key;
use tests::tcp_proxy::TcpProxy;
use tests::test_key_authorizer::insert_key;

use super::{Stack, check, said};

const SILENT: &str = "UNAVAILABLE: the database cannot answer: no answer in time";
const UNCONNECTED: &str = "UNAVAILABLE: the database cannot be reached: no connection in time";
const REFUSED: &str =
    "UNAVAILABLE: the database cannot be reached: Connection refused (os error 111)";

#[test]
fn it_is_opened_by_the_first_key_and_kept() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    // Junk asks nobody.
    assert_eq!(authorizer.read("sfk_prod_junk").code(), "API_KEY_INVALID");
    assert_eq!(stack.connections(&authorizer), "0");
    for _ in 0..3 {
        check(&authorizer, &stack.key, "OK");
    }
    assert_eq!(stack.connections(&authorizer), "1");
}

#[test]
fn fifty_decisions_at_once_share_it() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    let keys: Vec<_> = (100..150).map(key).collect();
    for key in &keys[..25] {
        insert_key(&stack.database, key, "u-1");
    }
    let values: Vec<_> = keys.iter().map(|key| key.value.as_str()).collect();
    let answers: Vec<_> = authorizer.read_at_once(&values).iter().map(said).collect();
    assert_eq!(answers[..25], vec!["OK"; 25]);
    assert_eq!(answers[25..], vec!["API_KEY_INVALID: the key is unknown"; 25]);
    assert_eq!(stack.connections(&authorizer), "1");
}

#[test]
fn one_that_the_server_ended_is_opened_again() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    for _ in 0..3 {
        check(&authorizer, &stack.key, "OK");
        stack.end_connections();
    }
    check(&authorizer, &stack.key, "OK");
    assert_eq!(stack.connections(&authorizer), "1");
}

#[test]
fn a_restart_is_survived_and_an_outage_is_told() {
    let mut stack = Stack::own();
    let authorizer = stack.authorizer();
    check(&authorizer, &stack.key, "OK");
    stack.cluster.restart();
    check(&authorizer, &stack.key, "OK");
    stack.cluster.stop();
    check(&authorizer, &stack.key, REFUSED);
    check(&authorizer, &stack.key, REFUSED);
    stack.cluster.start();
    check(&authorizer, &stack.key, "OK");
}

#[test]
fn an_answer_that_hangs_is_an_outage() {
    let stack = Stack::shared();
    let authorizer = stack.authorizer();
    check(&authorizer, &stack.key, "OK");
    let admin = authorizer.block_on(async {
        let admin = stack.database.admin().await;
        admin.batch_execute("BEGIN; LOCK TABLE portcullis.accounts").await.unwrap();
        admin
    });
    check(&authorizer, &stack.key, SILENT);
    authorizer.block_on(async { admin.batch_execute("ROLLBACK").await.unwrap() });
    check(&authorizer, &stack.key, "OK");
}

#[test]
fn a_host_that_accepts_and_says_nothing_is_an_outage() {
    let stack = Stack::shared();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = silent.local_addr().unwrap().to_string();
    check(&stack.gate_with(&[("AURORA_HOST", &host)]), &stack.key, UNCONNECTED);
}

/// What Lambda leaves behind when it freezes a function for long: a connection that is open and dead.
#[test]
fn one_that_died_without_a_word_is_opened_again() {
    let stack = Stack::shared();
    let proxy = TcpProxy::before(&stack.database.host());
    let mut authorizer = stack.gate_with(&[("AURORA_HOST", &proxy.address())]);
    check(&authorizer, &stack.key, "OK");
    proxy.silence();
    authorizer.now = authorizer.now.after(Duration::from_secs(11));
    check(&authorizer, &stack.key, "OK");
    // One that was used a moment ago is not suspected of it.
    proxy.silence();
    authorizer.now = authorizer.now.after(Duration::from_secs(9));
    check(&authorizer, &stack.key, SILENT);
    check(&authorizer, &stack.key, "OK");
}

/// The store is asked for every key anew: what it says is not remembered over an outage.
#[test]
fn an_outage_is_never_an_answer() {
    let mut stack = Stack::own();
    let authorizer = stack.authorizer();
    check(&authorizer, &stack.key, "OK");
    stack.cluster.stop();
    for key in [&stack.key, &key(2)] {
        check(&authorizer, key, REFUSED);
    }
    // Junk is still told from keys.
    assert_eq!(authorizer.read("sfk_prod_junk").code(), "API_KEY_INVALID");
}

#[test]
fn a_database_without_the_migrations_is_a_mistake() {
    let stack = Stack::shared();
    let asked = |change: &str| {
        let authorizer = stack.authorizer();
        stack.database.execute(change);
        said(&authorizer.read(&stack.key.value))
    };
    assert_eq!(
        asked("REVOKE EXECUTE ON FUNCTION portcullis.find_api_key FROM portcullis_authorizer"),
        "MISCONFIGURED: the database cannot answer: 42501 permission denied for function find_api_key"
    );
    assert_eq!(
        asked("DROP FUNCTION portcullis.find_api_key"),
        "MISCONFIGURED: the database cannot answer: 42883 function portcullis.find_api_key(text) \
         does not exist"
    );
    let authorizer = stack.gate_with(&[("AURORA_DATABASE", "no_such_database")]);
    check(
        &authorizer,
        &stack.key,
        "MISCONFIGURED: the database cannot be reached: 3D000 database \"no_such_database\" does \
         not exist",
    );
}
