//! `client create` and `client list`.

use serde_json::{Value, json};
use tests::aws::{Aws, unique};
use tests::faults::{FaultyAws, ProofError};
use tests::tool::Done;

use crate::admin::administrator::Administrator;

/// A pool on MiniStack behind faults, and who works on it.
struct Office {
    aws: Aws,
    faults: FaultyAws,
    pool: String,
    administrator: Administrator,
    /// Names are unique in Secrets Manager, not in a pool.
    secret: String,
}

impl Office {
    fn new() -> Self {
        let aws = Aws::of_the_tests();
        let faults = FaultyAws::before(aws.endpoint());
        let pool = aws.create_people_pool();
        let administrator = Administrator::of_pool(&faults.endpoint(), &pool);
        Self { aws, faults, pool: pool.0, administrator, secret: unique("services/billing") }
    }

    fn create(&self, more: &[&str]) -> Done {
        self.administrator.does(&self.arguments(more))
    }

    fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let own = ["client", "create", "billing", "--tenant", "acme", "--secret-id", &self.secret];
        [&own, more].concat()
    }

    #[track_caller]
    fn refuses(&self, more: &[&str], code: i32, sentences: &[&str]) {
        self.administrator.refuses(&self.arguments(more), code, sentences);
        // The one for people.
        assert_eq!(self.aws.count_app_clients(&self.pool), 1);
    }

    /// A function with this environment.
    fn deploy(&self, environment: &[(&str, &str)]) -> String {
        self.aws.deploy("def handler(event, context): pass", environment)
    }
}

const READ: [&str; 2] = ["--scope", "api.read"];

#[test]
fn a_service_that_gets_tokens() {
    let office = Office::new();
    let done = office.create(&[&READ[..], &["--scope", "stackflow/api.write"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let kept = office.aws.secret(&office.secret, "AWSCURRENT").unwrap();
    let (id, secret) =
        (kept["client_id"].as_str().unwrap(), kept["client_secret"].as_str().unwrap());
    let expected = format!(
        "client id  {id}\n\
         secret     {}\n\
         scopes     stackflow/api.read stackflow/api.write\n\
         tenant     acme\n\
         setting    SERVICE_CLIENTS={id}=acme\n",
        office.secret
    );
    let next = format!(
        "Add it to SERVICE_CLIENTS of the authorizer, after a comma where others stand there: until then its tokens \
         are refused.\n\
         next: `portcullis token --client-credentials --secret-id {}`\n",
        office.secret
    );
    assert_eq!((done.out.as_str(), done.err.as_str()), (expected.as_str(), next.as_str()));
    assert!(!done.out.contains(secret));
    let client = office.aws.app_client(&office.pool, id).unwrap();
    let expected = json!({
        "name": "billing",
        "flows": ["client_credentials"],
        "logins": ["ALLOW_REFRESH_TOKEN_AUTH"],
        "scopes": ["stackflow/api.read", "stackflow/api.write"],
    });
    assert_eq!(client, expected);
    let token = ["token", "--client-credentials", "--secret-id", &office.secret];
    let done = office.administrator.does(&token);
    assert!(done.code == 0 && done.out.starts_with("eyJ"), "{done:?}");

    let listed = office.administrator.does(&["client", "list", "--json"]);
    assert!(!listed.out.contains(secret));
    let mut listed = listed.json();
    assert!(listed[0]["created_at"].take().as_str().unwrap().ends_with('Z'));
    let scopes = ["stackflow/api.read", "stackflow/api.write"];
    let expected = json!([{
        "name": "billing", "client_id": id, "scopes": scopes, "created_at": null,
    }]);
    assert_eq!(listed, expected);
    let lines = office.administrator.does(&["client", "list"]).out;
    let row = format!("billing  {id}  stackflow/api.read, stackflow/api.write  ");
    assert!(lines.lines().nth(1).unwrap().starts_with(&row), "{lines}");
}

#[test]
fn the_authorizer_learns_of_it() {
    let office = Office::new();
    let own =
        [("CREDENTIALS", "id-token, service-token"), ("SERVICE_CLIENTS", "a=acme"), ("X", "=,")];
    let function = office.deploy(&own);
    let done = office.create(&[&READ[..], &["--function", &function, "--json"]].concat());
    let made = done.json();
    let id = made["client_id"].as_str().unwrap();
    let expected = json!({
        "name": "billing",
        "client_id": id,
        "secret_id": office.secret,
        "scopes": ["stackflow/api.read"],
        "tenant": "acme",
        "service_clients": format!("{id}=acme"),
        "function": function,
    });
    assert_eq!(made, expected);
    let variables = office.aws.variables(&function);
    let line = format!("a=acme,{id}=acme");
    let expected = json!({ "CREDENTIALS": own[0].1, "SERVICE_CLIENTS": line, "X": "=," });
    assert_eq!(variables, expected);

    // A tenant that its token says.
    let more = ["client", "create", "many", "--tenant", "claim:tenant", "--scope", "api.read"];
    let secret = unique("services/many");
    let end = ["--secret-id", &secret, "--function", &function];
    let done = office.administrator.does(&[&more[..], &end].concat());
    assert!(done.code == 0 && !done.out.contains("SERVICE_CLIENTS"), "{done:?}");
    let value = office.aws.variables(&function)["SERVICE_CLIENTS"].as_str().unwrap().to_owned();
    assert!(value.starts_with(&line) && value.ends_with("=claim:tenant"), "{value}");
}

#[test]
fn nothing_is_made_of_what_is_wrong() {
    let office = Office::new();
    let scopes = "those are `stackflow/api.read`, `stackflow/api.write`";
    for scope in ["api.admin", "read-only", "stackflow/api", ""] {
        let sentence =
            format!("`{scope}` is not one scope of service tokens of the access table: {scopes}");
        office.refuses(&["--scope", scope], 3, &[&sentence]);
    }
    let absent =
        "there is no function `none` there: look at `--function`, AWS_REGION and `--aws-profile`";
    office.refuses(&[&READ[..], &["--function", "none"]].concat(), 1, &[absent]);
    let function = office.deploy(&[("CREDENTIALS", "id-token")]);
    let sentence = format!(
        "the function `{function}` takes no service tokens: add `service-token` to its CREDENTIALS first"
    );
    office.refuses(&[&READ[..], &["--function", &function]].concat(), 3, &[&sentence]);
    let tenant = |tenant: &str| {
        let own = ["client", "create", "a", "--tenant", tenant, "--scope", "api.read"];
        let done = office.administrator.does(&own);
        (done.code, done.err)
    };
    let sentence = "portcullis: `a/b` is no tenant: 1 to 64 of letters, digits, `.`, `_` and `-`\n";
    assert_eq!(tenant("a/b"), (2, sentence.to_owned()));
    let claim = tenant("claim:sub");
    assert!(
        claim.0 == 2 && claim.1.starts_with("portcullis: `--tenant`: `claim:sub`: "),
        "{claim:?}"
    );
    let name = ["client", "create", "-a b", "--tenant", "acme", "--scope", "api.read"];
    assert_eq!(office.administrator.does(&name).code, 2);

    office.aws.create_secret(&office.secret, "{}");
    let sentence = format!(
        "there is a secret `{}` already: name another with `--secret-id`, or rotate that one",
        office.secret
    );
    office.refuses(&READ, 3, &[&sentence]);
    office.aws.delete_secret(&office.secret);
    let sentence = format!(
        "the secret `{}` is marked for deletion: restore it, wait until it is gone, or name another with `--secret-id`",
        office.secret
    );
    office.refuses(&READ, 3, &[&sentence]);
}

#[test]
fn half_failures() {
    let office = Office::new();
    office.faults.breaks("CreateSecret", ProofError::Denied);
    let denied = |what: &str| {
        format!(
            "{what}: the credentials have no right to it: ask for the right, or look at `--aws-profile` \
             (AccessDeniedException: as the test asked for)"
        )
    };
    let secret = denied(&format!(
        "Secrets Manager could not be asked to make the secret `{}`",
        office.secret
    ));
    office.refuses(&READ, 1, &[&secret, "nothing is left of the app client"]);
    office.faults.breaks("DeleteUserPoolClient", ProofError::Denied);
    let done = office.create(&READ);
    assert_eq!((done.code, office.aws.count_app_clients(&office.pool)), (1, 2));
    let last = done.err.lines().last().unwrap();
    let command = format!("delete-user-pool-client --user-pool-id {} --client-id ", office.pool);
    assert!(
        last.contains("nobody has its secret: delete it with") && last.contains(&command),
        "{done:?}"
    );

    // It is not made a second time.
    let office = Office::new();
    office.faults.breaks("CreateUserPoolClient", ProofError::Lost);
    let done = office.create(&READ);
    let open = "portcullis: whether the app client was made is not known: if `portcullis client list` shows it, delete \
                it, as nobody has its secret\n";
    assert!(done.code == 1 && done.err.ends_with(open), "{done:?}");
    assert_eq!(office.aws.count_app_clients(&office.pool), 2);

    let office = Office::new();
    let function = office.deploy(&[("CREDENTIALS", "service-token")]);
    office.faults.breaks("UpdateFunctionConfiguration", ProofError::Denied);
    let done = office.create(&[&READ[..], &["--function", &function]].concat());
    let id = office.aws.secret(&office.secret, "AWSCURRENT").unwrap()["client_id"].clone();
    let sentences = [
        denied(&format!("Lambda could not be asked to change the function `{function}`")),
        format!(
            "the app client and its secret `{}` are there: add `{}=acme` to SERVICE_CLIENTS of the function yourself",
            office.secret,
            id.as_str().unwrap()
        ),
    ];
    let err: String = sentences.iter().map(|own| format!("portcullis: {own}\n")).collect();
    done.is(1, "", &err);
    assert_eq!(office.aws.variables(&function)["SERVICE_CLIENTS"], Value::Null);
}

#[test]
fn nobody_there() {
    let office = Office::new();
    let next = format!(
        "The user pool `{}` has no services. next: `portcullis client create NAME --tenant TENANT --scope SCOPE`\n",
        office.pool
    );
    office.administrator.does(&["client", "list"]).is(
        0,
        "NAME  CLIENT ID  SCOPES  CREATED\n",
        &next,
    );
}
