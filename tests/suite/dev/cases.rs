//! One table of HTTP cases, through every kind of API, without a cache and with one.

use serde_json::{Value, json};

use super::running::{Running, cacheable_table};
use super::upstream::Upstream;

/// What a caller presents.
#[derive(Clone, Copy)]
pub(crate) enum By {
    Nothing,
    /// A user's ID token, by role and tenant.
    User(&'static str, &'static str),
    Expired,
    /// A service's token, by its scopes.
    Service(&'static str),
    /// A user's access token, which the samples' settings do not take.
    UserToken,
    /// This text.
    Text(&'static str),
    /// Grace's development key, as `x-api-key`.
    Key(&'static str),
    /// The same as a bearer token.
    BearerKey(&'static str),
}

pub(crate) struct Case {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) by: By,
    /// The status of a REST API, and the code in the line.
    pub(crate) status: u16,
    pub(crate) code: &'static str,
}

/// Ada's development key of the samples, worth nothing.
fn read_only_key() -> String {
    let event = std::fs::read_to_string(
        tests::root().join("events/authorizer/api-key-allow-rest-request.json"),
    );
    let event: Value = serde_json::from_str(&event.unwrap()).unwrap();
    let headers = event["headers"].as_object().unwrap();
    let key = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-api-key"));
    key.unwrap().1.as_str().unwrap().to_owned()
}

pub(crate) fn cases() -> Vec<Case> {
    use By::{BearerKey, Expired, Key, Nothing, Service, Text, User, UserToken};
    const INCIDENTS: &str = "/api/incidents";
    let case = |method, path, by, status, code| Case { method, path, by, status, code };
    let viewer = User("viewer", "acme");
    let agent = User("itsm_agent", "acme");
    let manager = User("itsm_manager", "acme");
    let cloud = User("cloud_admin", "acme");
    let everything = User("super_admin", "globex");
    let read = Service("stackflow/api.read");
    let write = Service("stackflow/api.read stackflow/api.write");
    vec![
        case("GET", "/health", Nothing, 200, "-"),
        case("GET", "/health", viewer, 200, "-"),
        case("GET", INCIDENTS, viewer, 200, "OK"),
        case("GET", "/api/incidents/1", viewer, 200, "OK"),
        case("GET", "/api/incidents/1?a=b&a=c", viewer, 200, "OK"),
        case("POST", INCIDENTS, viewer, 403, "INSUFFICIENT_ROLE"),
        case("PATCH", "/api/incidents/1", viewer, 403, "INSUFFICIENT_ROLE"),
        case("POST", INCIDENTS, agent, 200, "OK"),
        case("PATCH", "/api/incidents/1", agent, 200, "OK"),
        case("POST", "/api/ai/triage", agent, 200, "OK"),
        case("POST", "/api/ai/triage", viewer, 403, "INSUFFICIENT_ROLE"),
        case("GET", "/api/admin/itsm", agent, 403, "INSUFFICIENT_ROLE"),
        case("GET", "/api/admin/itsm", manager, 200, "OK"),
        case("GET", "/api/admin/cloud", manager, 403, "INSUFFICIENT_ROLE"),
        case("GET", "/api/admin/cloud", cloud, 200, "OK"),
        case("GET", "/api/admin/platform", cloud, 403, "INSUFFICIENT_ROLE"),
        case("GET", "/api/admin/platform", everything, 200, "OK"),
        case("DELETE", "/api/admin/users/7", everything, 200, "OK"),
        case("GET", INCIDENTS, User("janitor", "acme"), 403, "INSUFFICIENT_ROLE"),
        case("GET", INCIDENTS, Nothing, 401, "TOKEN_MISSING"),
        case("GET", INCIDENTS, Expired, 401, "TOKEN_EXPIRED"),
        case("GET", INCIDENTS, Text("Bearer abc"), 401, "TOKEN_INVALID"),
        case("GET", INCIDENTS, Text("Bearer a.b.c"), 401, "TOKEN_INVALID"),
        case("GET", INCIDENTS, Text("Basic YTpi"), 401, "TOKEN_INVALID"),
        case("GET", INCIDENTS, UserToken, 403, "WRONG_TOKEN_TYPE"),
        case("GET", INCIDENTS, read, 200, "OK"),
        case("POST", INCIDENTS, read, 403, "INSUFFICIENT_ROLE"),
        case("POST", INCIDENTS, write, 200, "OK"),
        case("GET", "/api/admin/itsm", write, 403, "INSUFFICIENT_ROLE"),
        case("GET", INCIDENTS, Service("none"), 403, "INSUFFICIENT_ROLE"),
        case("GET", INCIDENTS, BearerKey("read-only"), 200, "OK"),
        case("POST", INCIDENTS, BearerKey("read-only"), 403, "INSUFFICIENT_ROLE"),
        case("GET", INCIDENTS, BearerKey("sfk_dev_nothing"), 401, "API_KEY_INVALID"),
        case("GET", INCIDENTS, Key("read-only"), 200, "OK"),
        case("GET", INCIDENTS, Key("sfk_dev_nothing"), 401, "API_KEY_INVALID"),
        case("GET", "/api/nothing", viewer, 404, "-"),
        case("DELETE", INCIDENTS, viewer, 404, "-"),
        case("GET", "/api/incidents/1/notes/2", viewer, 404, "-"),
    ]
}

/// What REST and HTTP APIs say where they differ.
pub(crate) fn status(case: &Case, api: &str) -> u16 {
    match (case.status, api) {
        // A REST API without such a route.
        (404, "rest") => 403,
        // `ON_UNAUTHENTICATED=deny`: an HTTP API has no 401 of an authorizer's.
        (401, "http") => 403,
        (status, _) => status,
    }
}

/// How the body of a refusal begins, in AWS's words.
fn refusal(case: &Case, api: &str, status: u16) -> &'static str {
    match (api, status, case.status) {
        (_, 401, _) => r#"{"message":"Unauthorized"}"#,
        ("rest", _, 404) => r#"{"message":"Missing Authentication Token"}"#,
        ("rest", ..) => r#"{"Message":"User is not authorized to access this resource"#,
        (_, 404, _) => r#"{"message":"Not Found"}"#,
        _ => r#"{"message":"Forbidden"}"#,
    }
}

#[test]
fn rest_without_a_cache() {
    run("rest", 0);
}

#[test]
fn rest_with_a_cache() {
    run("rest", 300);
}

#[test]
fn http_without_a_cache() {
    run("http", 0);
}

#[test]
fn http_with_a_cache() {
    run("http", 300);
}

fn run(api: &str, ttl: u32) {
    let upstream = Upstream::answering(
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-own: 1\r\nconnection: close\r\n\r\nok",
    );
    let ttl_text = ttl.to_string();
    let table = cacheable_table();
    let mut arguments = vec!["--upstream", &upstream.url, "--api", api, "--ttl", &ttl_text];
    if ttl > 0 {
        arguments.extend(["--access", table.to_str().unwrap()]);
    }
    let mut running = Running::start(&arguments);
    std::fs::remove_file(&table).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let key = read_only_key();
    for case in cases() {
        let header = match case.by {
            By::Nothing => None,
            By::User(role, tenant) => {
                let token = running.token(&["--role", role, "--tenant", tenant]);
                Some(("authorization", format!("Bearer {token}")))
            }
            By::Expired => {
                Some(("authorization", format!("Bearer {}", running.token(&["--expired"]))))
            }
            By::Service(scope) => {
                let token = running.token(&["--service", "--scope", scope]);
                Some(("authorization", format!("Bearer {token}")))
            }
            By::UserToken => {
                Some(("authorization", format!("Bearer {}", running.token(&["--access"]))))
            }
            By::Text(text) => Some(("authorization", text.to_owned())),
            By::Key("read-only") => Some(("x-api-key", key.clone())),
            By::Key(text) => Some(("x-api-key", text.to_owned())),
            By::BearerKey("read-only") => Some(("authorization", format!("Bearer {key}"))),
            By::BearerKey(text) => Some(("authorization", format!("Bearer {text}"))),
        };
        let mut request = client
            .request(case.method.parse().unwrap(), format!("{}{}", running.gateway, case.path))
            .header("x-portcullis-user-id", "eve")
            .header("x-portcullis-anything", "eve");
        if let Some((name, value)) = &header {
            request = request.header(*name, value);
        }
        let answer = runtime.block_on(request.send()).unwrap();
        let got_status = answer.status().as_u16();
        let is_own = answer.headers().contains_key("x-own");
        let body = runtime.block_on(answer.text()).unwrap();
        let line = running.line();
        let what = format!("{api} TTL {ttl}: {} {}: {line}\n{body}", case.method, case.path);

        // With a TTL the identity source is mandatory: the gateway refuses without asking.
        let is_missing =
            ttl > 0 && !matches!(&header, Some(("authorization", _))) && !matches!(case.code, "-");
        let expected = if is_missing { 401 } else { status(&case, api) };
        assert_eq!(got_status, expected, "{what}");
        assert_eq!(is_own, expected == 200, "{what}");
        if expected != 200 {
            assert!(upstream.got_nothing(), "{what}");
            assert!(body.starts_with(refusal(&case, api, expected)), "{what}");
        } else {
            let got = upstream.got();
            let target = format!("{} {} HTTP/1.1", case.method, case.path);
            assert_eq!(got.head[0], target, "{what}");
            for name in ["authorization", "x-api-key", "x-portcullis-anything"] {
                assert_eq!(got.header(name), None, "{what}");
            }
            let user = got.header("x-portcullis-user-id");
            assert_ne!(user, Some("eve"), "{what}");
            assert_eq!(user.is_some(), case.path != "/health", "{what}");
            if let By::User(role, tenant) = case.by
                && user.is_some()
            {
                assert_eq!(got.header("x-portcullis-role"), Some(role), "{what}");
                assert_eq!(got.header("x-portcullis-tenant-id"), Some(tenant), "{what}");
                assert_eq!(got.header("x-portcullis-auth-method"), Some("id-token"), "{what}");
            }
        }
        check_line(&line, &case, is_missing, ttl, &what);
    }
}

/// What the line says: the code, and whether the function was asked.
#[track_caller]
fn check_line(line: &str, case: &Case, is_missing: bool, ttl: u32, what: &str) {
    let invoked = if line.contains("  invoked") {
        "invoked"
    } else if line.contains("  from the cache") {
        "cache"
    } else {
        "nobody"
    };
    match (case.code, is_missing) {
        ("-", _) | (_, true) => assert_eq!(invoked, "nobody", "{what}"),
        (code, false) => {
            if ttl == 0 {
                assert_eq!(invoked, "invoked", "{what}");
            }
            if invoked == "invoked" && case.status < 500 {
                assert!(line.contains(&format!("  {code}  ")), "{what}");
            }
            assert_ne!(invoked, "nobody", "{what}");
        }
    }
}

/// The policy is cached with its context, and evaluated again for every route.
#[test]
fn one_answer_serves_every_route_while_it_is_cached() {
    for api in ["rest", "http"] {
        let table = cacheable_table();
        let access = table.to_str().unwrap();
        let mut running = Running::start(&["--api", api, "--ttl", "300", "--access", access]);
        std::fs::remove_file(&table).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let token = running.token(&[]);
        let mut ask = |method: &str, path: &str| {
            let request = client
                .request(method.parse().unwrap(), format!("{}{path}", running.gateway))
                .header("authorization", format!("Bearer {token}"));
            let answer = runtime.block_on(request.send()).unwrap();
            let status = answer.status().as_u16();
            let body = runtime.block_on(answer.text()).unwrap();
            (status, body, running.line())
        };
        let (status, first, line) = ask("GET", "/api/incidents");
        assert_eq!(status, 200, "{line}");
        assert!(line.contains("  invoked, cached until "), "{line}");
        let (status, second, line) = ask("GET", "/api/problems");
        assert_eq!(status, 200, "{line}");
        assert!(line.contains("  from the cache, cached until "), "{line}");
        let headers = |body: &str| serde_json::from_str::<Value>(body).unwrap()["headers"].clone();
        assert_eq!(headers(&first), headers(&second), "the context is cached with the policy");
        assert_eq!(headers(&first)["x-portcullis-role"], json!("viewer"));
        let (status, _, line) = ask("POST", "/api/incidents");
        assert_eq!(status, 403, "{line}");
        assert!(line.contains("  from the cache"), "{line}");
    }
}
