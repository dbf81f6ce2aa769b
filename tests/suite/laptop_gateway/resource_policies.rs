//! The resource policy of a REST API, alone and beside an authorizer.

use local::gateway::{Account, Api, Consulted, Gateway, NoteKind, ResourcePolicy, Route, Verdict};
use serde_json::{Value, json};

use super::{
    EXPLICIT, Function, IMPLICIT, at, get, handle, header, notes, policy, rest, seen, token,
};

const ARN: &str = "arn:aws:execute-api:eu-central-1:********9012:abcdef1234/prod/GET/a";

fn denied(how: &str) -> String {
    let what = "is not authorized to perform: execute-api:Invoke on resource";
    format!(r#"403 {{"Message":"User: anonymous {what}: {ARN} {how}"}}"#)
}

fn resource_deny() -> String {
    denied("with an explicit deny in a resource-based policy")
}

fn resource_silent() -> String {
    denied("because no resource-based policy allows the execute-api:Invoke action")
}

/// A resource policy of one statement about `GET /a` of every stage, or about another route.
fn about(effect: &str, path: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": effect,
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": format!("execute-api:/*/GET{path}"),
        }],
    })
}

fn api(document: &Value, callers: Account) -> Api {
    let mut api = rest(token(0));
    api.resource_policy = Some(ResourcePolicy { document: document.to_string(), callers });
    api
}

#[test]
fn all_cells_of_both_tables() {
    let yes = ("Allow", "GET/a");
    let no = ("Deny", "GET/a");
    let silent = ("Allow", "GET/b");
    let allows = about("Allow", "/a");
    let denies = about("Deny", "/a");
    let says_nothing = about("Deny", "/b");
    let check = |callers, authorizer, resource: &Value, expected: &str| {
        let gateway = Gateway::new(api(resource, callers)).unwrap();
        let function = Function::answers(&policy(&[authorizer]));
        let outcome = handle(&gateway, &function, &get("/prod/a"), at(0));
        assert_eq!(seen(&outcome), expected, "{callers:?} {authorizer:?} {resource}");
        // An explicit Deny counts before the authorizer is invoked.
        let is_asked = !matches!(outcome.trace.resource_policy, Some(Verdict::ExplicitDeny { .. }));
        assert_eq!(function.calls(), usize::from(is_asked));
        assert_eq!(outcome.trace.consulted == Consulted::Function, is_asked);
    };
    let through = "to GET /a";
    let (deny, silence) = (resource_deny(), resource_silent());
    check(Account::Same, yes, &allows, through);
    check(Account::Same, yes, &says_nothing, through);
    check(Account::Same, yes, &denies, &deny);
    check(Account::Same, silent, &allows, through);
    check(Account::Same, silent, &says_nothing, IMPLICIT);
    check(Account::Same, silent, &denies, &deny);
    check(Account::Same, no, &allows, EXPLICIT);
    check(Account::Same, no, &says_nothing, EXPLICIT);
    check(Account::Same, no, &denies, &deny);
    check(Account::Other, yes, &allows, through);
    check(Account::Other, yes, &says_nothing, &silence);
    check(Account::Other, yes, &denies, &deny);
    check(Account::Other, silent, &allows, IMPLICIT);
    check(Account::Other, silent, &says_nothing, IMPLICIT);
    check(Account::Other, silent, &denies, &deny);
    check(Account::Other, no, &allows, EXPLICIT);
    check(Account::Other, no, &says_nothing, EXPLICIT);
    check(Account::Other, no, &denies, &deny);
}

#[test]
fn a_public_route_needs_its_allow() {
    let check = |document: &Value, expected: &str| {
        let mut api = api(document, Account::Same);
        api.routes = vec![Route::new("GET /a", None)];
        let gateway = Gateway::new(api).unwrap();
        let outcome = handle(&gateway, &Function::fails("no"), &get("/prod/a"), at(0));
        assert_eq!(seen(&outcome), expected, "{document}");
    };
    check(&about("Allow", "/a"), "to GET /a");
    check(&about("Allow", "/b"), &resource_silent());
    check(&about("Deny", "/b"), &resource_silent());
    check(&about("Deny", "/a"), &resource_deny());
}

#[test]
fn networks_of_a_resource_policy() {
    let check = |statements: &Value, expected: &str| {
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        let gateway = Gateway::new(api(&document, Account::Other)).unwrap();
        let function = Function::answers(&policy(&[("Allow", "*")]));
        assert_eq!(seen(&handle(&gateway, &function, &get("/prod/a"), at(0))), expected);
    };
    let all = json!({
        "Effect": "Allow",
        "Principal": { "AWS": "*" },
        "Action": "execute-api:Invoke",
        "Resource": "execute-api:/*",
    });
    let only_from = |network: &str| {
        let mut deny = all.clone();
        deny["Effect"] = json!("Deny");
        deny["Condition"] = json!({ "NotIpAddress": { "aws:SourceIp": network } });
        json!([all, deny])
    };
    check(&only_from("203.0.113.0/24"), "to GET /a");
    check(&only_from("192.0.2.0/24"), &resource_deny());
    check(&json!([all]), "to GET /a");
}

#[test]
fn what_is_not_known_of_it_is_refused_at_the_start() {
    let refuse = |at: &str, value: Value, text: &str| {
        let mut document = about("Allow", "/a");
        let (parent, name) = at.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[name] = value;
        let errors = Gateway::new(api(&document, Account::Same)).unwrap_err();
        let error = errors[0].to_string();
        assert!(error.contains(text), "{error}");
    };
    let unknown = "what API Gateway makes of the resource policy is not known: ";
    let malformed = "the resource policy cannot be read: ";
    refuse("/Statement/0/Principal", json!({ "AWS": "123456789012" }), unknown);
    refuse("/Statement/0/Principal", json!({ "AWS": "*", "Service": "s3" }), unknown);
    refuse("/Statement/0/Principal", json!(null), unknown);
    refuse("/Statement/0/NotPrincipal", json!("*"), unknown);
    refuse("/Statement/0/Condition", json!({ "StringEquals": { "aws:SourceVpce": "v" } }), unknown);
    refuse("/Statement/0/Effect", json!("allow"), malformed);
    refuse("/Statement", json!(null), malformed);
    let mut broken = api(&json!({}), Account::Same);
    broken.resource_policy.as_mut().unwrap().document = "{".to_owned();
    let errors = Gateway::new(broken).unwrap_err();
    assert_eq!(errors[0].to_string(), "the resource policy is not JSON");
}

#[test]
fn a_wildcard_across_parts_of_the_arn_is_refused() {
    let mut document = about("Deny", "/a");
    document["Statement"][0]["Resource"] = json!("arn:*:abcdef1234/prod/GET/a");
    let gateway = Gateway::new(api(&document, Account::Same)).unwrap();
    let function = Function::answers(&policy(&[("Allow", "*")]));
    let outcome = handle(&gateway, &function, &get("/prod/a"), at(0));
    assert_eq!(seen(&outcome), super::UNKNOWN);
    assert_eq!(header(&outcome, "content-type"), Some("application/json"));
    assert!(notes(&outcome, NoteKind::Refused, "how far a wildcard"));
    assert_eq!(function.calls(), 0);
}
