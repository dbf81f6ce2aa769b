//! The proof that a compiled policy says what the table says: for every string, not for samples.
//!
//! What the routes match and what the globs match are regular languages, so both become
//! deterministic automata over bytes. Every string leads to one state of each, and of such pairs,
//! the states of their product, there are finitely many. Where table and policy agree in every pair
//! that some string leads to, they agree on every string. The walk is breadth first and so comes to
//! each pair by a shortest string: the first pair in which they differ gives a shortest
//! counter-example.
//!
//! This module shares nothing with the compiler, not even the view of a path as segments: it starts
//! from the text of the routes and the text of the globs. What they shared could be wrong in both,
//! and the proof would not show it.
//!
//! *Strings* are any bytes after the verb, newlines included. *Wildcards*: `*` is any run of bytes
//! and `?` one byte. In IAM `?` is one character, which may be several bytes, but globs have it
//! only as `?*`: one character or more, and that is one byte or more.
//!
//! *Tenants.* Both automata read the byte 0xFF as the caller's tenant. No UTF-8 text has it, so one
//! proof serves every tenant. For a concrete tenant, read each path with every segment that equals
//! it replaced by that byte. Patterns and globs compare whole segments only, and to them a segment
//! is a literal, the tenant, empty or something else; a tenant's id is never empty, has no slash
//! and no wildcard, and is no literal of the table (see `AccessTable::reserved`), so the
//! replacement does not change what they match. For a caller without a tenant the globs that need
//! one are left out: that is the same statement on strings without the byte.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

use crate::authz::policy::statements::{TENANT, VerbStatements};
use crate::authz::table::path::{Pattern, Segment};
use crate::authz::table::route::{Method, Route};

/// The most memory one automaton may take, in bytes.
const LARGEST: usize = 32 * 1024 * 1024;
/// The most states of the product that are walked.
const MOST_STATES: usize = 500_000;

/// Why a policy is not proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::authz) enum ProofError {
    /// On `path`, a shortest one, table and policy differ; `allows` is what the policy says.
    Differs { path: String, allows: bool },
    /// A glob that is of another verb, or has a wildcard in place of the verb.
    NotOfTheVerb(String),
    /// Beyond the bounds.
    TooLarge,
}

type Dfa = dense::DFA<Vec<u32>>;

/// The routes of a table as one automaton.
#[derive(Debug)]
pub(in crate::authz) struct Prover<'t> {
    routes: &'t [Route],
    /// Whether only paths that some route matches are compared, whatever its methods.
    closed: bool,
    /// Patterns `0..n` are the routes; `n..2n` the same with the caller's tenant in place of the
    /// tenant parameter.
    dfa: Dfa,
}

impl<'t> Prover<'t> {
    pub(in crate::authz) fn new(routes: &'t [Route], closed: bool) -> Result<Self, ProofError> {
        let any = routes.iter().map(|route| route_regex(&route.pattern, None));
        let owned = routes.iter().map(|r| route_regex(&r.pattern, r.tenant_parameter()));
        let regexes: Vec<_> = any.chain(owned).collect();
        Ok(Self { routes, closed, dfa: automaton(&regexes)? })
    }

    /// Proves that `statements` allow with `method` the paths of the `permitted` routes, and no
    /// others.
    ///
    /// # Errors
    ///
    /// [`ProofError::Differs`] with a counter-example if they do not.
    pub(in crate::authz) fn check(
        &self,
        method: Method,
        permitted: &[bool],
        statements: &VerbStatements,
    ) -> Result<(), ProofError> {
        let globs =
            statements.allow.iter().chain(&statements.deny).map(|glob| glob_regex(method, &glob.0));
        let policy = automaton(&globs.collect::<Result<Vec<_>, _>>()?)?;
        let walk =
            Walk { table: &self.dfa, policy: &policy, bytes: representatives(&self.dfa, &policy) };
        let differs = walk.first(|table, policy| {
            let winner = self.winner(table);
            let says_yes = winner.is_some_and(|winner| {
                permitted.get(winner) == Some(&true)
                    && table.contains(&(self.routes.len() + winner))
            });
            let reachable = !self.closed || winner.is_some();
            let allows = policy.iter().any(|&glob| glob < statements.allow.len())
                && policy.iter().all(|&glob| glob < statements.allow.len());
            (reachable && says_yes != allows).then_some(allows)
        })?;
        match differs {
            None => Ok(()),
            Some((path, allows)) => Err(ProofError::Differs { path: readable(&path), allows }),
        }
    }

    /// The most specific of the routes that match.
    fn winner(&self, matched: &[usize]) -> Option<usize> {
        let routes = matched.iter().filter_map(|&m| Some((m, &self.routes.get(m)?.pattern)));
        routes.min_by(|(_, a), (_, b)| a.specificity(b)).map(|(winner, _)| winner)
    }
}

struct Walk<'a> {
    table: &'a Dfa,
    policy: &'a Dfa,
    bytes: Vec<u8>,
}

impl Walk<'_> {
    /// The shortest string for which `verdict` returns something, with what it returns. It is given
    /// the patterns of each automaton that match the whole string.
    fn first<T>(
        &self,
        verdict: impl Fn(&[usize], &[usize]) -> Option<T>,
    ) -> Result<Option<(Vec<u8>, T)>, ProofError> {
        let start = (start_of(self.table)?, start_of(self.policy)?);
        // Each pair of states with the byte and the pair that first led to it.
        let mut seen: HashMap<_, Option<(u8, (StateID, StateID))>> = HashMap::from([(start, None)]);
        let mut queue = VecDeque::from([start]);
        while let Some(state) = queue.pop_front() {
            let matched = (matched(self.table, state.0), matched(self.policy, state.1));
            if let Some(said) = verdict(&matched.0, &matched.1) {
                return Ok(Some((string_to(&seen, state), said)));
            }
            for &byte in &self.bytes {
                let next =
                    (self.table.next_state(state.0, byte), self.policy.next_state(state.1, byte));
                if let std::collections::hash_map::Entry::Vacant(vacant) = seen.entry(next) {
                    vacant.insert(Some((byte, state)));
                    queue.push_back(next);
                }
            }
            if seen.len() > MOST_STATES {
                return Err(ProofError::TooLarge);
            }
        }
        Ok(None)
    }
}

type Seen = HashMap<(StateID, StateID), Option<(u8, (StateID, StateID))>>;

fn string_to(seen: &Seen, mut state: (StateID, StateID)) -> Vec<u8> {
    let mut string = Vec::new();
    while let Some(Some((byte, before))) = seen.get(&state) {
        string.push(*byte);
        state = *before;
    }
    string.reverse();
    string
}

fn automaton(regexes: &[String]) -> Result<Dfa, ProofError> {
    dense::Builder::new()
        .configure(
            dense::Config::new()
                .match_kind(MatchKind::All)
                .start_kind(StartKind::Anchored)
                .dfa_size_limit(Some(LARGEST))
                .determinize_size_limit(Some(LARGEST)),
        )
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(LARGEST)))
        .build_many(regexes)
        .map_err(|_| ProofError::TooLarge)
}

fn start_of(dfa: &Dfa) -> Result<StateID, ProofError> {
    let anchored = start::Config::new().anchored(Anchored::Yes);
    dfa.start_state(&anchored).map_err(|_| ProofError::TooLarge)
}

/// The patterns that match a string that ends in `state`, in their order.
fn matched(dfa: &Dfa, state: StateID) -> Vec<usize> {
    let end = dfa.next_eoi_state(state);
    if !dfa.is_match_state(end) {
        return Vec::new();
    }
    (0..dfa.match_len(end)).map(|index| dfa.match_pattern(end, index).as_usize()).collect()
}

/// One byte of each class of bytes that neither automaton tells apart, the most readable one: the
/// counter-example consists of them.
fn representatives(table: &Dfa, policy: &Dfa) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..=255).collect();
    bytes.sort_by_key(|byte| {
        (*byte != b'x', !byte.is_ascii_alphanumeric(), !byte.is_ascii_graphic())
    });
    let mut classes = Vec::new();
    bytes.retain(|&byte| {
        let class = (table.byte_classes().get(byte), policy.byte_classes().get(byte));
        let new = !classes.contains(&class);
        classes.push(class);
        new
    });
    bytes
}

fn route_regex(pattern: &Pattern, tenant: Option<&str>) -> String {
    let mut regex = String::new();
    for segment in pattern.segments() {
        if pattern.as_str().starts_with('/') {
            regex.push('/');
        }
        match segment {
            Segment::Literal(text) => literal(&mut regex, text),
            Segment::One(name) if tenant == Some(name) => regex.push_str(r"\xFF"),
            Segment::One(_) => regex.push_str("[^/]+"),
            Segment::Rest(_) => regex.push_str(r"[\x00-\xFF]+"),
        }
    }
    regex
}

/// The regex of what follows the verb.
fn glob_regex(method: Method, glob: &str) -> Result<String, ProofError> {
    let path = glob.strip_prefix(method.verb()).unwrap_or_default();
    if path.starts_with('/') == (method == Method::Connect) || path.is_empty() {
        return Err(ProofError::NotOfTheVerb(glob.to_owned()));
    }
    let mut regex = String::new();
    for (index, piece) in path.split(TENANT).enumerate() {
        if index > 0 {
            regex.push_str(r"\xFF");
        }
        for character in piece.chars() {
            match character {
                '*' => regex.push_str(r"[\x00-\xFF]*"),
                '?' => regex.push_str(r"[\x00-\xFF]"),
                _ => literal(&mut regex, character.encode_utf8(&mut [0; 4])),
            }
        }
    }
    Ok(regex)
}

fn literal(regex: &mut String, text: &str) {
    for byte in text.bytes() {
        // Writing to a string cannot fail.
        let _ = write!(regex, r"\x{byte:02X}");
    }
}

fn readable(path: &[u8]) -> String {
    let pieces: Vec<_> = path.split(|byte| *byte == 0xFF).map(String::from_utf8_lossy).collect();
    pieces.join("<tenant>").escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use crate::authz::policy::prove::{ProofError, Prover};
    use crate::authz::policy::statements::{Glob, VerbStatements};
    use crate::authz::table::path::Pattern;
    use crate::authz::table::route::{Method, Need, Route, TenantRule};

    /// What the prover says of a policy for the `GET` of `permitted`, beside `others`.
    #[track_caller]
    fn check(
        permitted: &[&str],
        others: &[&str],
        (allow, deny): (&[&str], &[&str]),
        expected: Result<(), ProofError>,
    ) {
        let route = |path: &&str| Route {
            pattern: Pattern::parse(path).unwrap(),
            methods: vec![(Method::Get, Need::Nothing)],
            tenant: match path.contains("{tenant}") {
                true => TenantRule::Path("tenant".into()),
                false => TenantRule::None,
            },
        };
        let routes: Vec<_> = permitted.iter().chain(others).map(route).collect();
        let flags: Vec<_> = (0..routes.len()).map(|index| index < permitted.len()).collect();
        let globs = |globs: &[&str]| globs.iter().map(|glob| Glob((*glob).into())).collect();
        let statements = VerbStatements { allow: globs(allow), deny: globs(deny) };
        let prover = Prover::new(&routes, false).unwrap();
        assert_eq!(prover.check(Method::Get, &flags, &statements), expected);
    }

    fn differs(path: &str, allows: bool) -> Result<(), ProofError> {
        Err(ProofError::Differs { path: path.to_owned(), allows })
    }

    #[test]
    fn right_policies_are_proven() {
        check(&["/a"], &[], (&["GET/a"], &[]), Ok(()));
        check(&["/a/{x}"], &[], (&["GET/a/?*"], &["GET/a/*/*"]), Ok(()));
        check(&["/a/{x}"], &["/a/b"], (&["GET/a/?*"], &["GET/a/*/*", "GET/a/b"]), Ok(()));
        check(&["/t/{tenant}"], &[], (&["GET/t/{}"], &[]), Ok(()));
        check(&[], &["/a"], (&[], &[]), Ok(()));
        check(&["/a/{x+}"], &[], (&["GET/a/?*"], &[]), Ok(()));
    }

    #[test]
    fn wrong_policies_have_a_counter_example() {
        check(&["/a"], &[], (&[], &[]), differs("/a", false));
        check(&["/a"], &[], (&["GET/*"], &[]), differs("/", true));
        check(&["/a"], &["/b"], (&["GET/a", "GET/b"], &[]), differs("/b", true));
        check(&["/a/{x}"], &[], (&["GET/a/?*"], &[]), differs("/a//", true));
        check(&["/a/{x}"], &[], (&["GET/a/*"], &["GET/a/*/*"]), differs("/a/", true));
        check(&["/a/{x}"], &[], (&["GET/a/?"], &["GET/a/*/*"]), differs("/a/xx", false));
        check(&["/a/{x}"], &["/a/b"], (&["GET/a/?*"], &["GET/a/*/*"]), differs("/a/b", true));
        check(&["/a", "/b"], &[], (&["GET/a", "GET/b"], &["GET/b"]), differs("/b", false));
        check(&["/t/{tenant}"], &[], (&["GET/t/?*"], &["GET/t/*/*"]), differs("/t/x", true));
        check(&["/t/{x}"], &[], (&["GET/t/{}"], &[]), differs("/t/x", false));
        check(&["/t/{tenant}"], &[], (&[], &[]), differs("/t/<tenant>", false));
        check(&["/a"], &[], (&["GET/A"], &[]), differs("/A", true));
    }

    #[test]
    fn verbs_are_literal() {
        for glob in ["*", "*/a", "GE?/a", "POST/a", "GET*", "GET", "/a", ""] {
            let expected = Err(ProofError::NotOfTheVerb(glob.to_owned()));
            check(&["/a"], &[], (&[glob], &[]), expected);
        }
    }
}
