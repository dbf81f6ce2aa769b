//! Through a pool of one connection: PgBouncer between transactions, which is as strict about sessions
//! as RDS Proxy.

use super::{Stack, check, said};

fn through_the_pool(stack: &Stack) -> String {
    format!("127.0.0.1:{}", stack.cluster.bouncer_port())
}

#[test]
fn several_functions_share_one_session() {
    let stack = Stack::shared();
    let host = through_the_pool(&stack);
    let gates = [(); 3].map(|()| stack.gate_with(&[("AURORA_HOST", &host)]));
    for _ in 0..3 {
        for authorizer in &gates {
            check(authorizer, &stack.key, "OK");
        }
    }
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND usename = 'portcullis_authorizer'";
    assert_eq!(stack.value(&gates[0], sessions), "1");
}

#[test]
fn fifty_decisions_at_once_share_one_session() {
    let stack = Stack::shared();
    let authorizer = stack.gate_with(&[("AURORA_HOST", &through_the_pool(&stack))]);
    let answers = authorizer.read_at_once(&[stack.key.value.as_str(); 50]);
    assert_eq!(answers.iter().map(said).collect::<Vec<_>>(), vec!["OK"; 50]);
}

#[test]
fn the_session_behind_the_pool_is_closed_by_the_server() {
    let stack = Stack::shared();
    let authorizer = stack.gate_with(&[("AURORA_HOST", &through_the_pool(&stack))]);
    for _ in 0..3 {
        check(&authorizer, &stack.key, "OK");
        stack.database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND usename = 'portcullis_authorizer'",
        );
    }
    check(&authorizer, &stack.key, "OK");
}
