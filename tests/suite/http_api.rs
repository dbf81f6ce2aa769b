//! `infra/http-api.yaml`, deployed at an HTTP API of MiniStack with the function's binary, and called over HTTP.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tests::aws::{Aws, unique};
use tests::key_server::{KeyServer, Reply};
use tests::mint::{APP_CLIENT, POOL, SERVICE_CLIENT, Signer, id_claims, service_claims};
use tests::tool::run;
use tests::{binary, root};

const TEMPLATE: &str = "infra/http-api.yaml";
/// What is there before: an API without routes, and a function that answers with what the authorizer told it.
const YOURS: &str = r#"
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: yours, ProtocolType: HTTP}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  Backend:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.13
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code:
        ZipFile: |
          import json
          def handler(event, _):
              context = event["requestContext"].get("authorizer", {}).get("lambda", {})
              return {"statusCode": 200, "body": json.dumps(context)}
Outputs:
  Api: {Value: !Ref Api}
  Backend: {Value: !GetAtt Backend.Arn}
"#;

#[test]
fn the_template_fits_the_access_table() {
    let check = |given: &str, expected: &[&str]| {
        // Whose API it is, only a deployment knows: read as one that makes its own.
        let arguments = ["access", "lint", "infra/access.toml", "--template", TEMPLATE];
        let done = run([], &[&arguments[..], &["--parameter", given]].concat(), "");
        // The table has more routes than the two samples.
        let others: Vec<_> = done.out.lines().filter(|line| !line.contains(" PL302: ")).collect();
        assert_eq!((done.code, others.len()), (0, expected.len()), "{}", done.out);
        for (found, part) in others.iter().zip(expected) {
            assert!(found.contains(part), "{found}");
        }
    };
    check("UserPoolId=eu-central-1_Portcull1", &[]);
    // That this function verifies what comes, lint cannot see: it stands in another template.
    check(
        "WebhookFunctionArn=arn:aws:lambda:eu-central-1:000000000000:function:webhooks:live",
        &["warning PL309: `POST /v1/webhooks/tasks` has no authorizer and no rule"],
    );
}

#[test]
fn an_http_api_lets_through_whom_the_access_table_lets_through() {
    let (aws, signer) = (Aws::of_stacks(), Signer::generate("pool"));
    let keys = KeyServer::start(Reply::new(200, "", signer.jwks().as_bytes())).unwrap();
    let api = HttpApi::deploy(&aws, &keys.url());

    let viewer = signer.token(&id_claims("viewer", "acme"));
    let agent = signer.token(&id_claims("itsm_agent", "acme"));
    let reader = signer.token(&service_claims("stackflow/api.read"));
    let unauthorized = (401, json!({ "message": "Unauthorized" }));
    let forbidden = (403, json!({ "message": "Forbidden" }));

    // API Gateway itself, because the identity source is missing.
    assert_eq!(api.get(None), unauthorized);
    let foreign = Signer::generate("pool").token(&id_claims("super_admin", "acme"));
    for token in ["nonsense", &foreign] {
        assert_eq!(api.get(Some(token)), forbidden, "{token}");
    }
    // The second time from the cache.
    for _ in 0..2 {
        let (status, context) = api.get(Some(&viewer));
        assert_eq!(
            (status, &context["role"], &context["tenant_id"]),
            (200, &json!("viewer"), &json!("acme"))
        );
        // A yes for one route is none for another.
        assert_eq!(api.post(Some(&viewer)), forbidden);
        let (status, context) = api.get(Some(&reader));
        assert_eq!((status, &context["role"]), (200, &json!("service_account")));
        assert_eq!(api.post(Some(&reader)), forbidden);
        let (status, context) = api.post(Some(&agent));
        assert_eq!((status, &context["role"]), (200, &json!("itsm_agent")));
    }
    // Deliveries have no authorizer in front of their function.
    assert_eq!(api.call("POST", "/v1/webhooks/tasks", None), (200, json!({})));
}

/// An HTTP API with the template attached to it.
struct HttpApi {
    url: String,
}

impl HttpApi {
    fn deploy(aws: &Aws, keys: &str) -> Self {
        let yours = aws.deploy_stack(&unique("yours"), YOURS, &[]);
        let (id, backend) = (&yours["Api"], &yours["Backend"]);
        let package = package();
        let code = aws.upload(&package.join("code.zip"));
        fs::remove_dir_all(package).unwrap();
        let template = fs::read_to_string(root().join(TEMPLATE)).unwrap();
        // As `sam package` writes it.
        let packaged = template.replace("CodeUri: .", &format!("CodeUri: {code}"));
        let service = format!("{SERVICE_CLIENT}=acme");
        aws.deploy_stack(
            &unique("http-api"),
            &packaged,
            &[
                ("HttpApiId", id),
                ("BackendFunctionArn", backend),
                ("WebhookFunctionArn", backend),
                ("UserPoolId", POOL),
                ("AppClientIds", APP_CLIENT),
                ("ServiceClients", &service),
                ("JwksUrl", keys),
            ],
        );
        Self { url: format!("{}/_aws/execute-api/{id}/$default", aws.endpoint()) }
    }

    fn get(&self, token: Option<&str>) -> (u16, Value) {
        self.call("GET", "/api/incidents", token)
    }

    fn post(&self, token: Option<&str>) -> (u16, Value) {
        self.call("POST", "/api/incidents", token)
    }

    /// The status and the body of the answer.
    #[tokio::main(flavor = "current_thread")]
    async fn call(&self, method: &str, path: &str, token: Option<&str>) -> (u16, Value) {
        let url = format!("{}{path}", self.url);
        let mut request = reqwest::Client::new().request(method.parse().unwrap(), url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
    }
}

/// A folder with the package of the function, `code.zip`, as `make package` makes it, of the suite's binary.
fn package() -> PathBuf {
    let folder = std::env::temp_dir().join(unique("package"));
    fs::create_dir(&folder).unwrap();
    fs::copy(binary("authorizer").unwrap(), folder.join("bootstrap")).unwrap();
    let table = folder.join("access.toml");
    fs::copy(root().join("infra/access.toml"), &table).unwrap();
    let built = run([], &["access", "build", table.to_str().unwrap()], "");
    assert_eq!(built.code, 0, "{}", built.err);
    let files = ["bootstrap", "access.toml", "access.toml.compiled"];
    let mut zip = Command::new("python3");
    let zip = zip.args(["-m", "zipfile", "-c", "code.zip"]).args(files).current_dir(&folder);
    assert!(zip.status().unwrap().success());
    folder
}
