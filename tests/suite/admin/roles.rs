//! `admin set-role`: whatever fails, an account never has a right that its user has not.

use tests::faults::ProofError;

use super::administrator::Office;

const ALICE: &str = "alice@example.com";

fn set(role: &str) -> [&str; 5] {
    ["admin", "set-role", ALICE, "--role", role]
}

/// Checks the role of alice, and that of her active account.
#[track_caller]
fn check(office: &Office, user: &str, account: &str) {
    let active = Some((account.to_owned(), "active".to_owned()));
    assert_eq!(office.roles(ALICE), (user.to_owned(), active));
}

#[test]
fn the_user_and_the_account() {
    let office = Office::new();
    let id = office.invite(ALICE, "viewer");
    let after = "Tokens that were issued before have the old role until they end.\n";
    office.administrator.does(&set("itsm_agent")).is(
        0,
        "alice@example.com has the role `itsm_agent`, and had `viewer`\n",
        &format!("The account for API keys has it too.\n{after}"),
    );
    check(&office, "itsm_agent", "itsm_agent");
    let done = office.administrator.does(&[&set("itsm_manager")[..], &["--json"]].concat());
    let expected = serde_json::json!({
        "email": ALICE,
        "user_id": id,
        "previous_role": "itsm_agent",
        "role": "itsm_manager",
        "account": "changed",
    });
    assert_eq!(done.json(), expected);
    for role in ["cloud_admin", "viewer", "viewer", "super_admin"] {
        assert_eq!(office.administrator.does(&set(role)).code, 0);
        check(&office, role, role);
    }
    let kept = office.administrator.does(&[&set("viewer")[..], &["--keep-account"]].concat());
    let said = format!("The account for API keys was left as it is, if there is one.\n{after}");
    assert_eq!((kept.code, kept.err), (0, said));
    check(&office, "viewer", "super_admin");
}

#[test]
fn without_an_account() {
    let office = Office::new();
    let invite = ["admin", "invite-user", ALICE, "--role", "viewer", "--tenant", "acme"];
    assert_eq!(office.administrator.does(&invite).code, 0);
    let done = office.administrator.does(&set("itsm_agent"));
    let said = "There is no account for API keys: `--account` would write it.\n";
    assert!(done.code == 0 && done.err.starts_with(said), "{done:?}");
    assert_eq!(office.roles(ALICE), ("itsm_agent".to_owned(), None));
    let done = office.administrator.does(&[&set("itsm_agent")[..], &["--account"]].concat());
    let said = "The account for API keys is written.\n";
    assert!(done.code == 0 && done.err.starts_with(said), "{done:?}");
    check(&office, "itsm_agent", "itsm_agent");
}

#[test]
fn what_is_refused() {
    let office = Office::new();
    let nobody = format!(
        "there is no user `alice@example.com` in the user pool `{}`: look with `portcullis admin list-users`",
        office.pool
    );
    office.administrator.refuses(&set("viewer"), 3, &[&nobody]);
    office.invite(ALICE, "viewer");
    let done = office.administrator.does(&set("service_account"));
    assert!(done.code == 3 && done.err.contains("is no role of the access table"), "{done:?}");
    let both = [&set("viewer")[..], &["--account", "--keep-account"]].concat();
    assert_eq!(office.administrator.does(&both).code, 2);
    let office = office.with("ROLE_CLAIM", "cognito:groups");
    let group = "ROLE_CLAIM is `cognito:groups`, which is no attribute that can be set, such as `custom:role`: set it \
                 where it comes from";
    office.administrator.refuses(&set("viewer"), 1, &[group]);
    check(&office, "viewer", "viewer");
}

/// What fails at the user pool.
#[test]
fn half_failures() {
    let office = Office::new();
    office.invite(ALICE, "itsm_manager");
    let fails = |role: &str, sentence: &str| {
        office.faults.breaks("AdminUpdateUserAttributes", ProofError::Denied);
        let done = office.administrator.does(&set(role));
        let end = format!("portcullis: {sentence}\n");
        assert!(done.code == 1 && done.out.is_empty() && done.err.ends_with(&end), "{done:?}");
        office.faults.mend();
    };
    // Fewer rights: the keys lose them first.
    fails("viewer", "the account has the role `viewer`, and the user has not: run it again");
    check(&office, "itsm_manager", "viewer");
    assert_eq!(office.administrator.does(&set("viewer")).code, 0);
    check(&office, "viewer", "viewer");
    // More rights: the keys get them last.
    fails(
        "itsm_manager",
        "Cognito could not be asked to set the role: the credentials have no right to it: ask for the right, or look \
         at `--aws-profile` (AccessDeniedException: as the test asked for)",
    );
    check(&office, "viewer", "viewer");
    assert_eq!(office.administrator.does(&set("itsm_manager")).code, 0);
    // Others: the keys have none meanwhile.
    fails(
        "cloud_admin",
        "until it is done the account has no role, and its API keys are refused: run it again",
    );
    check(&office, "itsm_manager", "(changing)");
    assert_eq!(office.administrator.does(&set("cloud_admin")).code, 0);
    check(&office, "cloud_admin", "cloud_admin");
}

/// An account that was kept may have more than its user, and the new role lie between.
#[test]
fn a_role_between() {
    let office = Office::new();
    office.invite(ALICE, "super_admin");
    let keep = [&set("viewer")[..], &["--keep-account"]].concat();
    assert_eq!(office.administrator.does(&keep).code, 0);
    check(&office, "viewer", "super_admin");
    office.faults.breaks("AdminUpdateUserAttributes", ProofError::Denied);
    assert_eq!(office.administrator.does(&set("itsm_agent")).code, 1);
    check(&office, "viewer", "(changing)");
    office.faults.mend();
    assert_eq!(office.administrator.does(&set("itsm_agent")).code, 0);
    check(&office, "itsm_agent", "itsm_agent");
}

/// What fails at the database: its role may read accounts, and not change them.
#[test]
fn half_failures_of_the_database() {
    let office = Office::new();
    office.invite(ALICE, "itsm_agent");
    let office = office.logged_in_as("portcullis_operator");
    let done = office.administrator.does(&set("viewer"));
    assert_eq!((done.code, done.out.as_str()), (1, ""), "{done:?}");
    check(&office, "itsm_agent", "itsm_agent");
    let done = office.administrator.does(&set("super_admin"));
    let end =
        "portcullis: the user has the role `super_admin`, and the account has not: run it again\n";
    assert!(done.code == 1 && done.err.ends_with(end), "{done:?}");
    check(&office, "super_admin", "itsm_agent");
    let office = office.logged_in_as("portcullis_administrator");
    assert_eq!(office.administrator.does(&set("super_admin")).code, 0);
    check(&office, "super_admin", "super_admin");
}
