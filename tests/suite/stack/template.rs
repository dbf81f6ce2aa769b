//! The template as it stands: what API Gateway sends the backend, and what keeps its parts in step.

use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::aws::variable;
use tests::root;
use tests::template::template as template_of;
use tests::tool::{File, run};

/// What the backend is sent for `request`.
fn sent(request: &Value) -> Value {
    let mut child = Command::new(variable("PORTCULLIS_TEST_PYTHON"))
        .arg(root().join("tests/mapping_template.py"))
        .arg("AnyOfProxy")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stdout)))
}

fn request(path: &str, query: &Value, body: &str) -> Value {
    let authorizer = json!({
        "user_id": "u-1", "tenant_id": "acme", "role": "viewer", "scopes": "", "auth_method": "id-token",
        "email": "ada@acme.example",
    });
    json!({
        "context": {
            "resourcePath": "/api/{proxy+}",
            "path": format!("/prod/api/{path}"),
            "httpMethod": "POST",
            "extendedRequestId": "a1b2=",
            "authorizer": authorizer,
        },
        "path": { "proxy": path },
        "querystring": query,
        "header": {
            "Authorization": "Bearer SECRET",
            "x-api-key": "SECRET",
            "X-Webhook-Signature": "SECRET",
            "access-key": "SECRET",
            "Cookie": "SECRET",
            "x-portcullis-role": "super_admin",
        },
        "body": body,
    })
}

#[test]
fn the_backend_gets_the_identity_and_no_credential() {
    let given = sent(&request("incidents/7", &json!({ "page": "2" }), r#"{"a":1}"#));
    let identity = json!({
        "user_id": "u-1", "tenant_id": "acme", "role": "viewer", "scopes": "", "auth_method": "id-token",
    });
    let expected = json!({
        "resource": "/api/{proxy+}",
        "path": "/prod/api/incidents/7",
        "httpMethod": "POST",
        "pathParameters": { "proxy": "incidents/7" },
        "queryStringParameters": { "page": "2" },
        "headers": {
            "content-type": "application/json",
            // As `portcullis dev` sends them.
            "x-portcullis-user-id": "u-1",
            "x-portcullis-tenant-id": "acme",
            "x-portcullis-role": "viewer",
            "x-portcullis-scopes": "",
            "x-portcullis-auth-method": "id-token",
        },
        "requestContext": { "requestId": "a1b2=", "authorizer": identity },
        "body": STANDARD.encode(r#"{"a":1}"#),
        "isBase64Encoded": true,
    });
    assert_eq!(given, expected);
}

#[test]
fn what_a_client_writes_stays_a_text() {
    for text in
        ["it's", "\"", "\\", "a\nb", "ü😀", "\", \"role\": \"super_admin", "${context}", "#end"]
    {
        let body = format!("{{\"a\":{}}}", json!(text));
        let given = sent(&request(text, &json!({ "q": text, "r": "" }), &body));
        assert_eq!(given["pathParameters"], json!({ "proxy": text }));
        assert_eq!(given["queryStringParameters"], json!({ "q": text, "r": "" }));
        assert_eq!(given["body"], STANDARD.encode(&body));
        assert_eq!(given["requestContext"]["authorizer"]["role"], "viewer");
    }
}

#[test]
fn lint_has_nothing_to_say() {
    let lint =
        ["access", "lint", "infra/access.toml", "--strict", "--template", "infra/template.yaml"];
    for parameters in [
        &["ServiceTenant=acme"][..],
        &["ServiceTenant=acme", "AuroraHost=db.example", "AuroraResourceId=cluster-ABC"],
        &[
            "ServiceTenant=acme",
            "ExistingUserPoolId=eu-central-1_AbCdEfGhI",
            "ExistingAppClientIds=1example",
        ],
    ] {
        let given = parameters.iter().flat_map(|own| ["--parameter", own]);
        let arguments: Vec<&str> = lint.into_iter().chain(given).collect();
        run([], &arguments, "").is(0, "", "0 errors, 0 warnings.\n");
    }
}

/// `infra/deployment.py --check` for the template with `change`: its exit code and what it says.
fn checked(change: impl Fn(&str) -> String) -> (Option<i32>, String) {
    let template = std::fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    let file = File::new(&change(&template));
    let check = Command::new("python3")
        .arg(root().join("infra/deployment.py"))
        .args(["--check", file.path()])
        .output()
        .unwrap();
    (check.status.code(), String::from_utf8(check.stderr).unwrap())
}

#[test]
fn what_is_deployed_is_what_the_deployment_is_called_after() {
    assert_eq!(checked(str::to_owned), (Some(0), String::new()));
    for (old, new) in [
        // A method, an authorizer, a gateway response, a path.
        ("HttpMethod: ANY", "HttpMethod: GET"),
        ("AuthorizerResultTtlInSeconds: 300", "AuthorizerResultTtlInSeconds: 60"),
        ("\"code\":\"UNAUTHORIZED\"", "\"code\":\"SIGN_IN\""),
        ("PathPart: problems", "PathPart: issues"),
        // One that is not waited for.
        ("      - RefusedResponse\n", ""),
    ] {
        let (code, said) = checked(|template| {
            assert!(template.contains(old), "{old}");
            template.replace(old, new)
        });
        assert!(
            code == Some(1) && said.contains("run `python3 infra/deployment.py`"),
            "{old}: {said}"
        );
    }
    // What is not deployed with the API, and comments, need no new deployment.
    for (old, new) in [("MemorySize: 128", "MemorySize: 256"), ("  # Browsers ask", "  # They ask")]
    {
        assert_eq!(checked(|template| template.replace(old, new)).0, Some(0), "{old}");
    }
}

#[test]
fn the_documentation_has_every_parameter() {
    for (template, page) in
        [("infra/template.yaml", "infra/README.md"), ("infra/http-api.yaml", "infra/README.md")]
    {
        let page = std::fs::read_to_string(root().join(page)).unwrap();
        for name in template_of(template)["Parameters"].as_object().unwrap().keys() {
            assert!(page.contains(&format!("`{name}`")), "{page} has no `{name}` of {template}");
        }
    }
}
