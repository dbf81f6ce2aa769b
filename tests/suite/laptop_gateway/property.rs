//! Random policies, evaluated by the gateway, by `iam-rs`, and by a reader too simple to be wrong.

use iam_rs::{Arn, Decision, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId};
use local::gateway::{Gateway, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};
use tests::events::PREFIX;

use super::{
    EXPLICIT, Function, IMPLICIT, api, at, handle, policy_of, request, rest_request, seen,
};
use crate::access::glob;

const ROUTES: [&str; 3] = ["ANY /", "ANY /{x}", "ANY /{x}/{proxy+}"];
const PATHS: [&str; 8] = ["/", "/a", "/b", "/ab", "/a/b", "/a/a", "/b/a:b", "/a/b/c"];
const METHODS: [&str; 2] = ["GET", "POST"];

/// The end of a resource.
fn tail() -> impl Strategy<Value = String> {
    let piece =
        prop::sample::select(vec!["a", "b", "/", "*", "?", "/*", ":", "a/b", "GET", "POST"]);
    let any = prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat());
    let method = prop::sample::select(vec!["GET", "POST", "*", "?ET"]);
    let path = prop::sample::select(PATHS.to_vec());
    let named = (method, path).prop_map(|(method, path)| format!("{method}{path}"));
    prop_oneof![1 => any, 2 => named]
}

fn resource() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => tail().prop_map(|tail| format!("{PREFIX}{tail}")),
        1 => Just("*".to_owned()),
        1 => tail().prop_map(|tail| format!("arn:aws:execute-api:*:*:abcdef????/prod/{tail}")),
        1 => Just("arn:aws:execute-api:us-east-1:*:*".to_owned()),
    ]
}

fn statement() -> impl Strategy<Value = Value> {
    let actions =
        prop::sample::select(vec!["execute-api:Invoke", "execute-api:*", "*", "s3:GetObject"]);
    let effect = prop::bool::weighted(0.6);
    let resources = prop::collection::vec(resource(), 1..4);
    (effect, prop::collection::vec(actions, 1..3), resources, any::<bool>()).prop_map(
        |(allows, actions, resources, single)| {
            let one_or_all = |all: Vec<Value>| match all.as_slice() {
                [one] if single => one.clone(),
                _ => Value::Array(all),
            };
            json!({
                "Effect": if allows { "Allow" } else { "Deny" },
                "Action": one_or_all(actions.into_iter().map(|a| json!(a)).collect()),
                "Resource": one_or_all(resources.into_iter().map(|r| json!(r)).collect()),
            })
        },
    )
}

/// Which statements match, read off them the plain way.
fn matching(statements: &[Value], arn: &str) -> Vec<(usize, bool)> {
    let any = |value: &Value, text: &str| {
        let list = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        list.iter().any(|one| glob(one.as_str().unwrap().as_bytes(), text.as_bytes()))
    };
    let matches = |(at, one): (usize, &Value)| {
        let fits = any(&one["Action"], "execute-api:Invoke") && any(&one["Resource"], arn);
        fits.then(|| (at, one["Effect"] == "Allow"))
    };
    statements.iter().enumerate().filter_map(matches).collect()
}

fn simple_verdict(statements: &[Value], arn: &str) -> Verdict {
    let matching = matching(statements, arn);
    let first = |allows: bool| matching.iter().find(|(_, own)| *own == allows).map(|(at, _)| *at);
    match (first(false), first(true)) {
        (Some(statement), _) => Verdict::ExplicitDeny { statement },
        (None, Some(statement)) => Verdict::Allow { statement },
        (None, None) => Verdict::ImplicitDeny,
    }
}

fn iam_rs_allows(policy: &IAMPolicy, arn: &str) -> bool {
    let evaluator = PolicyEvaluator::with_policies(vec![policy.clone()]);
    let caller = PrincipalId::String("arn:aws:iam::123456789012:user/caller".to_owned());
    let arn = Arn::parse(arn).unwrap();
    let request = IAMRequest::new(Principal::Aws(caller), "execute-api:Invoke", arn);
    evaluator.evaluate(&request).unwrap().decision == Decision::Allow
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn three_evaluators_agree(statements in prop::collection::vec(statement(), 0..5)) {
        let api = api(local::gateway::ApiKind::Rest, "prod", rest_request(&[], 0), &ROUTES);
        let gateway = Gateway::new(api).unwrap();
        let answer = policy_of(&json!(statements));
        let function = Function::answers(&answer);
        let document: IAMPolicy = serde_json::from_value(answer["policyDocument"].clone()).unwrap();
        for (method, path) in METHODS.iter().flat_map(|method| PATHS.map(|path| (method, path))) {
            let outcome = handle(&gateway, &function, &request(method, &format!("/prod{path}"), &[]), at(0));
            let arn = format!("{PREFIX}{method}{path}");
            let expected = simple_verdict(&statements, &arn);
            prop_assert_eq!(outcome.trace.verdict, Some(expected), "{} {}", method, path);
            let got = seen(&outcome);
            match expected {
                Verdict::Allow { .. } => prop_assert!(got.starts_with("to "), "{}", got),
                Verdict::ExplicitDeny { .. } => prop_assert_eq!(got, EXPLICIT),
                Verdict::ImplicitDeny => prop_assert_eq!(got, IMPLICIT),
            }
            if path.len() < 5 {
                let allowed = matches!(expected, Verdict::Allow { .. });
                prop_assert_eq!(iam_rs_allows(&document, &arn), allowed, "{} by iam-rs", arn);
            }
        }
    }

    /// Whatever a function says, the gateway answers or forwards, and forwards nothing that does not parse as
    /// an Allow.
    #[test]
    fn no_answer_opens_by_accident(text in "[\\[\\]{}\":, a-zA-Z*]{0,60}", path in "/[a-z%./*?]{0,8}") {
        let api = api(local::gateway::ApiKind::Rest, "prod", rest_request(&[], 0), &ROUTES);
        let gateway = Gateway::new(api).unwrap();
        let function = Function::says(Ok(text));
        let outcome = handle(&gateway, &function, &request("GET", &format!("/prod{path}"), &[]), at(0));
        prop_assert!(!seen(&outcome).starts_with("to "));
    }
}
