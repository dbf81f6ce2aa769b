//! `--template`: the API that a SAM or CloudFormation template deploys, over HTTP.

mod refused;

use tests::root;
use tests::tool::File;
use tests::webhook_events::mac;

use super::running::Running;

/// What a caller presents.
#[derive(Clone, Copy)]
enum By {
    Nothing,
    /// `Authorization` with the ID token of this role.
    Role(&'static str),
    /// `Authorization` with a service's token.
    Service,
    /// `X-Token` with this text before the ID token of a viewer.
    Header(&'static str),
    /// A signature over this body, which is sent in any case.
    Signed(&'static str),
}

/// A request, its status, and what its line contains.
type Case = (&'static str, By, u16, &'static str);

const BODY: &str = r#"{"n":1}"#;
const ALLOWED_ORIGIN: &str = "access-control-allow-origin";

/// One gateway of a template, and who asks it.
struct Asked {
    running: Running,
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
}

/// An answer: its status, headers, body and the line about it.
struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
    line: String,
}

impl Asked {
    fn start(arguments: &[&str]) -> Self {
        Self {
            running: Running::start(arguments),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    fn ask(&mut self, request: &str, by: By) -> Answer {
        let (method, path) = request.split_once(' ').unwrap();
        let bearer = |token: String| ("authorization", format!("Bearer {token}"));
        let header = match by {
            By::Nothing => None,
            By::Role(role) => Some(bearer(self.running.token(&["--role", role]))),
            By::Service => Some(bearer(self.running.token(&["--service"]))),
            By::Header(before) => Some(("x-token", format!("{before}{}", self.running.token(&[])))),
            By::Signed(signed) => {
                let bytes = mac(b"portcullis-development-secret", &[signed.as_bytes()]);
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                Some(("x-webhook-signature", format!("sha256={hex}")))
            }
        };
        let url = format!("{}{path}", self.running.gateway);
        let mut request = self.client.request(method.parse().unwrap(), url);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        if let By::Signed(_) = by {
            request = request.body(BODY);
        }
        let answer = self.runtime.block_on(request.send()).unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = self.runtime.block_on(answer.text()).unwrap();
        Answer { status, headers, body, line: self.running.line() }
    }

    #[track_caller]
    fn check(&mut self, cases: &[Case]) {
        for (request, by, status, part) in cases {
            let answer = self.ask(request, *by);
            let what = format!("{request}: {}\n{}", answer.line, answer.body);
            assert_eq!(answer.status, *status, "{what}");
            assert!(answer.line.contains(part), "{part}: {what}");
        }
    }
}

fn path_of(name: &str) -> String {
    format!("tests/templates/dev/{name}")
}

#[test]
fn a_rest_api() {
    use By::{Header, Nothing, Role, Service, Signed};
    let mut asked = Asked::start(&["--template", &path_of("rest.yaml")]);
    asked.check(&[
        ("GET /health", Nothing, 200, "  not invoked"),
        // No cache, and settings that take services.
        ("GET /api/incidents", Role("viewer"), 200, "  OK  "),
        ("GET /api/incidents", Role("viewer"), 200, "  invoked"),
        ("GET /api/incidents", Service, 200, "  OK  "),
        ("POST /api/incidents", Role("viewer"), 403, "  INSUFFICIENT_ROLE  "),
        ("POST /api/incidents", Role("itsm_agent"), 200, "  OK  "),
        ("GET /api/incidents", Nothing, 499, "  TOKEN_MISSING  "),
        // Cached for 300 seconds, by settings that take no service and answer with a policy to everybody.
        ("GET /api/problems", Role("viewer"), 200, "  invoked, cached until "),
        ("GET /api/problems", Role("viewer"), 200, "  from the cache, cached until "),
        ("POST /api/problems", Role("viewer"), 403, "  from the cache"),
        ("GET /api/problems", Service, 403, "  WRONG_TOKEN_TYPE  "),
        ("GET /api/problems", Nothing, 499, "  not invoked"),
        // One header, which must match.
        ("GET /api/changes", Header("Bearer "), 200, "  OK  "),
        ("GET /api/changes", Header("Bearer "), 200, "  invoked"),
        ("GET /api/changes", Header("Basic "), 499, "  not invoked"),
        ("GET /api/changes", Role("viewer"), 499, "  not invoked"),
        ("OPTIONS /api/incidents", Nothing, 200, "open"),
        // The table has no such rule, and the template no such route.
        ("GET /api/others", Role("viewer"), 403, "  INSUFFICIENT_ROLE  "),
        ("GET /api/knowledge/a", Role("viewer"), 403, "the API has no such route"),
        // At the gate, and for the delivery.
        ("POST /hooks/wh_portcullis", Signed(BODY), 200, "  OK  "),
        ("POST /hooks/wh_portcullis", Signed("{}"), 403, "  SIGNATURE_INVALID  "),
        ("POST /hooks/wh_nobody", Signed(BODY), 403, "  WEBHOOK_UNKNOWN  "),
        ("POST /v1/webhooks/wh_portcullis", Signed(BODY), 403, "the API has no such route"),
    ]);
}

/// What is printed to paste does what is said of it: these are the routes of the samples that the template has,
/// behind an authorizer that takes such tokens.
#[test]
fn lines_to_paste() {
    const LINES: [&str; 5] = [
        "a public route",
        "a viewer reads",
        "and may not write",
        "a service, by its scopes",
        "a webhook, signed by its secret",
    ];
    let check = |name: &str, edits: &[(&str, &str)], expected: &[usize]| {
        let file = edited(name, edits);
        let mut asked = Asked::start(&["--template", file.path()]);
        asked.ask("GET /nothing", By::Nothing);
        let printed = &asked.running.printed;
        let about = |at: &usize| printed.contains(&format!("  # {}\n", LINES[*at]));
        let printed: Vec<usize> = (0..LINES.len()).filter(about).collect();
        assert_eq!(printed, expected, "{name} {edits:?}");
        assert_eq!(asked.running.printed.contains("Try:"), !expected.is_empty());
    };
    check("rest.yaml", &[], &[0, 1, 2, 3]);
    check("rest.yaml", &[("PathPart: hooks", "PathPart: v1")], &[0, 1, 2, 3]);
    check("rest.yaml", &[("PathPart: incidents", "PathPart: x")], &[0]);
    check("rest.yaml", &[("id-token,service-token,api-key", "service-token")], &[0, 3]);
    check(
        "rest.yaml",
        &[("id-token,service-token,api-key", "id-token\n          TOKEN_SOURCES: header:x")],
        &[0],
    );
    check("http.yaml", &[], &[0, 1, 4]);
    check(
        "sam.yaml",
        &[
            ("Path: /health", "Path: /api/knowledge/a"),
            ("NONE", "tokens"),
            ("ValidationExpression: ^Bearer .*$", "Header: X"),
        ],
        &[],
    );
}

/// The upstream gets no token, whichever header it stands in.
#[test]
fn a_token_in_a_header_of_another_name() {
    let mut asked = Asked::start(&["--template", &path_of("rest.yaml")]);
    let answer = asked.ask("GET /api/changes", By::Header("Bearer "));
    let got: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(got["headers"]["x-portcullis-role"], "viewer");
    assert_eq!(got["headers"].get("x-token"), None, "{got}");
}

/// Both the type's own response and the one of its class.
#[test]
fn gateway_responses() {
    let mut asked = Asked::start(&["--template", &path_of("rest.yaml")]);
    let check = |asked: &mut Asked, request: &str, by, status, origin: &str, body: &str| {
        let answer = asked.ask(request, by);
        let own = answer.headers.get(ALLOWED_ORIGIN).map(|value| value.to_str().unwrap());
        let got = (answer.status, own, answer.body.as_str());
        assert_eq!(got, (status, Some(origin), body), "{request}");
    };
    check(
        &mut asked,
        "GET /api/incidents",
        By::Nothing,
        499,
        "https://app.example.com",
        r#"{"error":"sign in","type":"UNAUTHORIZED"}"#,
    );
    check(
        &mut asked,
        "GET /nothing",
        By::Nothing,
        403,
        "*",
        r#"{"message":"Missing Authentication Token"}"#,
    );
    let mut asked =
        Asked::start(&["--template", &path_of("sam.yaml"), "--parameter", "Origin=a.b"]);
    check(
        &mut asked,
        "POST /api/incidents",
        By::Role("viewer"),
        404,
        "a.b",
        r#"{"message":"nothing here"}"#,
    );
}

/// The template for HTTP APIs that people deploy, with the API that it makes. A yes is for one route.
#[test]
fn the_http_api_of_infra() {
    use By::{Nothing, Role, Service};
    let mut asked = Asked::start(&["--template", "infra/http-api.yaml"]);
    asked.check(&[
        ("GET /api/incidents", Nothing, 401, "  not invoked"),
        ("GET /api/incidents", Role("viewer"), 200, "  invoked, cached until "),
        ("GET /api/incidents", Role("viewer"), 200, "  from the cache, cached until "),
        ("POST /api/incidents", Role("viewer"), 403, "  INSUFFICIENT_ROLE  "),
        ("GET /api/incidents", Service, 200, "  OK  "),
        ("POST /v1/webhooks/tasks", Nothing, 404, "the API has no such route"),
    ]);
}

#[test]
fn a_rest_api_of_sam() {
    use By::{Nothing, Role, Service};
    let template = path_of("sam.yaml");
    let mut asked = Asked::start(&["--template", &template]);
    asked.check(&[
        ("GET /health", Nothing, 200, "  not invoked"),
        ("GET /api/incidents", Nothing, 401, "  not invoked"),
        ("GET /api/incidents", Role("viewer"), 200, "  OK  "),
        ("GET /api/incidents", Role("viewer"), 200, "  invoked"),
        ("GET /api/incidents", Service, 200, "  OK  "),
        // The preflights that SAM adds.
        ("OPTIONS /api/incidents", Nothing, 200, "open"),
    ]);
    let prod = ["--template", &template, "--parameter", "Stage=prod", "--api-id", "Api"];
    let mut asked = Asked::start(&prod);
    asked.check(&[
        ("GET /api/incidents", Role("viewer"), 200, "  invoked, cached until "),
        ("GET /api/incidents", Role("viewer"), 200, "  from the cache"),
    ]);
    let mut asked = Asked::start(&[&prod[..], &["--ttl", "0"]].concat());
    asked.check(&[
        ("GET /api/incidents", Role("viewer"), 200, "  invoked"),
        ("GET /api/incidents", Role("viewer"), 200, "  invoked"),
    ]);
}

#[test]
fn an_http_api() {
    use By::{Nothing, Role, Service, Signed};
    let mut asked = Asked::start(&["--template", &path_of("http.yaml")]);
    asked.check(&[
        ("GET /health", Nothing, 200, "  not invoked"),
        ("GET /api/incidents", Role("viewer"), 200, "  invoked"),
        ("GET /api/incidents", Role("viewer"), 200, "  invoked"),
        ("GET /api/incidents", Service, 403, "  WRONG_TOKEN_TYPE  "),
        ("GET /api/incidents", Nothing, 403, "  TOKEN_MISSING  "),
        ("GET /api/problems", Role("viewer"), 200, "  invoked, cached until "),
        ("POST /api/problems", Role("viewer"), 403, "  from the cache"),
        ("GET /api/problems", Service, 200, "  OK  "),
        ("GET /api/problems", Nothing, 401, "  not invoked"),
        ("GET /api/nothing", Nothing, 404, "the API has no such route"),
        // Without a gate: the function verifies it.
        ("POST /v1/webhooks/wh_portcullis", Signed(BODY), 200, "  OK  "),
        ("POST /v1/webhooks/wh_portcullis", Signed("{}"), 403, "  SIGNATURE_INVALID  "),
    ]);
}

/// The template `name` with other texts in it, each of which it has.
#[track_caller]
fn edited(name: &str, edits: &[(&str, &str)]) -> File {
    let mut text = std::fs::read_to_string(root().join(path_of(name))).unwrap();
    for (from, to) in edits {
        assert!(text.contains(from), "{name} has no {from}");
        text = text.replace(from, to);
    }
    File::new(&text)
}

/// A function without settings in the template has those of the samples, if somebody says that it is Portcullis.
#[test]
fn an_authorizer_that_is_named() {
    let file = edited("rest.yaml", &[("CREDENTIALS: id-token\n", "KIND: other\n")]);
    let mut asked = Asked::start(&[
        "--template",
        file.path(),
        "--authorizer",
        "Any",
        "--authorizer",
        "Tokens",
        "--authorizer",
        "Header",
    ]);
    asked.check(&[("GET /api/problems", By::Service, 200, "  OK  ")]);
}

/// A resource policy is evaluated before the authorizer is asked.
#[test]
fn a_resource_policy() {
    let policy = "Properties: {Policy: {Version: '2012-10-17', Statement: [{Effect: Deny, Principal: '*', \
                  Action: 'execute-api:Invoke', Resource: 'execute-api:/*/POST/*'}]}}";
    let file = edited("rest.yaml", &[("Properties: {Name: incidents}", policy)]);
    let mut asked = Asked::start(&["--template", file.path()]);
    asked.check(&[
        ("GET /api/incidents", By::Role("viewer"), 200, "  OK  "),
        (
            "POST /api/incidents",
            By::Role("itsm_agent"),
            403,
            "the resource policy denies the request",
        ),
    ]);
}
