//! `explain` says what `decide` does, on every table, route, spelling and kind of caller.

use std::fs;

use serde_json::json;

use super::{Answer, Caller, Explanation, Remedy, Verdict, explain};
use crate::authn::{ApiKeyPrincipal, Principal, UserTokenPrincipal};
use crate::authz::access_table::{AccessTable, HolderKind, Matched};
use crate::authz::decision::{Decision, PermitPolicy, decide_for};
use crate::authz::policy::statements::Policy;
use crate::ids::{ApiKeyId, TenantId};
use crate::request::Request;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What no table of the repository has, together.
const TENANTS: &str = r#"
modules = ["a", "b"]
[gateway]
routes = "open"
resource_policy = "none"
policy = "caller"
preflight = "public"
[roles.reader]
grants = ["read:*"]
[roles.writer]
grants = ["read:*", "write:a"]
[roles.of_header]
grants = ["write:b"]
[roles.service_account]
by_scope = true
[scopes."api/read"]
presented_by = ["service-token", "user-token"]
grants = ["read:*"]
[scopes.write]
presented_by = "api-key"
grants = ["write:*"]
[scopes.read]
presented_by = "api-key"
grants = ["read:*"]
[[routes]]
path = "/open"
GET = "public"
[[routes]]
path = "$connect"
CONNECT = "read:a"
[[routes]]
path = "/header"
tenant = "header:x-tenant-id"
GET = "read:a"
POST = "write:b"
[[routes]]
path = "/query"
tenant = "query:tenant"
GET = "read:a"
[[routes]]
path = "/host"
tenant = "host:{tenant}.example.com"
GET = "read:b"
POST = "write:a"
[[routes]]
path = "/of/{tenant}/b"
tenant = "path:tenant"
GET = "read:b"
[[routes]]
path = "/users/@me"
GET = "read:a"
"#;

fn event(tail: &str, names: Option<&str>, matched: Option<&str>) -> String {
    let arn = format!("arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/{tail}");
    let mut event = json!({ "type": "REQUEST", "methodArn": arn, "resource": matched });
    if let Some(tenant) = names {
        event["headers"] =
            json!({ "X-Tenant-Id": tenant, "host": format!("{tenant}.example.com") });
        event["queryStringParameters"] = json!({ "tenant": tenant });
    }
    event.to_string()
}

/// Every kind of caller, with every role, one that does not exist, each scope, all of them and none.
fn principals(table: &AccessTable) -> Vec<Principal> {
    let roles: Vec<&str> = table.roles().map(|(name, _)| name).chain(["nobody"]).collect();
    let scopes = table.holders().filter(|holder| matches!(holder.kind, HolderKind::Scope(_)));
    let mut lists: Vec<String> = scopes.map(|scope| scope.name.to_owned()).collect();
    if !lists.is_empty() {
        lists.extend([lists.join(" "), "unknown".to_owned()]);
    }
    lists.push(String::new());
    let mut all: Vec<Principal> =
        lists.iter().map(|s| Principal::Service(s.as_str().into())).collect();
    for role in roles {
        all.push(Principal::User(role.into()));
        for scopes in &lists {
            let (role, scopes): (Box<str>, Box<str>) = (role.into(), scopes.as_str().into());
            let user = UserTokenPrincipal { role: role.clone(), scopes: scopes.clone() };
            all.push(Principal::UserToken(Box::new(user)));
            let key = ApiKeyId::parse("0123456789abcdef").unwrap();
            all.push(Principal::ApiKey(Box::new(ApiKeyPrincipal { key, role, scopes })));
        }
    }
    all
}

/// The first globs: the same policy is the same all along.
fn globs(policy: Policy<'_>) -> Vec<&str> {
    policy.allow().take(3).chain(policy.deny().take(3)).map(|glob| glob.as_str()).collect()
}

#[track_caller]
fn agree(
    request: &Request<'_>,
    route: Option<Matched<'_>>,
    table: &AccessTable,
    principal: Option<&Principal>,
    tenant: &TenantId,
) -> Verdict {
    let caller = principal.map(|principal| (principal, tenant));
    let decided = decide_for(request, route.as_ref(), caller, table);
    let caller = principal.map(|principal| Caller { principal, tenant: Some(tenant) });
    let said = explain(request, route, caller, table);
    let about = || format!("{} {principal:?} {tenant}", request.arn.as_str());
    let decided = match decided {
        Ok(decided) => decided,
        Err(error) => {
            assert_eq!(said.verdict, Verdict::Unlisted, "{}", about());
            assert_eq!(said.cause.reason(), error.to_string());
            return said.verdict;
        }
    };
    let verdict = decided.denial().map_or(Verdict::Allow, |denial| Verdict::Deny(denial.code));
    assert_eq!(said.verdict, verdict, "{}", about());
    if let Some(denial) = decided.denial() {
        assert_eq!(denial.reason, said.cause.reason(), "{}", about());
    }
    assert_eq!(said.remedies.is_empty(), verdict == Verdict::Allow, "{}", about());
    same_answer(&decided, &said, request, &about);
    verdict
}

#[track_caller]
fn same_answer(
    decided: &Decision<'_>,
    said: &Explanation<'_>,
    request: &Request<'_>,
    about: &dyn Fn() -> String,
) {
    let is_connect = request.arn.method().is_none();
    let (Decision::Allow(permit) | Decision::DenyRoute(_, permit)) = decided else {
        let is_it = if is_connect { matches!(said.answer, Answer::Request) } else { true };
        assert!(is_it && (is_connect || matches!(said.answer, Answer::Stage)), "{}", about());
        return;
    };
    match (permit.policy(), said.answer) {
        (PermitPolicy::Caller(one), Answer::Caller(other)) => {
            assert_eq!(globs(one), globs(other), "{}", about());
        }
        (PermitPolicy::Request, Answer::Request) | (PermitPolicy::Unproven, Answer::Unproven) => {}
        (PermitPolicy::Request, Answer::Stage) => assert!(!request.arn.is_nameable()),
        (_, answer) => panic!("{answer:?} {}", about()),
    }
    assert_eq!(permit.is_cached_by_route(), said.is_cached_by_route);
}

fn sample(pattern: &str) -> String {
    let value = |segment: &str| match segment.strip_prefix('{') {
        Some("tenant}") => "acme".to_owned(),
        Some(rest) if rest.ends_with("+}") => "~/~".to_owned(),
        Some(_) => "~".to_owned(),
        None => segment.to_owned(),
    };
    pattern.split('/').map(value).collect::<Vec<_>>().join("/")
}

/// What is requested of a table: every method of every path, one that the path has not, and every path in
/// another spelling; of large tables a tenth of the latter two.
fn tails(table: &AccessTable) -> Vec<String> {
    let listed = table.rules().filter_map(|(method, pattern)| Some((method?, pattern)));
    let mut tails: Vec<String> =
        listed.map(|(method, pattern)| format!("{method}{}", sample(pattern))).collect();
    tails.extend(["$connect".to_owned(), "GET/nowhere/at/all".to_owned()]);
    let mut patterns: Vec<&str> = table.rules().map(|(_, pattern)| pattern).collect();
    patterns.dedup();
    let step = if patterns.len() > 60 { 10 } else { 1 };
    let paths = patterns.into_iter().filter(|pattern| pattern.starts_with('/')).map(sample);
    for path in paths.step_by(step) {
        tails.push(format!("TRACE{path}"));
        let others = METHODS.iter().filter(|_| step == 1);
        tails.extend(others.map(|method| format!("{method}{path}")));
        let spelled = path.replace('@', "%40").replace('a', "%61");
        for other in [format!("{path}/"), format!("/{path}"), spelled, format!("{path}/../x")] {
            tails.push(format!("GET{other}"));
        }
        tails.push(format!("GET{path}/x"));
        tails.push(format!("GET{path}*"));
    }
    tails
}

/// How often each verdict was met.
fn check(table: &AccessTable) -> [usize; 3] {
    let principals = principals(table);
    let tenants = ["acme", "globex", "api"].map(|tenant| TenantId::parse(tenant).unwrap());
    let has_tenants = table.rules().any(|(_, path)| path.contains("{tenant}"));
    let (names, tenants): (&[Option<&str>], &[TenantId]) =
        if has_tenants { (&[Some("acme"), None], &tenants) } else { (&[None], &tenants[..1]) };
    let mut met = [0; 3];
    for tail in tails(table) {
        for names in names {
            let event = event(&tail, *names, None);
            let request = Request::read(event.as_bytes()).unwrap();
            let route = table.route(request.arn.method(), request.arn.path());
            for principal in principals.iter().map(Some).chain([None]) {
                for tenant in tenants {
                    let verdict = agree(&request, route, table, principal, tenant);
                    met[match verdict {
                        Verdict::Allow => 0,
                        Verdict::Deny(_) => 1,
                        Verdict::Unlisted => 2,
                    }] += 1;
                }
            }
        }
    }
    met
}

fn tables() -> Vec<(String, String)> {
    let mut paths: Vec<_> = fs::read_dir(format!("{ROOT}tests/tables"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(paths.len() > 10);
    paths.push(format!("{ROOT}infra/access.toml").into());
    let read =
        |path: std::path::PathBuf| (path.display().to_string(), fs::read_to_string(&path).unwrap());
    let tables = paths.into_iter().map(read);
    tables.chain([("tenants".to_owned(), TENANTS.to_owned())]).collect()
}

#[test]
fn explanations_agree_with_decisions_about_callers() {
    let mut expressible = 0;
    for (file, source) in tables() {
        let Ok(table) = AccessTable::prove(&file, &source) else { continue };
        expressible += 1;
        let [allowed, denied, _] = check(&table);
        assert!(allowed > 0 && denied > 0, "{file}: {allowed}, {denied}");
    }
    assert!(expressible > 10, "{expressible}");
}

#[test]
fn explanations_agree_with_decisions_about_requests() {
    for (file, source) in tables() {
        let source = source.replace("policy = \"caller\"", "policy = \"request\"");
        let [_, denied, unlisted] = check(&AccessTable::prove(&file, &source).unwrap());
        assert_eq!(source.contains("routes = \"closed\""), unlisted > 0, "{file}");
        assert!(denied > 0, "{file}");
    }
}

#[test]
fn explanations_agree_with_simple_decisions() {
    for (file, source) in tables().iter().rev().take(2) {
        check(&AccessTable::without_policies(file, source).unwrap());
    }
}

#[test]
fn the_route_that_api_gateway_matched() {
    let table = AccessTable::prove("tenants", TENANTS).unwrap();
    let acme = TenantId::parse("acme").unwrap();
    let reader = Principal::User("reader".into());
    for (matched, expected) in [
        ("/users/@me", Verdict::Allow),
        ("/query", Verdict::Deny(crate::denial::Code::InsufficientRole)),
    ] {
        let event = event("GET/users/@me", None, Some(matched));
        let request = Request::read(event.as_bytes()).unwrap();
        let route = table.route(request.arn.method(), request.arn.path());
        assert_eq!(agree(&request, route, &table, Some(&reader), &acme), expected);
    }
}

fn remedies(tail: &str, names: Option<&str>, principal: Option<&Principal>) -> String {
    let table = AccessTable::prove("tenants", TENANTS).unwrap();
    let event = event(tail, names, None);
    let request = Request::read(event.as_bytes()).unwrap();
    let route = table.route(request.arn.method(), request.arn.path());
    let caller = principal.map(|principal| Caller { principal, tenant: None });
    let said = explain(&request, route, caller, &table).remedies;
    let word = |remedy: &Remedy<'_>| match remedy {
        Remedy::Spelling(path) => format!("spell {path:?}"),
        Remedy::Methods { path, methods } => format!("methods {path} {methods:?}"),
        Remedy::Roles { permission, roles } => format!("{permission} roles {roles:?}"),
        Remedy::Scopes { permission, presented_by, scopes } => {
            format!("{permission} {presented_by} {scopes:?}")
        }
        Remedy::Tenant { own, named, .. } => {
            format!("tenant {:?} not {:?}", own.as_ref().map(TenantId::as_str), named.is_some())
        }
        other => format!("{other:?}"),
    };
    said.iter().map(word).collect::<Vec<_>>().join("; ")
}

#[test]
fn what_would_have_to_change() {
    let check = |tail: &str, names: Option<&str>, principal: Option<Principal>, expected: &str| {
        assert_eq!(remedies(tail, names, principal.as_ref()), expected, "{tail}");
    };
    let user = |role: &str| Some(Principal::User(role.into()));
    let service = |scopes: &str| Some(Principal::Service(scopes.into()));
    let user_token = |role: &str, scopes: &str| {
        let (role, scopes) = (role.into(), scopes.into());
        Some(Principal::UserToken(Box::new(UserTokenPrincipal { role, scopes })))
    };
    let key = |role: &str, scopes: &str| {
        let key = ApiKeyId::parse("0123456789abcdef").unwrap();
        let (role, scopes) = (role.into(), scopes.into());
        Some(Principal::ApiKey(Box::new(ApiKeyPrincipal { key, role, scopes })))
    };
    check("GET/header", Some("acme"), user("reader"), "");
    check("GET/header", None, user("reader"), "tenant None not false");
    check("GET/header", Some("not a tenant"), user("reader"), "tenant None not false");
    check("GET/of/acme/b", None, user("reader"), "");
    check("POST/host", Some("acme"), user("reader"), r#"write:a roles ["writer"]"#);
    check("POST/host", Some("acme"), service("api/read"), "write:a service-token []");
    check("GET/query", Some("acme"), service("read"), r#"read:a service-token ["api/read"]"#);
    check("GET/query", Some("acme"), user_token("reader", "api/read"), "");
    check("GET/query", Some("acme"), user_token("reader", ""), r#"read:a user-token ["api/read"]"#);
    check(
        "POST/host",
        None,
        key("reader", "read"),
        r#"write:a roles ["writer"]; write:a api-key ["write"]"#,
    );
    check("POST/host", None, key("writer", "read"), r#"write:a api-key ["write"]"#);
    check("POST/host", None, key("reader", "write"), r#"write:a roles ["writer"]"#);
    check("GET/open", None, user("nobody"), r#"KnownRoles(["reader", "writer", "of_header"])"#);
    check("DELETE/open", None, user("reader"), r#"methods /open ["GET", "OPTIONS"]; List"#);
    check("GET/closed", None, user("reader"), "List");
    check("GET/open/", None, user("reader"), r#"spell Some("/open")"#);
    check("GET//users/%40m%65", None, user("reader"), r#"spell Some("/users/@me")"#);
    check("GET/a%2Fb", None, user("reader"), "spell None");
    check("GET/a/../b", None, user("reader"), "spell None");
    check(
        "GET/header",
        None,
        None,
        r#"Credential; read:a roles ["reader", "writer"]; read:a service-token ["api/read"]; read:a user-token ["api/read"]; read:a api-key ["read"]"#,
    );
    check("GET/closed", None, None, "List");
}
