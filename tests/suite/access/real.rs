//! The tables of real APIs load, and their policies say what they say.

use std::collections::BTreeSet;
use std::fs;

use shared::authz::AccessTable;
use tests::shapes::{SHAPES, table};

use super::{Account, Says, Sent, everywhere, lets_in, prove, table_says};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Every table of `tests/tables` with its API's name.
fn tables() -> Vec<(String, String)> {
    let folder = format!("{}/tables", env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut tables: Vec<_> = files
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    tables.sort();
    assert_eq!(tables.len(), 13);
    tables
}

fn with(source: &str, from: &str, to: &str) -> String {
    assert!(source.contains(from), "{from}");
    source.replace(from, to)
}

fn allows(source: &str) -> String {
    with(source, "resource_policy = \"none\"", "resource_policy = \"allows\"")
}

/// Paths of the table's routes: with a segment that no route has for each parameter, and with each
/// literal of another route that could stand there.
fn paths(table: &AccessTable) -> BTreeSet<String> {
    let patterns: Vec<Vec<&str>> =
        table.rules().map(|(_, pattern)| pattern.split('/').skip(1).collect()).collect();
    let is_parameter = |segment: &str| segment.starts_with('{');
    let literal_at = |at: usize, length: usize| -> BTreeSet<&str> {
        let same = patterns.iter().filter(|other| other.len() == length);
        same.filter_map(|other| other.get(at).copied()).filter(|s| !is_parameter(s)).collect()
    };
    let mut paths = BTreeSet::new();
    for pattern in &patterns {
        let plain: Vec<_> =
            pattern.iter().map(|s| if is_parameter(s) { "v1" } else { *s }).collect();
        paths.insert(format!("/{}", plain.join("/")));
        for (at, _) in pattern.iter().enumerate().filter(|(_, segment)| is_parameter(segment)) {
            for literal in literal_at(at, pattern.len()) {
                let mut other = plain.clone();
                other[at] = literal;
                paths.insert(format!("/{}", other.join("/")));
            }
        }
    }
    paths
}

/// Compares table and policy on every pair that the closed table lists.
fn check(name: &str, source: &str) {
    let table = prove(source).unwrap();
    let paths = paths(&table);
    // Of the largest APIs a sample: the proof has seen all of them.
    let step = paths.len() / 250 + 1;
    let explicit = table.resource_policy_allows();
    for (role, grants) in table.roles() {
        let sent = Sent::new(table.policy(grants, everywhere(&table)), None);
        for path in paths.iter().step_by(step) {
            for method in METHODS.into_iter().filter(|m| table.route(Some(m), path).is_some()) {
                let tail = format!("{method}{path}");
                let says = table_says(&table, grants, None, method, path);
                assert_eq!(sent.says(&tail), says, "{name}, {role}: {tail}");
                if explicit {
                    let open = lets_in(Account::Same, sent.evaluated(&tail), Says::Allow);
                    assert_eq!(open, says, "{name}, {role}: {tail} beside an Allow");
                }
            }
        }
    }
}

/// In an agent's policy, no list of globs can say which accounts may be deleted.
#[test]
fn twelve_of_thirteen_load_for_the_caller() {
    for (name, source) in tables() {
        for source in [source.clone(), allows(&source)] {
            if name != "netlify" {
                check(&name, &source);
                continue;
            }
            let mistakes = prove(&source).unwrap_err();
            let pair = ["`DELETE /api/v1/accounts/members/env/x`", "role `agent`"];
            let has_pair = |mistake: &String| pair.iter().all(|part| mistake.contains(part));
            assert!(mistakes.iter().any(has_pair), "{mistakes:#?}");
        }
    }
}

#[test]
fn all_load_for_the_request() {
    for (name, source) in tables() {
        let source = with(&source, "policy = \"caller\"", "policy = \"request\"");
        for source in [source.clone(), allows(&source), with(&source, "\"closed\"", "\"open\"")] {
            let table = prove(&source).unwrap();
            assert!(table.warnings().is_empty(), "{name}: {:?}", table.warnings());
            for (_, grants) in table.roles() {
                assert_eq!(table.policy(grants, everywhere(&table)).allow().count(), 0);
            }
        }
    }
}

/// Parameters before literals made the proof exponential once: 13 routes were too many.
#[test]
fn many_routes_of_one_shape() {
    for (name, patterns) in SHAPES {
        for routes in ["closed", "open"] {
            match prove(&table(patterns, 132, routes)) {
                Ok(_) => {}
                // Beside collections an open table would allow what it does not have.
                Err(mistakes) => {
                    assert_eq!((name, routes), ("the same with collections", "open"));
                    let about = "no policy can allow";
                    assert!(mistakes.iter().all(|mistake| mistake.contains(about)), "{mistakes:?}");
                }
            }
        }
    }
}
