//! The walk through a product of automata.

use std::cell::Cell;
use std::collections::HashSet;

use super::automaton::{Automaton, Label, Letter};
use super::{ProofError, Verb};

/// How many transitions of single automata the proof of one table may take: a second or two. The tables
/// of real APIs take a hundredth.
const MOST_STEPS: u64 = 50_000_000;
/// How many states of single automata one walk may keep. It bounds the memory, to tens of megabytes.
const MOST_KEPT: usize = 1_000_000;
/// What keeping a state takes besides.
const PER_STATE: usize = 16;

/// What is left of [`MOST_STEPS`].
#[derive(Debug)]
pub(super) struct Steps(Cell<u64>);

impl Default for Steps {
    fn default() -> Self {
        Self(Cell::new(MOST_STEPS))
    }
}

impl Steps {
    fn take(&self, steps: usize) -> Result<(), ProofError> {
        let left = self.0.get().checked_sub(steps as u64).ok_or(ProofError::TooLarge)?;
        self.0.set(left);
        Ok(())
    }
}

/// What an automaton of the product is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Allow,
    Deny,
    Route(usize),
    /// A route with the caller's own tenant.
    Owned,
}

/// One product of automata, and what is to be shown of the paths they read.
pub(super) struct Walk<'v> {
    verb: &'v Verb<'v>,
    parts: Vec<(Part, &'v Automaton)>,
    /// The route whose paths are compared, alone; `None` compares what no route decides.
    route: Option<usize>,
    /// The number of segments of every path that is compared, if it is one number.
    length: Option<usize>,
    /// Whether only paths are compared that the table refuses.
    refused_only: bool,
}

/// Where each automaton is that can still accept: its number in the product and its state. And whether
/// the path so far has an encoded spelling.
type State = (Vec<(u32, u8)>, bool);

/// A state and how it was reached: from the one at `before`, by `letter`, after `depth` segments.
#[derive(Clone)]
struct Reached {
    state: State,
    before: usize,
    letter: Option<Letter>,
    depth: usize,
}

impl<'v> Walk<'v> {
    /// Compares the paths that `route` decides.
    pub(super) fn of_route(verb: &'v Verb<'v>, route: usize, pattern: &'v Automaton) -> Self {
        let prover = verb.prover;
        let meets = |automaton: &&'v Automaton| automaton.meets(pattern);
        let allow = verb.allow.iter().filter(meets).map(|glob| (Part::Allow, glob));
        let deny = verb.deny.iter().filter(meets).map(|glob| (Part::Deny, glob));
        let more_specific = prover.patterns.iter().take(route).enumerate();
        let more_specific = more_specific.filter(|(_, other)| other.meets(pattern));
        let routes = more_specific.map(|(index, other)| (Part::Route(index), other));
        let own = prover.owned.get(route).map(|owned| (Part::Owned, owned));
        let parts = allow.chain(deny).chain(routes).chain(own);
        Self {
            parts: parts.chain([(Part::Route(route), pattern)]).collect(),
            route: Some(route),
            length: (!pattern.is_endless()).then_some(pattern.labels.len()),
            refused_only: !verb.permits(route),
            verb,
        }
    }

    /// Compares the paths of the Allow globs that no route decides.
    pub(super) fn of_everything(verb: &'v Verb<'v>) -> Self {
        let allow = verb.allow.iter().map(|glob| (Part::Allow, glob));
        let deny = verb.deny.iter().map(|glob| (Part::Deny, glob));
        let routes = verb.prover.patterns.iter().enumerate();
        let routes = routes.map(|(index, pattern)| (Part::Route(index), pattern));
        Self {
            parts: allow.chain(deny).chain(routes).collect(),
            route: None,
            length: None,
            refused_only: true,
            verb,
        }
    }

    /// Walks, and compares table and policy on every path that counts here.
    ///
    /// # Errors
    /// A shortest path on which they differ, or that the product is too large.
    pub(super) fn run(&self) -> Result<(), ProofError> {
        let start: State = ((0..).zip(&self.parts).map(|(part, _)| (part, 0)).collect(), false);
        let mut seen = HashSet::from([start.clone()]);
        let mut queue = vec![Reached { state: start, before: 0, letter: None, depth: 0 }];
        let (mut at, mut kept) = (0, 0);
        while let Some(Reached { state, depth, .. }) = queue.get(at).cloned() {
            if let Some(allows) = self.differs(&state) {
                return Err(ProofError::Differs { path: self.path_to(&queue, at), allows });
            }
            for letter in self.letters(&state) {
                self.verb.prover.steps.take(state.0.len() + 1)?;
                let next = self.step(&state, letter, depth + 1);
                if !next.0.is_empty() && seen.insert(next.clone()) {
                    kept += PER_STATE + next.0.len();
                    if kept > MOST_KEPT {
                        return Err(ProofError::TooLarge);
                    }
                    let letter = Some(letter);
                    queue.push(Reached { state: next, before: at, letter, depth: depth + 1 });
                }
            }
            at += 1;
        }
        Ok(())
    }

    /// What the policy says of the path that led to `state`, if the table says something else.
    fn differs(&self, (state, has_spelling): &State) -> Option<bool> {
        let accepting = |wanted: &dyn Fn(Part) -> bool| {
            state.iter().any(|&(part, at)| {
                self.part(part).is_some_and(|(p, a)| wanted(p) && a.accepts(at.into()))
            })
        };
        let matched = state.iter().filter_map(|&(part, at)| match self.part(part)? {
            (Part::Route(route), automaton) if automaton.accepts(at.into()) => Some(route),
            _ => None,
        });
        let winner = matched.min();
        if self.route.is_some() && winner != self.route {
            return None;
        }
        let permitted = match winner {
            None => false,
            Some(route) if self.route.is_none() && self.verb.permits(route) => return None,
            Some(route) => {
                let own = || !self.verb.is_of_tenants(route) || accepting(&|p| p == Part::Owned);
                self.verb.permits(route) && own()
            }
        };
        let denied = accepting(&|part| part == Part::Deny);
        let allows = !denied && accepting(&|part| part == Part::Allow);
        let unsaid = !denied && self.verb.prover.gateway.resource_policy_allows;
        match permitted {
            true => (!has_spelling && !allows).then_some(false),
            false => (allows || unsaid).then_some(true),
        }
    }

    /// The letters that the automata tell apart next.
    fn letters(&self, (state, _): &State) -> Vec<Letter> {
        let mut letters = vec![Letter::Other];
        for &(part, at) in state {
            let Some((part, automaton)) = self.part(part) else { continue };
            match automaton.labels.get(usize::from(at)) {
                Some(Label::Literal(literal)) => {
                    letters.push(Letter::Literal(*literal));
                    let is_pattern = matches!(part, Part::Route(_) | Part::Owned);
                    if is_pattern && self.verb.spelled.contains(literal) {
                        letters.push(Letter::Spelling(*literal));
                    }
                }
                Some(Label::Tenant) => letters.push(Letter::Tenant),
                _ => {}
            }
        }
        letters.sort_unstable();
        letters.dedup();
        letters
    }

    /// The state after `letter`, with the automata that can still matter.
    fn step(&self, (state, has_spelling): &State, letter: Letter, depth: usize) -> State {
        let mut next = Vec::with_capacity(state.len());
        for &(part, at) in state {
            let Some((_, automaton)) = self.part(part) else { continue };
            if automaton.advances(at.into(), letter) {
                next.push((part, at.saturating_add(1)));
            }
            if automaton.repeats(at.into()) {
                next.push((part, at));
            }
        }
        next.sort_unstable();
        next.dedup();
        self.drop_the_late(&mut next, depth);
        next.shrink_to_fit();
        let has_spelling = *has_spelling || matches!(letter, Letter::Spelling(_));
        (next, has_spelling)
    }

    /// Drops what cannot accept a path that counts, after `depth` segments.
    fn drop_the_late(&self, state: &mut Vec<(u32, u8)>, depth: usize) {
        let left = |automaton: &Automaton, at: u8| automaton.labels.len() - usize::from(at);
        if let Some(length) = self.length {
            let ahead = length.saturating_sub(depth);
            state.retain(|&(part, at)| {
                self.part(part).is_some_and(|(_, automaton)| {
                    let least = left(automaton, at);
                    least == ahead || (least < ahead && automaton.is_endless_from(at.into()))
                })
            });
        }
        // Every path with so many segments more is denied, and so refused as it should be.
        let denied = state.iter().filter_map(|&(part, at)| match self.part(part)? {
            (Part::Deny, glob) if glob.reads_all_from(at.into()) => Some(left(glob, at)),
            _ => None,
        });
        if let (true, Some(denied)) = (self.refused_only, denied.min()) {
            state.retain(|&(part, at)| {
                self.part(part).is_some_and(|(part, automaton)| {
                    let keeps_denying = part == Part::Deny && automaton.reads_all_from(at.into());
                    left(automaton, at) < denied || keeps_denying
                })
            });
        }
        // Only paths of an Allow can be let in, and only those of the one route are compared.
        let matters = |&(part, _): &(u32, u8)| match (self.part(part), self.route) {
            (Some((Part::Route(route), _)), Some(wanted)) => route == wanted,
            (Some((part, _)), None) => part == Part::Allow,
            _ => false,
        };
        if !state.iter().any(matters) {
            state.clear();
        }
    }

    fn part(&self, part: u32) -> Option<(Part, &'v Automaton)> {
        self.parts.get(usize::try_from(part).ok()?).copied()
    }

    /// The path that led to the state at `at` of the queue.
    fn path_to(&self, queue: &[Reached], mut at: usize) -> String {
        let mut letters = Vec::new();
        while let Some(Reached { before, letter: Some(letter), .. }) = queue.get(at) {
            letters.push(*letter);
            at = *before;
        }
        letters.reverse();
        self.verb.prover.letters.readable(&letters)
    }
}
