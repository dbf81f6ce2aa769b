use super::operator::Operator;

const ISSUE: [&str; 7] = ["issue", "--owner", "alice", "--name", "n", "--scope", "read-only"];

#[test]
fn both_keys_work_while_the_grace_lasts() {
    let desk = Operator::new();
    let (old, id) =
        desk.make(&[&ISSUE[..], &["--expires-in", "1h", "--cidr", "192.0.2.1"]].concat());
    let (new, new_id) = desk.make(&["rotate", &id]);
    assert_eq!(desk.verify(&old), Ok("read-only".to_owned()));
    assert_eq!(desk.verify(&new), Ok("read-only".to_owned()));
    let keys = desk.keys();
    let of = |id: &str| keys.iter().find(|key| key["id"] == id).unwrap();
    assert_eq!(of(&id)["state"], "in_grace");
    assert_eq!(of(&id)["replaced_by"].as_str(), Some(new_id.as_str()));
    for same in ["owner", "name", "scopes", "allowed_cidrs", "expires_at"] {
        assert_eq!(of(&id)[same], of(&new_id)[same], "{same}");
    }
    let replaced =
        format!("the key `{id}` is replaced already, by the key `{new_id}`; rotate that one");
    desk.run(&["rotate", &id, "--json"]).assert_failed(3, &[&replaced]);
}

#[test]
fn without_grace_the_old_key_is_refused_at_once() {
    let desk = Operator::new();
    let (old, id) = desk.make(&ISSUE);
    let done = desk.run(&["rotate", &id, "--grace", "0s"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(desk.verify(done.out.trim_end()), Ok("read-only".to_owned()));
    let refused = "the key was replaced and its grace is over";
    assert_eq!(desk.verify(&old), Err(refused.to_owned()));
}

#[test]
fn of_several_at_once_one_wins() {
    let desk = Operator::new();
    let (_, id) = desk.make(&ISSUE);
    let rotate = || desk.run(&["rotate", &id, "--json"]);
    let mut codes: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| rotate().code)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    codes.sort_unstable();
    assert_eq!(codes, [0, 3, 3, 3]);
    assert_eq!(desk.keys().len(), 2);
}

#[test]
fn keys_that_have_ended_are_not_rotated() {
    let desk = Operator::new();
    let ended = |change: &str, reason: &str| {
        let (_, id) = desk.make(&ISSUE);
        desk.database.execute(change);
        desk.run(&["rotate", &id]).assert_failed(3, &[&format!("the key `{id}` {reason}")]);
        desk.database.execute("UPDATE portcullis.accounts SET status = 'active'");
    };
    let moment = "'2026-01-31 12:00:00Z'";
    ended(
        &format!("UPDATE portcullis.api_keys SET revoked_at = {moment}"),
        "was revoked at 2026-01-31T12:00:00Z; issue a new one",
    );
    ended(
        &format!("UPDATE portcullis.api_keys SET expires_at = {moment} WHERE revoked_at IS NULL"),
        "expired at 2026-01-31T12:00:00Z; issue a new one",
    );
    ended(
        "UPDATE portcullis.accounts SET status = 'suspended'",
        "belongs to an owner who is suspended",
    );
    desk.run(&["rotate", "0000000000000000"]).assert_failed(3, &["there is no key with this id"]);
}
