//! Paths as the compiler sees them: a request path is a row of segments, and of each segment only
//! matters which literal of the table it is, whether it is the caller's tenant, whether it is
//! empty, or that it is something else.
//!
//! That is enough, and exact, because every wildcard of a pattern or a glob stands between two
//! slashes (or at the end): what it takes is always a run of whole segments.

use std::collections::{HashSet, VecDeque};
use std::ops::Range;

/// How many states one search may visit.
const MOST_STATES: usize = 100_000;

/// One segment of a request path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// No literal of the table, not empty, not the tenant.
    Other,
    Empty,
    Tenant,
    Literal(u16),
}

/// One segment of a route pattern or of a glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Piece {
    Literal(u16),
    Empty,
    Tenant,
    /// `{param}`: one segment that is not empty. Patterns only.
    One,
    /// `{param+}` or `?*`: one or more characters, slashes among them.
    Some,
    /// `*`: any characters, slashes among them, or none. Globs only.
    Any,
}

/// The search visited more than [`MOST_STATES`] states.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooLarge;

/// A machine, a place in it, and whether its wildcard there has begun.
type Place = (u16, u8, bool);

/// The shortest path that `wanted` says yes to, given which `machines` match the whole of it, in
/// their order. Only paths that keep one of the `needed` machines alive are looked at.
pub(super) fn shortest(
    machines: &[&[Piece]],
    needed: &Range<usize>,
    wanted: impl Fn(&[usize]) -> bool,
) -> Result<Option<Vec<Token>>, TooLarge> {
    let start = start(machines);
    let mut seen = HashSet::from([start.clone()]);
    let mut queue = VecDeque::from([(start, Vec::new())]);
    while let Some((state, path)) = queue.pop_front() {
        for token in tokens(machines, &state) {
            let next = step(machines, &state, token);
            if !next.iter().any(|place| needed.contains(&place.0.into())) {
                continue;
            }
            let mut path = path.clone();
            path.push(token);
            if wanted(&accepted(machines, &next)) {
                return Ok(Some(path));
            }
            if seen.insert(next.clone()) {
                queue.push_back((next, path));
            }
        }
        if seen.len() > MOST_STATES {
            return Err(TooLarge);
        }
    }
    Ok(None)
}

/// Which `machines` match the whole of `path`, in their order.
pub(super) fn matching(machines: &[&[Piece]], path: &[Token]) -> Vec<usize> {
    let state = path.iter().fold(start(machines), |state, token| step(machines, &state, *token));
    accepted(machines, &state)
}

fn start(machines: &[&[Piece]]) -> Vec<Place> {
    let all = (0..machines.len()).filter_map(|index| u16::try_from(index).ok());
    all.map(|machine| (machine, 0, false)).collect()
}

/// The tokens worth trying: a literal that no machine waits for is like any other segment.
fn tokens(machines: &[&[Piece]], state: &[Place]) -> Vec<Token> {
    let mut literals: Vec<_> = state
        .iter()
        .filter_map(|&place| match piece(machines, place) {
            Some(Piece::Literal(literal)) => Some(literal),
            _ => None,
        })
        .collect();
    literals.sort_unstable();
    literals.dedup();
    let mut tokens = vec![Token::Other, Token::Empty];
    if state.iter().any(|&place| piece(machines, place) == Some(Piece::Tenant)) {
        tokens.push(Token::Tenant);
    }
    tokens.extend(literals.into_iter().map(Token::Literal));
    tokens
}

fn step(machines: &[&[Piece]], state: &[Place], token: Token) -> Vec<Place> {
    let mut next = Vec::with_capacity(state.len());
    for &place in state {
        let (machine, at, begun) = place;
        let Some(piece) = piece(machines, place) else {
            continue;
        };
        // Whether the token may end this piece, and whether it may be followed by more of it.
        let (ends, goes_on) = match piece {
            Piece::Literal(literal) => (token == Token::Literal(literal), false),
            Piece::Empty => (token == Token::Empty, false),
            Piece::Tenant => (token == Token::Tenant, false),
            Piece::One => (token != Token::Empty, false),
            Piece::Some => (begun || token != Token::Empty, true),
            Piece::Any => (true, true),
        };
        if ends {
            next.push((machine, at.saturating_add(1), false));
        }
        if goes_on {
            next.push((machine, at, true));
        }
    }
    next.sort_unstable();
    next.dedup();
    next
}

fn piece(machines: &[&[Piece]], (machine, at, _): Place) -> Option<Piece> {
    machines.get(usize::from(machine))?.get(usize::from(at)).copied()
}

fn accepted(machines: &[&[Piece]], state: &[Place]) -> Vec<usize> {
    let ended = |&&(machine, at, _): &&Place| {
        machines.get(usize::from(machine)).is_some_and(|m| m.len() == usize::from(at))
    };
    state.iter().filter(ended).map(|place| usize::from(place.0)).collect()
}
