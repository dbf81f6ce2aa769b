//! `admin delete-user`: keys and webhooks end with their user.

use serde_json::{Value, json};
use tests::faults::ProofError;

use super::administrator::Office;

const DELETE: [&str; 4] = ["admin", "delete-user", "alice@example.com", "--yes"];

/// Alice with an account and two webhooks, of which one is revoked, and another's webhook.
fn office() -> (Office, String) {
    let office = Office::new();
    let alice = office.invite("alice@example.com", "itsm_agent");
    for (id, owner, status) in
        [("wh_1", &*alice, "active"), ("wh_2", &alice, "revoked"), ("wh_3", "bob", "active")]
    {
        let row = json!({
            "webhook_id": id,
            "user_id": owner,
            "tenant_id": "acme",
            "name": "ci",
            "status": status,
            "scheme": "github",
            "created_at": 1_800_000_000,
        });
        office.aws.put_row(&office.webhooks, &row);
    }
    (office, alice)
}

/// The status of every webhook.
fn webhooks(office: &Office) -> Vec<(String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let rows = office.aws.rows(&office.webhooks);
    let mut found: Vec<_> =
        rows.iter().map(|row| (text(row, "webhook_id"), text(row, "status"))).collect();
    found.sort();
    found
}

#[track_caller]
fn check(office: &Office, alice: &str, is_there: bool, account: &str, webhook: &str) {
    assert_eq!(office.aws.user(&office.pool, "alice@example.com").is_some(), is_there);
    assert_eq!(office.account(alice), Some(("itsm_agent".to_owned(), account.to_owned())));
    let expected = [("wh_1", webhook), ("wh_2", "revoked"), ("wh_3", "active")];
    let expected = expected.map(|(id, status)| (id.to_owned(), status.to_owned()));
    assert_eq!(webhooks(office), expected);
}

#[test]
fn everything_ends() {
    let (office, alice) = office();
    office.administrator.does(&DELETE).is(
        0,
        "alice@example.com is deleted\n",
        "The account is suspended: its API keys are refused.\n\
         Revoked webhooks: wh_1.\n\
         Tokens that were issued before are good until they end.\n",
    );
    check(&office, &alice, false, "suspended", "revoked");
    let rows = office.aws.rows(&office.webhooks);
    let row = rows.iter().find(|row| row["webhook_id"] == "wh_1").unwrap();
    assert!(row["revoked_at"].as_u64().is_some() && row["revoked_at"] == row["updated_at"]);
    let sentence = format!(
        "there is no user `alice@example.com` in the user pool `{}`: look with `portcullis admin list-users`",
        office.pool
    );
    let elsewhere = "if the user was deleted elsewhere, name the user id in place of the email: API keys and webhooks \
                     may be left";
    office.administrator.refuses(&DELETE, 3, &[&sentence, elsewhere]);
}

#[test]
fn somebody_who_was_deleted_elsewhere() {
    let (office, alice) = office();
    let only_user = [&DELETE[..], &["--keep"]].concat();
    assert_eq!(office.administrator.does(&only_user).code, 0);
    check(&office, &alice, false, "active", "active");
    let by_id = ["admin", "delete-user", &alice, "--yes", "--json"];
    let expected = json!({
        "email": null,
        "user_id": alice,
        "account": "suspended",
        "revoked_webhooks": ["wh_1"],
    });
    assert_eq!(office.administrator.does(&by_id).json(), expected);
    check(&office, &alice, false, "suspended", "revoked");
    // An id that nobody has.
    let sentence = format!(
        "there is no user `nobody` in the user pool `{}`: look with `portcullis admin list-users`",
        office.pool
    );
    office.administrator.refuses(&["admin", "delete-user", "nobody", "--yes"], 3, &[&sentence]);
}

/// The key of a user who is deleted is one of a suspended owner.
#[test]
fn keys_end() {
    let (office, alice) = office();
    let office = office.logged_in_as("portcullis_operator").with("API_KEY_ENVIRONMENT", "prod");
    let issue = ["key", "issue", "--owner", &alice, "--name", "export", "--scope", "read-only"];
    assert_eq!(office.administrator.does(&issue).code, 0);
    let office = office.logged_in_as("portcullis_administrator");
    assert_eq!(office.administrator.does(&DELETE).code, 0);
    let office = office.logged_in_as("portcullis_operator");
    let keys = office.administrator.does(&["key", "list", "--all", "--json"]).json();
    assert_eq!(keys[0]["state"], "owner_suspended");
    let done = office.administrator.does(&issue);
    assert_eq!(done.code, 3, "{done:?}");
}

#[test]
fn what_is_kept() {
    let check = |keep: &str, account: &str, webhook: &str, expected: Value| {
        let (office, alice) = office();
        let done = office.administrator.does(&[&DELETE[..], &[keep, "--json"]].concat());
        let mut expected = expected;
        expected["email"] = "alice@example.com".into();
        expected["user_id"] = alice.as_str().into();
        assert_eq!(done.json(), expected);
        self::check(&office, &alice, false, account, webhook);
    };
    check("--keep", "active", "active", json!({ "account": "kept", "revoked_webhooks": null }));
    check(
        "--keep=keys",
        "active",
        "revoked",
        json!({ "account": "kept", "revoked_webhooks": ["wh_1"] }),
    );
    check(
        "--keep=webhooks",
        "suspended",
        "active",
        json!({ "account": "suspended", "revoked_webhooks": null }),
    );
}

#[test]
fn nothing_is_forgotten_silently() {
    let (office, alice) = office();
    let sentence = "there is no terminal to ask on: add `--yes`";
    office.administrator.refuses(&DELETE[..3], 2, &[sentence]);
    let office = office.with("WEBHOOK_TABLE", "").with("AURORA_HOST", "");
    let keep = "`--keep=keys` or `--keep=webhooks` leaves what belongs to the user as it is, and `--keep` both";
    let sentences = [
        "`WEBHOOK_TABLE` is not set: it must hold the DynamoDB table of webhooks",
        "`AURORA_HOST` is not set: it must hold the cluster's or the proxy's host",
        keep,
    ];
    office.administrator.refuses(&DELETE, 1, &sentences);
    check(&office, &alice, true, "active", "active");
}

#[test]
fn half_failures() {
    let (office, alice) = office();
    let fails = |operation: &'static str, service: &str| {
        office.faults.breaks(operation, ProofError::Denied);
        let done = office.administrator.does(&DELETE);
        office.faults.mend();
        let end = "portcullis: the user may still be there, and able to log in: run it again\n";
        assert!(done.code == 1 && done.out.is_empty() && done.err.ends_with(end), "{done:?}");
        assert!(done.err.starts_with(&format!("portcullis: {service} could not be asked")));
    };
    fails("UpdateItem", "DynamoDB");
    check(&office, &alice, true, "suspended", "active");
    fails("AdminDeleteUser", "Cognito");
    check(&office, &alice, true, "suspended", "revoked");
    assert_eq!(office.administrator.does(&DELETE).code, 0);
    check(&office, &alice, false, "suspended", "revoked");
}
