//! `admin reset-password`.

use tests::faults::ProofError;

use super::administrator::Office;

const RESET: [&str; 3] = ["admin", "reset-password", "alice@example.com"];
const AFTER: &str =
    "The sessions of the user are ended. Tokens that were issued before are good until they end.\n";

#[test]
fn another_password() {
    let office = Office::new();
    let id = office.invite("alice@example.com", "viewer");
    let status = || office.aws.user(&office.pool, "alice@example.com").unwrap()["status"].clone();
    let done = office.administrator.does(&RESET);
    assert!(done.out.starts_with("email     alice@example.com\npassword  "), "{done:?}");
    assert_eq!((done.code, done.err.as_str(), status()), (0, AFTER, "CONFIRMED".into()));
    // By the user id, too.
    let done =
        office.administrator.does(&["admin", "reset-password", &id, "--temporary", "--json"]);
    let made = done.json();
    assert_eq!((&made["email"], &made["user_id"]), (&"alice@example.com".into(), &id.into()));
    assert_eq!(status(), "FORCE_CHANGE_PASSWORD");
    let path = office.administrator.file("password");
    let shown = path.to_str().unwrap();
    let done = office.administrator.does(&[&RESET[..], &["--out", shown]].concat());
    let said = format!("The password is in {shown}, for your eyes alone.\n{AFTER}");
    done.is(0, "", &said);
}

#[test]
fn nobody_of_that_name() {
    let office = Office::new();
    let sentence = format!(
        "there is no user `alice@example.com` in the user pool `{}`: look with `portcullis admin list-users`",
        office.pool
    );
    office.administrator.refuses(&RESET, 3, &[&sentence]);
}

#[test]
fn a_half_failure() {
    let office = Office::new();
    office.invite("alice@example.com", "viewer");
    office.faults.breaks("AdminUserGlobalSignOut", ProofError::Denied);
    let done = office.administrator.does(&RESET);
    assert!(done.code == 1 && done.out.contains("\npassword  "), "{done:?}");
    let sentence = "portcullis: the password is changed, and the sessions go on: end them with `portcullis admin \
                    reset-password alice@example.com`\n";
    assert!(done.err.ends_with(sentence), "{done:?}");
    office.faults.mend();
    office.faults.breaks("AdminSetUserPassword", ProofError::Denied);
    let path = office.administrator.file("password");
    let done =
        office.administrator.does(&[&RESET[..], &["--out", path.to_str().unwrap()]].concat());
    assert!(done.code == 1 && done.out.is_empty() && !path.exists(), "{done:?}");
}
