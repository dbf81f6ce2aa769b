//! Whose webhooks: who is logged in and proven, or whom an administrator names.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::setup::{ALICE, BOB, Place};
use crate::dev::running::Running;

const STRIPE: [&str; 2] = ["--scheme", "stripe"];

#[test]
fn what_belongs_to_another_is_not_found() {
    let place = Place::new();
    let (alice, bob) = (place.logged_in(ALICE), place.logged_in(BOB));
    let (id, _) = alice.creates(&STRIPE);
    let none = |id: &str| format!("there is no webhook `{id}` of {BOB}");
    for arguments in [
        &["show"][..],
        &["rotate"],
        &["revoke", "--yes"],
        &["test"],
        &["forget", "--delivery", "a", "--yes"],
    ] {
        let of_id = |id| [&arguments[..1], &[id], &arguments[1..]].concat();
        bob.refuses(&of_id(&id), 3, &none(&id));
        // The same as what is not there.
        bob.refuses(&of_id("wh_none"), 3, &none("wh_none"));
    }
    bob.webhook(&["list", "--json", "--all"]).is(0, "[]\n", "");
    assert_eq!(place.rows()[0]["status"], "active");
    // An administrator says whose, and needs no login.
    let admin = place.person();
    let own = ["--owner", ALICE];
    let listed = admin.webhook(&[&["list", "--json"][..], &own].concat());
    assert_eq!(listed.json()[0]["webhook_id"], id);
    let (of_admin, _) = admin.creates(&[&STRIPE[..], &own].concat());
    assert_eq!(alice.webhook(&["show", &of_admin, "--json"]).json()["tenant_id"], "acme");
    let done = admin.webhook(&[&["revoke", &id, "--yes"][..], &own].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let nobody = "there is no user `nobody@acme.example` in the user pool `local-1_PortcullisDev`: look with \
                  `portcullis admin list-users`";
    admin.refuses(&["list", "--owner", "nobody@acme.example"], 3, nobody);
    let filter = r#"a" or email = "b@c"#;
    let sentence = format!("`--owner`: `{filter}` is no email address");
    admin.refuses(&["list", "--owner", filter], 2, &sentence);
}

#[test]
fn who_is_not_proven() {
    let mut place = Place::new();
    let person = place.person();
    let nobody =
        "nobody is logged in with the profile `default`: `portcullis login --username EMAIL`";
    person.refuses(&["list"], 1, nobody);
    let person = person.logs_in(ALICE);
    let good = person.credentials();
    let with = |token: &str| {
        let mut credentials = good.clone();
        credentials["id_token"] = token.into();
        person.write_credentials(&credentials);
    };
    let log_in = "log in again: `portcullis login --username EMAIL`";
    let proves = |code: &str, reason: &str| {
        format!("the ID token of the profile `default` proves nobody ({code}: {reason}): {log_in}")
    };
    // Forged: other claims under the signature of the good ones.
    let token = good["id_token"].as_str().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    let forged = URL_SAFE_NO_PAD.encode(claims.replace("acme", "evil"));
    with(&format!("{}.{forged}.{}", parts[0], parts[2]));
    person.refuses(&["list"], 3, &proves("TOKEN_INVALID", "the signature does not verify"));
    // Of another pool, whose keys have other names.
    let mut other = Running::start(&[]);
    with(&other.token(&[]));
    person.refuses(&["list"], 3, &proves("TOKEN_INVALID", "the pool has no key with its `kid`"));
    with(&place.gate.token(&["--expired"]));
    let done = person.webhook(&["list"]);
    assert!(done.code == 3 && done.err.contains("(TOKEN_EXPIRED: "), "{done:?}");
    with(&place.gate.token(&["--access"]));
    let done = person.webhook(&["list"]);
    assert!(done.code == 3 && done.err.contains("(WRONG_TOKEN_TYPE: "), "{done:?}");
    with(&place.gate.token(&["--client", "anotherclient"]));
    let done = person.webhook(&["list"]);
    assert!(done.code == 3 && done.err.contains("proves nobody ("), "{done:?}");
}

#[test]
fn what_is_not_set() {
    let place = Place::new();
    let alice = place.logged_in(ALICE).with("WEBHOOK_TABLE", "");
    let sentence = "no table of webhooks is known: give `--table`, or set WEBHOOK_TABLE";
    alice.refuses(&["list"], 1, sentence);
    let done = alice.webhook(&["list", "--verbose", "--table", &place.table]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.err.contains(&format!("\nWEBHOOK_TABLE: {} (--table)\n", place.table)),
        "{done:?}"
    );
    assert!(done.err.contains("\nowner: ") && done.err.contains(" (the ID token)\n"), "{done:?}");
    let alice = alice.with("AWS_ENDPOINT_URL_DYNAMODB", "http://10.0.0.1");
    let sentence = "`AWS_ENDPOINT_URL_DYNAMODB` is neither `https` nor `http` on loopback";
    alice.refuses(&["list", "--table", "t"], 1, sentence);
}
