//! `--template`: the API that a SAM or CloudFormation template deploys, over HTTP.

use std::net::TcpListener;

use tests::root;
use tests::tool::File;
use tests::webhook_events::mac;

use super::bad_input::fails;
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

/// Starts with `template` where the port is taken: what was said before that, or why it does not start.
#[track_caller]
fn starts(arguments: &[&str], expected: &[&str]) {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let arguments = [arguments, &["--port", &port]].concat();
    let mut said: Vec<String> = expected.iter().map(|line| format!("{line}\n")).collect();
    said.push(format!("portcullis: 127.0.0.1:{port} is taken: choose another `--port`\n"));
    fails(&arguments, 1, &said.concat());
}

#[test]
fn what_is_said_at_the_start() {
    let [rest, sam, http] = ["rest.yaml", "sam.yaml", "http.yaml"].map(path_of);
    starts(
        &["--template", &rest],
        &[
            "Parameters with their defaults: `Ttl`. `--parameter NAME=VALUE` gives another value.",
            "The access table has no rule for `GET /api/others`: the authorizer refuses it, as on AWS.",
            "`OPTIONS /api/incidents` goes to the upstream: on AWS it is a mock integration, which API Gateway \
             answers.",
        ],
    );
    starts(
        &["--template", &sam, "--parameter", "Stage=dev", "--parameter", "Origin=x"],
        &[
            "The preflights that `Cors` adds to `Api` go to the upstream: API Gateway answers them itself.",
        ],
    );
    starts(
        &["--template", &http],
        &["The CORS of `Api` is not done here: preflights are requests like any other."],
    );
    let edited = edited("rest.yaml", &[("{webhook_id}", "{id}"), ("Default: 300", "Default: 60")]);
    starts(
        &["--template", edited.path(), "--parameter", "Ttl=0"],
        &[
            "The access table has no rule for `GET /api/others`: the authorizer refuses it, as on AWS.",
            "`OPTIONS /api/incidents` goes to the upstream: on AWS it is a mock integration, which API Gateway \
             answers.",
            "`POST /hooks/{id}` has no `{webhook_id}`: a delivery there must name its webhook in `X-Webhook-Id` or \
             in the query parameter `webhook_id`.",
        ],
    );
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

/// The template `name`, so edited, is refused with these sentences; `{file}` stands for its path.
#[track_caller]
fn refused(name: &str, edits: &[(&str, &str)], arguments: &[&str], code: i32, sentences: &[&str]) {
    let file = edited(name, edits);
    let lines = sentences.iter().map(|sentence| format!("portcullis: {sentence}\n"));
    let said: String = lines.collect::<String>().replace("{file}", file.path());
    let ports = ["--port", "0", "--pool-port", "0", "--template", file.path()];
    fails(&[&ports[..], arguments].concat(), code, &said);
}

#[test]
fn what_cannot_be_known() {
    refused(
        "rest.yaml",
        &[("Default: 300", "Description: none")],
        &[],
        1,
        &[
            "{file}:25: the TTL of `Tokens` is `!Ref Ttl`: write the value itself, give its parameters by \
           `--parameter`, or use `--ttl`",
        ],
    );
    refused(
        "rest.yaml",
        &[
            (
                "IdentitySource: method.request.header.Authorization",
                "IdentitySource: !Ref AWS::Region",
            ),
            ("^Bearer [A-Za-z0-9._-]+$", "!ImportValue Expression"),
            ("HttpMethod: POST", "HttpMethod: !Ref AWS::Region"),
            ("\"'*'\"", "!Sub \"'${AWS::Region}'\""),
            ("CREDENTIALS: id-token\n", "CREDENTIALS: !Ref AWS::Region\n"),
            ("AuthorizationType: NONE}", "AuthorizationType: !Ref AWS::Region}"),
        ],
        &[],
        1,
        &[],
    );
    refused(
        "sam.yaml",
        &[
            ("!Equals [!Ref Stage, prod]", "!Equals [!Ref AWS::Region, x]"),
            ("DefaultAuthorizer: tokens", "DefaultAuthorizer: !Ref AWS::Region"),
        ],
        &["--api-id", "Api"],
        1,
        &[],
    );
    refused(
        "http.yaml",
        &[
            ("      AuthorizerResultTtlInSeconds: 300\n", ""),
            ("EnableSimpleResponses: true", "EnableSimpleResponses: !Ref AWS::Region"),
            ("      AuthorizerPayloadFormatVersion: \"1.0\"\n", ""),
        ],
        &[],
        1,
        &[],
    );
}

/// What the access table protects must not be open, and whoever else protects it does so on AWS alone.
#[test]
fn what_would_not_be_enforced() {
    const OF_ANY: &str = "AuthorizationType: CUSTOM, AuthorizerId: !Ref Any";
    refused("rest.yaml", &[(OF_ANY, "AuthorizationType: NONE")], &[], 1, &[]);
    refused("rest.yaml", &[(OF_ANY, "AuthorizationType: AWS_IAM")], &[], 1, &[]);
    refused(
        "rest.yaml",
        &[
            ("Type: TOKEN", "Type: COGNITO_USER_POOLS"),
            (OF_ANY, "AuthorizationType: CUSTOM, AuthorizerId: !Ref Pool"),
        ],
        &[],
        1,
        &[],
    );
    refused("rest.yaml", &[("CREDENTIALS: id-token\n", "KIND: other\n")], &[], 1, &[]);
    refused(
        "http.yaml",
        &[
            (
                "      AuthorizerType: REQUEST\n      AuthorizerPayloadFormatVersion: \"1.0\"",
                "      AuthorizerType: JWT",
            ),
            ("RouteKey: GET /health", "RouteKey: ANY /health"),
        ],
        &[],
        1,
        &[],
    );
    // A wide route that is open, and rules that end there.
    refused("http.yaml", &[("RouteKey: GET /health", "RouteKey: $default")], &[], 1, &[]);
    let table =
        File::new(&std::fs::read_to_string(root().join("infra/access.toml")).unwrap().replace(
            "path = \"/health\"\nGET = \"public\"",
            "path = \"/{page+}\"\nGET = \"public\"",
        ));
    refused(
        "http.yaml",
        &[("RouteKey: GET /health", "RouteKey: \"GET /{proxy+}\"")],
        &["--access", table.path()],
        1,
        &[],
    );
    // What is cached.
    refused(
        "rest.yaml",
        &[("AuthorizerResultTtlInSeconds: 0", "AuthorizerResultTtlInSeconds: 5")],
        &[],
        1,
        &[],
    );
    refused(
        "rest.yaml",
        &[("path = ", "")].map(|_| ("Default: 300", "Default: 4000")),
        &[],
        1,
        &[],
    );
    refused(
        "rest.yaml",
        &[("PathPart: problems", "PathPart: cloud"), ("PathPart: changes", "PathPart: x")],
        &["--ttl", "60"],
        1,
        &[],
    );
    refused(
        "rest.yaml",
        &[("      IdentitySource: method.request.header.X-Token\n", "")],
        &[],
        1,
        &[],
    );
    refused(
        "rest.yaml",
        &[("method.request.header.Authorization", "stageVariables.a")],
        &[],
        1,
        &[],
    );
    // A resource policy.
    const NAME: &str = "Properties: {Name: incidents}";
    refused("rest.yaml", &[(NAME, "Properties: {Policy: !Ref AWS::Region}")], &[], 1, &[]);
    refused(
        "rest.yaml",
        &[(NAME, "Properties: {EndpointConfiguration: {Types: [PRIVATE]}}")],
        &[],
        1,
        &[],
    );
    refused(
        "rest.yaml",
        &[(
            NAME,
            "Properties: {Policy: {Statement: [{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'}]}}",
        )],
        &[],
        1,
        &[],
    );
}

#[test]
fn what_is_wrong_with_a_template() {
    refused(
        "rest.yaml",
        &[("ResponseType: DEFAULT_4XX", "ResponseType: DEFAULT_4xx"), ("\"499\"", "many")],
        &[],
        1,
        &[],
    );
    refused(
        "rest.yaml",
        &[
            ("CREDENTIALS: id-token\n", "CREDENTIALS: id-token,password\n"),
            ("STEPS: gate,delivery", "STEPS: gates"),
        ],
        &[],
        1,
        &[],
    );
    refused("rest.yaml", &[("^Bearer [A-Za-z0-9._-]+$", "^(?=a)")], &[], 1, &[]);
    refused(
        "rest.yaml",
        &[("${Webhooks.Arn}/invocations\n\n  Refused", "${Missing}/invocations\n\n  Refused")],
        &[],
        1,
        &[],
    );
    refused("http.yaml", &[("ProtocolType: HTTP", "ProtocolType: WEBSOCKET")], &[], 1, &[]);
    refused("http.yaml", &[("AWS::ApiGatewayV2::", "AWS::Other::")], &[], 1, &[]);
    refused("http.yaml", &[("Resources:", "Things:")], &[], 1, &[]);
    refused("http.yaml", &[("Resources:", "Resources: [")], &[], 1, &[]);
}

#[test]
fn arguments_that_do_not_fit() {
    refused("sam.yaml", &[], &["--parameter", "Stage=prod"], 2, &[]);
    refused("sam.yaml", &[], &["--api-id", "Console"], 2, &[]);
    refused("sam.yaml", &[], &["--parameter", "Other=x"], 2, &[]);
    refused("sam.yaml", &[], &["--parameter", "Stage"], 2, &[]);
    refused("sam.yaml", &[], &["--authorizer", "nobody"], 1, &[]);
    let starts_with = |arguments: &[&str], start: &str| {
        let done = tests::tool::run([], arguments, "");
        assert_eq!(done.code, 2);
        assert!(done.err.starts_with(start), "{}", done.err);
    };
    starts_with(
        &["dev", "--template", "x", "--api", "rest"],
        "error: the argument '--template <FILE>' cannot be used with '--api <API>'",
    );
    starts_with(
        &["dev", "--parameter", "a=b"],
        "error: the following required arguments were not provided:\n  --template <FILE>",
    );
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
