//! A stack of the template on MiniStack, which checks the rights of every role, and requests to its API.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tests::aws::{Aws, unique, variable};
use tests::key_server::{KeyServer, Reply};
use tests::mint::{NEW_YEAR_2100, Signer, id_claims, with};
use tests::postgres::Cluster;
use tests::root;

use crate::admin::administrator::Administrator;

/// Who the tests invite.
pub(super) const ANNA: &str = "anna@acme.example";
/// The tenant of the stack's service, and of the people in the tests.
const TENANT: &str = "acme";

/// A stack of its own for one test, and what stands around it.
pub(super) struct Stack {
    pub(super) aws: Aws,
    pub(super) name: String,
    pub(super) outputs: BTreeMap<String, String>,
    /// What says the pool's keys. MiniStack's are not at Cognito's address.
    pub(super) keys: KeyServer,
    signer: Signer,
}

/// What the API answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }

    /// What the sample backend says that it was given.
    pub(super) fn given(&self) -> Value {
        let answer = self.json();
        // MiniStack applies no mapping template to what a function answers.
        match answer["body"].as_str() {
            Some(body) if answer["statusCode"].is_number() => serde_json::from_str(body).unwrap(),
            _ => answer,
        }
    }
}

impl Stack {
    /// Deploys the template with `arguments` of `tests/stack.py` on top of the suite's own.
    pub(super) fn deploy(arguments: &[&str]) -> Self {
        let keys = KeyServer::start(Reply::new(503, "", b"")).unwrap();
        let name = unique("stack");
        let url = format!("JwksUrl={}", keys.url());
        let architecture = format!("Architecture={}", architecture());
        // What MiniStack does not know.
        let own = ["--parameter", "Waf=off", "--parameter", "Monitoring=off"];
        let own = [&own[..], &["--parameter", "ServiceTenant=acme"]].concat();
        let own = [&own[..], &["--parameter", &architecture, "--parameter", &url], arguments];
        let outputs = operate("deploy", &name, &own.concat()).unwrap();
        let signer = Signer::generate("test");
        let stack = Self { aws: Aws::of_stacks(), name, outputs, keys, signer };
        stack.publish_keys();
        stack
    }

    /// Changes the stack, with `arguments` of `tests/stack.py`; or says why it could not be changed.
    pub(super) fn update(&self, arguments: &[&str]) -> Result<(), String> {
        operate::<Value>("update", &self.name, arguments).map(|_| ())
    }

    /// Of each function its settings, and the statements of its role.
    pub(super) fn roles(&self) -> Value {
        operate("roles", &self.name, &[]).unwrap()
    }

    /// Reads the outputs again.
    pub(super) fn read_outputs(&mut self) {
        self.outputs = operate("outputs", &self.name, &[]).unwrap();
    }

    pub(super) fn output(&self, name: &str) -> &str {
        &self.outputs[name]
    }

    /// Says the keys of the pool and that of the test.
    pub(super) fn publish_keys(&self) {
        let pool = self.output("UserPoolId");
        let url = format!("{}/{pool}/.well-known/jwks.json", self.aws.endpoint());
        let mut keys = send(Method::GET, &url, &[], "").json();
        keys["keys"].as_array_mut().unwrap().push(self.signer.jwk());
        self.keys.answer(Reply::new(200, "", keys.to_string().as_bytes()));
    }

    /// An ID token of the pool with `role`, which ends at `exp`.
    pub(super) fn token(&self, role: &str, exp: u64) -> String {
        let claims = with(id_claims(role, TENANT), "aud", json!(self.output("AppClientId")));
        self.signed(with(claims, "exp", json!(exp)))
    }

    /// A token of the pool with `claims`.
    pub(super) fn signed(&self, claims: Value) -> String {
        let pool = self.output("UserPoolId");
        let region = pool.split('_').next().unwrap();
        let issuer = format!("https://cognito-idp.{region}.amazonaws.com/{pool}");
        self.signer.token(&with(claims, "iss", json!(issuer)))
    }

    /// The `Authorization` of somebody with `role`.
    pub(super) fn bearer(&self, role: &str) -> String {
        format!("Bearer {}", self.token(role, NEW_YEAR_2100))
    }

    /// Where MiniStack has the API.
    pub(super) fn api_url(&self) -> String {
        let output = self.output("ApiUrl");
        let (id, stage) =
            output.strip_prefix("https://").unwrap().split_once(".execute-api.").unwrap();
        let stage = stage.split('/').next_back().unwrap();
        format!("{}/_aws/execute-api/{id}/{stage}", self.aws.endpoint())
    }

    pub(super) fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        send(method, &format!("{}{path}", self.api_url()), headers, body)
    }

    pub(super) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, path, headers, "")
    }

    /// Status and code of an answer to a request with this `Authorization`.
    pub(super) fn outcome(&self, method: Method, path: &str, authorization: &str) -> (u16, String) {
        let headers: &[(&str, &str)] = &[("authorization", authorization)];
        let answer =
            self.send(method, path, if authorization.is_empty() { &[] } else { headers }, "");
        let code = serde_json::from_str::<Value>(&answer.body).ok();
        let code = code.and_then(|body| body["code"].as_str().map(str::to_owned));
        (answer.status, code.unwrap_or_default())
    }

    /// Somebody with every right in this AWS, and a profile of the stack.
    pub(super) fn administrator(&self) -> Administrator {
        let settings = Aws::environment(self.aws.endpoint());
        let person =
            settings.iter().fold(Administrator::new(), |own, (name, value)| own.with(name, value));
        let done = person.does(&[
            "configure",
            "--stack-name",
            &self.name,
            "--api-url",
            &self.api_url(),
            "--cognito-endpoint",
            self.aws.endpoint(),
            "--yes",
        ]);
        assert_eq!(done.code, 0, "{done:?}");
        person
    }

    /// The lines of the decision log of `function`, such as `any-authorizer`.
    pub(super) fn lines(&self, function: &str) -> Vec<Value> {
        let group = format!("/portcullis/{}/{function}", self.name);
        let messages: Vec<String> = operate("logs", &group, &[]).unwrap();
        messages.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

/// Invites [`ANNA`] with `role`, and logs in with the tool of whoever invites.
pub(super) fn log_in(office: &Administrator, role: &str) {
    let invite = ["admin", "invite-user", ANNA, "--role", role, "--tenant", TENANT, "--json"];
    let done = office.does(&invite);
    assert_eq!(done.code, 0, "{done:?}");
    let temporary = done.json()["password"].as_str().unwrap().to_owned();
    let passwords = format!("{temporary}\nNew-Password-123\n");
    let done = office.says(&["login", "--username", ANNA], &passwords);
    assert_eq!(done.code, 0, "{done:?}");
}

/// A secret with the login of a role of the database.
pub(super) fn login(aws: &Aws, cluster: &Cluster, role: &str) -> String {
    let secret = unique("database");
    let login = json!({ "username": role, "password": cluster.password(role) });
    aws.create_secret(&secret, &login.to_string());
    secret
}

/// Parameters of the template.
pub(super) struct Parameters(Vec<String>);

impl Parameters {
    /// As arguments of `tests/stack.py`.
    pub(super) fn arguments(&self) -> Vec<&str> {
        self.0.iter().flat_map(|own| ["--parameter", own.as_str()]).collect()
    }
}

/// The parameters with which the stack takes the keys of a database.
pub(super) fn with_database(aws: &Aws, cluster: &Cluster, host: &str, name: &str) -> Parameters {
    let secret = aws.secret_arn(&login(aws, cluster, "portcullis_authorizer"));
    Parameters(vec![
        format!("AuroraHost={host}"),
        format!("AuroraDatabase={name}"),
        format!("AuroraSecretArn={secret}"),
    ])
}

/// The name of this machine's processor, as Lambda spells it.
pub(super) fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    }
}

/// The packages that `make package` has built for this machine.
pub(super) fn packages() -> std::path::PathBuf {
    let executable = std::env::current_exe().unwrap();
    let target = executable.ancestors().nth(3).unwrap();
    let packages = target.join("suite/packages").join(architecture());
    assert!(
        packages.is_dir(),
        "`{}` is missing: build it with `make packages`",
        packages.display()
    );
    packages
}

/// What `tests/stack.py` does.
fn operate<T: DeserializeOwned>(
    command: &str,
    name: &str,
    arguments: &[&str],
) -> Result<T, String> {
    let aws = Aws::of_stacks();
    let done: Output = Command::new(variable("PORTCULLIS_TEST_PYTHON"))
        .arg(root().join("tests/stack.py"))
        .args([command, name, "--packages"])
        .arg(packages())
        .args(arguments)
        .env_clear()
        .envs(Aws::environment(aws.endpoint()))
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&done.stderr).trim_end().to_owned();
    match done.status.code() {
        Some(0) => Ok(serde_json::from_slice(&done.stdout).unwrap()),
        Some(3) => Err(err),
        _ => panic!("{err}"),
    }
}

/// Deletes a stack.
pub(super) fn delete(name: &str) {
    operate::<Value>("delete", name, &[]).unwrap();
}

/// Why the template is not deployed with `arguments` of `tests/stack.py` alone.
pub(super) fn refused(arguments: &[&str]) -> String {
    operate::<Value>("deploy", &unique("refused"), arguments).unwrap_err()
}

pub(super) fn send(method: Method, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.request(method, url).body(body.to_owned());
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        Answer { status, body: answer.text().await.unwrap() }
    })
}
