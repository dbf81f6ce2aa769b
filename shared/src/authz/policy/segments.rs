//! Paths as the compiler sees them: a request path is a list of segments, and a segment is one of
//! the table's literals, the caller's tenant, empty, or anything else.
//!
//! This is exact although the wildcards of IAM also match `/`: every wildcard of a pattern or a
//! glob is all that stands between two slashes (or after the last), so it matches a run of whole
//! segments and never a part of one. So to all of them any two other segments are alike.

use std::collections::{HashSet, VecDeque};
use std::ops::Range;

/// The most states that one search visits.
const MOST_STATES: usize = 100_000;

/// One segment of a request path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::authz) enum Token {
    /// No literal of the table, not empty, not the tenant.
    Other,
    Empty,
    Tenant,
    Literal(u16),
}

/// One segment of a route pattern or of a glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::authz) enum Piece {
    Literal(u16),
    Empty,
    Tenant,
    /// `{param}`: one segment that is not empty. Patterns only.
    One,
    /// `{param+}` or `?*`: one or more characters, which may be slashes.
    Some,
    /// `*`: any characters, which may be slashes, or none. Globs only.
    Any,
}

/// The search visited more than [`MOST_STATES`] states.
#[derive(Clone, Copy, Debug)]
pub(in crate::authz) struct TooLarge;

/// A machine, the index of its next piece, and whether that piece has matched a segment already.
type Position = (u16, u8, bool);

/// The shortest path for which `wanted` is true. It is given the `machines` that match the whole
/// path, in their order. Only paths that one of the `needed` machines can still match are searched.
///
/// The search is breadth first, so it tries all paths of `n` segments before a longer one. A path
/// is dropped if an earlier one led to the same state, because both continue alike.
pub(in crate::authz) fn shortest(
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
            if !next.iter().any(|position| needed.contains(&position.0.into())) {
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
pub(in crate::authz) fn matching(machines: &[&[Piece]], path: &[Token]) -> Vec<usize> {
    let state = path.iter().fold(start(machines), |state, token| step(machines, &state, *token));
    accepted(machines, &state)
}

fn start(machines: &[&[Piece]]) -> Vec<Position> {
    let all = (0..machines.len()).filter_map(|index| u16::try_from(index).ok());
    all.map(|machine| (machine, 0, false)).collect()
}

/// The tokens to try next. To the machines, a literal or tenant that none of them expects here is
/// the same as [`Token::Other`].
fn tokens(machines: &[&[Piece]], state: &[Position]) -> Vec<Token> {
    let mut literals: Vec<_> = state
        .iter()
        .filter_map(|&position| match piece(machines, position) {
            Some(Piece::Literal(literal)) => Some(literal),
            _ => None,
        })
        .collect();
    literals.sort_unstable();
    literals.dedup();
    let mut tokens = vec![Token::Other, Token::Empty];
    if state.iter().any(|&position| piece(machines, position) == Some(Piece::Tenant)) {
        tokens.push(Token::Tenant);
    }
    tokens.extend(literals.into_iter().map(Token::Literal));
    tokens
}

fn step(machines: &[&[Piece]], state: &[Position], token: Token) -> Vec<Position> {
    let mut next = Vec::with_capacity(state.len());
    for &position in state {
        let (machine, at, begun) = position;
        let Some(piece) = piece(machines, position) else {
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

fn piece(machines: &[&[Piece]], (machine, at, _): Position) -> Option<Piece> {
    machines.get(usize::from(machine))?.get(usize::from(at)).copied()
}

fn accepted(machines: &[&[Piece]], state: &[Position]) -> Vec<usize> {
    let ended = |&&(machine, at, _): &&Position| {
        machines.get(usize::from(machine)).is_some_and(|m| m.len() == usize::from(at))
    };
    state.iter().filter(ended).map(|position| usize::from(position.0)).collect()
}
