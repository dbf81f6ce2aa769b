//! The tool at a terminal: what is asked, what is not shown, and that the terminal is as it was.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local::pool::PASSWORD;
use serde_json::{Value, json};
use tests::root;
use tests::terminal::{Session, session};

use super::VIEWER;
use super::challenges::invite;
use super::person::Person;
use crate::dev::running::Running;

const LOGIN: [&str; 3] = ["login", "--username", VIEWER];

/// Fails unless `session` ended with `code`, showed `texts` in this order, and left the terminal as it was.
trait Ended {
    fn is(&self, code: i32, texts: &[&str]);
    fn hides(&self, secrets: &[&str]);
}

impl Ended for Session {
    #[track_caller]
    fn is(&self, code: i32, texts: &[&str]) {
        assert!(self.code == code && self.restored, "{self:?}");
        let mut rest = self.shown.as_str();
        for text in texts {
            let at = rest.find(text).unwrap_or_else(|| panic!("`{text}`: {self:?}"));
            rest = &rest[at + text.len()..];
        }
    }

    #[track_caller]
    fn hides(&self, secrets: &[&str]) {
        assert!(!secrets.iter().any(|secret| self.shown.contains(secret)), "{self:?}");
    }
}

/// Types for `person`: after each text, the keys beside it.
fn types(person: &Person, arguments: &[&str], steps: &[(&str, &str)]) -> Session {
    at_terminal(person, 80, arguments, &json!(steps))
}

fn at_terminal(person: &Person, columns: usize, arguments: &[&str], steps: &Value) -> Session {
    let settings = [("PORTCULLIS_CONFIG_DIR", person.directory())];
    session(settings, arguments, columns, steps)
}

#[test]
fn a_table_is_cut_to_the_terminal() {
    let table = root().join("infra/access.toml");
    let arguments = ["access", "table", table.to_str().unwrap()];
    let person = Person::new();
    let whole = person.does(&arguments).out;
    for columns in [40, 60, 200] {
        let session = at_terminal(&person, columns, &arguments, &json!([]));
        session.is(0, &["METHOD"]);
        let expected = whole.lines().map(|line| match line.chars().count() > columns {
            true => line.chars().take(columns - 1).collect::<String>() + "…",
            false => line.to_owned(),
        });
        assert!(session.shown.lines().eq(expected), "{columns}: {}", session.shown);
    }
}

#[test]
fn a_terminal_that_changes_its_size() {
    let gate = Running::start(&[]);
    let person = Person::configured(&gate.pool);
    let steps = json!([["Password: ", 40], ["", format!("{PASSWORD}\r")]]);
    at_terminal(&person, 120, &LOGIN, &steps).is(0, &["Logged in as viewer@acme.example."]);
}

#[test]
fn a_password_is_not_shown() {
    let gate = Running::start(&[]);
    let person = Person::configured(&gate.pool);
    let session = types(&person, &LOGIN, &[("Password: ", &format!("{PASSWORD}\r"))]);
    session.is(0, &["Password: ", "Logged in as viewer@acme.example."]);
    session.hides(&[PASSWORD]);
    // With the keys that everybody uses.
    let keys = format!("wrong\x15{PASSWORD}ü\x7fx\x08\r");
    types(&person, &LOGIN, &[("Password: ", &keys)]).is(0, &["Logged in"]);
}

#[test]
fn a_login_that_is_given_up() {
    let gate = Running::start(&[]);
    let person = Person::configured(&gate.pool);
    // Ctrl-C: the process ends by its signal, as without a prompt.
    let session = types(&person, &LOGIN, &[("Password: ", "secr\x03")]);
    session.is(-2, &["Password: "]);
    session.hides(&["secr"]);
    types(&person, &LOGIN, &[("Password: ", "\x04")]).is(1, &["no password was entered"]);
    types(&person, &LOGIN, &[("Password: ", "\r")]).is(1, &["the password is empty"]);
    types(&person, &LOGIN, &[("Password: ", "wrong\r")]).is(3, &["the password is wrong"]);
    assert!(!person.file("credentials.json").exists());
}

#[test]
fn a_new_password_is_asked_for_until_it_fits() {
    let gate = Running::start(&[]);
    let person = Person::configured(&gate.pool);
    let log_in = |email: &str, steps: &[(&str, &str)]| {
        invite(&gate.pool, email, "Temporary1!!");
        let steps = [&[("Password: ", "Temporary1!!\r")], steps].concat();
        let session = types(&person, &["login", "--username", email], &steps);
        session.hides(&["Temporary1!!", "short", "Portcullis3#"]);
        session
    };
    let (new, again) = ("New password: ", "New password again: ");
    let session = log_in(
        "a@acme.example",
        &[
            (new, "short\r"),
            (again, "short\r"),
            (new, "Portcullis3#\r"),
            (again, "Portcullis4#\r"),
            (new, "Portcullis3#\r"),
            (again, "Portcullis3#\r"),
        ],
    );
    let refused = "The user pool refuses it: Password not long enough.";
    let texts = ["a temporary one", refused, "The two are not the same.", "Logged in as a@acme"];
    session.is(0, &texts);
    let three = [(new, "short\r"), (again, "short\r")].repeat(3);
    let session = log_in("b@acme.example", &three);
    session.is(3, &[refused, refused, refused, "no password was chosen"]);
    log_in("c@acme.example", &[(new, "Portcullis3#\r"), (again, "\x03")]).is(-2, &[again]);
}

#[test]
fn another_password() {
    let gate = Running::start(&[]);
    let person = Person::logged_in(&gate.pool);
    let steps = [
        ("Password: ", &*format!("{PASSWORD}\r")),
        ("New password: ", "Portcullis5#\r"),
        ("New password again: ", "Portcullis5#\r"),
    ];
    let session = types(&person, &["change-password"], &steps);
    session.is(0, &["The password is changed."]);
    session.hides(&[PASSWORD, "Portcullis5#"]);
}

#[test]
fn the_host_is_confirmed() {
    let person = Person::new();
    let flags =
        ["configure", "--api-url", "https://api.example.com:8443/v1", "--region", "eu-west-1"];
    let ids = ["--user-pool-id", "eu-west-1_AbCdEfGhI", "--client-id", "1example"];
    let configure = [&flags[..], &ids].concat();
    let question = "Send the tokens of the profile `default` to api.example.com:8443? [y/N] ";
    let session = types(&person, &configure, &[(question, "n\r")]);
    session.is(
        3,
        &["https://api.example.com:8443/v1", question, "not confirmed: nothing was changed"],
    );
    assert!(!person.file("profile.json").exists());
    types(&person, &configure, &[(question, "y\r")]).is(0, &["is configured"]);
    assert!(person.file("profile.json").exists());
    // Pasted, and ended by Ctrl-D: after it, a question can be asked all the same.
    let bundle = STANDARD.encode(std::fs::read(person.file("profile.json")).unwrap());
    let steps = [("Paste the bundle", &*format!("{bundle}\r\x04")), (question, "y\r")];
    let paste = ["configure", "--from-bundle", "-"];
    types(&person, &paste, &steps).is(0, &["is configured"]);
    types(&person, &paste, &[("Paste the bundle", "bm8=\r\x04")]).is(1, &["not of JSON"]);
}
