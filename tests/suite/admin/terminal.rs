//! What is asked at a terminal before something ends for ever.

use serde_json::json;
use tests::terminal::session;

use super::administrator::{Administrator, Office};

const DELETE: [&str; 3] = ["admin", "delete-user", "alice@example.com"];
const ASKED: &str = "Delete this user for ever? [y/N] ";

/// Types `answer` once it is asked; what the terminal showed, and the exit code.
fn types(administrator: &Administrator, arguments: &[&str], answer: &str) -> (String, i32) {
    let steps = json!([[ASKED, answer]]);
    let session = session(administrator.settings(), arguments, 80, &steps);
    (session.shown.replace('\r', ""), session.code)
}

#[test]
fn only_yes_means_yes() {
    let office = Office::new();
    let id = office.invite("alice@example.com", "viewer");
    let is_there = || office.aws.user(&office.pool, "alice@example.com").is_some();
    let asks = |keys: &str, webhooks: &str| {
        format!(
            "user      alice@example.com\nuser id   {id}\nAPI keys  {keys}\nwebhooks  {webhooks}\n{ASKED}"
        )
    };
    let (shown, code) = types(&office.administrator, &DELETE, "no\r");
    let end = "portcullis: not confirmed: nothing was changed\n";
    let expected = format!("{}no\n{end}", asks("are refused", "none"));
    assert_eq!((shown, code, is_there()), (expected, 3, true));
    assert_eq!(office.account(&id), Some(("viewer".to_owned(), "active".to_owned())));
    let keep = [&DELETE[..], &["--keep"]].concat();
    let (shown, code) = types(&office.administrator, &keep, "yes\r");
    let start = asks("stay as they are", "stay as they are");
    assert!(shown.starts_with(&start), "{shown}");
    assert_eq!((code, is_there()), (0, false), "{shown}");
}
