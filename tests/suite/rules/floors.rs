//! The rooms of `shared` in the order of the flow: what comes first knows nothing of what comes later.

use std::collections::BTreeMap;

use super::source::crate_named;

/// From the ground up. Rooms of one line do not know each other, but for those that are named after
/// each other here: a later one may use an earlier one.
const FLOORS: [&[&str]; 6] = [
    &["secret", "text", "hex", "sha256", "time", "network", "ids", "denial", "record"],
    &["request"],
    &["authn"],
    &["authz"],
    &["response"],
    &["webhook"],
];

#[test]
fn no_room_of_the_policy_knows_a_later_one() {
    let order: Vec<&str> = FLOORS.into_iter().flatten().copied().collect();
    let level: BTreeMap<&str, usize> =
        order.iter().enumerate().map(|(level, room)| (*room, level)).collect();
    let mut seen = Vec::new();
    let sources = crate_named("shared").sources();
    for (file, text) in &sources {
        let own = room(file.strip_prefix("shared/src/").unwrap());
        if own == "lib" {
            assert!(!text.contains("pub use"), "a re-export at the root hides where a thing lives");
            continue;
        }
        let at = level.get(own).unwrap_or_else(|| panic!("{file} is on no floor"));
        seen.push(own);
        for used in used(text) {
            let other = level.get(used).unwrap_or_else(|| panic!("{file} uses `crate::{used}`"));
            assert!(other <= at, "{file} uses `crate::{used}`, which comes later");
        }
    }
    assert!(order.iter().all(|room| seen.contains(room)), "a floor without a room");
}

/// `authn` of `authn/jws.rs` and of `authn.rs`.
fn room(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap()
}

/// The rooms that `text` names after `crate::`.
fn used(text: &str) -> impl Iterator<Item = &str> {
    text.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        rest.get(..end).unwrap_or(rest)
    })
}
