//! TLS and logging in.

use adapters::aws::AwsCredentials;
use adapters::aws::sigv4::database_token;
use shared::secret::Secret;
use tests::aws::unique;
use tests::postgres::Cluster;
use tests::test_key_authorizer::{ROLE, TestKeyAuthorizer};

use super::{Stack, check};

/// What leads to the stack's database over TLS, with the certificate's authority at hand.
fn over_tls(stack: &Stack, host: &str) -> [(&'static str, String); 2] {
    let host = format!("{host}:{}", stack.cluster.port());
    [("AURORA_HOST", host), ("AURORA_CA_FILE", stack.cluster.ca_file().display().to_string())]
}

fn authorizer(stack: &Stack, changes: &[(&'static str, String)]) -> TestKeyAuthorizer {
    let changes: Vec<_> = changes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    stack.gate_with(&changes)
}

#[test]
fn tls_is_used_where_there_is_an_authority() {
    let stack = Stack::shared();
    let encrypted = "SELECT bool_and(ssl)::text FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                     WHERE datname = current_database() AND application_name = 'portcullis'";
    let tls = authorizer(&stack, &over_tls(&stack, "localhost"));
    check(&tls, &stack.key, "OK");
    assert_eq!(stack.value(&tls, encrypted), "true");
    drop(tls);
    let plain = stack.authorizer();
    check(&plain, &stack.key, "OK");
    assert_eq!(stack.value(&plain, encrypted), "false");
}

#[test]
fn the_certificate_must_be_for_the_host() {
    let stack = Stack::shared();
    let authorizer = authorizer(&stack, &over_tls(&stack, "127.0.0.1"));
    let answer = authorizer.read(&stack.key.value);
    assert_eq!(answer.code(), "UNAVAILABLE");
    let reason = "the database cannot be reached: invalid peer certificate: certificate not valid \
                  for name \"127.0.0.1\"";
    assert!(answer.reason().starts_with(reason), "{}", answer.reason());
}

#[test]
fn the_certificate_must_be_of_the_authority() {
    let stack = Stack::shared();
    let other = Cluster::own();
    let [host, _] = over_tls(&stack, "localhost");
    let ca = ("AURORA_CA_FILE", other.ca_file().display().to_string());
    check(
        &authorizer(&stack, &[host, ca]),
        &stack.key,
        "UNAVAILABLE: the database cannot be reached: invalid peer certificate: BadSignature",
    );
}

#[test]
fn without_an_authority_nothing_leaves_the_machine() {
    let stack = Stack::shared();
    let start =
        |changes: &[(&str, &str)]| TestKeyAuthorizer::new(&stack.settings_with(changes)).err();
    assert_eq!(
        start(&[("AURORA_HOST", "db.example.com")]).unwrap(),
        "`AURORA_HOST` is `db.example.com`: the roots of its region are not built in, so \
         `AURORA_CA_FILE` must name them"
    );
    assert_eq!(start(&[("AURORA_HOST", "k.cluster-a.eu-central-1.rds.amazonaws.com")]), None);
    assert_eq!(
        start(&[("AURORA_CA_FILE", "/etc/hostname")]).unwrap(),
        "`AURORA_CA_FILE` /etc/hostname: it is no PEM file of certificates"
    );
}

#[test]
fn the_password_is_asked_for_at_every_login() {
    let stack = Stack::own();
    let authorizer = stack.authorizer();
    check(&authorizer, &stack.key, "OK");
    stack.database.execute(&format!("ALTER ROLE {ROLE} PASSWORD 'another'"));
    // The connection that is open stays so.
    check(&authorizer, &stack.key, "OK");
    stack.end_connections();
    let refused = "MISCONFIGURED: the database cannot be reached: 28P01 password authentication \
                   failed for user \"portcullis_authorizer\"";
    check(&authorizer, &stack.key, refused);
    let secret = stack.settings["AURORA_AUTH"].trim_start_matches("secret:").to_owned();
    stack.aws.rotate_secret(&secret, r#"{"password":"another"}"#);
    check(&authorizer, &stack.key, "OK");
}

#[test]
fn secrets_that_do_not_help() {
    let stack = Stack::shared();
    let with = |secret: &str, expected: &str| {
        let authorizer = stack.gate_with(&[("AURORA_AUTH", &format!("secret:{secret}"))]);
        check(&authorizer, &stack.key, expected);
    };
    let named =
        |problem: &str| format!("MISCONFIGURED: the secret that `AURORA_AUTH` names {problem}");
    with(&unique("missing"), &named("is not there"));
    let binary = unique("binary");
    stack.aws.create_binary_secret(&binary, b"{}");
    with(&binary, &named("is binary: it must be a text"));
    let text = unique("text");
    stack.aws.create_secret(&text, "hunter2");
    with(&text, &named("is no JSON object with a string `password`"));
}

#[test]
fn secrets_manager_out_of_reach() {
    let stack = Stack::shared();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let authorizer = stack.gate_with(&[("AWS_ENDPOINT_URL", &format!("http://{free}"))]);
    check(
        &authorizer,
        &stack.key,
        "UNAVAILABLE: Secrets Manager could not be asked for the database's password: no \
         connection: Connection refused (os error 111)",
    );
}

/// PostgreSQL asks for the password as it is, as RDS does: it is the token, to the letter.
#[test]
fn iam_signs_a_token() {
    let stack = Stack::on(Cluster::own(), Some("iam"));
    let port = stack.cluster.port();
    let changes = [over_tls(&stack, "localhost").to_vec(), vec![("AURORA_AUTH", "iam".to_owned())]];
    let authorizer = authorizer(&stack, &changes.concat());
    let caller = AwsCredentials {
        region: stack.settings["AWS_REGION"].clone(),
        access_key_id: stack.settings["AWS_ACCESS_KEY_ID"].clone(),
        secret_access_key: Secret::new(stack.settings["AWS_SECRET_ACCESS_KEY"].clone()),
        session_token: None,
    };
    let token = database_token(&caller, "localhost", port, ROLE, authorizer.now).unwrap();
    stack.database.execute(&format!("ALTER ROLE {ROLE} PASSWORD '{}'", &*token));
    check(&authorizer, &stack.key, "OK");
    // Without TLS the server would be told the token in the clear: nothing was sent.
    let plain = stack.gate_with(&[("AURORA_AUTH", "iam")]);
    assert_eq!(plain.read(&stack.key.value).code(), "MISCONFIGURED");
}
