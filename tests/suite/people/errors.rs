//! What Cognito can refuse, and what is said of it.

use local::pool::PASSWORD;
use tests::key_server::{KeyServer, Reply};
use tests::scripted_cognito::ScriptedCognito;

use super::VIEWER;
use super::person::{API, Person};
use crate::dev::running::Running;

const LIES: &str = "The tokens will lie in ~/default/credentials.json, for your eyes alone.\n";
const WRONG: &str =
    "the email or the password is wrong: try again, or ask an administrator to reset the password";

#[track_caller]
fn check(code: &'static str, message: &'static str, exit: i32, sentence: &str) {
    let cognito = ScriptedCognito::failing(code, message);
    let person = Person::configured(&cognito.url());
    person.log_in(VIEWER, PASSWORD).is(exit, "", &format!("{LIES}portcullis: {sentence}\n"));
    assert!(!person.file("credentials.json").exists(), "{code}");
}

#[test]
fn refusals() {
    let no = "NotAuthorizedException";
    check(no, "Incorrect username or password.", 3, WRONG);
    check("UserNotFoundException", "User does not exist.", 3, WRONG);
    let expired = "the temporary password has expired: ask an administrator for a new one";
    check(no, "Temporary password has expired and must be reset by an administrator.", 3, expired);
    check(no, "User account has expired, it must be reset by an administrator.", 3, expired);
    check(
        no,
        "Password attempts exceeded",
        3,
        "there were too many wrong passwords, and Cognito has locked the user: wait a quarter of an hour, and try \
         again",
    );
    check(no, "User is disabled.", 3, "the user is disabled: ask an administrator");
    check(
        no,
        "Client portcullisdevapp0000000001 is configured with secret but SECRET_HASH was not received",
        3,
        "the app client `portcullisdevapp0000000001` has a secret, and is no client for people: ask the \
         administrator for another bundle",
    );
    check(no, "Something\u{1b}[2J new", 3, "Cognito refused: Something\\u{1b}[2J new");
    check(
        "PasswordResetRequiredException",
        "Password reset required for the user",
        3,
        "an administrator has reset the password: ask them for a new one",
    );
    check(
        "UserNotConfirmedException",
        "User is not confirmed.",
        3,
        "the user is not confirmed: ask an administrator to confirm it",
    );
    check(
        "InvalidParameterException",
        "USER_PASSWORD_AUTH flow not enabled for this client",
        3,
        "the app client takes no passwords: try `portcullis login --browser`",
    );
}

#[test]
fn failures() {
    check(
        "ResourceNotFoundException",
        "User pool client portcullisdevapp0000000001 does not exist.",
        1,
        "the app client `portcullisdevapp0000000001` does not exist in `local-1`: the bundle is old, or of another \
         region; ask the administrator for another, and paste it into `portcullis configure --from-bundle -`",
    );
    check(
        "InvalidLambdaResponseException",
        "PreTokenGeneration failed",
        1,
        "Cognito refused: InvalidLambdaResponseException: PreTokenGeneration failed",
    );
    for code in ["TooManyRequestsException", "LimitExceededException"] {
        let busy = "Cognito gets too many requests at the moment: wait a minute, and try again";
        check(code, "Rate exceeded", 1, busy);
    }
}

#[test]
fn nobody_answers() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let endpoint = format!("http://127.0.0.1:{port}");
    let person = Person::configured(&endpoint);
    let unreachable = "it cannot be reached: look at the network, and at HTTPS_PROXY";
    let expected =
        format!("{LIES}portcullis: Cognito in `local-1` did not answer: {unreachable}\n");
    person.log_in(VIEWER, PASSWORD).is(1, "", &expected);
    let expected = format!("{LIES}portcullis: `127.0.0.1:{port}` did not answer: {unreachable}\n");
    person.does(&["login", "--browser"]).is(1, "", &expected);
}

/// A company's proxy is asked, and nothing else, for what is not on this machine.
#[test]
fn through_a_proxy() {
    let proxy = KeyServer::start(Reply::new(407, "", b"")).unwrap();
    let address = proxy.url().replace("/.well-known/jwks.json", "");
    let person = Person::new().with("HTTPS_PROXY", &address).configure(&[]);
    let done = person.says(&["login", "--username", VIEWER, "--verbose"], PASSWORD);
    assert!(done.err.contains("proxy: 127.0.0.1 (HTTPS_PROXY)\n"), "{done:?}");
    assert_eq!(done.code, 1, "{done:?}");
    let head = proxy.last_request();
    let connect = "CONNECT cognito-idp.local-1.amazonaws.com:443 ";
    assert!(head.starts_with(connect), "{head}");
    assert!(!head.contains(PASSWORD));
    person.does(&["login", "--browser", "--no-browser"]);
    let head = proxy.last_request();
    assert!(head.starts_with(connect), "{head}");
}

/// A proxy could read what goes over `http`, and that goes to this machine alone.
#[test]
fn nothing_for_this_machine_goes_through_a_proxy() {
    let proxy = KeyServer::start(Reply::new(502, "", b"")).unwrap();
    let address = proxy.url().replace("/.well-known/jwks.json", "");
    let gate = Running::start(&[]);
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"];
    let person = Person::configured(&gate.pool);
    let person = names.into_iter().fold(person, |person, name| person.with(name, &address));
    let done = person.log_in(VIEWER, PASSWORD);
    assert_eq!(done.code, 0, "{done:?}");
    let service = ["token", "--client-credentials", "--secret-id", "none"];
    person.does(&service);
    assert_eq!(proxy.requests(), 0, "{}", proxy.last_request());
}

#[test]
fn what_is_no_proxy() {
    let check = |value: &str, taken: bool| {
        let person = Person::new().with("https_proxy", value).configure(&[]);
        let done = person.log_in(VIEWER, PASSWORD);
        let sentence =
            "portcullis: `https_proxy` is no proxy such as `http://proxy.example.com:3128`\n";
        assert_eq!(done.err.ends_with(sentence), !taken, "{done:?}");
        assert!(!done.err.contains("hunter2"), "{done:?}");
    };
    check("socks5://user:hunter2@proxy.example.com", false);
    check("http://user:hunter2@", false);
    check("127.0.0.1:9", true);
    check("http://user:hunter2@127.0.0.1:9", true);
}

/// The endpoint of the environment comes before that of the profile, as in every SDK of AWS.
#[test]
fn where_cognito_is() {
    let gate = Running::start(&[]);
    let person = Person::new()
        .configure(&["--cognito-endpoint", "http://127.0.0.1:9"])
        .with("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .with("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", &gate.pool);
    let done = person.says(&["login", "--username", VIEWER, "--verbose"], PASSWORD);
    let from = format!("Cognito: {} (AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER)\n", gate.pool);
    assert!(done.code == 0 && done.err.contains(&from), "{done:?}");
    assert!(done.err.contains(&format!("API: {API} (the profile)\n")), "{done:?}");

    let person = person.with("AWS_ENDPOINT_URL", "http://cognito.example.com");
    let wrong = "`AWS_ENDPOINT_URL` is neither `https` nor `http` on loopback";
    person.log_in(VIEWER, PASSWORD).is(1, "", &format!("{LIES}portcullis: {wrong}\n"));
}

#[test]
fn passwords_from_a_pipe() {
    let gate = Running::start(&[]);
    let person = Person::configured(&gate.pool);
    let check = |input: &str, code: i32, end: &str| {
        let done = person.log_in(VIEWER, input);
        assert_eq!((done.code, done.out.as_str()), (code, ""), "{input:?}");
        assert!(done.err.ends_with(end), "{done:?}");
    };
    check(PASSWORD, 0, "next: `portcullis token`\n");
    check(&format!("{PASSWORD}\r\nrest\n"), 0, "next: `portcullis token`\n");
    check(&format!(" {PASSWORD}\n"), 3, &format!("portcullis: {WRONG}\n"));
    check("\n", 1, "portcullis: the password is empty\n");
    let none =
        "there is no terminal to ask for the password on, and no further line on standard input";
    check("", 2, &format!("portcullis: {none}\n"));
    check(&"a".repeat(2000), 1, "portcullis: the password is longer than 1024 bytes\n");
    // The same user, however the email is spelled.
    let other = person.log_in(" Viewer@ACME.example", PASSWORD);
    assert_eq!(other.code, 0, "{other:?}");
}
