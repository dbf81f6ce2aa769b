//! What is said of a template at the start, and which templates are refused.

use std::net::TcpListener;

use tests::root;
use tests::tool::{File, run};

use super::{edited, path_of};
use crate::dev::bad_input::fails;

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
    // OpenAPI within a template, and JSON.
    for name in ["body.yaml", "http.json"] {
        let template = format!("tests/templates/{name}");
        starts(&["--template", &template, "--access", "tests/templates/access.toml"], &[]);
    }
    let edited = edited(
        "rest.yaml",
        &[
            ("{webhook_id}", "{id}"),
            (
                "CREDENTIALS: id-token\n",
                "CREDENTIALS: id-token\n          ROLE_CLAIM: cognito:groups\n",
            ),
            ("Integration: {Type: MOCK}", "ApiKeyRequired: true, Integration: {Type: AWS}"),
        ],
    );
    starts(
        &["--template", edited.path(), "--parameter", "Ttl=0"],
        &[
            "API keys of usage plans (`ApiKeyRequired` in `Api`) are not checked here.",
            "The access table has no rule for `GET /api/others`: the authorizer refuses it, as on AWS.",
            "`OPTIONS /api/incidents` goes to the upstream as it is: its mapping templates are not applied.",
            "`POST /hooks/{id}` has no `{webhook_id}`: a delivery there must name its webhook in `X-Webhook-Id` or \
             in the query parameter `webhook_id`.",
            "`ROLE_CLAIM` of `TokenFunction` is `cognito:groups`: tokens of `portcullis dev token` do not have that \
             claim.",
        ],
    );
}

/// What many sentences end with.
const REMEDIES: [(&str, &str); 4] = [
    ("{write}", "write the value itself, or give its parameters by `--parameter`"),
    (
        "{write or --ttl}",
        "write the value itself, give its parameters by `--parameter`, or use `--ttl`",
    ),
    ("{guard}", "put the authorizer before it, or write `public` into the table"),
    (
        "{ours}",
        "and only Portcullis's own authorizers run here: put one before it, or leave the route out by a condition",
    ),
];

/// The template `name`, so edited, is refused with these sentences; `{file}` stands for its path.
#[track_caller]
fn refused(name: &str, edits: &[(&str, &str)], arguments: &[&str], code: i32, sentences: &[&str]) {
    let file = edited(name, edits);
    let lines = sentences.iter().map(|sentence| format!("portcullis: {sentence}\n"));
    let mut said: String = lines.collect();
    for (short, long) in REMEDIES.into_iter().chain([("{file}", file.path())]) {
        said = said.replace(short, long);
    }
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
        &["{file}:24: the TTL of `Tokens` is `!Ref Ttl`: {write or --ttl}"],
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
        &[
            "{file}:23: the identity sources of `Tokens` are `!Ref AWS::Region`: {write}",
            "{file}:32: the validation expression of `Header` is `!ImportValue Expression`: {write}",
            "{file}:55: the setting `CREDENTIALS` of `TokenFunction` cannot be known: {write}",
            "{file}:94: how `GetHealth` is authorized is computed: {write}",
            "{file}:100: method and path of `PostIncidents` are not both said: {write}",
            "{file}:109: method and path of `PostProblems` are not both said: {write}",
            "{file}:118: method and path of `PostHook` are not both said: {write}",
            "{file}:145: `gatewayresponse.header.Access-Control-Allow-Origin` of the gateway response \
             `DEFAULT_4XX` is `!Sub '${AWS::Region}'`: {write}",
        ],
    );
    // Whether there is another API does not count.
    refused(
        "sam.yaml",
        &[
            ("!Equals [!Ref Stage, prod]", "!Equals [!Ref AWS::Region, x]"),
            ("DefaultAuthorizer: tokens", "DefaultAuthorizer: !Ref AWS::Region"),
        ],
        &["--api-id", "Api"],
        1,
        &[
            "{file}:18: `DefaultAuthorizer` of `Api` is `!Ref AWS::Region`: {write}",
            "{file}:25: the TTL of `tokens` is `!If [IsProd, …]`: {write or --ttl}",
        ],
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
        &[
            "{file}:8: whether `Simple` expects simple responses cannot be known: write `true` or \
             `false`",
            "{file}:16: `Policies` does not say the format of its event: write `1.0` or `2.0` as its \
             payload format, which AWS requires",
            "{file}:16: `Policies` has identity sources and no TTL, and AWS documents no default for \
             HTTP APIs: {write or --ttl}",
        ],
    );
}

/// What the access table protects must not be open, and whoever else protects it does so on AWS alone.
#[test]
fn what_would_not_be_enforced() {
    const OF_ANY: &str = "AuthorizationType: CUSTOM, AuthorizerId: !Ref Any";
    refused(
        "rest.yaml",
        &[(OF_ANY, "AuthorizationType: NONE")],
        &[],
        1,
        &[
            "{file}:97: `GET /api/incidents` has no authorizer, and the access table protects it: \
             {guard}",
            "{file}:100: `POST /api/incidents` has no authorizer, and the access table protects it: \
             {guard}",
            "{file}:115: `GET /api/others` has no authorizer, and the access table does not say that \
             it is public: {guard}",
        ],
    );
    refused(
        "rest.yaml",
        &[(OF_ANY, "AuthorizationType: AWS_IAM")],
        &[],
        1,
        &[
            "{file}:97: IAM authorization stands before `GET /api/incidents`, {ours}",
            "{file}:100: IAM authorization stands before `POST /api/incidents`, {ours}",
            "{file}:115: IAM authorization stands before `GET /api/others`, {ours}",
        ],
    );
    refused(
        "rest.yaml",
        &[
            ("Type: TOKEN", "Type: COGNITO_USER_POOLS"),
            (OF_ANY, "AuthorizationType: CUSTOM, AuthorizerId: !Ref Pool"),
        ],
        &[],
        1,
        &[
            "{file}:27: `Header`, a Cognito authorizer, stands before `GET /api/changes`, {ours}",
            "{file}:97: `Pool`, which is no authorizer of the API, stands before `GET \
             /api/incidents`, {ours}",
            "{file}:100: `Pool`, which is no authorizer of the API, stands before `POST \
             /api/incidents`, {ours}",
            "{file}:115: `Pool`, which is no authorizer of the API, stands before `GET /api/others`, \
             {ours}",
        ],
    );
    refused(
        "rest.yaml",
        &[("CREDENTIALS: id-token\n", "KIND: other\n")],
        &[],
        1,
        &[
            "{file}:19: `Tokens` stands before `GET /api/problems`, `POST /api/problems`, and nothing \
             shows that it answers by the access table: if it is Portcullis, say so by `--authorizer \
             Tokens`",
            "{file}:27: `Header` stands before `GET /api/changes`, and nothing shows that it answers \
             by the access table: if it is Portcullis, say so by `--authorizer Header`",
        ],
    );
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
        &[
            "{file}:16: `Policies`, a JWT authorizer, stands before `ANY /api/problems`, {ours}",
            "{file}:45: `ANY /health` has no authorizer, and the access table does not say that \
             `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` are public: {guard}",
        ],
    );
    // A wide route that is open, and rules that end there.
    refused(
        "http.yaml",
        &[("RouteKey: GET /health", "RouteKey: $default")],
        &[],
        1,
        &[
            "{file}:46: `$default` has no authorizer, and the access table does not say that `GET`, \
             `HEAD`, `POST`, `PUT`, `PATCH` and 1 more are public: {guard}",
        ],
    );
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
        &[
            "{file}:46: `GET /{proxy+}` has no authorizer and takes `GET /api/incidents/{id}`, `GET \
             /api/problems/{id}`, `GET /api/changes`, `GET /api/changes/{id}`, `GET \
             /api/knowledge/{page+}` and 8 more, which the access table protects: make routes of \
             them, with the authorizer before each",
        ],
    );
    // What is cached.
    refused(
        "rest.yaml",
        &[("AuthorizerResultTtlInSeconds: 0", "AuthorizerResultTtlInSeconds: 5")],
        &[],
        1,
        &[
            "{file}:16: answers of `Any` are cached for 5 s, and it has no identity source: AWS \
             refuses that: write a TTL of 0, or identity sources",
            "{file}:40: answers of `Gate` are cached for 5 s, and it has no identity source: AWS \
             refuses that: write a TTL of 0, or identity sources",
            "{file}:16: answers of `Any` are cached for 5 s, and the header `authorization` may have \
             the token and is no identity source: make it an identity source, or set the TTL to 0",
            "{file}:40: `Gate` is a gate of webhooks, and its answers are cached for 5 s: set the TTL \
             to 0: each answer is for one signature",
        ],
    );
    refused(
        "rest.yaml",
        &[("Default: 300", "Default: 4000")],
        &[],
        1,
        &[
            "{file}:24: the TTL of `Tokens` is 4000 seconds: API Gateway caches for 3600 seconds at \
             most",
        ],
    );
    refused(
        "rest.yaml",
        &[],
        &["--ttl", "60"],
        1,
        &[
            "{file}:16: answers of `Any` are cached for 60 s, and it has no identity source: AWS \
             refuses that: write a TTL of 0, or identity sources",
            "{file}:16: answers of `Any` are cached for 60 s, and the header `authorization` may have \
             the token and is no identity source: make it an identity source, or set the TTL to 0",
        ],
    );
    refused(
        "rest.yaml",
        &[
            (
                "ParentId: !Ref ApiResource, PathPart: problems",
                "ParentId: !Ref ChangesResource, PathPart: costs",
            ),
            ("PathPart: changes", "PathPart: cloud"),
        ],
        &[],
        1,
        &["{file}:24: answers of `Tokens` are cached for 300 s, and the tenant of \
             `/api/cloud/costs` is outside its path: set the TTL to 0, or put the tenant into the \
             path"],
    );
    refused(
        "rest.yaml",
        &[("      IdentitySource: method.request.header.X-Token\n", "")],
        &[],
        1,
        &[
            "{file}:27: `Header` is a `TOKEN` authorizer and does not name its header: AWS requires \
             one identity source, such as `method.request.header.Authorization`",
        ],
    );
    refused(
        "rest.yaml",
        &[("method.request.header.Authorization", "stageVariables.a")],
        &[],
        1,
        &[
            "{file}:19: `stageVariables.a` is an identity source of `Tokens`: this gateway has no \
             stage variables",
            "{file}:24: answers of `Tokens` are cached for 300 s, and the header `authorization` may \
             have the token and is no identity source: make it an identity source, or set the TTL to \
             0",
        ],
    );
    // A resource policy.
    const NAME: &str = "Properties: {Name: incidents}";
    refused(
        "rest.yaml",
        &[(NAME, "Properties: {Policy: !Ref AWS::Region}")],
        &[],
        1,
        &["{file}:9: the resource policy is `!Ref AWS::Region`: {write}"],
    );
    refused(
        "rest.yaml",
        &[(NAME, "Properties: {EndpointConfiguration: {Types: [PRIVATE]}}")],
        &[],
        1,
        &[
            "{file}:9: the resource policy of `Api` is no document that is written out: write it as \
             the property `Policy`, or leave it out by a condition and `--parameter`",
            "{file}:9: `Api` has a resource policy that allows, and the table says `resource_policy = \
             \"none\"`: what no policy denies by name is open: write `resource_policy = \"allows\"` \
             into the table",
        ],
    );
    refused(
        "rest.yaml",
        &[(
            NAME,
            "Properties: {Policy: {Statement: [{Effect: Allow, Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*'}]}}",
        )],
        &[],
        1,
        &[
            "{file}:9: `Api` has a resource policy that allows, and the table says `resource_policy = \
             \"none\"`: what no policy denies by name is open: write `resource_policy = \"allows\"` \
             into the table",
        ],
    );
}

#[test]
fn what_is_wrong_with_a_template() {
    refused(
        "rest.yaml",
        &[("ResponseType: DEFAULT_4XX", "ResponseType: DEFAULT_4xx"), ("\"499\"", "many")],
        &[],
        1,
        &[
            "{file}:130: the status of the gateway response `UNAUTHORIZED` is `many`: write a status \
             of HTTP, such as 401",
            "{file}:140: `DEFAULT_4xx` is no type of gateway response: AWS has types such as \
             `UNAUTHORIZED`, `ACCESS_DENIED` and `DEFAULT_4XX`",
        ],
    );
    refused(
        "rest.yaml",
        &[
            ("CREDENTIALS: id-token\n", "CREDENTIALS: id-token,password\n"),
            ("STEPS: gate,delivery", "STEPS: gates"),
        ],
        &[],
        1,
        &[
            "{file}:51: the settings of `TokenFunction`: `CREDENTIALS` names `password`, which is \
             none of `id-token`, `user-token`, `service-token`, `api-key`: the function does not \
             start with it",
            "{file}:59: the settings of `Webhooks`: `STEPS` names `gates`, which is none of `gate`, \
             `delivery`: the function does not start with it",
        ],
    );
    refused(
        "rest.yaml",
        &[("^Bearer [A-Za-z0-9._-]+$", "^(?=a)")],
        &[],
        1,
        &["{file}:27: authorizer `Header`: the validation expression cannot be read, or is too \
             large: change it, or leave it out by a condition"],
    );
    refused(
        "rest.yaml",
        &[("${Webhooks.Arn}/invocations\n\n  Refused", "${Missing}/invocations\n\n  Refused")],
        &[],
        1,
        &["{file}:118: which function gets what passes the gate of `POST /hooks/{webhook_id}` \
             cannot be known: name a function of the template, with its environment, in the integration"],
    );
    refused(
        "rest.yaml",
        &[("PathPart: changes", "PathPart: '{id}:approve'")],
        &[],
        1,
        &[
            "{file}:112: `GET /api/{id}:approve` is not the key of a route of such an API: change it, or leave it \
           out by a condition",
        ],
    );
    refused(
        "http.yaml",
        &[("ProtocolType: HTTP", "ProtocolType: WEBSOCKET")],
        &[],
        1,
        &["{file}:4: `Api` is a WebSocket API, and this gateway opens no WebSockets"],
    );
    refused(
        "http.yaml",
        &[("AWS::ApiGatewayV2::", "AWS::Other::")],
        &[],
        1,
        &["{file}:3: it has no API"],
    );
    refused(
        "http.yaml",
        &[("Resources:", "Things:")],
        &[],
        1,
        &["{file}:2: it is no template: `Resources` is missing"],
    );
    refused(
        "http.yaml",
        &[("Resources:", "Resources: [")],
        &[],
        1,
        &["{file}:4: it is neither YAML nor JSON: while parsing a flow mapping, did not find \
             expected ',' or '}'"],
    );
}

#[test]
fn arguments_that_do_not_fit() {
    refused(
        "sam.yaml",
        &[],
        &["--parameter", "Stage=prod"],
        2,
        &["{file} has several APIs: choose one by `--api-id`: `Api`, `Console`"],
    );
    refused(
        "sam.yaml",
        &[],
        &["--api-id", "Console"],
        2,
        &["`--api-id`: {file} has no API `Console`: it has `Api`"],
    );
    refused(
        "sam.yaml",
        &[],
        &["--parameter", "Other=x"],
        2,
        &["`--parameter`: {file} has no parameter `Other`"],
    );
    refused(
        "sam.yaml",
        &[],
        &["--parameter", "Stage"],
        2,
        &["`--parameter`: it is a name and a value, such as `Stage=dev`"],
    );
    refused(
        "sam.yaml",
        &[],
        &["--authorizer", "nobody"],
        1,
        &["{file} has no authorizer `nobody`, and none of that function"],
    );
    let starts_with = |arguments: &[&str], start: &str| {
        let done = run([], arguments, "");
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

/// What looks like something else than it is.
#[test]
fn what_is_easily_overlooked() {
    const OF_TOKENS: &str = "HttpMethod: GET, AuthorizationType: CUSTOM, AuthorizerId: !Ref Tokens";
    refused(
        "rest.yaml",
        &[(
            OF_TOKENS,
            "HttpMethod: GET, AuthorizationType: CUSTOM, AuthorizerId: !Ref Gate, Integration: {Type: HTTP_PROXY}",
        )],
        &[],
        1,
        &[
            "{file}:106: `GET /api/problems` is for webhooks and takes `GET /api/problems`, which the access table \
           protects: put an authorizer before it that answers by the table",
        ],
    );
    refused(
        "rest.yaml",
        &[(
            "Parameters:\n  Ttl",
            "Transform: [AWS::Serverless-2016-10-31, Mine]\nParameters:\n  Ttl",
        )],
        &[],
        1,
        &[
            "{file}:3: what the macro `Mine` makes of the template is not known: give the template that \
           CloudFormation makes of it",
        ],
    );
    refused(
        "rest.yaml",
        &[(
            "IdentitySource: method.request.header.Authorization",
            "IdentitySource: !If [Unknown, method.request.header.A, method.request.header.Authorization]",
        )],
        &[],
        1,
        &["{file}:23: the identity sources of `Tokens` are `!If [Unknown, …]`: {write}"],
    );
    refused(
        "rest.yaml",
        &[
            ("CREDENTIALS: id-token\n", "KIND: other\n"),
            ("method.request.header.Authorization", "method.request.header.X-Other"),
        ],
        &["--authorizer", "Any", "--authorizer", "TokenFunction"],
        1,
        &[
            "{file}:24: answers of `Tokens` are cached for 300 s, and the template does not say where its tokens \
           stand: write the settings of its function, or use `--ttl 0`",
        ],
    );
    // A path of its own in the table, and none in the template.
    let source = std::fs::read_to_string(root().join("infra/access.toml")).unwrap();
    let public = "path = \"/health/{id}\"\nGET = \"public\"\n\n[[routes]]\npath = \"/health/secret\"\nGET = \"read:itsm\"";
    let table = File::new(&source.replace("path = \"/health\"\nGET = \"public\"", public));
    refused(
        "http.yaml",
        &[("RouteKey: GET /health", "RouteKey: \"GET /health/{id}\"")],
        &["--access", table.path()],
        1,
        &[
            "{file}:46: `GET /health/{id}` has no authorizer and takes `GET /health/secret`, which the access \
           table protects: make routes of them, with the authorizer before each",
        ],
    );
}
