//! Half failures, and secrets that are not there: what is left, and what to do.

use tests::faults::{FaultyAws, ProofError};

use super::setup::{ALICE, Place};

const CREATE: [&str; 4] = ["create", "Builds", "--scheme", "stripe"];

#[test]
fn a_row_that_cannot_be_written_leaves_no_secret() {
    let place = Place::new();
    let faults = FaultyAws::before(place.aws.endpoint());
    let alice = place.person_behind(&faults.endpoint()).logs_in(ALICE);
    faults.breaks("PutItem", ProofError::Denied);
    let done = alice.webhook(&CREATE);
    assert_eq!((done.code, done.out.as_str()), (1, ""), "{done:?}");
    let lines: Vec<&str> = done.err.lines().collect();
    assert!(
        lines[0].starts_with(
            "portcullis: DynamoDB could not be asked to add the webhook: the credentials have no right to it: "
        ),
        "{done:?}"
    );
    assert_eq!(lines[1], "portcullis: nothing was registered, and the secret is removed");
    assert_eq!(faults.requests("DeleteSecret").len(), 1);
    let name = faults.requests("CreateSecret")[0]["Name"].as_str().unwrap().to_owned();
    // It can be made again at once: it is gone, and not only marked.
    place.aws.create_secret(&name, "sixteen bytes and more");
    assert!(place.rows().is_empty());

    // Written, and nobody heard of it: taken back as well.
    faults.breaks("PutItem", ProofError::Lost);
    let done = alice.webhook(&CREATE);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(done.err.ends_with("nothing was registered, and the secret is removed\n"), "{done:?}");
    assert!(place.rows().is_empty());

    faults.breaks("DeleteSecret", ProofError::Denied);
    faults.breaks("DeleteItem", ProofError::Denied);
    let done = alice.webhook(&CREATE);
    let asked = faults.requests("CreateSecret");
    let name = asked.last().unwrap()["Name"].as_str().unwrap();
    let id = name.rsplit('/').next().unwrap();
    let left = format!(
        "portcullis: whether the webhook `{id}` is there is not known: `portcullis webhook revoke {id}`\n\
         portcullis: the secret `{name}` is left over: `aws secretsmanager delete-secret --secret-id {name}`\n"
    );
    assert!(done.code == 1 && done.err.ends_with(&left), "{done:?}");
}

#[test]
fn a_secret_that_cannot_be_made_leaves_no_row() {
    let place = Place::new();
    let faults = FaultyAws::before(place.aws.endpoint());
    let alice = place.person_behind(&faults.endpoint()).logs_in(ALICE);
    for fault in [ProofError::Denied, ProofError::Throttled, ProofError::Broken] {
        faults.breaks("CreateSecret", fault);
        let done = alice.webhook(&CREATE);
        let sentence = "portcullis: Secrets Manager could not be asked to keep the secret `";
        assert!(done.code == 1 && done.err.starts_with(sentence), "{done:?}");
    }
    faults.breaks("CreateSecret", ProofError::Lost);
    let done = alice.webhook(&CREATE);
    assert!(done.err.contains("\nportcullis: if the secret `"), "{done:?}");
    assert!(place.rows().is_empty() && faults.requests("PutItem").is_empty());
}

#[test]
fn a_secret_that_is_gone_or_going() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let (id, _) = alice.creates(&["--scheme", "stripe"]);
    let name = place.secret_name(&id);
    place.aws.delete_secret(&name);
    let going = format!(
        "the secret `{name}` is marked for deletion: take it back with `aws secretsmanager restore-secret \
         --secret-id {name}`"
    );
    alice.refuses(&["test", &id], 1, &going);
    alice.refuses(&["rotate", &id, "--yes"], 1, &going);
    // Its webhook can still be seen and ended.
    assert_eq!(alice.webhook(&["show", &id]).code, 0);
    place.aws.put_row(&place.table, &{
        let mut row = place.rows().remove(0);
        row["secret_id"] = "never-there".into();
        row
    });
    let gone = "the secret `never-there` is gone: revoke its webhook and create another, or create the secret again";
    alice.refuses(&["test", &id], 1, gone);
    alice.refuses(&["rotate", &id], 1, gone);
    assert_eq!(alice.webhook(&["revoke", &id, "--yes"]).code, 0);
}

#[test]
fn a_row_that_cannot_be_used() {
    let place = Place::new();
    let alice = place.logged_in(ALICE);
    let (id, _) = alice.creates(&["--scheme", "stripe"]);
    place.aws.update_row(&place.table, &id, &serde_json::json!({ "scheme": "strip" }));
    let problem = "the webhook's attribute `scheme` is no scheme that is known here";
    let shown = alice.webhook(&["show", &id, "--json"]).json();
    assert_eq!((&shown["state"], &shown["problem"]), (&"unusable".into(), &problem.into()));
    alice.refuses(&["test", &id], 1, &format!("the webhook `{id}` cannot be used: {problem}"));
    assert_eq!(alice.webhook(&["revoke", &id, "--yes"]).code, 0);
}

#[test]
fn what_is_throttled_or_out_of_reach() {
    let place = Place::new();
    let faults = FaultyAws::before(place.aws.endpoint());
    let alice = place.person_behind(&faults.endpoint()).logs_in(ALICE);
    let (id, _) = alice.creates(&["--scheme", "stripe"]);
    let fails = |operation, fault, arguments: &[&str], sentence: &str| {
        faults.breaks(operation, fault);
        let done = alice.webhook(arguments);
        let sentence = format!("portcullis: {sentence}");
        assert!(done.code == 1 && done.err.starts_with(&sentence), "{done:?}");
        faults.mend();
    };
    let of_user = "DynamoDB could not be asked for the webhooks of a user: ";
    fails("Query", ProofError::Throttled, &["list"], of_user);
    fails("Query", ProofError::Broken, &["list"], of_user);
    let find = format!("DynamoDB could not be asked for the webhook `{id}`: ");
    fails("GetItem", ProofError::Denied, &["show", &id], &find);
    let closed = format!("{find}it cannot be reached");
    fails("GetItem", ProofError::Closed, &["show", &id], &closed);
    let revoke = format!("DynamoDB could not be asked to revoke the webhook `{id}`: ");
    fails("UpdateItem", ProofError::Throttled, &["revoke", &id, "--yes"], &revoke);
    let replace = "Secrets Manager could not be asked to replace the secret `";
    fails("PutSecretValue", ProofError::Throttled, &["rotate", &id], replace);
    // Done, perhaps, and nobody heard of it.
    let says = |operation, arguments: &[&str], sentence: &str| {
        faults.breaks(operation, ProofError::Lost);
        let done = alice.webhook(arguments);
        assert!(
            done.code == 1 && done.err.ends_with(&format!("portcullis: {sentence}\n")),
            "{done:?}"
        );
        faults.mend();
    };
    let again = "if it is replaced all the same, nobody has seen the new one: rotate again";
    says("PutSecretValue", &["rotate", &id, "--yes"], again);
    let again = "whether it is revoked is not known: revoke it again";
    says("UpdateItem", &["revoke", &id, "--yes"], again);
    assert!(alice.webhook(&["revoke", &id, "--yes"]).out.contains(" was revoked already, at "));
}
