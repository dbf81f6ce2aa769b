//! `token --client-credentials`: a service whose secret lies in Secrets Manager.

use local::pool::{SERVICE_CLIENT, SERVICE_CLIENT_SECRET};
use serde_json::{Value, json};
use tests::aws::{Aws, unique};
use tests::tool::Done;

use super::person::Person;
use crate::dev::running::Running;

/// A service with its secret in MiniStack and its app client in the development pool.
struct Service {
    aws: Aws,
    gate: Running,
    person: Person,
}

impl Service {
    fn new() -> Self {
        let (aws, gate) = (Aws::of_the_tests(), Running::start(&[]));
        let person = Person::configured(&gate.pool)
            .with("AWS_ENDPOINT_URL_SECRETS_MANAGER", aws.endpoint())
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "test");
        // The secrets of MiniStack have a region of their own.
        let person = person.with("AWS_REGION", "eu-central-1");
        Self { aws, gate, person }
    }

    /// A new secret with `value`.
    fn secret(&self, value: &Value) -> String {
        let name = unique("services/billing");
        self.aws.create_secret(&name, &value.to_string());
        name
    }

    fn token(&self, secret: &str, arguments: &[&str]) -> Done {
        let own = ["token", "--client-credentials", "--secret-id", secret];
        self.person.does(&[&own[..], arguments].concat())
    }

    #[track_caller]
    fn refuses(&self, secret: &str, arguments: &[&str], code: i32, sentence: &str) {
        self.token(secret, arguments).is(code, "", &format!("portcullis: {sentence}\n"));
    }
}

fn right() -> Value {
    json!({ "client_id": SERVICE_CLIENT, "client_secret": SERVICE_CLIENT_SECRET })
}

#[test]
fn a_token_is_used_until_it_ends() {
    let service = Service::new();
    let secret = service.secret(&right());
    let scope = ["--scope", "stackflow/api.read"];
    let first = service.token(&secret, &scope);
    assert_eq!((first.code, first.err.as_str()), (0, ""));
    // Blanks say nothing.
    service.token(&secret, &["--scope", " stackflow/api.read "]).is(0, &first.out, "");
    // Other scopes, another token.
    let all = service.token(&secret, &[]);
    assert!(all.code == 0 && all.out != first.out, "{all:?}");
    let json = service.token(&secret, &["--json"]).json();
    assert_eq!(json["token"], all.out.trim_end());

    let path = service.person.file("services.json");
    let mut kept: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(kept["tokens"].as_array().unwrap().len(), 2);
    for token in kept["tokens"].as_array_mut().unwrap() {
        let received = token["received_at"].as_u64().unwrap();
        token["received_at"] = (received - 56 * 60_000).into();
    }
    service.person.write("services.json", kept.to_string().as_bytes());
    let next = service.token(&secret, &scope);
    assert!(next.code == 0 && next.out != first.out, "{next:?}");
    // What is over is dropped.
    let kept: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(kept["tokens"].as_array().unwrap().len(), 1);
    // Kept tokens need nobody.
    drop(service.gate);
    let own = ["token", "--client-credentials", "--secret-id", &secret];
    let done = service.person.does(&[&own[..], &scope].concat());
    done.is(0, &next.out, "");
}

#[test]
fn what_is_refused() {
    let service = Service::new();
    let secret = service.secret(&right());
    let no_scope = "the service may not have that scope: look at `--scope`";
    service.refuses(&secret, &["--scope", "stackflow/api.admin"], 3, no_scope);
    let wrong = json!({ "client_id": SERVICE_CLIENT, "client_secret": "another" });
    let wrong = service.secret(&wrong);
    let sentence = format!(
        "the user pool does not take the secret in `{wrong}`: it was rotated, or is of another pool"
    );
    service.refuses(&wrong, &[], 3, &sentence);
}

#[test]
fn secrets_that_cannot_be_used() {
    let service = Service::new();
    let absent =
        "there is no secret `none` in `eu-central-1`: look at its name, and at `--aws-profile`";
    service.refuses("none", &[], 1, absent);
    for value in [
        json!("text"),
        json!({ "client_id": "a" }),
        json!({ "client_id": 1, "client_secret": "b" }),
    ] {
        let secret = service.secret(&value);
        let sentence = format!(
            "the secret `{secret}` is not JSON with `client_id` and `client_secret`: is it the secret of a service?"
        );
        service.refuses(&secret, &[], 1, &sentence);
    }
    let secret = service.secret(&right());
    service.aws.delete_secret(&secret);
    let sentence = format!(
        "the secret `{secret}` is marked for deletion: restore it, or make the service another"
    );
    service.refuses(&secret, &[], 1, &sentence);
}
