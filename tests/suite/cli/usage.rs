use super::operator::{Operator, run};

const ISSUE: [&str; 7] = ["issue", "--owner", "alice", "--name", "n", "--scope", "read-only"];

#[test]
fn every_wrong_setting_is_told_at_once() {
    let missing = |name: &str, what: &str| format!("`{name}` is not set: it must hold {what}");
    let sentences = [
        missing("API_KEY_ENVIRONMENT", "the `<env>` of the keys, as `prod`"),
        missing("AURORA_HOST", "the cluster's or the proxy's host"),
        missing("AURORA_DATABASE", "the name of the database"),
        missing("AURORA_USER", "the database role to log in as"),
        missing("AURORA_AUTH", "`iam` or `secret:<id>`"),
        missing("AWS_REGION", "the AWS region"),
        missing("AWS_ACCESS_KEY_ID", "the credentials for AWS"),
        missing("AWS_SECRET_ACCESS_KEY", "the credentials for AWS"),
    ];
    let sentences = sentences.each_ref().map(String::as_str);
    run(&[], &ISSUE, "").assert_failed(1, &sentences);
}

#[test]
fn a_database_out_of_reach() {
    let settings = [
        ("AURORA_HOST", "127.0.0.1:1"),
        ("AURORA_DATABASE", "keys"),
        ("AURORA_USER", "portcullis_operator"),
        ("AURORA_AUTH", "iam"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    let done = run(&settings, &["list", "--json"], "");
    let sentence = "the database cannot be reached: Connection refused (os error 111)";
    done.assert_failed(1, &[sentence]);
}

#[test]
fn a_whole_key_in_an_argument_is_not_repeated() {
    let desk = Operator::new();
    let (key, id) = desk.make(&ISSUE);
    let sentence = format!(
        "that is a whole key, not its id: it is now in your shell's history, so revoke it: \
         `portcullis key revoke {id}`"
    );
    for arguments in [
        &["revoke", &key][..],
        &["revoke", &id, &key],
        &["rotate", &key, "--json"],
        &["list", "--owner", &key],
        &["import", &key],
        &["nothing", &key],
    ] {
        desk.run(arguments).assert_failed(2, &[&sentence]);
    }
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let id = "that is no key id: it has 16 letters and digits, as `key list` shows it";
    run(&[], &["revoke", "an-old-key-of-another-shape", "--yes"], "").assert_failed(2, &[id]);
    for arguments in [
        &[][..],
        &["nothing"],
        &["issue", "--owner", "alice", "--name", "n"],
        &["rotate", "0000000000000000", "--grace", "31d"],
        &["import"],
    ] {
        let done = run(&[], arguments, "");
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{done:?}");
        assert!(
            done.err.contains("--help") || done.err.contains("Usage: portcullis key"),
            "{done:?}"
        );
    }
    let help = run(&[], &["issue", "--help"], "");
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    assert!(help.out.contains("  3  refused: nothing was changed\n"), "{help:?}");
}
