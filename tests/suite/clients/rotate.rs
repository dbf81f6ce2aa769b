//! `client rotate`: two secrets at once, and then one.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tests::aws::{Aws, unique};
use tests::faults::{FaultyAws, ProofError};
use tests::scripted_cognito::{ScriptedCognito, error};
use tests::tool::Done;

use crate::admin::administrator::Administrator;

const POOL: (&str, &str) = ("eu-central-1_Services", "1example23456789");

/// The secrets of one app client, as Cognito keeps them.
type Secrets = Arc<Mutex<Vec<&'static str>>>;

/// A service with its secret on MiniStack, and a Cognito that knows second secrets.
struct Service {
    aws: Aws,
    faults: FaultyAws,
    cognito: ScriptedCognito,
    secrets: Secrets,
    /// What Cognito denies.
    denied: Arc<Mutex<Option<&'static str>>>,
    administrator: Administrator,
    secret: String,
}

impl Service {
    /// One that was never rotated.
    fn new() -> Self {
        let aws = Aws::of_the_tests();
        let faults = FaultyAws::before(aws.endpoint());
        let secrets: Secrets = Arc::new(Mutex::new(vec!["first"]));
        let denied = Arc::<Mutex<Option<&'static str>>>::default();
        let (own, no) = (Arc::clone(&secrets), Arc::clone(&denied));
        let cognito = ScriptedCognito::start(move |operation, input| {
            if *no.lock().unwrap() == Some(operation) {
                return error("AccessDeniedException", "no");
            }
            answer(&mut own.lock().unwrap(), operation, input)
        });
        let secret = unique("services/billing");
        let value = json!({
            "client_id": "billing1", "client_secret": "value-of-first", "owner": "team-b",
        });
        aws.create_secret(&secret, &value.to_string());
        let pool = (POOL.0.to_owned(), POOL.1.to_owned());
        let administrator = Administrator::of_pool(&faults.endpoint(), &pool)
            .with("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", &cognito.url());
        Self { aws, faults, cognito, secrets, denied, administrator, secret }
    }

    fn rotate(&self, more: &[&str]) -> Done {
        let own = ["client", "rotate", "billing", "--secret-id", &self.secret];
        let done = self.administrator.does(&[&own[..], more].concat());
        assert!(!format!("{done:?}").contains("value-of"), "{done:?}");
        done
    }

    #[track_caller]
    fn refuses(&self, more: &[&str], code: i32, sentences: &[String]) {
        let err: String = sentences.iter().map(|own| format!("portcullis: {own}\n")).collect();
        self.rotate(more).is(code, "", &err);
    }

    /// The secrets that Cognito takes.
    fn taken(&self) -> Vec<&'static str> {
        self.secrets.lock().unwrap().clone()
    }

    /// What Secrets Manager has.
    fn kept(&self, stage: &str) -> Value {
        self.aws.secret(&self.secret, stage).unwrap_or_default()
    }

    fn deny(&self, operation: Option<&'static str>) {
        *self.denied.lock().unwrap() = operation;
    }

    fn command(&self, flag: &str) -> String {
        format!("`portcullis client rotate billing --secret-id {}{flag}`", self.secret)
    }
}

/// As Cognito answers: the value is in the answer to the call that made it, and in no other.
fn answer(secrets: &mut Vec<&'static str>, operation: &str, input: &Value) -> (u16, Value) {
    if input["UserPoolId"] != POOL.0 || input["ClientId"] != "billing1" {
        return error("ResourceNotFoundException", "User pool client does not exist.");
    }
    let date = |id: &str| if id == "first" { 1_800_000_000 } else { 1_800_086_400 };
    match operation {
        "ListUserPoolClientSecrets" => {
            let described = secrets
                .iter()
                .rev()
                .map(|id| json!({ "ClientSecretId": id, "ClientSecretCreateDate": date(id) }));
            (200, json!({ "ClientSecrets": described.collect::<Vec<_>>() }))
        }
        "AddUserPoolClientSecret" => {
            let id = if secrets.contains(&"second") { "third" } else { "second" };
            secrets.push(id);
            let descriptor = json!({
                "ClientSecretId": id,
                "ClientSecretValue": format!("value-of-{id}"),
                "ClientSecretCreateDate": date(id),
            });
            (200, json!({ "ClientSecretDescriptor": descriptor }))
        }
        "DeleteUserPoolClientSecret" => {
            secrets.retain(|id| input["ClientSecretId"] != *id);
            (200, json!({}))
        }
        _ => error("UnknownOperationException", operation),
    }
}

#[test]
fn add_keep_and_delete() {
    let service = Service::new();
    let done = service.rotate(&["--json"]);
    let expected = json!({
        "name": "billing",
        "client_id": "billing1",
        "secret_id": service.secret,
        "has_old_secret": true,
    });
    assert_eq!(done.json(), expected);
    let said = format!(
        "The secret `{}` has a new value, and the old one is still taken.\n\
         next, once every service has read the new one: {}\n",
        service.secret,
        service.command(" --finish")
    );
    assert_eq!(done.err, said);
    assert_eq!(service.taken(), ["first", "second"]);
    let second = json!({
        "client_id": "billing1",
        "client_secret": "value-of-second",
        "client_secret_id": "second",
        "owner": "team-b",
    });
    assert_eq!(service.kept("AWSCURRENT"), second);
    assert_eq!(service.kept("AWSPREVIOUS")["client_secret"], "value-of-first");

    // Not a third one.
    let unfinished = format!(
        "the last rotation is not finished: once every service has read the new secret, {}",
        service.command(" --finish")
    );
    service.refuses(&[], 3, &[unfinished]);
    service.refuses(&["--finish"], 2, &["there is no terminal to ask on: add `--yes`".to_owned()]);
    service.rotate(&["--finish", "--yes"]).is(0, "", "The old secret is deleted.\n");
    assert_eq!(service.taken(), ["second"]);
    service.rotate(&["--finish", "--yes"]).is(0, "", "There is no old secret any more.\n");

    // And again.
    assert_eq!(service.rotate(&[]).code, 0);
    assert_eq!(service.taken(), ["second", "third"]);
    assert_eq!(service.rotate(&["--finish", "--yes"]).code, 0);
    assert_eq!(
        (service.taken(), service.kept("AWSCURRENT")["client_secret"].clone()),
        (vec!["third"], "value-of-third".into())
    );
}

#[test]
fn nothing_is_deleted_that_is_in_use() {
    let service = Service::new();
    let never = format!("the secret `{}` was never rotated: there is no old one", service.secret);
    service.refuses(&["--finish", "--yes"], 3, &[never]);
    // Somebody else has added one.
    service.secrets.lock().unwrap().push("second");
    let foreign = format!(
        "the app client has the secrets `first` since 2027-01-15T08:00:00Z, `second` since 2027-01-16T08:00:00Z, and \
         the secret `{}` does not say which it is: delete the one that no service has, as with `aws cognito-idp \
         delete-user-pool-client-secret --user-pool-id eu-central-1_Services --client-id billing1 --client-secret-id \
         second`",
        service.secret
    );
    service.refuses(&[], 3, std::slice::from_ref(&foreign));
    service.refuses(&["--finish", "--yes"], 3, std::slice::from_ref(&foreign));
    // What Secrets Manager has is not taken any more.
    let gone = json!({ "client_id": "billing1", "client_secret": "x", "client_secret_id": "gone" });
    service.aws.rotate_secret(&service.secret, &gone.to_string());
    service.refuses(&["--finish", "--yes"], 3, &[foreign]);
    assert_eq!(service.taken(), ["first", "second"]);
}

#[test]
fn half_failures() {
    let service = Service::new();
    let denied = |what: &str, message: &str| {
        format!(
            "{what}: the credentials have no right to it: ask for the right, or look at `--aws-profile` \
             (AccessDeniedException: {message})"
        )
    };
    service.deny(Some("AddUserPoolClientSecret"));
    let add = "Cognito could not be asked about the app client `billing1`, for a second secret";
    service.refuses(&[], 1, &[denied(add, "no")]);
    service.deny(None);

    // Not kept: it is taken back.
    service.faults.breaks("PutSecretValue", ProofError::Denied);
    let put =
        format!("Secrets Manager could not be asked to change the secret `{}`", service.secret);
    let put = denied(&put, "as the test asked for");
    let undone = "nothing was changed: the secret is the old one".to_owned();
    service.refuses(&[], 1, &[put.clone(), undone]);
    assert_eq!(service.taken(), ["first"]);
    service.deny(Some("DeleteUserPoolClientSecret"));
    let delete = "Cognito could not be asked about the app client `billing1`, to delete a secret";
    let left = "the secret is the old one; the app client has a second one that nobody has: delete it with `aws \
                cognito-idp delete-user-pool-client-secret --user-pool-id eu-central-1_Services --client-id billing1 \
                --client-secret-id second`";
    service.refuses(&[], 1, &[put, denied(delete, "no"), left.to_owned()]);
    assert_eq!(service.taken(), ["first", "second"]);
    assert_eq!(service.kept("AWSCURRENT")["client_secret"], "value-of-first");
}

/// It was kept, and the answer lost: that is found out.
#[test]
fn an_answer_that_is_lost() {
    let service = Service::new();
    service.faults.breaks("PutSecretValue", ProofError::Lost);
    let done = service.rotate(&[]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(service.kept("AWSCURRENT")["client_secret_id"], "second");
    service.faults.mend();

    // It may still arrive, so nothing is deleted.
    let service = Service::new();
    service.faults.breaks("PutSecretValue", ProofError::Closed);
    let done = service.rotate(&[]);
    let open = format!(
        "portcullis: whether the new secret was kept is not known, and both are taken: {} says what to do\n",
        service.command("")
    );
    assert!(done.code == 1 && done.err.ends_with(&open), "{done:?}");
    assert_eq!(service.taken(), ["first", "second"]);
    service.faults.mend();
    let done = service.rotate(&[]);
    let second = "--client-secret-id second`\n";
    assert!(done.code == 3 && done.err.ends_with(second), "{done:?}");
}

#[test]
fn what_is_not_there() {
    let service = Service::new();
    let own = ["client", "rotate", "nobody"];
    let sentence = "there is no secret `services/nobody` in `eu-central-1`: look at its name, and at `--aws-profile`";
    service.administrator.refuses(&own, 1, &[sentence]);
    let value = json!({ "client_id": "another1", "client_secret": "value-of-another" });
    service.aws.rotate_secret(&service.secret, &value.to_string());
    let sentence = "there is no app client `another1` in the user pool `eu-central-1_Services`: look at `--profile`";
    service.refuses(&[], 1, &[sentence.to_owned()]);
    assert_eq!(service.cognito.operations(), ["ListUserPoolClientSecrets"]);
}
