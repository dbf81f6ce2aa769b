//! Random small tables: either the policy is the table for every path that can be put together
//! from their segments, or there is a path on which no policy could be.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Sent, acme, everywhere, glob, prove, table_of, table_says};

/// Literals of the tables; the paths also have empty and other segments and the tenant.
const LITERALS: [&str; 2] = ["a", "b"];
const SEGMENTS: [&str; 5] = ["a", "b", "c", "", "acme"];
const VERBS: [&str; 2] = ["GET", "POST"];

/// Rules in the notation of [`table_of`], at most one for a verb and a shape of path.
fn rules() -> impl Strategy<Value = Vec<String>> {
    let path = (prop::collection::vec(0..4_usize, 1..4), 0..5_usize, any::<bool>());
    let rule = (0..2_usize, path, prop::bool::weighted(0.7));
    prop::collection::vec(rule, 1..6).prop_map(|rules| {
        let tenants = rules.first().is_some_and(|(_, (_, _, tenant), _)| *tenant);
        let mut distinct = BTreeMap::new();
        for (verb, (segments, last, _), permitted) in rules {
            let mut path = String::new();
            for (at, segment) in segments.iter().enumerate() {
                match LITERALS.get(*segment) {
                    Some(literal) => path += &format!("/{literal}"),
                    None if tenants && at == 0 => path += "/{tenant}",
                    None => path += &format!("/{{p{at}}}"),
                }
            }
            if last == 0 {
                path += "/{rest+}";
            }
            distinct.insert((VERBS[verb], path), permitted);
        }
        let sign = |permitted| if permitted { "" } else { "-" };
        distinct.iter().map(|((verb, path), p)| format!("{}{verb} {path}", sign(*p))).collect()
    })
}

/// Every path of up to four segments.
fn paths() -> Vec<String> {
    let mut paths = vec![String::new()];
    let mut longest = paths.clone();
    for _ in 0..4 {
        longest = longest
            .iter()
            .flat_map(|path| SEGMENTS.iter().map(move |segment| format!("{path}/{segment}")))
            .collect();
        paths.extend(longest.clone());
    }
    paths
}

/// What the rules say, read off them the plain way: the permission of the winning path for `verb`,
/// or `None` where no path matches at all.
fn rules_say(rules: &[String], verb: &str, path: &str) -> Option<bool> {
    let kind = |segment: &str| match segment {
        s if s.ends_with("+}") => '3',
        s if s.starts_with('{') => '2',
        _ => '1',
    };
    let matches = |pattern: &str| {
        let (pattern, path): (Vec<_>, Vec<_>) =
            (pattern.split('/').collect(), path.split('/').collect());
        let greedy = pattern.iter().any(|s| kind(s) == '3');
        let fits = |(at, segment): (usize, &&str)| match kind(segment) {
            '3' => path.len() > at && !path[at..].join("/").is_empty(),
            '2' => path.get(at).is_some_and(|text| !text.is_empty()),
            _ => path.get(at) == Some(segment),
        };
        pattern.iter().enumerate().all(fits) && (greedy || pattern.len() == path.len())
    };
    let split =
        |rule: &String| rule.split_once(' ').map(|(v, p)| (v.to_owned(), p.to_owned())).unwrap();
    let rank = |path: &str| path.split('/').map(kind).collect::<String>();
    let all: Vec<_> = rules.iter().map(split).filter(|(_, pattern)| matches(pattern)).collect();
    let winner = all.iter().map(|(_, pattern)| pattern).min_by_key(|pattern| rank(pattern))?;
    let own =
        winner.split('/').zip(path.split('/')).all(|(s, text)| s != "{tenant}" || text == "acme");
    Some(own && all.iter().any(|(v, pattern)| v == verb && pattern == winner))
}

/// The allowed rule, the verb and the path of the sentence that refuses a table.
fn counter_example(mistake: &str) -> Option<(String, String, String)> {
    let quoted = |text: &str| text.split('`').nth(1).map(str::to_owned);
    let (allow, refuse) =
        mistake.split_once("no policy can allow role `r` ")?.1.split_once(" and refuse ")?;
    let refused = quoted(refuse)?.replace("<tenant>", "acme");
    let (verb, path) = refused.split_once(' ')?;
    Some((quoted(allow)?, verb.to_owned(), path.to_owned()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn policy_equals_table(rules in rules(), closed in any::<bool>()) {
        let source = table_of(
            &rules.iter().map(String::as_str).collect::<Vec<_>>(),
            if closed { "closed" } else { "open" },
        );
        match prove(&source) {
            Ok(table) => {
                let grants = table.role("r").unwrap();
                let tenant = acme();
                let sent = Sent::new(table.policy(grants, everywhere(&table)), Some(&tenant));
                let evaluate = sent.evaluator();
                let without = Sent::new(table.policy(grants, everywhere(&table)), None);
                for path in paths() {
                    for verb in VERBS {
                        let tail = format!("{verb}{path}");
                        let plain = rules_say(&rules, verb, &path);
                        let says = table_says(&table, grants, Some(&tenant), verb, &path);
                        prop_assert_eq!(says, plain.unwrap_or(false), "{}", tail);
                        if closed && plain.is_none() {
                            continue;
                        }
                        prop_assert_eq!(sent.says(&tail), says, "{}", tail);
                        let nobodys = table_says(&table, grants, None, verb, &path);
                        prop_assert_eq!(without.says(&tail), nobodys, "{} without a tenant", tail);
                        if path.len() < 6 {
                            prop_assert_eq!(evaluate(&tail), says, "{} by iam-rs", tail);
                        }
                    }
                }
            }
            Err(mistakes) => for mistake in mistakes {
                if mistake.contains(" is a tenant, but ") || mistake.contains("a tenant could be") {
                    continue;
                }
                let found = counter_example(&mistake);
                prop_assert!(found.is_some(), "{}", mistake);
                let Some((allowed, verb, path)) = found else { continue };
                // The narrowest glob of the permitted route matches what the table refuses.
                let (_, pattern) = allowed.split_once(' ').unwrap();
                let pattern: Vec<_> = pattern
                    .split('/')
                    .map(|s| match s {
                        "{tenant}" => "acme",
                        s if s.starts_with('{') => "?*",
                        s => s,
                    })
                    .collect();
                prop_assert!(glob(pattern.join("/").as_bytes(), path.as_bytes()), "{}", mistake);
                prop_assert!(!rules_say(&rules, &verb, &path).unwrap_or(false), "{}", mistake);
            },
        }
    }
}
