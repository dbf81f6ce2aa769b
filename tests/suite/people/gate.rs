//! The whole way: configure, log in, a token, a request that is allowed and one that is not.

use std::process::Command;

use local::pool::PASSWORD;
use serde_json::json;

use super::person::Person;
use crate::dev::running::Running;

/// The status of a request, by curl, as people send it.
fn status(method: &str, url: &str, token: &str) -> String {
    let curl = Command::new("curl")
        .args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"])
        .args(["--request", method, "--header", &format!("Authorization: Bearer {token}"), url])
        .output()
        .unwrap();
    String::from_utf8(curl.stdout).unwrap()
}

#[test]
fn from_a_bundle_to_an_answer() {
    let gate = Running::start(&[]);
    let person = Person::configured(&gate.pool);
    person.log_in("itsm_agent@acme.example", &format!("{PASSWORD}\n")).is(
        0,
        "",
        "The tokens will lie in ~/default/credentials.json, for your eyes alone.\n\
         Logged in as itsm_agent@acme.example.\n\
         next: `portcullis token`\n",
    );
    let done = person.does(&["token"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let token = done.out.strip_suffix('\n').unwrap();
    assert!(!token.contains('\n'));
    // The same, as long as it is fresh.
    person.does(&["token"]).is(0, &done.out, "");
    let url = |path: &str| format!("{}{path}", gate.gateway);
    assert_eq!(status("POST", &url("/api/incidents"), token), "200");
    assert_eq!(status("GET", &url("/api/admin/itsm"), token), "403");
    let explained = person.says(&["explain", "GET", "/api/admin/itsm", "--token", "-"], token);
    assert_eq!(explained.code, 3);
    assert!(explained.out.contains("INSUFFICIENT_ROLE"), "{explained:?}");

    let access = person.does(&["token", "--access", "--json"]).json();
    let token = access["token"].as_str().unwrap();
    assert_eq!(status("GET", &url("/api/incidents"), token), "403");
}

/// What `portcullis dev` prints is pasted.
#[test]
fn the_lines_of_the_gateway() {
    let mut gate = Running::start(&[]);
    status("GET", &format!("{}/health", gate.gateway), "");
    gate.line();
    let person = Person::new();
    let lines = gate.printed.lines().filter_map(|line| line.strip_prefix("  portcullis "));
    let lines: Vec<Vec<&str>> = lines.map(|line| line.split(' ').collect()).collect();
    let commands: Vec<&str> = lines.iter().map(|words| words[0]).collect();
    assert_eq!(commands, ["configure", "login"]);
    for words in lines {
        let done = person.says(&words, &format!("{PASSWORD}\n"));
        assert_eq!(done.code, 0, "{words:?}: {done:?}");
    }
    let token = person.does(&["token", "--profile", "dev"]).out;
    assert_eq!(status("GET", &format!("{}/api/incidents", gate.gateway), token.trim()), "200");
}

#[test]
fn who_is_logged_in() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    let expires = person.does(&["token", "--json"]).json()["expires_at"].clone();
    let expected = json!({
        "user": "viewer@acme.example",
        "user_id": "00000000-0000-4000-8000-000000000001",
        "role": "viewer",
        "tenant_id": "acme",
        "expires_at": expires,
        "is_expired": false,
        "profile": "default",
        "api_url": "https://api.example.com",
        "user_pool_id": "local-1_PortcullisDev",
        "client_id": "portcullisdevapp0000000001",
        "credentials_file": "~/default/credentials.json",
    });
    assert_eq!(person.does(&["whoami", "--json"]).json(), expected);
    let lines = person.does(&["whoami"]).out;
    let expires = expires.as_str().unwrap();
    let expected = [
        "user       viewer@acme.example",
        "user id    00000000-0000-4000-8000-000000000001",
        "role       viewer",
        "tenant     acme",
        "profile    default",
        "API        https://api.example.com",
        "user pool  local-1_PortcullisDev",
        "tokens in  ~/default/credentials.json",
    ];
    for line in expected {
        assert!(lines.lines().any(|own| own == line), "{lines}");
    }
    assert!(lines.contains(&format!("token      {expires} (")), "{lines}");

    person.age(61);
    let lines = person.does(&["whoami"]).out;
    assert!(lines.contains("(over: `portcullis token` refreshes it)"), "{lines}");
    // As the authorizer would name the claims.
    let person = person.with("ROLE_CLAIM", "email").with("TENANT_CLAIM", "none");
    let said = person.does(&["whoami", "--json"]).json();
    assert_eq!((&said["role"], &said["tenant_id"]), (&json!("viewer@acme.example"), &json!(null)));
}

#[test]
fn the_end_of_a_session() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    let before = person.credentials();
    person.does(&["logout"]).is(0, "", "Logged out.\n");
    assert!(!person.file("credentials.json").exists());
    let nobody =
        "nobody is logged in with the profile `default`: `portcullis login --username EMAIL`";
    for command in ["token", "whoami", "change-password"] {
        person.does(&[command]).is(1, "", &format!("portcullis: {nobody}\n"));
    }
    person.does(&["logout"]).is(0, "", "Nobody is logged in with the profile `default`.\n");
    // It has ended at Cognito too: a copy is worth nothing.
    person.write_credentials(&before);
    person.age(61);
    let ended = "the session of the profile `default` has ended (Refresh Token has been revoked): log in again: \
                 `portcullis login --username EMAIL`";
    person.does(&["token"]).is(3, "", &format!("portcullis: {ended}\n"));
    assert!(!person.file("credentials.json").exists());
}

#[test]
fn without_a_network_the_tokens_can_be_forgotten() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    drop(gate);
    person.does(&["logout"]).is(
        1,
        "",
        "portcullis: Cognito in `local-1` did not answer: it cannot be reached: look at the network, and at \
         HTTPS_PROXY\n\
         portcullis: still logged in; `portcullis logout --local` forgets the tokens here alone\n",
    );
    person.does(&["logout", "--local"]).is(
        0,
        "",
        "The tokens are forgotten, and the session goes on at Cognito until it ends by itself.\n",
    );
    assert!(!person.file("credentials.json").exists());
}

#[test]
fn another_password() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    let change = |input: &str| person.says(&["change-password"], input);
    let refused = "portcullis: the password is wrong: nothing was changed\n";
    change("wrong\nPortcullis2?\n").is(3, "", refused);
    let policy = "portcullis: the user pool refuses the new password: Password must have symbol characters\n";
    change(&format!("{PASSWORD}\nPortcullis12\n")).is(3, "", policy);
    change(&format!("{PASSWORD}\nPortcullis2?\n")).is(0, "", "The password is changed.\n");
    assert_eq!(person.log_in(super::VIEWER, PASSWORD).code, 3);
    assert_eq!(person.log_in(super::VIEWER, "Portcullis2?").code, 0);
}

#[test]
fn profiles_know_nothing_of_each_other() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    let other = ["--cognito-endpoint", &gate.pool, "--profile", "other"];
    let person = person.configure(&other);
    let log_in = "portcullis login --username EMAIL --profile other";
    let nobody = format!("portcullis: nobody is logged in with the profile `other`: `{log_in}`\n");
    person.does(&["token", "--profile", "other"]).is(1, "", &nobody);
    let login = ["login", "--username", "viewer@globex.example", "--profile", "other"];
    let done = person.says(&login, PASSWORD);
    assert!(done.err.ends_with("next: `portcullis token --profile other`\n"), "{done:?}");
    let person = person.with("PORTCULLIS_PROFILE", "other");
    let tenant = |arguments: &[&str]| person.does(arguments).json()["tenant_id"].clone();
    assert_eq!(tenant(&["whoami", "--json"]), "globex");
    assert_eq!(tenant(&["whoami", "--json", "--profile", "default"]), "acme");
}
