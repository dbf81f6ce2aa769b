//! Random small tables, and every path that can be put together from their segments, canonical and not:
//! table, policy and answer agree, or there is a path on which no policy could.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;
use tests::events::{PREFIX, rest_request};
use tests::mint::{Signer, id_claims};
use tests::test_authorizer::TestAuthorizer;

use super::{Account, Says, Sent, acme, everywhere, glob, lets_in, prove, table_says, table_with};

/// Literals of the tables; the paths also have another segment and the tenant.
const LITERALS: [&str; 2] = ["a", "b"];
const SEGMENTS: [&str; 4] = ["a", "b", "c", "acme"];
const VERBS: [&str; 2] = ["GET", "POST"];

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate("a"));
static TOKEN: LazyLock<String> = LazyLock::new(|| SIGNER.token(&id_claims("r", "acme")));

/// Rules in the notation of `table_of`, at most one for a verb and a shape of path, of fewer than `longest`
/// segments before what may be `{rest+}`.
fn rules(longest: usize) -> impl Strategy<Value = Vec<String>> {
    let path = (prop::collection::vec(0..4_usize, 0..longest), 0..5_usize, any::<bool>());
    let rule = (0..2_usize, path, prop::bool::weighted(0.7));
    prop::collection::vec(rule, 1..7).prop_map(|rules| {
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
            let path = if path.is_empty() { "/".to_owned() } else { path };
            distinct.insert((VERBS[verb], path), permitted);
        }
        let sign = |permitted| if permitted { "" } else { "-" };
        distinct.iter().map(|((verb, path), p)| format!("{}{verb} {path}", sign(*p))).collect()
    })
}

/// Every canonical path of up to three segments, and every third of four.
static PATHS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut paths = vec!["/".to_owned()];
    let mut longest = vec![String::new()];
    for length in 1..=4 {
        longest = longest
            .iter()
            .flat_map(|path| SEGMENTS.iter().map(move |segment| format!("{path}/{segment}")))
            .collect();
        paths.extend(longest.iter().step_by(if length < 4 { 1 } else { 3 }).cloned());
    }
    paths
});

/// Other spellings of `path`, each with the path that a reader who resolves it sees; none where the
/// spelling is refused whatever it means.
fn spellings(path: &str) -> Vec<(String, Option<String>)> {
    let inner = path.trim_start_matches('/');
    let mut spellings = Vec::new();
    for bad in
        ["//", "/./", "/../", "/%2e/", "/%2E%2e/", "%2f", "%2F", "%5c", "%5C", "\\", "/x/../"]
    {
        spellings.push((format!("/{}", inner.replacen('/', bad, 1)), None));
    }
    for end in ["/", "//", "/.", "/..", "/%2e", "%2Fa", "\\a"] {
        spellings.push((format!("{path}{end}"), None));
    }
    spellings.retain(|(spelling, _)| spelling != path && spelling != "/");
    for (character, encoded) in
        [("a", "%61"), ("b", "%62"), ("c", "%63"), ("m", "%6D"), ("m", "%6d"), ("e", "%65")]
    {
        spellings.push((path.replacen(character, encoded, 1), Some(path.to_owned())));
        spellings.push((path.replace(character, encoded), Some(path.to_owned())));
    }
    spellings.retain(|(spelling, _)| spelling != path);
    spellings
}

/// What the rules say of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    /// The table has no such pair of method and path.
    Unlisted,
    No,
    Yes,
}

/// What the rules say, read off them the plain way: the permission of the winning path for `verb`.
fn rules_say(rules: &[String], verb: &str, path: &str, tenant: Option<&str>) -> Said {
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
    let split = |rule: &String| {
        let (verb, path) = rule.split_once(' ').unwrap();
        (verb.trim_start_matches('-').to_owned(), path.to_owned(), !rule.starts_with('-'))
    };
    let rank = |path: &str| path.split('/').map(kind).collect::<String>();
    let all: Vec<_> = rules.iter().map(split).filter(|(_, pattern, _)| matches(pattern)).collect();
    let winner = all.iter().map(|(_, pattern, _)| pattern).min_by_key(|pattern| rank(pattern));
    let listed = all.iter().find(|(v, pattern, _)| v == verb && Some(pattern) == winner);
    let Some((_, pattern, permitted)) = listed else { return Said::Unlisted };
    let mut segments = pattern.split('/').zip(path.split('/'));
    let own = segments.all(|(segment, text)| segment != "{tenant}" || tenant == Some(text));
    if own && *permitted { Said::Yes } else { Said::No }
}

/// The sentence of a table that no policy can express: the permitted rule whose glob leaks, the refused
/// path, and the permitted path that denying it would meet.
fn counter_example(mistake: &str) -> Option<(Option<String>, String, String)> {
    let quoted: Vec<_> = mistake.split('`').skip(1).step_by(2).collect();
    if mistake.contains("no policy can allow role `r` ") {
        let refused = mistake.split_once(" and refuse `")?.1.split('`').next()?;
        let met = mistake.split_once("a Deny would refuse `")?.1.split('`').next()?;
        return Some((Some(quoted.get(1)?.to_string()), refused.to_owned(), met.to_owned()));
    }
    mistake.contains("no policy can deny role `r` ").then_some(())?;
    Some((None, quoted.get(1)?.to_string(), quoted.get(2)?.to_string()))
}

/// The narrowest glob that denies every path which differs from `path` in nothing but segments that no
/// table names.
fn narrowest(path: &str, is_free: impl Fn(&str) -> bool) -> String {
    let segments: Vec<_> = path.split('/').map(|s| if is_free(s) { "?*" } else { s }).collect();
    segments.join("/")
}

/// Whether an answer lets the request with this ARN in, and whether it denies it by name.
fn evaluated(answer: &Value, arn: &str) -> (bool, bool) {
    let any = |effect: &str| {
        let statements = answer["policyDocument"]["Statement"].as_array().unwrap().iter();
        let of_effect = statements.filter(|statement| statement["Effect"] == effect);
        let mut resources = of_effect.flat_map(|s| s["Resource"].as_array().unwrap());
        resources.any(|one| glob(one.as_str().unwrap().as_bytes(), arn.as_bytes()))
    };
    (any("Allow") && !any("Deny"), any("Deny"))
}

fn source_of(rules: &[String], closed: bool, allows: bool) -> String {
    table_with(
        &rules.iter().map(String::as_str).collect::<Vec<_>>(),
        if closed { "closed" } else { "open" },
        if allows { "allows" } else { "none" },
    )
}

/// A refused table has a path that the table refuses and that no list of globs can refuse.
fn check_refusal(rules: &[String], mistakes: &[String]) -> Result<(), TestCaseError> {
    for mistake in mistakes {
        if mistake.contains(" is a tenant, but ")
            || mistake.contains("a tenant could be")
            || mistake.contains("since the tenants are not known")
            || mistake.contains("an open table does not name it")
        {
            continue;
        }
        let found = counter_example(mistake);
        prop_assert!(found.is_some(), "{}", mistake);
        let Some((allowed, refused, met)) = found else { continue };
        let (verb, path) = refused.split_once(' ').unwrap();
        let said = rules_say(rules, verb, &path.replace("<tenant>", "acme"), Some("acme"));
        prop_assert!(said != Said::Yes, "{}", mistake);
        let (_, met) = met.split_once(' ').unwrap();
        let said = rules_say(rules, verb, &met.replace("<tenant>", "acme"), Some("acme"));
        prop_assert_eq!(said, Said::Yes, "{}", mistake);
        let deny = narrowest(path, |segment| ["x", "y", "z", "other"].contains(&segment));
        prop_assert!(glob(deny.as_bytes(), met.as_bytes()), "{}", mistake);
        let Some((_, pattern)) = allowed.as_deref().and_then(|rule| rule.split_once(' ')) else {
            continue;
        };
        let pattern = pattern.replace("{tenant}", "<tenant>");
        let leaks = narrowest(&pattern, |segment| segment.starts_with('{'));
        prop_assert!(glob(leaks.as_bytes(), path.as_bytes()), "{}", mistake);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn table_policy_and_answer_agree(rules in rules(4), closed in any::<bool>(), allows in prop::bool::weighted(0.4)) {
        let closed = closed || allows;
        let source = source_of(&rules, closed, allows);
        let table = match prove(&source) {
            Ok(table) => table,
            Err(mistakes) => return check_refusal(&rules, &mistakes),
        };
        let grants = table.role("r").unwrap();
        let tenant = acme();
        let policies = [Some(&tenant), None].map(|tenant| {
            let sent = Sent::new(table.policy(grants, everywhere(&table)), tenant);
            let evaluator = sent.evaluator();
            (tenant, sent, evaluator)
        });
        let authorizer = TestAuthorizer::with_table(&SIGNER, &[], &source);
        for (index, path) in PATHS.iter().enumerate() {
            for verb in VERBS {
                for (tenant, sent, evaluate) in &policies {
                    let tail = format!("{verb}{path}");
                    let said = rules_say(&rules, verb, path, tenant.map(|tenant| tenant.as_str()));
                    let says = table_says(&table, grants, *tenant, verb, path);
                    prop_assert_eq!(says, said == Said::Yes, "{}", tail);
                    let counts = !closed || said != Said::Unlisted;
                    if counts && !sent.is_empty() {
                        prop_assert_eq!(sent.says(&tail), says, "{} for {:?}", tail, tenant);
                        // Together with a resource policy, for callers of both accounts.
                        let with = |account, resource_policy| {
                            lets_in(account, sent.evaluated(&tail), resource_policy)
                        };
                        for account in [Account::Same, Account::Other] {
                            let counts = allows || account == Account::Other;
                            let open = with(account, Says::Allow);
                            prop_assert!(!counts || open == says, "{} beside an Allow", tail);
                            prop_assert!(!with(account, Says::ExplicitDeny), "{} beside a Deny", tail);
                        }
                        prop_assert_eq!(with(Account::Same, Says::Nothing), says, "{} alone", tail);
                        if path.len() < 6 {
                            prop_assert_eq!(evaluate(&tail), says, "{} by iam-rs", tail);
                        }
                    }
                    for (spelling, meaning) in spellings(path).into_iter().skip(index % 8).step_by(8) {
                        let other = format!("{verb}{spelling}");
                        prop_assert!(!table_says(&table, grants, *tenant, verb, &spelling), "{}", other);
                        let means = meaning.map(|path| {
                            rules_say(&rules, verb, &path, tenant.map(|tenant| tenant.as_str()))
                        });
                        // Whatever it means, or where it means what the table refuses.
                        let refused = match means {
                            None => true,
                            Some(said) => said == Said::No || !closed && said == Said::Unlisted,
                        };
                        prop_assert!(!refused || !sent.says(&other), "{} is allowed", other);
                        let must_deny = refused && allows && !sent.is_empty();
                        let open = lets_in(Account::Same, sent.evaluated(&other), Says::Allow);
                        prop_assert!(!must_deny || !open, "{} beside an Allow", other);
                    }
                }
                // The answers to a sample of them, through the authorizer.
                if index % 11 == 0 {
                    let spelling = spellings(path).into_iter().nth(index % 7).map(|(spelling, _)| spelling);
                    for path in std::iter::once(path.clone()).chain(spelling) {
                        let event = rest_request(&[("Authorization", &TOKEN)], verb, &path);
                        let answer = authorizer.answer(&event);
                        let said = rules_say(&rules, verb, &path, Some("acme"));
                        let canonical = PATHS.contains(&path);
                        match &answer.answer {
                            Ok(policy) => {
                                let arn = format!("{PREFIX}{verb}{path}");
                                let (in_, denied) = evaluated(policy, &arn);
                                prop_assert_eq!(in_, canonical && said == Said::Yes, "{} {}", verb, path);
                                prop_assert!(in_ || !allows || denied, "{} {}", verb, path);
                            }
                            Err(_) => {
                                let unlisted = closed && canonical && said == Said::Unlisted;
                                prop_assert!(unlisted || !canonical, "{} {} {}", verb, path, answer.reason());
                                let disagrees = answer.code() == "ANSWER_DISAGREES";
                                let code_fits = disagrees || unlisted && answer.code() == "MISCONFIGURED";
                                prop_assert!(code_fits, "{} {}", answer.code(), answer.reason());
                            }
                        }
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The proof goes through every path, however long: what the compiler makes always stands it.
    #[test]
    fn a_table_is_proven_or_has_a_counter_example(rules in rules(7), closed in any::<bool>(), allows in prop::bool::weighted(0.4)) {
        let closed = closed || allows;
        if let Err(mistakes) = prove(&source_of(&rules, closed, allows)) {
            check_refusal(&rules, &mistakes)?;
        }
    }
}
