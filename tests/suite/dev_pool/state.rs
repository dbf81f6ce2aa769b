//! What is kept of a pool, and a pool made of it.

use local::pool::{APP_CLIENT, Pool, PoolError};
use serde_json::{Value, json};

use super::{Dev, VIEWER, config, random};

fn restored(state: Value) -> Result<Pool, PoolError> {
    Pool::restore(config(), random(), state)
}

#[test]
fn tokens_and_sessions_outlast_a_restart() {
    let mut dev = Dev::new();
    let tokens = dev.sign_in(VIEWER);
    let jwks = dev.pool.jwks();
    dev.pool = restored(dev.pool.export().unwrap()).unwrap();
    assert_eq!(dev.pool.jwks(), jwks);
    assert!(dev.verify(tokens["IdToken"].as_str().unwrap()).is_ok());
    dev.call("GetUser", &json!({ "AccessToken": tokens["AccessToken"] }));
    let input = json!({ "ClientId": APP_CLIENT, "RefreshToken": tokens["RefreshToken"] });
    dev.call("GetTokensFromRefreshToken", &input);
    dev.sign_in(VIEWER);
}

/// Passwords and refresh tokens are kept as hashes.
#[test]
fn what_is_kept() {
    let mut dev = Dev::new();
    let tokens = dev.sign_in(VIEWER);
    let state = dev.pool.export().unwrap();
    let names: Vec<&str> = state.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["keys", "nobody", "sessions", "users", "version"]);
    let (_, secret) = tokens["RefreshToken"].as_str().unwrap().split_once('.').unwrap();
    for secret in [local::pool::PASSWORD, secret] {
        assert!(!state.to_string().contains(secret));
    }
}

#[test]
fn states_that_cannot_be_read() {
    let state = Dev::new().pool.export().unwrap();
    let check = |state: Value, problem: &str| {
        let error = restored(state).unwrap_err();
        assert_eq!(error.to_string(), format!("the kept state cannot be read: {problem}"));
    };
    let with = |name: &str, value: Value| {
        let mut state = state.clone();
        state[name] = value;
        state
    };
    check(Value::Null, "it has another form");
    check(json!({}), "it has another form");
    check(with("more", json!(1)), "it has another form");
    check(with("users", json!([])), "it has another form");
    check(with("version", json!(2)), "it has the version 2");
    for key in ["", "!", "AAAA"] {
        check(with("keys", json!([key, key])), "a key in it is none");
    }
}

/// Whoever puts HTTP around it keeps it behind a lock, across threads.
#[test]
fn a_pool_can_move_between_threads() {
    fn moves<T: Send + 'static>() {}
    moves::<Pool>();
}
