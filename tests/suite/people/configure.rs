//! What `configure` takes, and what it says of the rest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::person::Person;
use crate::dev::running::Running;

const SHOWN: &str = "API         https://api.example.com/prod\n\
                     user pool   eu-central-1_AbCdEfGhI\n\
                     app client  1example23456789\n";
const DONE: &str =
    "The profile `default` is configured.\nnext: `portcullis login --username EMAIL`\n";

fn fields() -> Value {
    json!({
        "api_url": "https://api.example.com/prod",
        "region": "eu-central-1",
        "user_pool_id": "eu-central-1_AbCdEfGhI",
        "client_id": "1example23456789",
    })
}

fn with(name: &str, value: &str) -> String {
    let mut fields = fields();
    fields[name] = value.into();
    STANDARD.encode(fields.to_string())
}

fn bundle() -> String {
    STANDARD.encode(fields().to_string())
}

/// Checks what comes of `bundle` on standard input, and that nothing is kept of one that is refused.
#[track_caller]
fn check(bundle: &str, code: i32, err: &str) {
    let person = Person::new();
    person.says(&["configure", "--from-bundle", "-", "--yes"], bundle).is(code, "", err);
    assert_eq!(person.file("profile.json").exists(), code == 0, "{err}");
}

#[track_caller]
fn refuses(bundle: &str, sentence: &str) {
    check(bundle, 1, &format!("portcullis: {sentence}\n"));
}

#[test]
fn bundles() {
    check(&bundle(), 0, &format!("{SHOWN}{DONE}"));
    let bundle = bundle();
    let (first, second) = bundle.split_at(76);
    check(&format!("{first}\r\n{second}\n"), 0, &format!("{SHOWN}{DONE}"));
    let unknown = "`stage` of the bundle is unknown, and ignored\n";
    check(&with("stage", "prod"), 0, &format!("{unknown}{SHOWN}{DONE}"));
    let warning = "warning: the region is `eu-west-1`, and the user pool says `eu-central-1`\n";
    check(&with("region", "eu-west-1"), 0, &format!("{warning}{SHOWN}{DONE}"));
    let local = SHOWN.replace("https://api.example.com/prod", "http://127.0.0.1:9000");
    check(&with("api_url", "http://127.0.0.1:9000"), 0, &format!("{local}{DONE}"));
}

#[test]
fn what_is_no_bundle() {
    let all = "paste all of it, from its first character to its last";
    refuses("not base64!", &format!("the bundle is not base64: {all}"));
    refuses(&bundle()[..40], &format!("the bundle is base64, but not of JSON: {all}"));
    refuses("", "the bundle is empty: paste what the administrator sent");
    let long = "A".repeat(1024 * 1024);
    let expected = "the bundle is longer than 16384 bytes: paste what the administrator sent, and nothing else";
    refuses(&long, expected);
    let another = "ask the administrator for another";
    let no_object = format!("the bundle holds JSON, but no object: {another}");
    refuses(&STANDARD.encode("[1]"), &no_object);
    let lacks = format!("the bundle lacks `region`, `user_pool_id`, `client_id`: {another}");
    refuses(&STANDARD.encode(r#"{"api_url":"https://a"}"#), &lacks);
    let no_text = format!("`region` of the bundle is no text: {another}");
    refuses(&STANDARD.encode(fields().to_string().replace(r#""eu-central-1""#, "7")), &no_text);
    refuses(
        &with("cognito_endpoint", "https://cognito.example.com"),
        "`cognito_endpoint` of the bundle is not on this machine: it would get your password",
    );
}

#[test]
fn what_a_profile_cannot_be_made_of() {
    refuses(
        &with("api_url", "http://api.example.com"),
        "`api_url` is `http://api.example.com`, which is neither `https` nor `http` on loopback",
    );
    refuses(
        &with("region", "Frankfurt"),
        "`region` is `Frankfurt`, which is no region such as `eu-central-1`",
    );
    refuses(
        &with("user_pool_id", "../../etc"),
        "`user_pool_id` is `../../etc`, which is no user pool such as `eu-central-1_AbCdEfGhI`",
    );
    refuses(
        &with("client_id", "a b"),
        "`client_id` is `a b`, which is no app client: letters and digits",
    );
}

#[test]
fn what_the_arguments_must_say() {
    let check = |arguments: &[&str], code: i32, sentence: &str| {
        let done = Person::new().does(&[&["configure"], arguments].concat());
        assert_eq!((done.code, done.out.as_str()), (code, ""));
        assert!(done.err.ends_with(&format!("portcullis: {sentence}\n")), "{done:?}");
    };
    check(
        &[],
        2,
        "nothing to configure: give `--from-bundle`, `--stack-name`, or `--api-url` with `--region`, \
         `--user-pool-id` and `--client-id`",
    );
    check(&["--from-bundle", &bundle()], 2, "there is no terminal to ask on: add `--yes`");
    let name = "letters, digits, `-` and `_`, 64 at most";
    check(
        &["--from-bundle", &bundle(), "--profile", "../x"],
        2,
        &format!("`--profile`: `../x` is no name of a profile: {name}"),
    );
}

#[test]
fn where_a_setting_comes_from() {
    let person = Person::new().with("PORTCULLIS_PROFILE", "staging");
    let done = person.does(&["configure", "--from-bundle", &bundle(), "--yes", "--verbose"]);
    let from = "configuration: ~ (PORTCULLIS_CONFIG_DIR)\nprofile: staging (PORTCULLIS_PROFILE)\n";
    assert!(done.err.starts_with(from), "{done:?}");
    let done = person.does(&["token", "--verbose", "--profile", "default"]);
    let from = "configuration: ~ (PORTCULLIS_CONFIG_DIR)\nprofile: default (--profile)\n";
    let unconfigured = "portcullis: the profile `default` is not configured: ask an administrator for a bundle, \
                        and paste it into `portcullis configure --from-bundle -`\n";
    done.is(1, "", &format!("{from}{unconfigured}"));
    person.does(&["whoami", "--verbose"]).is(
        1,
        "",
        "configuration: ~ (PORTCULLIS_CONFIG_DIR)\n\
         profile: staging (PORTCULLIS_PROFILE)\n\
         API: https://api.example.com/prod (the profile)\n\
         user pool: eu-central-1_AbCdEfGhI (the profile)\n\
         app client: 1example23456789 (the profile)\n\
         portcullis: nobody is logged in with the profile `staging`: \
         `portcullis login --username EMAIL --profile staging`\n",
    );
}

#[test]
fn a_new_configuration_drops_the_tokens() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    assert!(person.file("credentials.json").exists());
    let person = person.configure(&["--cognito-endpoint", &gate.pool]);
    assert!(!person.file("credentials.json").exists());
    // One that is refused drops nothing.
    person.log_in(super::VIEWER, local::pool::PASSWORD);
    let done = person.does(&["configure", "--from-bundle", &with("api_url", "ftp://a"), "--yes"]);
    assert_eq!(done.code, 1);
    assert_eq!(person.does(&["token"]).code, 0);
}

/// Somebody changed `profile.json`: tokens of another app client are nobody's.
#[test]
fn tokens_of_another_client_do_not_count() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    let mut credentials = person.credentials();
    credentials["client_id"] = "another".into();
    person.write_credentials(&credentials);
    assert_eq!(person.does(&["token"]).code, 1);
}
