//! Patterns and globs as automata that read one segment at a time.

use std::collections::HashMap;

use crate::authz::policy::statements::{Glob, TENANT};
use crate::authz::table::path::{CONNECT, Segment};
use crate::authz::table::route::{Method, Route};

/// The most segments of a pattern or a glob: its states are the bits of a number.
const MOST_LABELS: usize = 60;

/// What one transition reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Literal(u16),
    Tenant,
    /// Any segment but the caller's tenant.
    Foreign,
    /// Any segment.
    Any,
    /// Any segment, and then any number of further ones.
    Many,
}

/// A letter: a segment, as all automata see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Letter {
    Literal(u16),
    Tenant,
    /// An encoded spelling of a literal.
    Spelling(u16),
    Other,
}

/// A chain of transitions. State `n` is reached by the first `n` labels; after a [`Label::Many`] it
/// reads on in the same state. The last state accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Automaton {
    pub(super) labels: Vec<Label>,
    /// Whether it reads the spellings of its literals, as API Gateway may.
    decodes: bool,
    /// Whether the path `/` is read although there is a label: `*` alone.
    pub(super) reads_root: bool,
}

/// The literals of a table, as numbers.
#[derive(Debug, Default)]
pub(super) struct Letters<'t>(HashMap<&'t str, u16>);

impl<'t> Letters<'t> {
    pub(super) fn known(&self, literal: &str) -> Option<u16> {
        self.0.get(literal).copied()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = u16> {
        self.0.values().copied()
    }

    fn number(&mut self, literal: &'t str) -> u16 {
        let next = u16::try_from(self.0.len()).unwrap_or(u16::MAX);
        *self.0.entry(literal).or_insert(next)
    }

    fn text(&self, letter: u16) -> &'t str {
        self.0.iter().find(|(_, number)| **number == letter).map_or("", |(text, _)| *text)
    }

    /// The automaton of what `glob` matches after the verb of `method`.
    ///
    /// # Errors
    /// The glob, if it is not one of this verb with whole segments.
    pub(super) fn glob(&self, method: Method, glob: Glob<'_>) -> Result<Automaton, String> {
        let malformed = || glob.to_string();
        let path =
            glob.as_str().strip_prefix(method.verb()).and_then(|path| path.strip_prefix('/'));
        let path = path.ok_or_else(malformed)?;
        let label = |segment: &str| match segment {
            "*" | "?*" => Some(Label::Many),
            TENANT => Some(Label::Tenant),
            "" => None,
            text if text.contains(['*', '?', '{', '}', '$']) => None,
            // A literal that no route has is matched by no path that counts: it is a letter all the
            // same, which none of the patterns reads.
            text => Some(Label::Literal(self.known(text).unwrap_or(u16::MAX))),
        };
        let labels = match path {
            "" => Vec::new(),
            _ => path.split('/').map(label).collect::<Option<_>>().ok_or_else(malformed)?,
        };
        if labels.len() > MOST_LABELS {
            return Err(malformed());
        }
        Ok(Automaton { labels, decodes: false, reads_root: path == "*" })
    }

    /// A path of `letters`, for a message.
    pub(super) fn readable(&self, letters: &[Letter]) -> String {
        let free = |name: &&str| self.known(name).is_none();
        let other = ["x", "y", "z", "other"].into_iter().find(free).unwrap_or("something-else");
        let mut path = String::new();
        for letter in letters {
            path.push('/');
            path.push_str(&match letter {
                Letter::Literal(letter) => self.text(*letter).to_owned(),
                Letter::Spelling(letter) => format!("<{}, encoded>", self.text(*letter)),
                Letter::Tenant => "<tenant>".to_owned(),
                Letter::Other => other.to_owned(),
            });
        }
        if path.is_empty() { "/".to_owned() } else { path }
    }
}

impl Automaton {
    /// The paths of `route`, with `tenant` in place of the parameter that is the tenant.
    pub(super) fn of_route<'t>(route: &'t Route, tenant: Label, letters: &mut Letters<'t>) -> Self {
        let text = route.pattern.as_str();
        let mut labels = Vec::new();
        if text != CONNECT && text != "/" {
            for segment in route.pattern.segments() {
                labels.push(match segment {
                    Segment::Literal(text) => Label::Literal(letters.number(text)),
                    Segment::One(name) if route.tenant_parameter() == Some(name) => tenant,
                    Segment::One(_) => Label::Any,
                    Segment::Rest(_) => Label::Many,
                });
            }
        }
        Self { labels, decodes: true, reads_root: false }
    }

    /// Whether the label before `state` reads on.
    pub(super) fn repeats(&self, state: usize) -> bool {
        state.checked_sub(1).and_then(|before| self.labels.get(before)) == Some(&Label::Many)
    }

    /// Whether the label after `state` reads `letter`.
    pub(super) fn advances(&self, state: usize, letter: Letter) -> bool {
        match (self.labels.get(state), letter) {
            (None, _) => false,
            (Some(Label::Any | Label::Many), _) | (Some(Label::Tenant), Letter::Tenant) => true,
            (Some(Label::Foreign), letter) => letter != Letter::Tenant,
            (Some(Label::Literal(one)), Letter::Literal(other)) => *one == other,
            (Some(Label::Literal(one)), Letter::Spelling(other)) => self.decodes && *one == other,
            (Some(Label::Literal(_) | Label::Tenant), _) => false,
        }
    }

    pub(super) fn accepts(&self, state: usize) -> bool {
        state == self.labels.len() || (state == 0 && self.reads_root)
    }

    /// Whether paths of every length from some length on are read.
    pub(super) fn is_endless(&self) -> bool {
        self.labels.contains(&Label::Many)
    }

    /// The same of what is read from `state` on.
    pub(super) fn is_endless_from(&self, state: usize) -> bool {
        self.repeats(state) || self.labels.iter().skip(state).any(|label| *label == Label::Many)
    }

    /// Whether from `state` on every path is read that has as many segments as there are labels left,
    /// or more.
    pub(super) fn reads_all_from(&self, state: usize) -> bool {
        let all = self.labels.iter().skip(state).all(|label| *label == Label::Many);
        all && (state < self.labels.len() || self.repeats(state))
    }

    /// Whether this glob is sure to match every path of `pattern`, also with another spelling of the
    /// literals that are `spelled`: whether it matches the path whose parameters are segments that
    /// occur nowhere else. It then has wildcards where the pattern has parameters.
    pub(super) fn covers(&self, pattern: &Self, spelled: impl Fn(u16) -> bool) -> bool {
        if pattern.labels.is_empty() {
            return self.accepts(0);
        }
        let mut states = States::START;
        for label in &pattern.labels {
            let letter = match label {
                Label::Literal(literal) if spelled(*literal) => Letter::Other,
                Label::Literal(literal) => Letter::Literal(*literal),
                Label::Tenant => Letter::Tenant,
                Label::Foreign | Label::Any | Label::Many => Letter::Other,
            };
            states = self.next(states, |state| self.advances(state, letter));
            if states.is_empty() {
                return false;
            }
        }
        states.contains(self.labels.len())
    }

    /// Whether some path is read by both. A spelling of a literal needs no thought: a glob reads it with
    /// a wildcard, which reads the literal as well.
    pub(super) fn meets(&self, other: &Self) -> bool {
        if self.labels.is_empty() || other.labels.is_empty() {
            return self.accepts(0) && other.accepts(0);
        }
        let mut states = States::START;
        for label in &other.labels {
            states = self
                .next(states, |state| self.labels.get(state).is_some_and(|own| own.meets(*label)));
            if *label == Label::Many {
                states = self.eventually(states);
            }
            if states.is_empty() {
                return false;
            }
        }
        states.contains(self.labels.len())
    }

    /// The states after any number of further segments, of any kind.
    fn eventually(&self, mut states: States) -> States {
        loop {
            let more = states.and(self.next(states, |state| state < self.labels.len()));
            if more == states {
                return states;
            }
            states = more;
        }
    }

    fn next(&self, states: States, advances: impl Fn(usize) -> bool) -> States {
        let mut next = States::NONE;
        for state in states.iter() {
            if advances(state) {
                next = next.with(state + 1);
            }
            if self.repeats(state) {
                next = next.with(state);
            }
        }
        next
    }
}

impl Label {
    /// Whether both read some segment.
    const fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Literal(one), Self::Literal(other)) => one == other,
            (Self::Literal(_) | Self::Foreign, Self::Tenant)
            | (Self::Tenant, Self::Literal(_) | Self::Foreign) => false,
            _ => true,
        }
    }
}

/// A set of states of one automaton, which has at most [`MOST_LABELS`] labels.
#[derive(Clone, Copy, PartialEq, Eq)]
struct States(u64);

impl States {
    const NONE: Self = Self(0);
    const START: Self = Self(1);

    const fn with(self, state: usize) -> Self {
        Self(self.0 | 1 << state)
    }

    const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    const fn contains(self, state: usize) -> bool {
        self.0 >> state & 1 == 1
    }

    const fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let lowest = rest.trailing_zeros();
            rest &= rest.wrapping_sub(1);
            (lowest < u64::BITS).then_some(lowest as usize)
        })
    }
}
