//! The policy cache: what is kept, by which key, for how long, and what is evaluated again.

use local::gateway::{Consulted, Gateway, Incoming, Outcome, Route};
use serde_json::json;

use super::{
    EXPLICIT, FAILED, FORBIDDEN, Function, IMPLICIT, UNAUTHORIZED, at, forwarded, get, handle,
    http, http_2, policy, request, rest, rest_request, seen, token,
};

/// Sends a request after `seconds`, and says what came of it and how often the function was asked.
#[track_caller]
fn check(
    (gateway, function): (&Gateway, &Function),
    incoming: &Incoming,
    seconds: u64,
    expected: &str,
    calls: usize,
) -> Outcome {
    let outcome = handle(gateway, function, incoming, at(seconds));
    assert_eq!((seen(&outcome).as_str(), function.calls()), (expected, calls), "at {seconds}");
    outcome
}

#[test]
fn an_answer_is_used_until_its_ttl_ends() {
    let gateway = Gateway::new(rest(token(300))).unwrap();
    let function = Function::answers(&policy(&[("Allow", "GET/a"), ("Deny", "GET/b")]));
    let both = (&gateway, &function);
    let outcome = check(both, &get("/prod/a"), 0, "to GET /a", 1);
    assert_eq!(outcome.trace.consulted, Consulted::Function);
    assert_eq!(outcome.trace.cached_until, Some(at(300)));
    let outcome = check(both, &get("/prod/a"), 299, "to GET /a", 1);
    assert_eq!(outcome.trace.consulted, Consulted::Cache);
    assert_eq!(outcome.trace.cached_until, Some(at(300)));
    // The context is kept with the policy.
    let context = json!({ "principalId": "user", "tenant": "acme", "code": "INSUFFICIENT_ROLE" });
    assert_eq!(forwarded(&outcome)["requestContext"]["authorizer"], context);
    // Other routes are evaluated again, under the same key.
    check(both, &get("/prod/b"), 200, EXPLICIT, 1);
    check(both, &get("/prod/users/1"), 200, IMPLICIT, 1);
    check(both, &request("POST", "/prod/a", &[("authorization", "t")]), 200, IMPLICIT, 1);
    // Another token is another key.
    check(both, &request("GET", "/prod/a", &[("Authorization", "u")]), 200, "to GET /a", 2);
    check(both, &get("/prod/a"), 300, "to GET /a", 3);
    check(both, &get("/prod/a"), 599, "to GET /a", 3);
    gateway.flush_cache();
    check(both, &get("/prod/a"), 599, "to GET /a", 4);
}

#[test]
fn without_a_ttl_nothing_is_kept() {
    let gateway = Gateway::new(rest(token(0))).unwrap();
    let function = Function::answers(&policy(&[("Allow", "*")]));
    for calls in 1..4 {
        let outcome = check((&gateway, &function), &get("/prod/a"), 0, "to GET /a", calls);
        assert_eq!(outcome.trace.cached_until, None);
    }
}

#[test]
fn a_deny_is_kept_and_an_error_is_not() {
    let gateway = Gateway::new(rest(token(60))).unwrap();
    let function = Function::answers(&policy(&[("Deny", "*")]));
    check((&gateway, &function), &get("/prod/a"), 0, EXPLICIT, 1);
    *function.answer.borrow_mut() = Ok(policy(&[("Allow", "*")]).to_string());
    check((&gateway, &function), &get("/prod/a"), 59, EXPLICIT, 1);
    check((&gateway, &function), &get("/prod/a"), 60, "to GET /a", 2);
    let gateway = Gateway::new(rest(token(60))).unwrap();
    for (function, expected) in [
        (Function::fails("no"), FAILED),
        (Function::fails("Unauthorized"), UNAUTHORIZED),
        (Function::says(Ok("{}".to_owned())), FAILED),
    ] {
        check((&gateway, &function), &get("/prod/a"), 0, expected, 1);
        check((&gateway, &function), &get("/prod/a"), 0, expected, 2);
    }
}

#[test]
fn every_identity_source_is_in_the_key() {
    let sources = ["method.request.header.Authorization", "context.path", "context.httpMethod"];
    let gateway = Gateway::new(rest(rest_request(&sources, 60))).unwrap();
    let function = Function::answers(&policy(&[("Allow", "*")]));
    let both = (&gateway, &function);
    check(both, &get("/prod/a"), 0, "to GET /a", 1);
    check(both, &get("/prod/a"), 0, "to GET /a", 1);
    check(both, &get("/prod/b"), 0, "to GET /b", 2);
    check(both, &request("POST", "/prod/a", &[("Authorization", "t")]), 0, "to POST /a", 3);
    check(both, &request("GET", "/prod/a", &[("Authorization", "u")]), 0, "to GET /a", 4);
    // What is no identity source does not count.
    check(
        both,
        &request("GET", "/prod/a?x=1", &[("Authorization", "t"), ("X", "y")]),
        0,
        "to GET /a",
        4,
    );
}

#[test]
fn conditions_are_evaluated_again() {
    let gateway = Gateway::new(rest(token(300))).unwrap();
    let condition = json!({
        "IpAddress": { "aws:SourceIp": "203.0.113.0/24" },
        "DateLessThan": { "aws:CurrentTime": "2026-01-01T00:02:00Z" },
    });
    let function = Function::answers(&super::policy_of(&json!([{
        "Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*", "Condition": condition,
    }])));
    let both = (&gateway, &function);
    check(both, &get("/prod/a"), 0, "to GET /a", 1);
    let elsewhere = Incoming { source_ip: [192, 0, 2, 1].into(), ..get("/prod/a") };
    check(both, &elsewhere, 0, IMPLICIT, 1);
    check(both, &get("/prod/a"), 59, "to GET /a", 1);
    let outcome = check(both, &get("/prod/a"), 60, IMPLICIT, 1);
    // So are the notes of the policy.
    assert!(super::notes(&outcome, local::gateway::NoteKind::Assumed, "`aws:CurrentTime`"));
}

#[test]
fn each_authorizer_has_its_own_answers() {
    let mut api = rest(token(60));
    let other = local::gateway::Authorizer { name: "other".to_owned(), ..token(60) };
    api.authorizers.push(other);
    api.routes.push(Route::new("GET /other", Some("other")));
    api.routes.push(Route::new("GET /public", None));
    let gateway = Gateway::new(api).unwrap();
    let function = Function::answers(&policy(&[("Allow", "*")]));
    let both = (&gateway, &function);
    check(both, &get("/prod/a"), 0, "to GET /a", 1);
    let outcome = check(both, &get("/prod/other"), 0, "to GET /other", 2);
    assert_eq!(outcome.trace.authorizer.as_deref(), Some("other"));
    assert_eq!(function.calls.borrow()[1].authorizer, "other");
    check(both, &get("/prod/other"), 0, "to GET /other", 2);
    let outcome = check(both, &request("GET", "/prod/public", &[]), 0, "to GET /public", 2);
    assert_eq!(outcome.trace.consulted, Consulted::Nobody);
    assert_eq!(forwarded(&outcome)["requestContext"].get("authorizer"), None);
}

#[test]
fn a_simple_answer_covers_every_route() {
    let gateway = Gateway::new(http(http_2(true, 60))).unwrap();
    let function = Function::answers(&json!({ "isAuthorized": true }));
    let both = (&gateway, &function);
    check(both, &get("/a"), 0, "to GET /a", 1);
    check(both, &get("/b"), 0, "to GET /b", 1);
    check(both, &request("POST", "/a", &[("Authorization", "t")]), 59, "to POST /a", 1);
    *function.answer.borrow_mut() = Ok(json!({ "isAuthorized": false }).to_string());
    check(both, &get("/a"), 60, FORBIDDEN, 2);
    check(both, &get("/b"), 60, FORBIDDEN, 2);
}

/// An HTTP server runs requests on several threads.
#[test]
fn a_server_can_share_it() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let gateway = std::sync::Arc::new(Gateway::new(rest(token(60))).unwrap());
    let answer = policy(&[("Allow", "*")]).to_string();
    let incoming = get("/prod/a");
    let handled = gateway.handle(&incoming, at(0), async |_| {
        std::future::ready(()).await;
        Ok(answer.into_bytes())
    });
    assert_eq!(seen(&super::now_or_never(is_send(handled))), "to GET /a");
    is_send(gateway);
}

#[test]
fn a_clock_that_is_set_back_finds_nothing() {
    let gateway = Gateway::new(rest(token(60))).unwrap();
    let function = Function::answers(&policy(&[("Allow", "*")]));
    check((&gateway, &function), &get("/prod/a"), 100, "to GET /a", 1);
    check((&gateway, &function), &get("/prod/a"), 50, "to GET /a", 2);
}
