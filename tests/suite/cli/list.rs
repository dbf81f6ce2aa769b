use super::operator::Operator;

fn insert(desk: &Operator, id: &str, owner: &str, more: &str) {
    desk.database.execute(&format!(
        "INSERT INTO portcullis.api_keys (id, hash, owner, name, scopes) \
         VALUES ('{id}', decode(repeat('ab', 32), 'hex'), '{owner}', E'\\x1b[2J{id}', '{{admin}}'); \
         UPDATE portcullis.api_keys SET {more} WHERE id = '{id}'"
    ));
}

#[test]
fn states() {
    let desk = Operator::new();
    let id = |what: &str| format!("{what:0<16}");
    let keys = [
        ("active", "vera", "last_used_at = now()"),
        ("grace", "vera", "replaced_by = 'active0000000000', grace_until = now() + '1 hour'"),
        ("replaced", "vera", "replaced_by = 'active0000000000', grace_until = now()"),
        ("expired", "vera", "expires_at = now()"),
        ("revoked", "vera", "revoked_at = '-infinity'"),
        ("suspended", "sam", "last_used_at = NULL"),
    ];
    for (name, owner, more) in keys {
        insert(&desk, &id(name), owner, more);
    }
    let mut states: Vec<_> = desk
        .keys()
        .iter()
        .map(|key| format!("{} {}", key["id"].as_str().unwrap(), key["state"].as_str().unwrap()))
        .collect();
    states.sort_unstable();
    assert_eq!(
        states,
        [
            "active0000000000 active",
            "expired000000000 expired",
            "grace00000000000 in_grace",
            "replaced00000000 replaced",
            "revoked000000000 revoked",
            "suspended0000000 owner_suspended",
        ]
    );
    let usable = desk.run(&["list"]);
    assert_eq!((usable.code, usable.out.lines().count()), (0, 3), "{usable:?}");
    let all = desk.run(&["list", "--all"]);
    assert_eq!((all.code, all.out.lines().count()), (0, 7), "{all:?}");
    for shown in [usable.out, all.out] {
        assert!(!shown.contains('\x1b') && shown.contains("\\u{1b}[2Jactive"), "{shown}");
        assert!(!shown.contains("abababab"), "{shown}");
    }
}

#[test]
fn of_one_owner() {
    let desk = Operator::new();
    insert(&desk, "of0alice00000000", "alice", "last_used_at = now()");
    insert(&desk, "of0vera000000000", "vera", "last_used_at = now()");
    let listed = desk.run(&["list", "--owner", "vera"]);
    assert!(listed.out.contains("of0vera") && !listed.out.contains("of0alice"), "{listed:?}");
    let none = desk.run(&["list", "--owner", "sam"]);
    assert_eq!((none.code, none.out.lines().count()), (0, 1));
    assert_eq!(desk.run(&["list", "--owner", "sam", "--json"]).out, "[]\n");
}
