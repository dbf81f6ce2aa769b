//! Our functions, in process behind the gateway: what a client gets in the end.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::LazyLock;

use local::gateway::{
    Account, Api, ApiKind, Call, Consulted, Done, Gateway, GatewayResponse, Incoming, NoteKind,
    Outcome, ResourcePolicy, ResponseType, Route,
};
use serde_json::{Value, json};
use shared::authz::{AccessTable, TenantLocation};
use tests::mint::{Signer, id_claims};
use tests::test_authorizer::{Answer, TABLE, TestAuthorizer};
use tests::test_webhook_authorizer::TestWebhookAuthorizer;
use tests::webhook_events::{Headers, signed_by, with};

use super::{
    FORBIDDEN, INTERNAL, MISSING, UNAUTHORIZED, api, at, authorizer, forwarded, http_2,
    now_or_never, request, rest_request, seen, token,
};

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate("a"));

fn token_of(role: &str) -> String {
    SIGNER.token(&id_claims(role, "acme"))
}

/// One of our functions, and how often it was asked.
struct Behind<F> {
    answer: F,
    calls: Cell<usize>,
    last: RefCell<Value>,
}

impl<F: Fn(&[u8]) -> Answer> Behind<F> {
    fn new(answer: F) -> Self {
        Self { answer, calls: Cell::new(0), last: RefCell::default() }
    }

    fn handle(&self, gateway: &Gateway, incoming: &Incoming) -> Outcome {
        self.handle_at(gateway, incoming, 0)
    }

    fn handle_at(&self, gateway: &Gateway, incoming: &Incoming, seconds: u64) -> Outcome {
        now_or_never(gateway.handle(incoming, at(seconds), async |call: Call| {
            self.calls.set(self.calls.get() + 1);
            let Answer { answer, .. } = (self.answer)(&call.event);
            *self.last.borrow_mut() = answer.clone().unwrap_or_default();
            answer.map(|answer| answer.to_string().into_bytes())
        }))
    }
}

fn behind(settings: &[(&str, &str)], table: &str) -> Behind<impl Fn(&[u8]) -> Answer + use<>> {
    let authorizer = TestAuthorizer::with_table(&SIGNER, settings, table);
    Behind::new(move |event: &[u8]| authorizer.answer_bytes(event))
}

const ROUTES: [&str; 5] = [
    "GET /api/incidents",
    "POST /api/incidents",
    "GET /api/incidents/{id}",
    "GET /api/tenants/{tenant}/reports",
    "GET /api/cloud/resources",
];

fn bearer(method: &str, path: &str, token: &str) -> Incoming {
    request(method, path, &[("Authorization", &format!("Bearer {token}"))])
}

#[test]
fn a_rest_api_caches_the_policy_of_a_token() {
    let mut api = api(ApiKind::Rest, "prod", token(300), &ROUTES);
    api.routes.push(Route::new("GET /health", None));
    let body = r#"{"code":"$context.authorizer.code"}"#.to_owned();
    let templates = vec![("application/json".to_owned(), body)];
    let response = GatewayResponse { templates, ..GatewayResponse::default() };
    api.gateway_responses.insert(ResponseType::AccessDenied, response);
    let gateway = Gateway::new(api).unwrap();
    let function = behind(&[], TABLE);
    let viewer = token_of("viewer");
    let check = |method: &str, path: &str, expected: &str, calls: usize| {
        let outcome = function.handle(&gateway, &bearer(method, path, &viewer));
        assert_eq!((seen(&outcome).as_str(), function.calls.get()), (expected, calls), "{path}");
        outcome
    };
    let outcome = check("GET", "/prod/api/incidents", "to GET /api/incidents", 1);
    let context = &forwarded(&outcome)["requestContext"]["authorizer"];
    assert_eq!((&context["tenant_id"], &context["role"]), (&json!("acme"), &json!("viewer")));
    assert_eq!(context["principalId"], json!(tests::mint::USER));
    // The cached policy decides every other route, and its context says why.
    let denied = r#"403 {"code":"INSUFFICIENT_ROLE"}"#;
    let outcome = check("POST", "/prod/api/incidents", denied, 1);
    assert_eq!(outcome.trace.consulted, Consulted::Cache);
    check("GET", "/prod/api/incidents/7", "to GET /api/incidents/{id}", 1);
    let mine = "/prod/api/tenants/acme/reports";
    check("GET", mine, "to GET /api/tenants/{tenant}/reports", 1);
    check("GET", "/prod/api/tenants/globex/reports", denied, 1);
    check("GET", "/prod/nowhere", MISSING, 1);
    check("GET", "/prod/health", "to GET /health", 1);
    let outcome = function.handle(&gateway, &request("GET", "/prod/api/incidents", &[]));
    assert_eq!((seen(&outcome).as_str(), function.calls.get()), (UNAUTHORIZED, 1));
    // The function fails with `Unauthorized`, which is not kept.
    for calls in [2, 3] {
        let outcome = function.handle(&gateway, &bearer("GET", "/prod/api/incidents", "x.y.z"));
        assert_eq!((seen(&outcome).as_str(), function.calls.get()), (UNAUTHORIZED, calls));
    }
    let late = function.handle_at(&gateway, &bearer("GET", mine, &viewer), 300);
    assert_eq!((late.trace.consulted, function.calls.get()), (Consulted::Function, 4));
}

#[test]
fn a_rest_api_without_a_cache_asks_each_time() {
    let api = api(ApiKind::Rest, "prod", rest_request(&[], 0), &ROUTES);
    let gateway = Gateway::new(api).unwrap();
    let function = behind(&[], TABLE);
    let viewer = token_of("viewer");
    for (calls, (method, status)) in [("GET", 0), ("POST", 403), ("GET", 0)].iter().enumerate() {
        let outcome = function.handle(&gateway, &bearer(method, "/prod/api/incidents", &viewer));
        let got = match &outcome.done {
            Done::Answered(response) => response.status,
            Done::Forwarded(_) => 0,
        };
        assert_eq!((got, function.calls.get()), (*status, calls + 1));
    }
    let outcome = function.handle(&gateway, &request("GET", "/prod/api/incidents", &[]));
    assert_eq!(seen(&outcome), UNAUTHORIZED);
    // Two different tokens are refused by the function, which sees both.
    let twice = [("Authorization", "Bearer a.b.c"), ("authorization", viewer.as_str())];
    let outcome = function.handle(&gateway, &request("GET", "/prod/api/incidents", &twice));
    assert_eq!(seen(&outcome), UNAUTHORIZED);
}

#[test]
fn an_http_api_takes_policies() {
    let gateway =
        Gateway::new(api(ApiKind::Http, "$default", http_2(false, 300), &ROUTES)).unwrap();
    let function = behind(&[], TABLE);
    let viewer = token_of("viewer");
    let check = |method: &str, token: &str, expected: &str, calls: usize| {
        let outcome = function.handle(&gateway, &bearer(method, "/api/incidents", token));
        assert_eq!((seen(&outcome).as_str(), function.calls.get()), (expected, calls));
        outcome
    };
    let outcome = check("GET", &viewer, "to GET /api/incidents", 1);
    let context = &forwarded(&outcome)["requestContext"]["authorizer"]["lambda"];
    assert_eq!((&context["tenant_id"], &context["role"]), (&json!("acme"), &json!("viewer")));
    check("POST", &viewer, FORBIDDEN, 1);
    // HTTP APIs get a Deny of everything and no error, and it is kept.
    check("GET", "x.y.z", FORBIDDEN, 2);
    check("GET", "x.y.z", FORBIDDEN, 2);
}

#[test]
fn an_http_api_takes_simple_answers() {
    let simple = |sources: &[&str], ttl: u32| {
        let own = authorizer(http_2(true, 0).kind, sources, ttl);
        Gateway::new(api(ApiKind::Http, "$default", own, &ROUTES)).unwrap()
    };
    let function = behind(&[("RESPONSE", "simple")], TABLE);
    let viewer = token_of("viewer");
    let check = |gateway: &Gateway, method: &str, expected: &str| {
        let outcome = function.handle(gateway, &bearer(method, "/api/incidents", &viewer));
        assert_eq!(seen(&outcome), expected, "{method}");
        outcome
    };
    let gateway = simple(&[], 0);
    let outcome = check(&gateway, "GET", "to GET /api/incidents");
    assert_eq!(outcome.trace.simple, Some(true));
    check(&gateway, "POST", FORBIDDEN);
    // A yes that would be kept for every route is an error of the function.
    check(&simple(&["$request.header.Authorization"], 300), "GET", INTERNAL);
    let sources = ["$request.header.Authorization", "$context.httpMethod", "$context.path"];
    let gateway = simple(&sources, 300);
    check(&gateway, "GET", "to GET /api/incidents");
    let outcome = check(&gateway, "GET", "to GET /api/incidents");
    assert_eq!(outcome.trace.consulted, Consulted::Cache);
    check(&gateway, "POST", FORBIDDEN);
}

#[test]
fn a_websocket_is_opened() {
    let api = api(ApiKind::WebSocket, "prod", rest_request(&[], 0), &["$connect"]);
    let gateway = Gateway::new(api).unwrap();
    let function = behind(&[], TABLE);
    let outcome = function.handle(&gateway, &bearer("GET", "/prod", &token_of("viewer")));
    assert_eq!(seen(&outcome), "to $connect");
    let context = &forwarded(&outcome)["requestContext"]["authorizer"];
    assert_eq!(context["tenant_id"], "acme");
    let status = |token: &str| match function.handle(&gateway, &bearer("GET", "/prod", token)).done
    {
        Done::Answered(response) => response.status,
        Done::Forwarded(_) => 0,
    };
    assert_eq!(status("x.y.z"), 401);
    assert_eq!(status(&token_of("nobody")), 403);
}

/// Every route of the table as AWS writes it, and a path of each that the callers of `acme` may ask for.
fn routes_of(table: &str) -> Vec<(String, String)> {
    let source: toml::Table = table.parse().unwrap();
    let mut routes = Vec::new();
    for route in source["routes"].as_array().unwrap() {
        let path = route["path"].as_str().unwrap();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if route.get(method).is_some() {
                let asked = path.replace("{tenant}", "acme").replace("+}", "}");
                let asked: Vec<&str> =
                    asked.split('/').map(|s| if s.starts_with('{') { "x1" } else { s }).collect();
                routes.push((format!("{method} {path}"), asked.join("/")));
            }
        }
    }
    assert!(routes.len() > 20);
    routes
}

/// What the table says of a request of `role` in `acme`.
fn table_says(table: &AccessTable, role: &str, method: &str, path: &str) -> bool {
    table.route(Some(method), path).is_some_and(|matched| {
        // No request of these tests names a tenant outside the path.
        let own = match matched.tenant() {
            TenantLocation::None => true,
            TenantLocation::Path(tenant) => tenant == "acme",
            _ => false,
        };
        let grants = table.role(role);
        own && grants.is_some_and(|grants| table.permits(grants, &matched))
    })
}

const ROLES: [&str; 5] = ["viewer", "itsm_agent", "itsm_manager", "cloud_admin", "super_admin"];

/// Puts every route for every role through `api`, and says how often the function was asked. `proven` is
/// `table`.
fn check_all(mut api: Api, table: &str, proven: &AccessTable, settings: &[(&str, &str)]) -> usize {
    let routes = routes_of(table);
    let name = api.authorizers[0].name.clone();
    api.routes = routes.iter().map(|(key, _)| Route::new(key, Some(&name))).collect();
    let prefix = if api.stage == "$default" { String::new() } else { format!("/{}", api.stage) };
    let gateway = Gateway::new(api).unwrap();
    let function = behind(settings, table);
    let mut lets_in = BTreeSet::new();
    for role in ROLES {
        let token = token_of(role);
        for (key, path) in &routes {
            let method = key.split_once(' ').unwrap().0;
            for path in [path.clone(), path.replace("/acme/", "/globex/")] {
                let incoming = bearer(method, &format!("{prefix}{path}"), &token);
                let outcome = function.handle(&gateway, &incoming);
                let expected = proven.role(role).is_some_and(|_| {
                    key.ends_with("/health") || table_says(proven, role, method, &path)
                });
                let got = matches!(outcome.done, Done::Forwarded(_));
                assert_eq!(got, expected, "{role} {method} {path}: {:?}", outcome.trace);
                assert!(outcome.trace.notes.iter().all(|note| note.kind != NoteKind::Refused));
                lets_in.insert(got);
            }
        }
    }
    assert_eq!(lets_in.len(), 2);
    function.calls.get()
}

/// The default table in front of a closed API with a resource policy that allows everybody.
fn beside_a_resource_policy() -> String {
    let replaced = TABLE
        .replace("routes = \"open\"", "routes = \"closed\"")
        .replace("resource_policy = \"none\"", "resource_policy = \"allows\"")
        .replace("policy = \"caller\"", "policy = \"request\"");
    assert_ne!(replaced, TABLE);
    replaced
}

/// Gateway, authorizer and table agree, with every cache key that the documents call right.
#[test]
fn every_route_for_every_role() {
    let rest = |own| api(ApiKind::Rest, "prod", own, &[]);
    let http = |own| api(ApiKind::Http, "$default", own, &[]);
    let proven = AccessTable::prove("access.toml", TABLE).unwrap();
    let check = |api, settings| check_all(api, TABLE, &proven, settings);
    // One question for each token, and its policy decides the rest.
    assert_eq!(check(rest(token(300)), &[]), ROLES.len());
    assert_eq!(check(http(http_2(false, 300)), &[]), ROLES.len());
    check(rest(rest_request(&[], 0)), &[]);
    let by_path = ["$request.header.Authorization", "$context.httpMethod", "$context.path"];
    let simple = authorizer(http_2(true, 0).kind, &by_path, 300);
    check(http(simple), &[("RESPONSE", "simple")]);
    let document = json!({
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": "execute-api:/*",
        },
    });
    let by_path = ["method.request.header.Authorization", "context.httpMethod", "context.path"];
    let table = beside_a_resource_policy();
    let proven = AccessTable::prove("access.toml", &table).unwrap();
    for ttl in [0, 300] {
        let mut open = rest(rest_request(&by_path, ttl));
        let document = document.to_string();
        open.resource_policy = Some(ResourcePolicy { document, callers: Account::Same });
        check_all(open, &table, &proven, &[]);
    }
}

const ID: &str = "wh_1";
const SECRET: &str = "a-secret-of-the-tests-0123456789";

fn delivery(headers: &Headers, body: &[u8]) -> Incoming {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
    Incoming { body: body.to_vec(), ..request("POST", "/prod/webhooks", &headers) }
}

/// A webhook passes the gate, and its proxy event is delivered by the same function.
#[test]
fn a_webhook_passes_the_gate_and_is_delivered() {
    let webhooks = TestWebhookAuthorizer::new().webhook(ID, "portcullis", SECRET, &[]);
    let api = api(ApiKind::Rest, "prod", rest_request(&[], 0), &["POST /webhooks"]);
    let gateway = Gateway::new(api).unwrap();
    let gate = Behind::new(|event: &[u8]| webhooks.answer_bytes(event));
    let body = b"{\"a\": 1}";
    let signed = signed_by("portcullis", ID, SECRET, "d-1", tests::mint::NEW_YEAR_2026, body);
    let deliver = |incoming: &Incoming| {
        let outcome = gate.handle(&gateway, incoming);
        let answer = webhooks.answer(forwarded(&outcome)).answer.unwrap();
        answer["statusCode"].as_u64().unwrap()
    };
    assert_eq!(deliver(&delivery(&signed, body)), 200);
    let target = webhooks.forwarded();
    assert_eq!((target.len(), &target[0]["body"]), (1, &json!("{\"a\": 1}")));
    // The gate sees no body: what was changed is noticed on delivery.
    assert_eq!(deliver(&delivery(&signed, b"{\"a\": 2}")), 403);
    let binary = b"\xff\x00\x01";
    let signed = signed_by("portcullis", ID, SECRET, "d-2", tests::mint::NEW_YEAR_2026, binary);
    assert_eq!(deliver(&delivery(&signed, binary)), 200);
    assert_eq!(webhooks.forwarded().len(), 2);
    let at_the_gate = |headers: &Headers| {
        let outcome = gate.handle(&gateway, &delivery(headers, body));
        matches!(&outcome.done, Done::Answered(response) if response.status == 403)
    };
    assert!(at_the_gate(&with(&signed, "X-Webhook-Id", "wh_2")));
    assert!(at_the_gate(&with(&signed, "X-Webhook-Signature", "")));
    assert!(at_the_gate(&with(&signed, "X-Webhook-Signature", "sha256=00")));
    assert_eq!(webhooks.forwarded().len(), 2);
    let outage = gate.handle(&gateway, &delivery(&with(&signed, "X-Webhook-Id", "outage"), body));
    assert_eq!(seen(&outage), super::FAILED);
}
