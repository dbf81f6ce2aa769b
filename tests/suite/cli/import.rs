use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::operator::Operator;

fn sha256(key: &str) -> String {
    digest(&SHA256, key.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn line(key: &str, changes: Value) -> String {
    let mut line = json!({
        "owner": "vera", "name": "old", "scopes": ["read-only"], "sha256": sha256(key),
    });
    for (name, value) in changes.as_object().unwrap() {
        line[name] = value.clone();
    }
    format!("{line}\n")
}

#[test]
fn imported_keys_are_taken_and_can_be_rotated() {
    let desk = Operator::new();
    let (first, second) = ("legacy-key-of-twenty-or-more", "another-legacy-key-of-the-kind");
    let more = json!({
        "owner": "alice", "scopes": ["admin"], "expires_at": "2999-01-31T12:00:00+01:00",
        "allowed_cidrs": ["192.0.2.0/24"],
    });
    let lines = format!("{}\n{}", line(first, json!({})), line(second, more));
    let done = desk.run_with(&["import", "-", "--json"], &lines);
    let warning = "The authorizer takes imported keys only with API_KEY_IMPORTED=on.\n";
    assert_eq!(done.err, warning);
    let imported = done.json();
    let at = |index: usize| (imported[index]["line"].clone(), imported[index]["owner"].clone());
    assert_eq!([at(0), at(1)], [(json!(1), json!("vera")), (json!(3), json!("alice"))]);
    assert_eq!(desk.verify(first), Ok("read-only".to_owned()));
    assert_eq!(desk.verify(second), Ok("admin".to_owned()));
    let id = imported[1]["id"].as_str().unwrap();
    let (new, new_id) = desk.make(&["rotate", id, "--grace", "0s"]);
    assert!(new.starts_with(&format!("sfk_prod_{new_id}")), "{new_id}");
    assert_eq!(desk.verify(&new), Ok("admin".to_owned()));
    assert!(desk.verify(second).is_err());
    let keys = desk.keys();
    let rotated = keys.iter().find(|key| key["id"] == new_id.as_str()).unwrap();
    assert_eq!(rotated["imported"], false);
    assert_eq!(rotated["expires_at"], "2999-01-31T11:00:00Z");
    assert_eq!(rotated["allowed_cidrs"], json!(["192.0.2.0/24"]));
}

#[test]
fn one_mistake_and_nothing_is_imported() {
    let desk = Operator::new();
    let known = line("legacy-key-that-is-there-already", json!({}));
    assert_eq!(desk.run_with(&["import", "-"], &known).code, 0);
    let lines = [
        line("legacy-key-that-is-new", json!({})),
        known,
        line("legacy-key-that-is-new", json!({ "scopes": ["admin"] })),
        line("a", json!({ "owner": "nobody" })),
        line("b", json!({ "owner": "sam", "key": "b" })),
        line("c", json!({ "owner": "sam" })),
    ];
    desk.run_with(&["import", "-", "--json"], &lines.concat()).assert_failed(
        3,
        &[
            "line 2: this key is imported already",
            "line 3: line 1 has the same `sha256`",
            "line 3: the scope `admin` grants `write:itsm`, which the owner's role `viewer` does \
             not",
            "line 4: there is no account of `nobody`",
            "line 5: it has a member that is none of `owner`, `name`, `scopes`, `sha256`, \
             `expires_at`, `allowed_cidrs`",
            "line 6: the owner `sam` is suspended",
            "nothing was imported",
        ],
    );
    assert_eq!(desk.keys().len(), 1);
}

#[test]
fn as_many_as_fit() {
    let desk = Operator::new();
    let lines: String = (0..1001).map(|number| line(&format!("key {number}"), json!({}))).collect();
    let imported = desk.run_with(&["import", "-", "--json"], &lines).json();
    assert_eq!(imported.as_array().unwrap().len(), 1001);
    assert_eq!(desk.keys().len(), 1001);
}
