//! `admin invite-user` and `admin list-users`.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use tests::faults::ProofError;

use super::administrator::Office;

const INVITE: [&str; 7] =
    ["admin", "invite-user", "alice@example.com", "--role", "viewer", "--tenant", "acme"];

fn invite<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&INVITE, more].concat()
}

/// Whether a password has what every policy of Cognito can ask for.
fn is_strong(password: &str) -> bool {
    password.len() >= 12
        && password.chars().any(|c| c.is_ascii_lowercase())
        && password.chars().any(|c| c.is_ascii_uppercase())
        && password.chars().any(|c| c.is_ascii_digit())
        && password.chars().any(|c| c.is_ascii_punctuation())
}

#[test]
fn a_user_who_can_log_in() {
    let office = Office::new();
    let done = office.administrator.does(&invite(&[]));
    assert_eq!(done.code, 0, "{done:?}");
    let lines: Vec<&str> = done.out.lines().collect();
    let [email, password, bundle] = lines[..] else { panic!("{done:?}") };
    assert_eq!(email, "email     alice@example.com");
    assert!(is_strong(password.strip_prefix("password  ").unwrap()), "{done:?}");
    assert!(bundle.starts_with("bundle    eyJ"), "{done:?}");
    let next = "next: hand over the password and the bundle, each by a way of its own. The person types \
                `portcullis configure --from-bundle -` and `portcullis login --username alice@example.com`.\n";
    assert_eq!(done.err, next);
    let user = office.aws.user(&office.pool, "alice@example.com").unwrap();
    let member = |name: &str| user[name].as_str().unwrap();
    assert_eq!(member("email_verified"), "true");
    assert_eq!((member("custom:role"), member("custom:tenant_id")), ("viewer", "acme"));
    assert_eq!(member("status"), "CONFIRMED");
    // Without `--account` there is none.
    assert_eq!(office.account(member("sub")), None);
}

#[test]
fn a_temporary_password_and_an_account() {
    let office = Office::new();
    let done = office.administrator.does(&invite(&["--temporary", "--account", "--json"]));
    assert!(done.err.ends_with(", and choose a password.\n"), "{done:?}");
    let made = done.json();
    let user = office.aws.user(&office.pool, "alice@example.com").unwrap();
    assert_eq!(user["status"], "FORCE_CHANGE_PASSWORD");
    assert_eq!(made["user_id"], user["sub"]);
    let account = office.account(made["user_id"].as_str().unwrap());
    assert_eq!(account, Some(("viewer".to_owned(), "active".to_owned())));
    let mut members: Vec<&str> = made.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    let expected = [
        "bundle",
        "email",
        "has_account",
        "is_temporary",
        "password",
        "role",
        "tenant_id",
        "user_id",
    ];
    assert_eq!(members, expected);
    assert_eq!((&made["is_temporary"], &made["has_account"]), (&json!(true), &json!(true)));
}

#[test]
fn a_file_for_ones_own_eyes() {
    let office = Office::new();
    let path = office.administrator.file("alice.json");
    let shown = path.to_str().unwrap();
    let done = office.administrator.does(&invite(&["--out", shown, "--json"]));
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{done:?}");
    let said = format!("The password is in {shown}, for your eyes alone.\n");
    assert!(done.err.starts_with(&said), "{done:?}");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let written: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(written["email"], "alice@example.com");
    assert!(!done.err.contains(written["password"].as_str().unwrap()));

    // Nothing is overwritten, and nobody is made.
    let other = ["admin", "invite-user", "bob@example.com", "--role", "viewer", "--tenant", "acme"];
    let sentence = format!("`--out`: {shown} is there already: name another file");
    let arguments = [&other[..], &["--out", shown]].concat();
    office.administrator.refuses(&arguments, 2, &[&sentence]);
    assert_eq!(office.aws.user(&office.pool, "bob@example.com"), None);
    // Nor is a file left of somebody who was not made.
    let path = office.administrator.file("again.json");
    let done = office.administrator.does(&invite(&["--out", path.to_str().unwrap()]));
    assert!(done.code == 3 && !path.exists(), "{done:?}");
    let nowhere = office.administrator.does(&[&other[..], &["--out", "/proc/none/a"]].concat());
    assert!(nowhere.code == 1 && nowhere.err.contains("cannot be written"), "{nowhere:?}");
    assert_eq!(office.aws.user(&office.pool, "bob@example.com"), None);
}

#[test]
fn emails_as_people_write_them() {
    let office = Office::new();
    let small = "The email is written in small letters: alice+1@example.com\n";
    let as_written = ["admin", "invite-user", " Alice+1@Example.COM", "--role", "viewer"];
    let done = office.administrator.does(&[&as_written[..], &["--tenant", "acme"]].concat());
    assert!(done.code == 0 && done.err.starts_with(small), "{done:?}");
    assert!(done.out.starts_with("email     alice+1@example.com\n"), "{done:?}");
    // Another person than alice.
    assert_eq!(office.administrator.does(&invite(&[])).code, 0);
    let sentence = format!(
        "there is a user `alice@example.com` in the user pool `{}` already: `portcullis admin reset-password \
         alice@example.com` sets another password, `portcullis admin set-role alice@example.com --role ROLE` another \
         role",
        office.pool
    );
    office.administrator.refuses(&invite(&[]), 3, &[&sentence]);
    for bad in ["alice", "a@b", "a b@example.com", "$(id)@example.com"] {
        let sentence = format!(
            "`{bad}` is no email address such as `alice@example.com`, of letters, digits and `._%+-'=~`"
        );
        let arguments = ["admin", "invite-user", bad, "--role", "viewer", "--tenant", "acme"];
        office.administrator.refuses(&arguments, 2, &[&sentence]);
    }
}

#[test]
fn roles_and_tenants_of_the_access_table() {
    let office = Office::new();
    for role in ["boss", "service_account"] {
        let sentence = format!(
            "`{role}` is no role of the access table that people have: those are `viewer`, `itsm_agent`, \
             `itsm_manager`, `cloud_admin`, `super_admin`"
        );
        let arguments =
            ["admin", "invite-user", "alice@example.com", "--role", role, "--tenant", "acme"];
        office.administrator.refuses(&arguments, 3, &[&sentence]);
    }
    let arguments =
        ["admin", "invite-user", "alice@example.com", "--role", "viewer", "--tenant", "a/b"];
    let sentence = "`a/b` is no tenant: 1 to 64 of letters, digits, `.`, `_` and `-`";
    office.administrator.refuses(&arguments, 2, &[sentence]);
    assert_eq!(office.aws.user(&office.pool, "alice@example.com"), None);
}

#[test]
fn who_there_is() {
    let office = Office::new();
    let none = office.administrator.does(&["admin", "list-users"]);
    let next = format!(
        "The user pool `{}` has no users. next: `portcullis admin invite-user EMAIL --role ROLE --tenant TENANT`\n",
        office.pool
    );
    none.is(0, "EMAIL  ROLE  TENANT  STATUS  CREATED  USER ID\n", &next);
    office.invite("bob@example.com", "itsm_agent");
    let id = office.invite("alice@example.com", "viewer");
    let done = office.administrator.does(&["admin", "list-users"]);
    let lines: Vec<Vec<&str>> =
        done.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[1][..4], ["alice@example.com", "viewer", "acme", "active"]);
    assert_eq!((lines[1][5], lines[2][0]), (id.as_str(), "bob@example.com"));
    let listed = office.administrator.does(&["admin", "list-users", "--json"]).json();
    let mut first = listed[0].clone();
    assert!(first["created_at"].take().as_str().unwrap().ends_with('Z'));
    let expected = json!({
        "email": "alice@example.com",
        "user_id": id,
        "role": "viewer",
        "tenant_id": "acme",
        "status": "CONFIRMED",
        "is_enabled": true,
        "created_at": null,
    });
    assert_eq!(first, expected);
}

/// What is there is said, and how to go on.
#[test]
fn half_failures() {
    let office = Office::new();
    office.faults.breaks("AdminSetUserPassword", ProofError::Denied);
    let done = office.administrator.does(&invite(&[]));
    let denied = "Cognito could not be asked to set the password: the credentials have no right to it: ask for the \
                  right, or look at `--aws-profile` (AccessDeniedException: as the test asked for)";
    let stays = "the user `alice@example.com` is there, with the password as a temporary one, which must be changed \
                 at the first login: hand it over, or set another with `portcullis admin reset-password \
                 alice@example.com`";
    assert_eq!(done.err, format!("portcullis: {denied}\nportcullis: {stays}\n"));
    // The password counts, so it is shown.
    assert!(done.code == 1 && done.out.contains("\npassword  "), "{done:?}");
    let user = office.aws.user(&office.pool, "alice@example.com").unwrap();
    assert_eq!(user["status"], "FORCE_CHANGE_PASSWORD");

    // The user was made, and the answer lost.
    let office = Office::new();
    office.faults.breaks("AdminCreateUser", ProofError::Lost);
    let done = office.administrator.does(&invite(&[]));
    let open = "portcullis: whether the user was made is not known: look with `portcullis admin list-users`\n";
    assert!(done.code == 1 && done.out.is_empty() && done.err.ends_with(open), "{done:?}");
    assert!(office.aws.user(&office.pool, "alice@example.com").is_some());

    // A role of the database that may not.
    let office = Office::new().logged_in_as("portcullis_operator");
    let done = office.administrator.does(&invite(&["--account"]));
    assert!(done.code == 1 && done.out.contains("\npassword  "), "{done:?}");
    let lacks = "portcullis: the user `alice@example.com` is there and can log in, without an account for API keys: \
                 `portcullis admin set-role alice@example.com --role viewer --account` writes it\n";
    assert!(done.err.ends_with(lacks), "{done:?}");
    let office = office.logged_in_as("portcullis_administrator");
    let done = office.administrator.does(&[
        "admin",
        "set-role",
        "alice@example.com",
        "--role",
        "viewer",
        "--account",
    ]);
    assert_eq!(done.code, 0, "{done:?}");
    let account = Some(("viewer".to_owned(), "active".to_owned()));
    assert_eq!(office.roles("alice@example.com"), ("viewer".to_owned(), account));

    // Without a database nobody is made.
    let office = office.with("AURORA_HOST", "127.0.0.1:9");
    let bob = ["admin", "invite-user", "bob@example.com", "--role", "viewer", "--tenant", "acme"];
    let done = office.administrator.does(&[&bob[..], &["--account"]].concat());
    let without = "portcullis: without `--account` the person gets no account for API keys\n";
    assert!(done.code == 1 && done.err.ends_with(without), "{done:?}");
    assert_eq!(office.aws.user(&office.pool, "bob@example.com"), None);
}
